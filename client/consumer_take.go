package client

import (
	"errors"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// What the loop does with the answers of polls.

// take makes of an answer what is to be made; an error ends the stream.
func (k *consumer) take(b *haul, up *rx.Segment, fail func(error)) error {
	l := b.lane
	if !b.extra {
		l.polling = false
	}
	if b.err != nil {
		return k.failed(b)
	}
	l.ledger.hear(b.sent)
	k.counts.polls.Add(1)
	l.again = nil
	if len(b.records) == 0 {
		k.counts.empty.Add(1)
		l.rest(b.arrived, k.opts.fastest)
		if b.era == l.ledger.present() && l.settled.Load() { // it began at Earliest: what is next is behind what is committed
			k.noticeReset(b)
			k.learn(l, b.next-1)
		}
		return nil
	}
	l.idle = 0
	k.hadRecords(l)
	if b.era != l.ledger.present() { // they may be of the topic that was
		k.giveUp(b, 0)
		return nil
	}
	k.noticeReset(b)
	if l.outOfOrder(b) {
		k.giveUp(b, 0)
		return nil
	}
	k.give(b, up, fail)
	return nil
}

// learn notes what the group has committed, and has the keeper commit what has waited
// for that: others may wait for it in turn.
func (k *consumer) learn(l *lane, upto int64) {
	if l.ledger.learnNow(upto) {
		k.keeper.ready.Store(true)
		k.keeper.wake()
	}
}

// failed has a poll be tried again, if it may succeed.
func (k *consumer) failed(b *haul) error {
	if k.ctx.Err() != nil {
		return nil
	}
	k.counts.failures.Add(1)
	big := errors.Is(b.err, wire.ErrTooLarge) && b.limit > 1
	if !big && !mayPass(k.ctx, b.err) {
		return b.err
	}
	if big {
		b.lane.most = b.limit / 2
	}
	k.c.report(b.err)
	b.lane.fail(b, k.opts.lease)
	return nil
}

// noticeReset begins anew where the server gives what had been committed before it was
// asked, or says that it is not: members that share a partition are not all given the
// first of the new records.
func (k *consumer) noticeReset(b *haul) {
	first, committed := b.next, b.told
	if len(b.records) > 0 {
		first, committed = b.records[0].Offset, b.known
	}
	if first > committed {
		return
	}
	k.counts.resets.Add(1)
	k.c.report(&TopicResetError{Topic: k.topic, Partition: b.lane.n, Committed: committed, Offset: first})
	b.lane.ledger.reset()
	b.lane.next.Store(nothing)
	b.lane.vague.Store(false)
}

// give tells the observer the records of a batch, for as long as there is time.
func (k *consumer) give(b *haul, up *rx.Segment, fail func(error)) {
	l, n, given := b.lane, 0, 0
	until := b.sent.Add(k.opts.lease)
	k.keeper.watch(b, until)
	up.Turn(fail, func() {
		for n < len(b.records) && !up.Closed() && k.ctx.Err() == nil && k.inTime(l, given, until) {
			n++
			if k.hand(l, &b.records[n-1], until) {
				given++
			}
		}
	})
	if n < len(b.records) {
		k.giveUp(b, n)
		return
	}
	l.next.Store(b.records[n-1].Offset + 1)
	l.due = time.Now().Add(k.breath(b))
}

// breath is how long to wait behind a poll that brought records. Members that share a
// partition commit in turn, a range for each poll: where they cannot keep up, the polls
// must be fewer, and larger, or the leases end.
func (k *consumer) breath(b *haul) (wait time.Duration) {
	b.lane.ledger.look(func(t *tracker) { wait = 2 * t.backlog(time.Now(), k.opts.lease/8) })
	if len(b.records) < b.limit {
		wait = max(wait, k.opts.fastest)
	}
	return wait
}

// inTime says whether a record that the server has given until a time may be begun with,
// behind some of the same haul: not in the last quarter, nor if it would take longer, but
// for the first, without which one slow record would be the end of it.
func (k *consumer) inTime(l *lane, given int, until time.Time) bool {
	left := time.Until(until)
	return left > k.opts.lease/4 && (given == 0 || left > l.ledger.mean())
}

// hand tells the observer a record, if it is to be told.
func (k *consumer) hand(l *lane, m *wire.TopicMessage, until time.Time) (given bool) {
	h, attempt, give := l.ledger.give(m.Offset, until)
	if !give {
		k.counts.repeated.Add(1)
		return false
	}
	k.counts.records.Add(1)
	if attempt > 1 {
		k.counts.redelivered.Add(1)
	}
	k.tell(m, h, attempt)
	if !k.opts.manual {
		l.ledger.ack(h.era, h.offset)
	}
	return true
}

// giveUp has the records of a batch from the nth on come again.
func (k *consumer) giveUp(b *haul, n int) {
	k.counts.abandoned.Add(uint64(len(b.records) - n))
	b.lane.giveUp(b, n, k.opts.lease)
}
