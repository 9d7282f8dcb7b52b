package operators

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// ErrTimeout is what a stream fails with that [Timeout] found too slow.
var ErrTimeout = errors.New("operators: timeout")

// TimeoutOption is an option of [Timeout].
type TimeoutOption[T any] func(*timeoutConfig[T]) error

type timeoutConfig[T any] struct {
	first, each time.Duration
	fallback    func(error) rx.Observable[T]
}

// WithFallback goes on with other, instead of failing, once the source has been
// found too slow. How slow other is does not matter.
func WithFallback[T any](other rx.Observable[T]) TimeoutOption[T] {
	return func(c *timeoutConfig[T]) error {
		c.fallback = func(error) rx.Observable[T] { return other }
		return nil
	}
}

// Timeout fails with [ErrTimeout], after it has unsubscribed from the source, if
// the first value has not come within first of the subscription, or another within
// each of the one before. A first of 0 is each; an each of 0 sets no limit behind
// the first value. Neither is a mistake, as is a negative one. [WithFallback] goes
// on with another stream.
//
// The time between two values begins when downstream has handled the first of them.
// The timer is set once a period, not once a value: a value costs a look at the
// clock. The error, or the fallback, comes on the timer's goroutine. RxJS also takes
// moments in place of first; that is time.Until.
func Timeout[T any](first, each time.Duration, opts ...TimeoutOption[T]) rx.Operator[T, T] {
	c := timeoutConfig[T]{first: first, each: each, fallback: Throw[T]}
	if first < 0 || each < 0 || first+each == 0 {
		return misusedOperator[T, T]("Timeout of %v, then %v", first, each)
	}
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return misusedOperator[T, T]("Timeout: %v", err)
		}
	}
	if first == 0 {
		c.first = each
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			t := &timing[T]{g: g, up: g.Child(), out: out, c: c, due: c.first, clock: startStopwatch()}
			t.order = rx.NewSerial(t.up, t.fail, t.handle)
			t.alarm = timer{seg: t.up, fail: t.fail, fire: func() { t.order.Push(event[T]{kind: fired}) }}
			t.alarm.arm(c.first)
			attach(src, t.up, rx.Observer[T]{Next: t.next, Error: t.error, Complete: t.complete})
		})
	}
}

type timing[T any] struct {
	g, up *rx.Segment
	out   rx.Observer[T]
	c     timeoutConfig[T]
	clock stopwatch
	order *rx.Serial[event[T]]

	// The handler's:
	seen  bool
	due   time.Duration // of the next value, by clock
	alarm timer
}

func (t *timing[T]) next(v T) {
	if !t.order.Enter() {
		t.order.Push(event[T]{v: v})
		return
	}
	defer t.order.Leave()
	if !t.up.Closed() {
		t.value(v)
	}
}

func (t *timing[T]) error(err error) { t.order.Push(event[T]{kind: failed, err: err}) }
func (t *timing[T]) complete()       { t.order.Push(event[T]{kind: completed}) }

func (t *timing[T]) handle(e event[T]) {
	switch {
	case t.up.Closed():
	case e.kind == nexted:
		t.value(e.v)
	case e.kind == fired:
		t.look()
	case e.kind == failed:
		t.fail(e.err)
	default:
		t.up.Close()
		t.out.Complete()
	}
}

func (t *timing[T]) value(v T) {
	first := !t.seen
	t.seen = true
	t.out.Next(v)
	if t.c.each == 0 || t.up.Closed() {
		return
	}
	t.due = t.clock.now() + t.c.each
	if first { // the timer may be set for later
		t.alarm.arm(t.c.each)
	}
}

// look ends the stream if the next value is late; if values have moved that time,
// it looks again then.
func (t *timing[T]) look() {
	if t.seen && t.c.each == 0 {
		return
	}
	if left := t.due - t.clock.now(); left > 0 {
		t.alarm.arm(left)
		return
	}
	t.up.Close()
	limit := t.c.each
	if !t.seen {
		limit = t.c.first
	}
	attach(t.c.fallback(fmt.Errorf("%w: no value for %v", ErrTimeout, limit)), t.g, t.out)
}

func (t *timing[T]) fail(err error) {
	t.up.Close()
	t.out.Error(err)
}
