package client

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/rx"
)

// Work handles the records of a stream, several at a time, and returns when ctx ends or
// the stream does. It is NewWorker and Run:
//
//	orders := client.Consume[Order](c, "shop.orders", "billing", client.ManualAck())
//	err := client.Work(ctx, orders, bill, client.DeadLetterTable(c, "shop.dead"))
//
// The stream must be under ManualAck: a worker acknowledges a record when it is done
// with, which is when the handler has returned nil, or when a dead letter has it.
// Records that are of no interest are the handler's to pass over: one that a Filter
// before the worker has left out holds back the commits of its partition.
func Work[T any](
	ctx context.Context, records rx.Observable[Record[T]], handler func(ctx context.Context, r Record[T]) error, opts ...WorkOption,
) error {
	w, err := NewWorker(records, handler, opts...)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// Worker handles the records of one stream. Run does it; all other methods may be called
// on any goroutine, the handler's included, before, while and after it runs.
//
// # Order
//
// Records of one key are handled one after the other, in the order in which the stream
// has them; so are the records of a partition that have no key. Others are handled beside
// them, Parallel at a time. This holds for one worker: members of a group that share a
// partition are given its records in turn, those of one key too. Where the order of a key
// matters over processes, each partition must have one member, see Partitions, and its
// stream be Ordered: what a member had that was killed would come behind what its
// successor is given otherwise.
//
// # Failures
//
// A handler that fails, or panics, is called again with the record after a wait, see
// RetryRecords, while records of other keys go on. A record whose last try failed, that
// is [Permanent], or that could not be read (Record.Err), is poison. It goes to a dead
// letter, see DeadLetter, and is acknowledged; without a dead letter it ends the worker
// with a [*PoisonError], and is not.
//
// # The lease
//
// The handler's context ends a little before Record.Deadline, see LeaseMargin, since the
// server may give the record to somebody else then. A record that was not handled by
// then, or that waited for so long that it was not begun, is let go: it comes again, with
// a higher Attempt, and until then no later record of its key is handled. One whose tries
// are used up by deliveries, as RetryRecords counts them, is poison.
//
// A handler may have been called with a record before, by whomever: what it does must be
// safe to do twice, or be remembered by Record.IdempotencyKey.
//
// # Backpressure
//
// InHand records are with the worker at most. While it has so many, or is paused, it
// blocks in the stream's Next: Consume delivers on a goroutine of its own, and polls no
// more meanwhile. A source for which blocking is not lawful, such as a live query, goes
// through an operator that says what is to happen (operators.OnBackpressureBuffer).
type Worker[T any] struct {
	records rx.Observable[Record[T]]
	handler func(context.Context, Record[T]) error
	o       workOptions
	dead    deadLetter // nil for none
	lanes   *workLanes[T]
	gate    workGate
	counts  workCounts

	began    atomic.Bool
	stopping chan struct{} // closed when nothing new begins
	once     sync.Once     // closes it
	cause    error         // why, if it is an error; before stopping is closed
	quiet    chan struct{} // closed when the stream is not wanted any more
	idle     chan struct{} // closed when no handler runs
	hands    atomic.Int64  // goroutines that handle records

	streams atomic.Pointer[[]*consumer] // that records came of
}

// NewWorker makes a worker; Run starts it. An option that cannot work, or a nil handler,
// is ErrConfig.
func NewWorker[T any](
	records rx.Observable[Record[T]], handler func(ctx context.Context, r Record[T]) error, opts ...WorkOption,
) (*Worker[T], error) {
	o, err := newWorkOptions(opts)
	if err != nil {
		return nil, err
	}
	if handler == nil {
		return nil, badWork("Work without a handler")
	}
	w := &Worker[T]{
		records: records, handler: handler, o: o,
		lanes:    newWorkLanes[T](o.inHand),
		stopping: make(chan struct{}),
		quiet:    make(chan struct{}),
		idle:     make(chan struct{}),
	}
	if o.dead != nil {
		w.dead = o.dead()
	}
	return w, nil
}

// Run subscribes to the stream and handles its records until ctx ends, which is how a
// worker is told to end, or the stream ends. Then no record is begun any more, and those
// that are being handled are waited for, see DrainTimeout. What is acknowledged by then is
// committed when Run returns, but for what lies behind records that are not; where a
// commit fails it is tried again for 2 s, and shown by Client.Errors: Client.Close waits
// for the stream's last try. The rest comes again. Stats says how much that was.
//
// It returns nil if ctx or the stream's completion ended it and all handlers returned; a
// [*DrainError] for those that did not in time; the stream's error; or a [*PoisonError].
// It runs once: a second call is ErrWorking.
func (w *Worker[T]) Run(ctx context.Context) error {
	if !w.began.CompareAndSwap(false, true) {
		return ErrWorking
	}
	handling, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	w.hands.Store(int64(w.o.parallel))
	for range w.o.parallel {
		go w.work(handling) // owner: Run; ends when w stops and the handler has returned
	}
	sub := w.subscribe(context.WithoutCancel(ctx))
	select {
	case <-ctx.Done():
		w.halt(nil)
	case <-w.stopping:
	}
	err := w.drain(cut)
	w.commit(context.WithoutCancel(ctx))
	sub.Unsubscribe()
	close(w.quiet)
	<-sub.Done()
	w.counts.abandoned.Add(w.lanes.close())
	return errors.Join(w.cause, err, w.endDead())
}

// subscribe subscribes to the stream, which may deliver before Subscribe returns.
func (w *Worker[T]) subscribe(ctx context.Context) *rx.Subscription {
	begun := make(chan *rx.Subscription, 1)
	records := rx.Source(func(g *rx.Segment, out rx.Observer[Record[T]]) {
		begun <- g.Subscription()
		w.records.Attach(g, out)
	})
	go records.Subscribe(ctx, rx.Observer[Record[T]]{ // owner: Run; ends when the stream does not deliver synchronously any more
		Next: w.take, Error: w.halt, Complete: w.completed,
	})
	return <-begun
}

// halt has nothing new begin. The first cause is why.
func (w *Worker[T]) halt(cause error) {
	w.once.Do(func() {
		w.cause = cause
		close(w.stopping)
	})
}

// halted says whether nothing new may begin.
func (w *Worker[T]) halted() bool {
	select {
	case <-w.stopping:
		return true
	default:
		return false
	}
}

// completed halts once all that is in hand is done with.
func (w *Worker[T]) completed() {
	if w.lanes.noMore() {
		w.halt(nil)
	}
}

// take has a record handled. It waits while there is no room, and once the worker stops
// until the stream is not wanted any more, so that nothing is polled for nobody.
func (w *Worker[T]) take(r Record[T]) {
	w.note(r)
	if !w.gate.pass(w.stopping) || !w.lanes.enter(w.stopping) {
		<-w.quiet
		w.counts.abandoned.Add(1)
		return
	}
	if !w.lanes.add(w.item(r)) {
		w.counts.expired.Add(1)
	}
}

// Pause has no new record begin until Resume; those that are being handled go on. The
// stream is not asked for more. A record that waits for longer than its lease comes again.
func (w *Worker[T]) Pause() { w.gate.shut() }

// Resume ends a Pause.
func (w *Worker[T]) Resume() { w.gate.unshut() }
