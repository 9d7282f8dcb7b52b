package client

import (
	"context"
	"fmt"
	"iter"
	"reflect"

	"github.com/kalamdb/kalamrx/wire"
)

// Query runs a statement over HTTP and decodes the rows of its first result that
// has any into T: a struct with `kalam` tags, a map[string]any, []any by position, a
// single value for a single column, see wire.Decoder. It is called with a *Client, or
// with a *Session for other settings than the client's. Parameters stand for $1, $2,
// …: nil, booleans, integers of 64 bits, finite floats, strings of up to 512 KiB,
// time.Time (as microseconds), driver.Valuer, encoding.TextMarshaler (as text, so
// *big.Int and decimals; a *big.Rat as an exact decimal), json.RawMessage and
// json.Marshaler (as text), [16]byte (as the text of a UUID), named types of these and
// pointers to them; at most 50. What cannot be sent exactly is ErrParam, a text of
// more than 1 MiB ErrConfig. A slice is none of these: IN takes one parameter for each
// value, as in IN ($1, $2).
//
// The server gives 50 rows where there is no LIMIT, and 1,000 at most, and does not say
// that there are more; see QueryAll. An answer of so many rows is counted, as Stats.Cut,
// and logged. An answer with an error is always a *ServerError, with its code, message
// and, where the server told it, the number of the statement that failed.
//
// A text of statements that only read (SELECT, SHOW, DESCRIBE, EXPLAIN, behind
// comments and parentheses) is tried again after failures that may pass, see
// WithMaxRetries: 100 ms, 200 ms, … later with full jitter, 5 s at most, and not
// sooner than the server's Retry-After. Any other text is tried again only as long as
// nothing of it was sent: there was no connection, or no token. What may have been
// received is not sent twice, but for an answer that the token has expired, which
// comes before anything is executed. What may be sent again then is for the caller to
// decide: an error that is wire.ClassRetryable was answered without being executed,
// unless its code says OutcomeUnknown, if it was a single statement. A server that
// names another as its leader is asked again itself: a token goes to no other host.
func Query[T any](ctx context.Context, q Querier, sql string, params ...any) ([]T, error) {
	rows, err := ask[T](ctx, q, sql, params)
	if err != nil {
		return nil, err
	}
	return rows.all()
}

// QueryOne is Query for a single row: ErrNoRows if there is none, ErrManyRows if there
// are more.
func QueryOne[T any](ctx context.Context, q Querier, sql string, params ...any) (T, error) {
	var none T
	rows, err := ask[T](ctx, q, sql, params)
	if err != nil {
		return none, err
	}
	switch n := len(rows.rows); {
	case n == 0:
		return none, ErrNoRows
	case n > 1:
		return none, fmt.Errorf("%w: %d", ErrManyRows, n)
	}
	return rows.decode(0)
}

// QueryEach is Query as a range loop: the statement runs when the loop begins, once
// for each loop, and every row is decoded when it is the loop's turn. If something
// fails the last turn has the error and the zero value.
//
//	for m, err := range client.QueryEach[Message](ctx, c, "SELECT * FROM chat.messages") {
//		…
//	}
func QueryEach[T any](ctx context.Context, q Querier, sql string, params ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, err := ask[T](ctx, q, sql, params)
		for i := 0; err == nil && i < len(rows.rows); i++ {
			var v T
			if v, err = rows.decode(i); err == nil && !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// ask runs a statement whose rows are to become T.
func ask[T any](ctx context.Context, q Querier, sql string, params []any) (rowsOf[T], error) {
	s := q.session()
	decoder, err := decoderOf[T](s.c)
	if err != nil {
		return rowsOf[T]{}, err
	}
	resp, err := s.sql(ctx, sql, params)
	if err != nil {
		return rowsOf[T]{}, err
	}
	s.c.noticeCut(sql, resp)
	for _, result := range resp.Results {
		if givesRows(result) {
			return newRowsOf(decoder, result, s.strict)
		}
	}
	return rowsOf[T]{}, nil
}

// givesRows says whether a result is of a statement that gives rows, if only none.
func givesRows(r wire.Result) bool { return r.HasRows || len(r.Schema) > 0 }

// rowsOf are the rows of a result, to be decoded into T.
type rowsOf[T any] struct {
	decoder *wire.Decoder[T]
	schema  wire.Schema
	rows    []wire.RawRow
}

func newRowsOf[T any](decoder *wire.Decoder[T], result wire.Result, strict bool) (rowsOf[T], error) {
	if strict {
		columns, fields := decoder.Unmatched(result.Schema)
		if len(columns)+len(fields) > 0 {
			return rowsOf[T]{}, &MismatchError{Type: reflect.TypeFor[T]().String(), Columns: columns, Fields: fields}
		}
	}
	return rowsOf[T]{decoder: decoder, schema: result.Schema, rows: result.Rows}, nil
}

func (r rowsOf[T]) decode(i int) (T, error) {
	v, err := r.decoder.Array(r.rows[i], r.schema)
	if err != nil {
		return v, fmt.Errorf("kalam: query: row %d: %w", i, err)
	}
	return v, nil
}

// all decodes all rows: nil where the statement gives none, and never half of them.
func (r rowsOf[T]) all() ([]T, error) {
	if r.decoder == nil {
		return nil, nil
	}
	all := make([]T, len(r.rows))
	for i := range r.rows {
		v, err := r.decode(i)
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}
