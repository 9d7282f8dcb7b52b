package client

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/sethvargo/go-retry"
)

// DeadRecord is a record that could not be handled, as a dead letter gets it.
type DeadRecord struct {
	Record Record[[]byte] // with the payload as its Value; it is acknowledged when the dead letter has it
	Tries  int            // of the last delivery; 0 for a record that could not be read
	Err    error          // of the last try, or why it could not be read
}

// deadLetter is where poison records of one worker go.
type deadLetter interface {
	put(ctx context.Context, d DeadRecord) error
	end() // of the worker; put may be in a call that does not return
}

// DeadLetter has a function take poison records; it is called by several goroutines. When
// it returns nil the record is acknowledged. Otherwise, or if it panics, it is called
// again, three times in all, and then the worker ends. It may get a record twice, if the
// process ends before the acknowledgement is committed. ctx ends when the worker must.
func DeadLetter(put func(ctx context.Context, d DeadRecord) error) WorkOption {
	return func(o *workOptions) error {
		if put == nil {
			return badWork("DeadLetter without a function")
		}
		return o.setDead(func() deadLetter { return deadFunc(put) })
	}
}

type deadFunc func(ctx context.Context, d DeadRecord) error

func (f deadFunc) put(ctx context.Context, d DeadRecord) error { return f(ctx, d) }

func (deadFunc) end() {}

// DeadLetterTo tells an observer the poison records, one at a time; each is acknowledged
// when Next has returned. Complete is told when the worker ends. The Observer of an
// rx.Subject makes them a stream.
func DeadLetterTo(to rx.Observer[DeadRecord]) WorkOption {
	return func(o *workOptions) error {
		if to.Next == nil {
			return badWork("DeadLetterTo without a Next")
		}
		return o.setDead(func() deadLetter { return &deadObserver{to, make(chan struct{}, 1)} })
	}
}

type deadObserver struct {
	to   rx.Observer[DeadRecord]
	turn chan struct{} // held by who tells
}

func (d *deadObserver) put(ctx context.Context, dead DeadRecord) error {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-d.turn }()
	d.to.Next(dead)
	return nil
}

// end keeps the turn, so that nothing is told any more. While a Next does not return
// there is nobody to be told.
func (d *deadObserver) end() {
	if d.to.Complete == nil {
		return
	}
	select {
	case d.turn <- struct{}{}:
		d.to.Complete()
	default:
	}
}

// deadTries is how often a dead letter is offered a record.
const deadTries = 3

func deadRecord[T any](it *workItem[T], err error) DeadRecord {
	r := it.record
	return DeadRecord{Tries: it.tries, Err: err, Record: Record[[]byte]{
		Topic: r.Topic, Group: r.Group, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Op: r.Op, User: r.User,
		Time: r.Time, Value: r.Payload, Payload: r.Payload, Attempt: r.Attempt, hand: r.hand,
	}}
}

// putDead offers a record to the dead letter.
func (w *Worker[T]) putDead(ctx context.Context, d DeadRecord) error {
	again := retry.WithMaxRetries(deadTries-1, retry.WithJitterPercent(20, retry.NewExponential(200*time.Millisecond)))
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := contained(func() error { return w.dead.put(ctx, d) })
		if err == nil || ctx.Err() != nil {
			return err
		}
		wait, stop := again.Next()
		if stop || !sleep(ctx, wait) {
			return err
		}
	}
}

// endDead tells the dead letter that there is nothing more to come.
func (w *Worker[T]) endDead() error {
	if w.dead == nil {
		return nil
	}
	return contained(func() error {
		w.dead.end()
		return nil
	})
}

// contained makes a panic of f an error.
func contained(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("dead letter: %w", &rx.PanicError{Value: p, Stack: debug.Stack()})
		}
	}()
	return f()
}
