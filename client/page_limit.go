package client

import "sync/atomic"

// pageLimit is how many rows the server gives for a query at most. It is 1,000
// unless the server is configured otherwise, which it does not say: a page that is not
// full may be the last one, or all that the server gives. So the first page of a size
// that has not been seen before is followed by another question.
type pageLimit struct {
	most    atomic.Int64 // 0 while it is not known to be less than maxBatch
	atLeast atomic.Int64 // a page of so many rows was the last one
}

// surely is a number of rows below which no server cuts a page off: what it gives
// without a LIMIT.
const surely = 50

// isLast says whether a page of n rows, of limit that were asked for, is known to be
// the last.
func (p *pageLimit) isLast(n, limit int) bool {
	switch most := int(p.most.Load()); {
	case most == 0:
	case n > most: // it was a change that came behind, not the rest of a page
		p.most.CompareAndSwap(int64(most), 0)
	default:
		limit = min(limit, most)
	}
	return n < limit && (n < surely || n <= int(p.atLeast.Load()))
}

// learn is told what came behind a page of n rows that was not full.
func (p *pageLimit) learn(n, limit, behind int) {
	switch {
	case n >= limit:
	case behind > 0:
		p.most.Store(int64(n))
	case int(p.atLeast.Load()) < n:
		p.atLeast.Store(int64(n))
	}
}
