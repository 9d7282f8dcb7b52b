package client

import (
	"context"
	"sync"
	"time"
)

// ledger is the tracker of one partition for many goroutines: who gives records out,
// who acknowledges them, and who commits.
type ledger struct {
	stream  *consumer                                   // that it is of; nil of Poll
	changed func()                                      // is told that a record was acknowledged; must not wait
	flush   func(ctx context.Context, upto int64) error // of Poll: commits; nil in a stream
	counts  *consumerCounts

	mu      sync.Mutex // leaf lock
	era     uint64     // grows when the topic begins anew
	over    bool
	tracker tracker
	pace    handling
	next    int64     // behind the last record that was given out; nothing before the first
	heard   time.Time // when the poll was sent whose answer is told, or was told last
}

func newLedger(counts *consumerCounts, changed func()) *ledger {
	return &ledger{changed: changed, counts: counts, tracker: newTracker(), next: nothing}
}

// hear notes that what a poll has brought is told from now on.
func (l *ledger) hear(sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = sent
}

// told is up to when what the server had to give has been told. While the observer takes
// its time nobody polls, and what is to come again cannot come.
func (l *ledger) told() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stream == nil {
		return time.Now()
	}
	return l.heard
}

// give is the tracker's.
func (l *ledger) give(offset int64, until time.Time) (h hand, attempt int, give bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return hand{}, 0, false
	}
	attempt, give = l.tracker.give(offset, time.Now(), until)
	l.next = max(l.next, offset+1)
	return hand{l, l.era, offset}, attempt, give
}

// ack acknowledges a record of an era.
func (l *ledger) ack(era uint64, offset int64) bool {
	now := time.Now()
	l.mu.Lock()
	if l.over || era != l.era {
		l.mu.Unlock()
		return false
	}
	s := l.tracker.ack(offset)
	if s == nil {
		l.mu.Unlock()
		return false
	}
	late := now.After(s.until)
	l.pace.took(s.given, now)
	l.mu.Unlock()
	l.counts.acks.Add(1)
	if late {
		l.counts.lateAcks.Add(1)
	}
	l.changed()
	return true
}

// acked says whether a record is acknowledged; of a former era none is.
func (l *ledger) acked(era uint64, offset int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if era != l.era {
		return false
	}
	if s := l.tracker.slot(offset); s != nil {
		return s.acked
	}
	return offset < l.next // it was given out, and is forgotten since it is committed
}

func (l *ledger) deadline(era uint64, offset int64) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.tracker.slot(offset); s != nil && era == l.era {
		return s.until
	}
	return time.Time{}
}

// reset begins a new era: the topic begins anew.
func (l *ledger) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.era++
	l.tracker, l.next = newTracker(), nothing
}

// end has nothing count any more.
func (l *ledger) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// learn is the tracker's, if the era is still that.
func (l *ledger) learn(era uint64, upto int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if era == l.era {
		l.tracker.learn(upto, time.Now())
	}
}

// pass is the tracker's, if the era is still that.
func (l *ledger) pass(era uint64, upto int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if era == l.era {
		l.tracker.pass(upto, time.Now())
	}
}

// ripe is up to where the group may commit, in which era. ok says whether that is more
// than is committed.
func (l *ledger) ripe() (era uint64, upto int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tracker.pass(l.tracker.committed, time.Now()) // leases may have ended since
	upto, ok = l.tracker.prefix()
	return l.era, upto, ok
}

// standing notes in a haul what is known of the group when it is asked for.
func (l *ledger) standing(b *haul) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b.era, b.known, b.told = l.era, l.tracker.committed, l.tracker.told
}

// learnNow is learn in the present era, for what the server has just said. closed says
// that there is something to be committed now that was behind a hole.
func (l *ledger) learnNow(upto int64) (closed bool) {
	l.look(func(t *tracker) {
		_, before := t.prefix()
		t.learn(upto, time.Now())
		_, after := t.prefix()
		closed = after && !before
	})
	return closed
}

func (l *ledger) present() (era uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.era
}

// mean is how long a record takes; 0 while nobody knows.
func (l *ledger) mean() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pace.mean
}

// position is the offset behind the last record that was given out.
func (l *ledger) position() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

// skip goes on with an offset: all before it is done with.
func (l *ledger) skip(offset int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tracker.skip(offset)
	l.next = max(l.next, offset)
}

// look calls f with what the ledger holds.
func (l *ledger) look(f func(t *tracker)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.tracker)
}

// handling measures how long records take, one beside the other: by the time between
// acknowledgements while some are held.
type handling struct {
	mean time.Duration // moving; 0 before the first
	last time.Time     // acknowledgement
}

// weight is how much of the mean the last record is: an eighth.
const weight = 8

func (h *handling) took(given, now time.Time) {
	from := given
	if h.last.After(from) {
		from = h.last
	}
	h.last = now
	took := max(0, now.Sub(from))
	if h.mean == 0 {
		h.mean = took
		return
	}
	h.mean += (took - h.mean) / weight
}
