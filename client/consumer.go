package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// consumer is one stream of records. Its loop polls the partitions, each by one request
// at a time, and tells the observer; its keeper commits, and looks after leases.
type consumer struct {
	c      *Client
	topic  string
	group  string
	opts   consumeOptions
	tell   func(m *wire.TopicMessage, h hand, attempt int) // tells the observer
	counts consumerCounts
	keeper *keeper

	ctx     context.Context // of requests; ends with the stream
	stop    context.CancelFunc
	answers chan *haul    // of polls; has room for all
	nudge   chan struct{} // has the loop take in the partitions that were found
	told    chan struct{} // closed when the observer is told nothing more
	closing chan struct{} // closed when the client closes
	gone    chan struct{} // closed when the last commit is made
	closed  sync.Once

	completing atomic.Bool

	mu     sync.Mutex   // leaf lock
	lanes  []*lane      // in order
	listed bool         // the server tells how many there are
	asked  time.Time    // how many there are
	asking atomic.Bool  // that, just now
	found  atomic.Int64 // by it; 0 for nothing new
	busy   atomic.Int64 // lanes that have had a record
}

// maxWidth is how many records of a partition may be acknowledged and not committed,
// because others before them are not, until the partition is polled no faster than an
// empty one. It must be polled: what a member had that is gone comes by no other way.
const maxWidth = 1 << 16

func newConsumer(c *Client, topic, group string, opts consumeOptions) *consumer {
	k := &consumer{
		c: c, topic: topic, group: group, opts: opts,
		answers: make(chan *haul, 2*(maxPartition+1)),
		nudge:   make(chan struct{}, 1),
		told:    make(chan struct{}),
		closing: make(chan struct{}),
		gone:    make(chan struct{}),
	}
	k.keeper = newKeeper(k)
	return k
}

// start begins the stream in a segment. fail and complete are the observer's.
func (k *consumer) start(up *rx.Segment, fail func(error), complete func()) {
	k.ctx, k.stop = context.WithCancel(up.Context())
	if !k.c.consumers.add(k) {
		k.stop()
		close(k.gone)
		complete()
		return
	}
	up.Add(k.stop)
	k.c.alive.add()
	k.c.alive.add()
	go k.keeper.run()            // owner: the stream; ends with it, after the last commit
	go k.run(up, fail, complete) // owner: the stream; ends with it, when the observer has returned
}

func (k *consumer) run(up *rx.Segment, fail func(error), complete func()) {
	defer k.c.alive.remove()
	err := k.loop(up, fail)
	close(k.told)
	k.stop()
	switch {
	case err != nil:
		up.Turn(nil, func() { fail(err) })
	case k.completing.Load():
		up.Turn(nil, complete)
	}
}

func (k *consumer) isGone() bool {
	select {
	case <-k.gone:
		return true
	default:
		return false
	}
}

// complete has the stream end and complete; gone is closed when it has committed.
func (k *consumer) complete() {
	k.completing.Store(true)
	k.stop()
}

// close is complete when the client closes: the last commit is made soon.
func (k *consumer) close() {
	k.closed.Do(func() { close(k.closing) })
	k.complete()
}

func (k *consumer) loop(up *rx.Segment, fail func(error)) error {
	if err := k.mayConsume(); err != nil {
		return err
	}
	if err := k.discover(); err != nil {
		return err
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for k.ctx.Err() == nil {
		k.rediscover()
		timer.Reset(k.poll())
		select {
		case b := <-k.answers:
			if err := k.take(b, up, fail); err != nil {
				return err
			}
		case <-timer.C:
		case <-k.nudge:
		case <-k.ctx.Done():
		}
	}
	return nil
}

// mayConsume refuses before the server does, where it has said who we are.
func (k *consumer) mayConsume() error {
	var state State
	k.c.states.Observable().Subscribe(k.ctx, rx.OnNext(func(s State) { state = s })).Unsubscribe()
	if state.Role == "user" || state.Role == "anonymous" {
		return fmt.Errorf("%w: %s has role %s, it takes service, dba or system", ErrTopicRole, state.User, state.Role)
	}
	return nil
}

// poll begins the polls that are due, and says when the next one is.
func (k *consumer) poll() (wait time.Duration) {
	now := time.Now()
	wait = time.Minute
	for _, l := range k.lanes {
		if l.polling {
			continue
		}
		if d := l.due.Sub(now); d > 0 {
			wait = min(wait, d)
			continue
		}
		if d := l.asked.Add(l.slowest).Sub(now); d > 0 && l.isWide() {
			l.due, wait = now.Add(d), min(wait, d)
			continue
		}
		l.polling, l.asked = true, now
		k.c.alive.add()
		go k.ask(l) // owner: the stream; ends with the answer, or with it
	}
	return wait
}

// ask polls a lane. What has to be committed so that the group has begun is first.
func (k *consumer) ask(l *lane) {
	defer k.c.alive.remove()
	b := &haul{lane: l, limit: k.limit(l)}
	if k.settle(b) {
		k.request(b, l.where())
	}
	if b.err == nil {
		l.began(b)
		k.settle(b)
		b.gap = k.opts.ordered && l.settled.Load() && len(b.records) > 0 && k.isGap(b)
	}
	k.answers <- b
}

// request makes the poll of a batch.
func (k *consumer) request(b *haul, start wire.Start) {
	if !sleep(k.ctx, k.c.consumers.pace.take()) {
		b.err = context.Cause(k.ctx)
		return
	}
	b.lane.ledger.standing(b)
	b.sent = time.Now()
	var way departure
	resp, err := k.c.consume(k.ctx, wire.ConsumeRequest{
		TopicID: k.topic, GroupID: k.group, Start: &start, Limit: &b.limit, PartitionID: &b.lane.n,
	}, &way)
	b.arrived = time.Now()
	if b.err = err; err != nil {
		var said *ServerError
		b.lost = way.left.Load()
		b.cut = b.lost && !errors.As(err, &said)
		return
	}
	b.records, b.next = resp.Messages, resp.NextOffset
}

// settle commits where the group begins. If that fails, so has the poll.
func (k *consumer) settle(b *haul) bool {
	l := b.lane
	if l.begin == nothing {
		return true
	}
	err := k.commit(k.ctx, l, l.begin)
	switch {
	case err != nil && len(b.records) == 0:
		b.err, b.arrived = err, time.Now()
		return false
	case err != nil: // these come first, and it is tried again before the next poll
		k.c.report(err)
		return false
	}
	l.ledger.learnNow(l.begin)
	l.begin = nothing
	l.settled.Store(true)
	return true
}

// commit acknowledges a lane up to an offset.
func (k *consumer) commit(ctx context.Context, l *lane, upto int64) error {
	err := k.c.commitTopic(ctx, wire.AckRequest{TopicID: k.topic, GroupID: k.group, PartitionID: l.n, UptoOffset: upto})
	switch {
	case err == nil:
		k.counts.commits.Add(1)
	case ctx.Err() == nil:
		k.counts.commitFailures.Add(1)
	}
	return err
}

// commitNow has the keeper commit what is acknowledged, with the error of one try.
func (k *consumer) commitNow(ctx context.Context) error {
	answer := make(chan error, 1)
	k.keeper.ask(answer)
	select {
	case err := <-answer:
		return err
	case <-k.gone:
		return nil // the last commit was later than the call
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// limit is how many records to ask for: no more than are done in half their lease, by
// what they took until now, beside those of the other lanes.
func (k *consumer) limit(l *lane) int {
	most := k.opts.limit
	if l.most > 0 {
		most = min(most, l.most)
	}
	mean := l.ledger.mean() * time.Duration(max(1, k.busy.Load()))
	if mean <= 0 {
		return most
	}
	return int(min(int64(most), max(1, int64(k.opts.lease/2/mean))))
}
