package client

import (
	"slices"
	"time"
)

// lease is what one poll claimed, until a time.
type lease struct {
	lane        *lane
	first, last int64
	until       time.Time
}

// watch has the keeper warn when the records of a batch are held for too long.
func (w *keeper) watch(b *haul, until time.Time) {
	w.mu.Lock()
	w.leases = append(w.leases, lease{b.lane, b.records[0].Offset, b.records[len(b.records)-1].Offset, until})
	first := len(w.leases) == 1
	w.mu.Unlock()
	if first {
		w.wake()
	}
}

// warnAt is when the next warning may be due; zero for never.
func (w *keeper) warnAt() (at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.leases {
		if t := l.until.Add(-w.k.opts.lease / 4); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at
}

// warn shows the leases of which a quarter is left, and forgets them; and those of which
// nothing is held.
func (w *keeper) warn(now time.Time) {
	var due []*LeaseError
	w.mu.Lock()
	w.leases = slices.DeleteFunc(w.leases, func(l lease) bool {
		left := l.until.Sub(now)
		if left > w.k.opts.lease/4 {
			return false
		}
		var n int
		var lowest int64
		l.lane.ledger.look(func(t *tracker) { n, lowest = t.heldOf(l.first, l.last, l.until) })
		if n > 0 {
			due = append(due, &LeaseError{
				Topic: w.k.topic, Group: w.k.group, Partition: l.lane.n, Offset: lowest, Records: n, Left: left,
			})
		}
		return true
	})
	w.mu.Unlock()
	for _, err := range due {
		w.k.counts.warnings.Add(1)
		w.k.c.report(err)
	}
}
