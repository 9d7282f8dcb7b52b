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
	"github.com/sethvargo/go-retry"
)

// Query runs a statement over HTTP and decodes the rows of its first result that
// has any into T: a struct with `kalam` tags, a map[string]any, a single value
// for a single column, see wire.Decoder. Parameters stand for $1, $2, …: nil,
// booleans, integers of 64 bits, finite floats, strings, time.Time (as
// microseconds), driver.Valuer, named types of these and pointers to them; at
// most 50. What cannot be sent exactly is ErrParam.
//
// The server gives 50 rows where there is no LIMIT, and 1,000 at most. An answer
// with an error is a *ServerError. Statements that only read are tried again after
// failures that may pass, see WithMaxRetries; a write is sent once.
func Query[T any](ctx context.Context, c *Client, sql string, params ...any) ([]T, error) {
	decoder, err := wire.NewDecoder[T]()
	if err != nil {
		return nil, err
	}
	resp, err := c.sql(ctx, sql, params)
	if err != nil {
		return nil, err
	}
	for _, result := range resp.Results {
		if !result.HasRows && len(result.Schema) == 0 {
			continue
		}
		rows := make([]T, len(result.Rows))
		for i, raw := range result.Rows {
			if rows[i], err = decoder.Array(raw, result.Schema); err != nil {
				return nil, fmt.Errorf("kalam: query: row %d: %w", i, err)
			}
		}
		return rows, nil
	}
	return nil, nil
}

// Result is the outcome of Exec.
type Result struct {
	RowsAffected int64    // inserted, updated and deleted, all statements together
	Messages     []string // of the server, for people, in its order
	User         string   // whose rights and rows it ran with
	Took         time.Duration
}

// Exec runs a statement, or several with semicolons between them, over HTTP, and
// gives no rows. Parameters are those of Query, and go with a single statement
// only. If one of several fails, those before it stay done.
func (c *Client) Exec(ctx context.Context, sql string, params ...any) (Result, error) {
	resp, err := c.sql(ctx, sql, params)
	if err != nil {
		return Result{}, err
	}
	r := Result{Took: time.Duration(resp.Took * float64(time.Millisecond))}
	for _, result := range resp.Results {
		r.User = result.AsUser
		if result.Message != "" {
			r.Messages = append(r.Messages, result.Message)
			r.RowsAffected += result.RowCount
		}
	}
	return r, nil
}

// sql sends a statement, and again if it only reads and the failure may pass.
func (c *Client) sql(ctx context.Context, sql string, params []any) (*wire.QueryResponse, error) {
	if c.closed.Load() {
		return nil, ErrClosed
	}
	encoded, err := encodeParams(params)
	if err != nil {
		return nil, err
	}
	body, err := wire.Marshal(wire.QueryRequest{SQL: sql, Params: encoded})
	if err != nil {
		return nil, err
	}
	c.alive.add()
	defer c.alive.remove()
	ctx, cancel := c.within(ctx, "statement", c.cfg.timeout)
	defer cancel()
	retries := c.cfg.maxRetries
	if !readsOnly(sql) {
		retries = 0
	}
	var resp *wire.QueryResponse
	again := &patience{next: queryBackoff(retries)}
	err = retry.Do(ctx, again, func(ctx context.Context) error {
		resp, err = c.sqlOnce(ctx, body)
		again.last = err
		if mayPass(ctx, err) {
			return retry.RetryableError(err)
		}
		return err
	})
	return resp, again.explain(ctx, err)
}

func (c *Client) sqlOnce(ctx context.Context, body []byte) (*wire.QueryResponse, error) {
	a, err := c.fetch(ctx, request{
		op: "query", method: http.MethodPost, path: "/v1/api/sql", kind: "application/json",
		body: func() (io.Reader, error) { return bytes.NewReader(body), nil },
	})
	if err != nil {
		return nil, err
	}
	var resp wire.QueryResponse
	if err := wire.Unmarshal(a.body, &resp); err != nil {
		return nil, fmt.Errorf("kalam: query: answer: %w", err)
	}
	if resp.Err(a.status) != nil { // an error with a status of success
		return nil, serverError("query", a.status, a.body, a.token)
	}
	return &resp, nil
}

// queryBackoff waits 100 ms, 200 ms, … with full jitter, 5 s at most.
func queryBackoff(retries int) retry.Backoff {
	b := retry.WithFullJitter(retry.NewExponential(100 * time.Millisecond))
	return retry.WithMaxRetries(uint64(retries), retry.WithCappedDuration(5*time.Second, b))
}

// patience waits as long as the server asked for, if that is longer.
type patience struct {
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
	if cause := context.Cause(ctx); cause != ended {
		ended = fmt.Errorf("%w: %w", ended, cause)
	}
	if p.last == nil {
		return fmt.Errorf("kalam: query: %w", ended)
	}
	return fmt.Errorf("kalam: query: %w: %w", ended, p.last)
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
