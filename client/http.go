package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
)

const (
	// maxBody is the largest answer that is read: the server gives 1,000 rows.
	maxBody = 64 << 20
	// maxErrorBody is how much of an answer is read that is no success.
	maxErrorBody = 64 << 10
)

// request is one HTTP request of the client, in whatever number of tries.
type request struct {
	op        string   // for errors
	at        *url.URL // instead of the base URL; nil for that
	method    string
	path      string                    // behind the base URL, escaped, maybe with a query
	kind      string                    // Content-Type of the body
	body      func() (io.Reader, error) // makes the body anew for each try; nil without one
	size      int64                     // of the body in bytes; 0 where net/http finds out, -1 if unknown
	limit     int64                     // of an answer that is read whole; 0 is maxBody
	again     bool                      // body may also be made anew within a try, where a connection had taken nothing of it
	anonymous bool                      // no token is sent
	way       *departure                // is told whether it may have gone out; nil: nobody asks
}

// anew is http.Request's GetBody.
func (r request) anew() (io.ReadCloser, error) {
	body, err := r.body()
	if err != nil {
		return nil, err
	}
	if closer, ok := body.(io.ReadCloser); ok {
		return closer, nil
	}
	return io.NopCloser(body), nil
}

// answer is an HTTP answer, read to its end.
type answer struct {
	status int
	body   []byte
	token  string // it was asked with
}

// fetch makes a request and reads the answer, which must be a success.
func (c *Client) fetch(ctx context.Context, r request) (*answer, error) {
	resp, token, err := c.roundTrip(ctx, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	limit := r.limit
	if limit == 0 {
		limit = maxBody
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("kalam: %s: %w", r.op, err)
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("kalam: %s: %w", r.op, &wire.SizeError{Limit: int(limit)})
	}
	return &answer{status: resp.StatusCode, body: text, token: token}, nil
}

// results reads an answer to SQL; an error with a status of success is an error, too.
func (a *answer) results(op string) (*wire.QueryResponse, error) {
	resp, err := wire.ParseQueryResponse(a.body)
	if err != nil {
		return nil, fmt.Errorf("kalam: %s: answer: %w", op, err)
	}
	if resp.Err(a.status) != nil {
		return nil, serverError(op, a.status, a.body, a.token)
	}
	return resp, nil
}

// roundTrip makes a request with a token, and once more with another token if the
// first is refused. The caller closes the body of the answer. A status that is not 2xx
// is a *ServerError.
func (c *Client) roundTrip(ctx context.Context, r request) (resp *http.Response, token string, err error) {
	ctx = c.as(ctx)
	var refused string
	var refusal error
	for {
		if !r.anonymous {
			if token, err = c.token(ctx, refused, false); err != nil {
				return nil, "", fmt.Errorf("kalam: %s: token: %w", r.op, errors.Join(err, refusal))
			}
		}
		resp, err = c.send(ctx, r, token)
		if err != nil {
			return nil, "", fmt.Errorf("kalam: %s: %w", r.op, errors.Join(err, refusal))
		}
		if resp.StatusCode/100 == 2 {
			return resp, token, nil
		}
		said := refusalOf(r.op, resp, token)
		if errors.Is(said, wire.CodeSetupRequired) { // another token would do no better
			return nil, "", fmt.Errorf("%w: %w", auth.ErrSetupRequired, said)
		}
		switch {
		case resp.StatusCode != http.StatusUnauthorized || r.anonymous:
			return nil, "", said
		case token == "":
			return nil, "", noCredentials(said)
		}
		if refused != "" {
			return nil, "", fmt.Errorf("%w: %w", auth.ErrUnauthenticated, said)
		}
		refused, refusal = token, said
	}
}

// refusalOf is what the server said instead of a success. It closes the body.
func refusalOf(op string, resp *http.Response, token string) *ServerError {
	defer resp.Body.Close()
	said := serverError(op, resp.StatusCode, firstBytes(resp.Body, maxErrorBody), token)
	said.RetryAfter = max(said.RetryAfter, wire.RetryAfter(resp.Header.Get("Retry-After"), time.Now()))
	return said
}

// serverError reads an error of the server. The token is shown to nobody, should the
// server have sent it back.
func serverError(op string, status int, body []byte, token string) *ServerError {
	said := wire.ParseError(status, auth.Redact(body, token))
	said.Op = op
	return said
}

// send makes one try of a request.
func (c *Client) send(ctx context.Context, r request, token string) (*http.Response, error) {
	var body io.Reader
	if r.body != nil {
		var err error
		if body, err = r.body(); err != nil {
			return nil, err
		}
	}
	if r.way != nil {
		ctx = r.way.watch(ctx)
	}
	at := c.addr.base
	if r.at != nil {
		at = r.at
	}
	req, err := http.NewRequestWithContext(ctx, r.method, at.String()+r.path, body)
	if err != nil {
		return nil, err
	}
	if r.size != 0 {
		req.ContentLength = r.size
	}
	if r.again {
		req.GetBody = r.anew
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return c.http.Do(req)
}
