package client

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/sethvargo/go-retry"
)

// lane is one partition of a stream of records. But for the ledger and what is atomic
// it is the loop's, and the poll's while that is under way.
type lane struct {
	n       int
	ledger  *ledger
	start   wire.Start  // of the first poll
	settled atomic.Bool // where the group begins is committed, or need not be
	vague   atomic.Bool // where it began nobody knows, unless it has committed something

	polling bool
	due     time.Time     // the next poll
	asked   time.Time     // the last one
	idle    time.Duration // between polls that bring nothing
	slowest time.Duration // of idle
	again   *patience     // while polls fail
	most    int           // records of a poll; 0 for as many as the options say
	polled  bool          // a poll was answered
	missed  gap           // before what was given to this stream last, under Ordered
	begin   int64         // offset to commit, so that the group has begun; nothing for none
	next    atomic.Int64  // offset that is expected; nothing while unknown. Peeks bring records while a poll is under way
	unsure  time.Time     // until then a poll of ours without an answer may hold the records before the next ones
	busy    bool          // it has had a record
}

// haul is what a poll brought.
type haul struct {
	lane    *lane
	sent    time.Time
	arrived time.Time
	limit   int
	era     uint64 // of the ledger when it was sent
	known   int64  // what the group had committed then
	told    int64  // of that, what the server had said
	gap     bool   // records before it may be with others
	extra   bool   // it was not the loop that asked
	lost    bool   // there is no answer, and records may be claimed
	cut     bool   // nor any word of the server
	next    int64  // next_offset
	records []wire.TopicMessage
	err     error
}

// topicBackoff waits 500 ms, 1 s, … with full jitter, 10 s at most.
func topicBackoff() *patience {
	steps := retry.WithCappedDuration(10*time.Second, retry.NewExponential(500*time.Millisecond))
	return &patience{next: retry.WithFullJitter(steps)}
}

// where is the start that a poll asks for. Once the group has begun it has a commit,
// and the start counts only if that is gone, because the topic was cleared: then all
// that is there is new.
func (l *lane) where() wire.Start {
	if l.settled.Load() {
		return wire.FromEarliest()
	}
	return l.start
}

// began finds out, by the first answer, whether what the start meant has to be
// committed: otherwise a server that is restarted forgets where the group began.
func (l *lane) began(b *haul) {
	if l.polled {
		return
	}
	l.polled = true
	at := b.next
	if len(b.records) > 0 {
		at = b.records[0].Offset
	}
	n, byOffset := l.start.Offset()
	latest := !byOffset && !l.start.IsEarliest() && len(b.records) == 0
	if at > 0 && (latest || byOffset && n == at) {
		l.begin = at - 1
		return
	}
	l.vague.Store(!l.start.IsEarliest() && len(b.records) > 0 && at > 0)
	l.settled.Store(true)
}

// isWide says whether too much waits to be committed.
func (l *lane) isWide() (wide bool) {
	l.ledger.look(func(t *tracker) { wide = t.width() >= maxWidth })
	return wide
}

// rest is when to poll again behind one that brought nothing.
func (l *lane) rest(now time.Time, fastest time.Duration) {
	l.idle = min(max(2*l.idle, fastest), l.slowest)
	l.due = now.Add(l.idle - rand.N(l.idle/5+1))
}

// fail is when to poll again behind one that failed.
func (l *lane) fail(b *haul, lease time.Duration) {
	if l.again == nil {
		l.again = topicBackoff()
	}
	l.again.last = b.err
	wait, _ := l.again.Next()
	l.due = b.arrived.Add(wait)
	switch {
	case !b.lost, !b.cut && l.next.Load() == nothing: // a server that is in trouble as we begin
		return
	case l.next.Load() == nothing: // whatever comes next, records before it may be claimed
		l.due = b.arrived.Add(lease)
	}
	l.unsure = b.arrived.Add(lease)
}

// outOfOrder says whether records before those of a batch may be claimed by a poll of
// ours, so that they would come after them.
func (l *lane) outOfOrder(b *haul) bool {
	if b.gap || !b.arrived.Before(l.unsure) {
		return b.gap
	}
	next := l.expected()
	return next == nothing || b.records[0].Offset > next
}

// expected is the offset that comes next: of what comes again some was given before, and
// perhaps not all. It is nothing while that is unknown.
func (l *lane) expected() int64 {
	next := l.next.Load()
	if next == nothing {
		return nothing
	}
	l.ledger.look(func(t *tracker) { next = t.expected(next) })
	return next
}

// give up has the records of a batch from the nth on come again, before any other.
func (l *lane) giveUp(b *haul, n int, lease time.Duration) {
	if n > 0 {
		l.next.Store(b.records[n-1].Offset + 1)
	}
	l.unsure = b.arrived.Add(lease)
	l.due = l.unsure
}
