package engine

import "context"

// Still calls f while no request has the turn, so that every committed change has been told and none is under way. last is
// the newest sequence id that was given out, newest that of the query's scope, tombstones included; 0 for none. f must
// not call the engine. Errors are those of Boundary.
func (e *Engine) Still(ctx context.Context, q *LiveQuery, f func(last, newest uint64)) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	newest, err := e.boundary(ctx, q)
	if err != nil {
		return err
	}
	f(e.seq.last(), newest)
	return nil
}

// LastSeq gives the newest sequence id that was given out; 0 for none.
func (e *Engine) LastSeq() uint64 {
	<-e.turn
	defer e.give()
	return e.seq.last()
}

// Owner gives the user whose rows the query watches; empty on a SHARED table.
func (q *LiveQuery) Owner() string { return ownerOf(q.tbl, q.session) }

// Shared reports whether the query's table is a SHARED one.
func (q *LiveQuery) Shared() bool { return q.tbl.kind == SharedTable }
