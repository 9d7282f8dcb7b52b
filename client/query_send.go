package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/sethvargo/go-retry"
)

const (
	// maxSQL is the longest text that the server takes, in bytes.
	maxSQL = 1 << 20
	// maxRequest is the largest body that it takes, which text and parameters share.
	maxRequest = 2 << 20
)

// sql sends a text, and again if that is safe and the failure may pass.
func (s *Session) sql(ctx context.Context, sql string, params []any) (*wire.QueryResponse, error) {
	if s.c.closed.Load() {
		return nil, ErrClosed
	}
	body, err := s.encode(sql, params)
	if err != nil {
		return nil, err
	}
	s.c.alive.add()
	defer s.c.alive.remove()
	ctx, cancel := s.c.within(s.c.as(ctx), "statement", s.timeout)
	defer cancel()
	reads := readsOnly(sql)
	var resp *wire.QueryResponse
	again := &patience{next: queryBackoff(s.retries)}
	err = retry.Do(ctx, again, func(ctx context.Context) error {
		var way departure
		resp, err = s.c.sqlBy(ctx, body, &way)
		again.last = err
		if (reads || !way.left.Load()) && mayPass(ctx, err) {
			return retry.RetryableError(err)
		}
		return err
	})
	return resp, again.explain(ctx, err)
}

// encode makes the body of a request, within the server's limits.
func (s *Session) encode(sql string, params []any) ([]byte, error) {
	sql, encoded, err := s.statement(sql, params)
	if err != nil {
		return nil, err
	}
	body, err := wire.Marshal(wire.QueryRequest{SQL: sql, Params: encoded, NamespaceID: s.namespace})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if len(body) > maxRequest {
		return nil, fmt.Errorf("%w: statement and parameters are %d bytes, the server takes %d", ErrParam, len(body), maxRequest)
	}
	return body, nil
}

// statement is a text as it is sent, and its parameters, both within the server's
// limits.
func (s *Session) statement(sql string, params []any) (text string, encoded []any, err error) {
	if s.user != "" {
		if sql, err = executeAs(s.user, sql); err != nil {
			return "", nil, err
		}
	}
	if len(sql) > maxSQL {
		return "", nil, fmt.Errorf("%w: SQL of %d bytes, the server takes %d", ErrConfig, len(sql), maxSQL)
	}
	encoded, err = encodeParams(params)
	return sql, encoded, err
}

// departure says whether a request may have gone out: it has not where a connection
// was looked for and not had. A transport of the application's that does not say what
// it does has sent everything.
type departure struct{ left atomic.Bool }

// watch is ctx for one try of the request, and for nothing else: whoever else asks with
// it, as a token source does, would speak of other connections.
func (d *departure) watch(ctx context.Context) context.Context {
	var had atomic.Bool
	d.left.Store(true)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { d.left.Store(had.Load()) },
		GotConn: func(httptrace.GotConnInfo) {
			had.Store(true)
			d.left.Store(true)
		},
	})
}

func (c *Client) sqlOnce(ctx context.Context, body []byte) (*wire.QueryResponse, error) {
	return c.sqlBy(ctx, body, &departure{})
}

func (c *Client) sqlBy(ctx context.Context, body []byte, way *departure) (*wire.QueryResponse, error) {
	a, err := c.fetch(ctx, request{
		op: "query", method: http.MethodPost, path: "/v1/api/sql", kind: "application/json", way: way,
		body: func() (io.Reader, error) { return bytes.NewReader(body), nil },
	})
	if err != nil {
		return nil, err
	}
	return a.results("query")
}

// queryBackoff waits 100 ms, 200 ms, … with full jitter, 5 s at most.
func queryBackoff(retries int) retry.Backoff {
	b := retry.WithFullJitter(retry.NewExponential(100 * time.Millisecond))
	return retry.WithMaxRetries(uint64(retries), retry.WithCappedDuration(5*time.Second, b))
}

// patience waits as long as the server asked for, if that is longer.
type patience struct {
	op   string // for errors; empty is a query
	next retry.Backoff
	last error
}

// Next implements retry.Backoff.
func (p *patience) Next() (time.Duration, bool) {
	d, stop := p.next.Next()
	var said *ServerError
	if errors.As(p.last, &said) {
		d = max(d, said.RetryAfter)
	}
	return d, stop
}

// explain says why nobody waits any more, and what the last attempt ended with.
func (p *patience) explain(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	ended := ctx.Err()
	if cause := context.Cause(ctx); cause != ended && !errors.Is(p.last, cause) { // which says it
		ended = fmt.Errorf("%w: %w", ended, cause)
	}
	if p.last == nil {
		return fmt.Errorf("kalam: %s: %w", cmp.Or(p.op, "query"), ended)
	}
	return fmt.Errorf("kalam: %s: %w: %w", cmp.Or(p.op, "query"), ended, p.last)
}

// mayPass says whether the same request may succeed later: not where the server
// gave its answer, nor where nobody waits for one any more.
func mayPass(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || errors.Is(err, auth.ErrUnauthenticated) {
		return false
	}
	var said *ServerError
	if errors.As(err, &said) {
		return said.Temporary()
	}
	return !errors.Is(err, wire.ErrSyntax) && !errors.Is(err, wire.ErrField) && !errors.Is(err, wire.ErrTooLarge)
}
