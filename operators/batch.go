package operators

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Batch emits the values in slices of at most limit: a slice is emitted when it is
// full, or when its first value came wait ago, and never empty. A wait of 0 is no limit
// to that time. When the source ends, also by an error, what waits is emitted before
// the terminal, and nothing is lost; unsubscribing lets it go. A limit below 1 is a
// mistake, as is a negative wait.
//
// It buffers limit values and drops none. Slices are the observer's to keep, at the
// price of one allocation each; they are emitted on the source's goroutine when they
// are full, else on the timer's. RxJS's bufferTime goes by the clock instead, emits
// empty buffers, and loses what waits when the source fails.
func Batch[T any](limit int, wait time.Duration) rx.Operator[T, []T] {
	switch {
	case limit < 1:
		return misusedOperator[T, []T]("Batch of %d values", limit)
	case wait < 0:
		return misusedOperator[T, []T]("Batch for %v", wait)
	}
	return func(src rx.Observable[T]) rx.Observable[[]T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
			b := &batching[T]{up: g.Child(), out: out, limit: limit, wait: wait}
			b.order = rx.NewSerial(b.up, b.fail, b.handle)
			b.alarm = timer{seg: b.up, fail: b.fail, fire: func() { b.order.Push(event[T]{kind: fired}) }}
			attach(src, b.up, rx.Observer[T]{Next: b.next, Error: b.error, Complete: b.complete})
		})
	}
}

type batching[T any] struct {
	up    *rx.Segment
	out   rx.Observer[[]T]
	limit int
	wait  time.Duration
	order *rx.Serial[event[T]]

	// The handler's:
	values []T
	last   int // how long the slice before became
	due    time.Time
	alarm  timer
	armed  bool
}

func (b *batching[T]) next(v T) {
	if !b.order.Enter() {
		b.order.Push(event[T]{v: v})
		return
	}
	defer b.order.Leave()
	if !b.up.Closed() {
		b.value(v)
	}
}

func (b *batching[T]) error(err error) { b.order.Push(event[T]{kind: failed, err: err}) }
func (b *batching[T]) complete()       { b.order.Push(event[T]{kind: completed}) }

func (b *batching[T]) handle(e event[T]) {
	switch {
	case b.up.Closed():
	case e.kind == nexted:
		b.value(e.v)
	case e.kind == fired:
		b.look()
	case e.kind == failed:
		if b.flush(); !b.up.Closed() {
			b.fail(e.err)
		}
	default:
		if b.flush(); !b.up.Closed() {
			b.up.Close()
			b.out.Complete()
		}
	}
}

func (b *batching[T]) value(v T) {
	if b.values == nil {
		b.values = make([]T, 0, min(b.limit, max(b.last, 8)))
		b.due = time.Now().Add(b.wait)
	}
	b.values = append(b.values, v)
	switch {
	case len(b.values) == b.limit:
		b.flush()
	case b.wait > 0 && !b.armed:
		b.armed = true
		b.alarm.arm(b.wait)
	}
}

// look emits what waits if its time has come; if that is a later slice than the
// timer was set for, it looks again then.
func (b *batching[T]) look() {
	b.armed = false
	if len(b.values) == 0 {
		return
	}
	if left := time.Until(b.due); left > 0 {
		b.armed = true
		b.alarm.arm(left)
		return
	}
	b.flush()
}

func (b *batching[T]) flush() {
	if all := b.values; len(all) > 0 {
		b.values, b.last = nil, len(all)
		b.out.Next(all)
	}
}

func (b *batching[T]) fail(err error) {
	b.up.Close()
	b.out.Error(err)
}
