package client

import (
	"context"

	"github.com/kalamdb/kalamrx/wire"
)

// StatementResult is one result of a Batch.
type StatementResult struct {
	Columns      wire.Schema // of its rows; nil for a statement that gives none
	RowsAffected int64       // inserted, updated or deleted; 0 for a statement that gives rows
	Message      string      // of the server, for people; empty for a statement that gives rows
	User         string      // whose rights and rows it ran with

	result wire.Result
	strict bool
}

// Len is the number of rows.
func (r StatementResult) Len() int { return len(r.result.Rows) }

// HasRows says whether it is of a statement that gives rows, if only none.
func (r StatementResult) HasRows() bool { return givesRows(r.result) }

// Batch runs several statements with semicolons between them, in one request without
// parameters, and gives their results in the server's order. That is not one result a
// statement: those of all INSERTs, all UPDATEs and all DELETEs of the batch are added
// up, each in one result behind all others, and only where a row was affected.
//
// If one fails there is no result of any: the *ServerError has its number in
// Statement, where the server told it. Those before it stay done, unless they stand
// between BEGIN and COMMIT. All are tried again only if all of them read, see Query.
func Batch(ctx context.Context, q Querier, sql string) ([]StatementResult, error) {
	s := q.session()
	resp, err := s.sql(ctx, sql, nil)
	if err != nil {
		return nil, err
	}
	s.c.noticeCut(sql, resp)
	all := make([]StatementResult, len(resp.Results))
	for i, result := range resp.Results {
		all[i] = StatementResult{
			Columns: result.Schema, RowsAffected: affected(result), Message: result.Message, User: result.AsUser,
			result: result, strict: s.strict,
		}
	}
	return all, nil
}

// ResultRows decodes the rows of a result as Query does; of a statement without rows
// they are nil.
func ResultRows[T any](r StatementResult) ([]T, error) {
	if !r.HasRows() {
		return nil, nil
	}
	decoder, err := wire.NewDecoder[T]()
	if err != nil {
		return nil, err
	}
	rows, err := newRowsOf(decoder, r.result, r.strict)
	if err != nil {
		return nil, err
	}
	return rows.all()
}
