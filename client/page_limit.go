package client

import "sync/atomic"

// pageLimit is how many rows the server gives for a query at most. It is 1,000
// unless the server is configured otherwise, which it does not say: a page that is not
// full may be the last one, or all that the server gives. What it does give is known
// from the pages that have come: one that is smaller than another is the last. Behind
// the largest there may be more, however small it is, so that it is asked for.
type pageLimit struct {
	largest atomic.Int64 // page so far, in rows; it never shrinks
}

// isLast takes note of a page of n rows, of limit that were asked for, and says whether
// it is known to be the last.
func (p *pageLimit) isLast(n, limit int) bool {
	largest := p.largest.Load()
	for int64(n) > largest && !p.largest.CompareAndSwap(largest, int64(n)) {
		largest = p.largest.Load()
	}
	return n < limit && (n == 0 || int64(n) < largest)
}
