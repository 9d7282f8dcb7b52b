package client

import (
	"context"

	"github.com/kalamdb/kalamrx/rx"
)

// QueryAll is all rows of a query as a stream, however many there are: the server
// gives 1,000 for a query at most, so it is asked for one page after another, in the
// order of the primary key. One page is in memory.
//
// The query is one SELECT of columns of one table with at most a WHERE. ORDER BY,
// LIMIT, DISTINCT, joins and groups are ErrPaging: what is ordered otherwise would
// skip and repeat rows as others write, and server 0.4.3 sorts each page by primary
// key anyway. The key is found out by one query for one row, unless PageKey names it;
// it must be an integer, a text or a UUID. Tables without one are read by _seq, which
// is as good where rows never change (STREAM), else they are ErrPaging.
//
// Keys of rows do not change, so whatever is written meanwhile, each row that is there
// and matches throughout is told exactly once, as it is when its page is read. Of rows
// that come, go, or change so that they match or no longer do, some are told and some
// are not, none twice, unless it was deleted and inserted again behind the place.
//
// It is cold: every Subscribe reads anew. Rows are delivered on a goroutine of the
// stream's own, so it is a boundary, which holds one page and asks for the next when
// all rows of the last one have been taken: who is slow makes it wait. Unsubscribe
// ends the query under way. Each page has the timeout and the retries of the client or
// session. What does not pass ends the stream with an error, as Query would give it; where
// the server knows us as another user than at the page before that is ErrIdentity, and on
// a client that is closed ErrClosed. It completes behind the last row.
func QueryAll[T any](q Querier, sql string, opts ...PageOption) rx.Observable[T] {
	s := q.session()
	return finite(s.c, rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		p := &pager[T]{s: s, up: g.Child(), out: out}
		if err := p.configure(sql, opts); err != nil {
			out.Error(err)
			return
		}
		ctx, cancel := context.WithCancel(g.Context())
		p.up.Add(cancel)
		s.c.alive.add()
		go p.run(ctx) // owner: the stream; ends when all rows are told, or the stream ends
	}))
}
