package client

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// verdict is what becomes of a record after a try.
type verdict uint8

const (
	workDone verdict = iota // it is acknowledged
	workAgain
	workLost // it is let go, and comes again
	workLeft // the worker stops
)

// work handles records until the worker stops.
func (w *Worker[T]) work(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx) // one each, or all would meet at its lock
	defer cancel()
	returned := false
	defer func() {
		if !returned {
			w.halt(errHandlerGone)
		}
		if w.hands.Add(-1) == 0 {
			close(w.idle)
		}
	}()
	for l := w.next(); l != nil; l = w.next() {
		w.turn(ctx, l)
	}
	returned = true
}

// next waits for a lane whose first record is to be handled; nil when the worker stops.
func (w *Worker[T]) next() *workLane[T] {
	var l *workLane[T]
	select {
	case l = <-w.lanes.ready:
	case <-w.stopping:
		return nil
	}
	if !w.gate.pass(w.stopping) || w.halted() {
		return nil
	}
	return l
}

// turn gives the first record of a lane one try.
func (w *Worker[T]) turn(ctx context.Context, l *workLane[T]) {
	it := w.lanes.first(l)
	last := false
	switch result, wait := w.try(ctx, &it); result {
	case workDone:
		last = w.lanes.done(l)
	case workAgain:
		w.lanes.park(l, it, wait)
	case workLost:
		var n int
		n, last = w.lanes.lose(l)
		w.counts.expired.Add(uint64(n))
	}
	if last {
		w.halt(nil)
	}
}

// item is a record as it comes.
func (w *Worker[T]) item(r Record[T]) workItem[T] {
	it := workItem[T]{record: r}
	if at := r.Deadline(); !at.IsZero() {
		it.lease = max(0, time.Until(at))
		it.margin = it.lease / 10
		if w.o.margin > 0 {
			it.margin = w.o.margin
		}
	}
	return it
}

func (w *Worker[T]) try(ctx context.Context, it *workItem[T]) (verdict, time.Duration) {
	r, until := it.record, it.until()
	switch {
	case r.Acked():
		w.counts.skipped.Add(1) // at an earlier delivery, or by somebody else
		return workDone, 0
	case ended(until):
		return workLost, 0
	case r.Err != nil:
		return w.bury(ctx, it, r.Err), 0
	}
	if it.tries++; it.tries > 1 {
		w.counts.retried.Add(1)
	}
	err := w.call(ctx, until, r)
	if err == nil {
		return w.handled(r), 0
	}
	return w.failed(ctx, it, until, err)
}

// ended says whether a time, if there is one, has come.
func ended(until time.Time) bool { return !until.IsZero() && !time.Now().Before(until) }

// call calls the handler, with the time that there is for it.
func (w *Worker[T]) call(ctx context.Context, until time.Time, r Record[T]) (err error) {
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, until, &leaseOver{r.Topic, r.Partition, r.Offset})
		defer cancel()
	}
	began := time.Now()
	w.counts.running.Add(1)
	defer func() {
		w.counts.running.Add(-1)
		w.counts.times.add(time.Since(began))
		if p := recover(); p != nil {
			w.counts.panics.Add(1)
			err = &rx.PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return w.handler(ctx, r)
}

// handled acknowledges.
func (w *Worker[T]) handled(r Record[T]) verdict {
	w.counts.handled.Add(1)
	w.ack(r)
	return workDone
}

// ack acknowledges, and counts where that comes too late: not if somebody else has, such
// as the handler.
func (w *Worker[T]) ack(r Record[T]) {
	if !r.Ack() && !r.Acked() && r.hand.ledger != nil {
		w.counts.unacked.Add(1)
	}
}

// failed decides what becomes of a record whose try failed.
func (w *Worker[T]) failed(ctx context.Context, it *workItem[T], until time.Time, err error) (verdict, time.Duration) {
	var permanent *permanentError
	switch {
	case errors.As(err, &permanent):
		return w.bury(ctx, it, err), 0
	case ctx.Err() != nil: // cut off; that is not its fault
		return workLeft, 0
	case ended(until):
		return w.slow(ctx, it, fmt.Errorf("%w was over: %w", ErrLease, err)), 0
	case it.tries >= w.o.attempts:
		return w.bury(ctx, it, err), 0
	case w.halted():
		return workLeft, 0
	}
	wait := w.wait(it, err)
	if !until.IsZero() && !time.Now().Add(wait).Before(until) {
		return w.slow(ctx, it, err), 0
	}
	return workAgain, wait
}

// wait is how long to wait before the next try.
func (w *Worker[T]) wait(it *workItem[T], err error) time.Duration {
	var later *laterError
	if errors.As(err, &later) {
		return later.wait
	}
	if it.backoff == nil {
		it.backoff = w.o.backoff()
	}
	wait, _ := it.backoff.Next()
	return wait
}

// slow lets a record go for which there is no time, or gives it up if that has happened
// often enough.
func (w *Worker[T]) slow(ctx context.Context, it *workItem[T], err error) verdict {
	if it.record.Attempt >= w.o.attempts {
		return w.bury(ctx, it, err)
	}
	return workLost
}

// bury hands a poison record to the dead letter, or ends the worker.
func (w *Worker[T]) bury(ctx context.Context, it *workItem[T], err error) verdict {
	poison := &PoisonError{Place: it.record.String(), Tries: it.tries, Err: err}
	if w.dead == nil {
		w.halt(poison)
		return workLeft
	}
	if failed := w.putDead(ctx, deadRecord(it, err)); failed != nil {
		poison.Err = errors.Join(err, fmt.Errorf("kalam: dead letter: %w", failed))
		w.halt(poison)
		return workLeft
	}
	w.counts.dead.Add(1)
	w.ack(it.record)
	return workDone
}
