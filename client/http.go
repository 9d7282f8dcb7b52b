package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
)

const (
	// maxBody is the largest answer that is read: the server gives 1,000 rows.
	maxBody = 64 << 20
	// idlePerHost and idleFor are what the connection pool keeps.
	idlePerHost = 10
	idleFor     = 90 * time.Second
)

// newHTTPClient makes the client's own connection pool. It keeps no cookies,
// which the server would prefer to our tokens, and follows no redirect, which
// would carry them elsewhere.
func newHTTPClient(cfg config, dial DialFunc) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         dial,
			TLSClientConfig:     cfg.tls.Clone(), // the transport writes into it
			TLSHandshakeTimeout: cfg.connect,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: idlePerHost,
			IdleConnTimeout:     idleFor,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is an HTTP answer, read to its end.
type answer struct {
	status     int
	body       []byte
	token      string // it was asked with
	retryAfter time.Duration
}

// post sends a JSON body with a token, and once more with another token if the
// first is refused. A status that is not 2xx is a *ServerError.
func (c *Client) post(ctx context.Context, op, path string, body []byte) (*answer, error) {
	var refused string
	var refusal error
	for {
		token, err := c.token(ctx, refused)
		if err != nil {
			return nil, fmt.Errorf("kalam: %s: token: %w", op, errors.Join(err, refusal))
		}
		a, err := c.do(ctx, path, token, body)
		if err != nil {
			return nil, fmt.Errorf("kalam: %s: %w", op, err)
		}
		if a.status/100 == 2 {
			return a, nil
		}
		said := a.err(op)
		if a.status != http.StatusUnauthorized || token == "" {
			return nil, said
		}
		if refused != "" {
			return nil, fmt.Errorf("%w: %w", auth.ErrUnauthenticated, said)
		}
		refused, refusal = token, said
	}
}

func (a *answer) err(op string) error {
	said := wire.ParseError(a.status, auth.Redact(a.body, a.token))
	said.Op = op
	said.RetryAfter = max(said.RetryAfter, a.retryAfter)
	return said
}

func (c *Client) do(ctx context.Context, path, token string, body []byte) (*answer, error) {
	url := c.addr.base.String() + path
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBody {
		return nil, &wire.SizeError{Limit: maxBody}
	}
	wait := wire.RetryAfter(resp.Header.Get("Retry-After"), time.Now())
	return &answer{status: resp.StatusCode, body: text, token: token, retryAfter: wait}, nil
}
