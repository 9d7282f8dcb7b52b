package client

import (
	"context"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

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
	return c.session().Exec(ctx, sql, params...)
}

// Exec is Client.Exec with the session's settings.
func (s *Session) Exec(ctx context.Context, sql string, params ...any) (Result, error) {
	resp, err := s.sql(ctx, sql, params)
	if err != nil {
		return Result{}, err
	}
	return effectOf(resp), nil
}

// effectOf is what an answer says of its statements.
func effectOf(resp *wire.QueryResponse) Result {
	r := Result{Took: time.Duration(resp.Took * float64(time.Millisecond))}
	for _, result := range resp.Results {
		r.User = result.AsUser
		r.RowsAffected += affected(result)
		if result.Message != "" {
			r.Messages = append(r.Messages, result.Message)
		}
	}
	return r
}

// affected is how many rows a result says to have changed: where there are rows they are
// what is counted.
func affected(r wire.Result) int64 {
	if givesRows(r) {
		return 0
	}
	return r.RowCount
}
