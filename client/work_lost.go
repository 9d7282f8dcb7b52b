package client

import (
	"cmp"
	"slices"
	"time"
)

// lostRecords are the records of one key that were let go and are still to come again, in
// order. They hold back the later ones of that key. They are bounded by what the stream
// has given out and not committed.
type lostRecords[T any] []lostRecord[T]

type lostRecord[T any] struct {
	record Record[T] // without its content
	lease  time.Duration
}

// add notes that a record is let go. The stream must know: what it takes for held is
// prolonged by each claim of the server, and would not come again while there are others.
func (l *lostRecords[T]) add(it *workItem[T]) {
	it.record.release()
	*l = append(*l, lostRecord[T]{Record[T]{Offset: it.record.Offset, hand: it.record.hand}, it.lease})
	slices.SortStableFunc(*l, func(a, b lostRecord[T]) int { return cmp.Compare(a.record.Offset, b.record.Offset) })
}

// holdsBack says whether a record that came must be let go, and notes that. It must if one
// before it is to come again.
func (l *lostRecords[T]) holdsBack(it workItem[T]) bool {
	if len(*l) == 0 {
		return false
	}
	l.forgive()
	if len(*l) == 0 {
		return false
	}
	switch first := (*l)[0].record.Offset; {
	case it.record.Offset < first:
		return false
	case it.record.Offset == first:
		*l = slices.Delete(*l, 0, 1)
		return false
	}
	*l = slices.DeleteFunc(*l, func(x lostRecord[T]) bool { return x.record.Offset == it.record.Offset })
	l.add(&it)
	return true
}

// forgive forgets the records that come no more: they are committed, the topic began anew,
// or somebody else was given them, since a poll that was sent when their lease had been
// over for another lease's time has not brought them.
func (l *lostRecords[T]) forgive() {
	*l = slices.DeleteFunc(*l, func(x lostRecord[T]) bool {
		until := x.record.Deadline()
		return until.IsZero() || x.record.Acked() || x.record.hand.ledger.told().After(until.Add(x.lease))
	})
}

// release has the stream give the record out again as soon as the server does, as if its
// lease were over.
func (r Record[T]) release() {
	if r.hand.ledger == nil {
		return
	}
	r.hand.ledger.look(func(t *tracker) {
		s := t.slot(r.hand.offset)
		if s != nil && r.hand.era == r.hand.ledger.era && !s.acked && time.Now().Before(s.until) {
			s.until = time.Now()
		}
	})
}
