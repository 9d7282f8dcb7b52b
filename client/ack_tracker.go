package client

import (
	"slices"
	"time"
)

// nothing is the committed offset of a group that has committed nothing, as far as is
// known.
const nothing = -1

// tracker knows which records of a partition were given out and which of them are
// acknowledged, and so up to where the group may commit. What lies in a hole between
// them is with other members of the group: the server commits all below an offset,
// whosever it is, so that a commit must not pass it. All but finding a record among the
// runs, of which there is one for each hole, is O(1) amortised.
type tracker struct {
	committed int64     // of the group, as far as is known, or gone; nothing for none
	told      int64     // of the group, as the server has said
	moved     time.Time // when that was learnt
	runs      []*run    // in order, none empty
	held      int       // given out and not acknowledged
	acked     int       // acknowledged, and not known to be committed
}

func newTracker() tracker { return tracker{committed: nothing, told: nothing} }

// find gives the run that holds an offset, or, without one, where it would stand.
func (t *tracker) find(offset int64) (i int, there bool) {
	if n := len(t.runs); n > 0 && t.runs[n-1].holds(offset) {
		return n - 1, true
	}
	i, there = slices.BinarySearchFunc(t.runs, offset, func(r *run, offset int64) int {
		switch {
		case r.end() <= offset:
			return -1
		case r.first > offset:
			return 1
		}
		return 0
	})
	return i, there
}

func (t *tracker) slot(offset int64) *slot {
	if i, there := t.find(offset); there {
		return t.runs[i].at(offset)
	}
	return nil
}

// give notes that a record, which the server has given until a time, is given out, and
// says which time that is for it. It is none if the record is acknowledged, or is held
// still: then the server's new claim prolongs the old one, once. Claims may overlap, so that
// the server gives the record more often than every lease: prolonged each time, one that
// nobody has any more would never be given out again.
func (t *tracker) give(offset int64, now, until time.Time) (attempt int, give bool) {
	i, there := t.find(offset)
	if !there && offset <= t.committed { // and forgotten: it was polled before that
		return 0, false
	}
	if !there {
		t.insert(i, offset, slot{given: now, until: until, attempt: 1})
		return 1, true
	}
	s := t.runs[i].at(offset)
	if s.acked {
		return 0, false
	}
	if now.Before(s.until) {
		if !s.longer {
			s.until, s.longer = until, true
		}
		return 0, false
	}
	s.given, s.until, s.longer = now, until, false
	s.attempt++
	return s.attempt, true
}

// insert puts a record in that none of the runs holds; i is the first behind it.
func (t *tracker) insert(i int, offset int64, s slot) {
	t.held++
	if i > 0 && t.runs[i-1].end() == offset {
		r := t.runs[i-1]
		r.slots = append(r.slots, s)
		return
	}
	t.runs = slices.Insert(t.runs, i, &run{first: offset, slots: []slot{s}})
}

// ack notes that a record is acknowledged; nil if that is nothing new.
func (t *tracker) ack(offset int64) *slot {
	i, there := t.find(offset)
	if !there {
		return nil
	}
	s := t.runs[i].at(offset)
	if s.acked {
		return nil
	}
	s.acked = true
	t.held--
	t.acked++
	t.runs[i].advance()
	return s
}

// prefix is up to where the group may commit: no further than the first record that is
// held, nor than the first hole. ok says whether that is more than is committed.
func (t *tracker) prefix() (upto int64, ok bool) {
	upto = t.committed
	for _, r := range t.runs {
		if r.first > upto+1 {
			break
		}
		upto = max(upto, r.first+int64(r.done)-1)
		if r.done < len(r.slots) {
			break
		}
	}
	return upto, upto > t.committed
}

// hole is what keeps acknowledged records from being committed that are behind it, and
// not held by this process, or held for longer than the server keeps them from others:
// offsets from to to, both included.
func (t *tracker) hole(now time.Time) (from, to int64, ok bool) {
	next := t.committed + 1
	for _, r := range t.runs {
		if r.first > next {
			return next, r.first - 1, r.done > 0
		}
		if r.done < len(r.slots) {
			n := r.stale(now)
			from = r.first + int64(r.done)
			return from, from + int64(n) - 1, n > 0 && t.acked > 0
		}
		next = max(next, r.end())
	}
	return 0, 0, false
}

// learn notes that the group has committed up to an offset, this process or another.
func (t *tracker) learn(upto int64, now time.Time) {
	t.told = max(t.told, upto)
	t.pass(upto, now)
}

// pass notes that what is up to an offset is nobody's any more: the group has committed it,
// or it is gone. Records that are held are still waited for, but only until their lease is
// over: then somebody else has committed them.
func (t *tracker) pass(upto int64, now time.Time) {
	if upto > t.committed {
		t.committed, t.moved = upto, now
	}
	for _, r := range t.runs {
		if r.first > t.committed {
			break
		}
		before, settled := len(r.slots), r.settle(t.committed, now)
		t.held, t.acked = t.held-settled, t.acked+settled
		r.drop(t.committed)
		t.acked -= before - len(r.slots)
	}
	t.runs = slices.DeleteFunc(t.runs, func(r *run) bool { return len(r.slots) == 0 })
}

// expected is the first offset from one on that the group has not committed and that was
// not given out: what comes again before it is nothing that has to be waited for.
func (t *tracker) expected(from int64) int64 {
	from = max(from, t.committed+1)
	i, there := t.find(from)
	for ; there; there = i < len(t.runs) && t.runs[i].first <= from {
		from = t.runs[i].end()
		i++
	}
	return from
}

// skip is learn for what is held, too: all before an offset is done with.
func (t *tracker) skip(offset int64) {
	for _, r := range t.runs {
		for at := r.first; at < min(offset, r.end()); at++ {
			t.ack(at)
		}
	}
	t.learn(offset-1, time.Now())
}

// heldOf is how many records are held of those that the server has given until a time,
// and the first of them. Offsets are those of one poll.
func (t *tracker) heldOf(first, last int64, until time.Time) (n int, lowest int64) {
	for offset := last; offset >= first; offset-- {
		if s := t.slot(offset); s != nil && !s.acked && !s.until.After(until) {
			n, lowest = n+1, offset
		}
	}
	return n, lowest
}

// backlog is how long ago the first record was given out that waits for other members to
// commit what is before it; 0 if none does, or they have not committed anything lately:
// then they are gone, and it is no use to wait for them.
func (t *tracker) backlog(now time.Time, lately time.Duration) time.Duration {
	if len(t.runs) == 0 || t.runs[0].first <= t.committed+1 || now.Sub(t.moved) > lately {
		return 0
	}
	return now.Sub(t.runs[0].slots[0].given)
}

// width is how far the records reach that are not known to be committed.
func (t *tracker) width() int64 {
	if len(t.runs) == 0 {
		return 0
	}
	return t.runs[len(t.runs)-1].end() - t.runs[0].first
}
