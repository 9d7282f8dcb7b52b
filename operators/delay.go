package operators

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Delay emits every value d after it came, and completes when the source has and
// nothing waits any more: as in RxJS 7, completion itself is not delayed. An error is
// passed on at once, and what waits is then discarded. Values are delivered on the
// timer's goroutine. It buffers, without bound, what came in the last d. A negative d
// is a mistake.
func Delay[T any](d time.Duration) rx.Operator[T, T] {
	if d < 0 {
		return misusedOperator[T, T]("Delay by %v", d)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			l := &delaying[T]{g: g, up: g.Child(), out: out, by: d}
			l.order = rx.NewSerial(g, out.Error, l.handle)
			l.alarm = timer{seg: g, fail: out.Error, fire: func() { l.order.Push(event[T]{kind: fired}) }}
			attach(src, l.up, rx.Observer[T]{Next: l.next, Error: l.error, Complete: l.complete})
		})
	}
}

// DelayWhen emits every value when the stream that duration makes of it emits its
// first, which is then left; a value whose stream completes without one is not
// emitted at all, as in RxJS. Values may overtake each other. The stream completes
// when the source has and all values are through; an error of the source or of a
// duration ends it at once. It holds, without bound, the values that wait. Values are
// delivered on the goroutine of their duration's stream.
//
// It has no delay of the subscription, which RxJS has deprecated.
func DelayWhen[T, N any](duration func(T) rx.Observable[N]) rx.Operator[T, T] {
	if duration == nil {
		return misusedOperator[T, T]("DelayWhen without a function")
	}
	return MergeMap(func(v T) rx.Observable[T] {
		return rx.Pipe2(duration(v), Take[N](1), Map(func(N) T { return v }))
	}, 0)
}

type delaying[T any] struct {
	g, up *rx.Segment
	out   rx.Observer[T]
	by    time.Duration
	order *rx.Serial[event[T]]

	// The handler's:
	waiting queue[delayed[T]]
	alarm   timer
	armed   bool
	over    bool // the source completed
}

type delayed[T any] struct {
	v   T
	due time.Time
}

func (l *delaying[T]) next(v T)        { l.order.Push(event[T]{v: v}) }
func (l *delaying[T]) error(err error) { l.order.Push(event[T]{kind: failed, err: err}) }
func (l *delaying[T]) complete()       { l.order.Push(event[T]{kind: completed}) }

func (l *delaying[T]) handle(e event[T]) {
	switch {
	case l.g.Closed():
	case e.kind == nexted:
		l.wait(e.v)
	case e.kind == fired:
		l.deliver()
	case e.kind == failed:
		failIn(l.g, l.out, e.err)
	default:
		l.over = true
		l.up.Close()
		l.end()
	}
}

func (l *delaying[T]) wait(v T) {
	l.waiting.push(delayed[T]{v, time.Now().Add(l.by)})
	if !l.armed {
		l.armed = true
		l.alarm.arm(l.by)
	}
}

// deliver delivers what is due, and sets the timer for the rest.
func (l *delaying[T]) deliver() {
	l.armed = false
	for l.waiting.len() > 0 && !l.g.Closed() {
		if left := time.Until(l.waiting.front().due); left > 0 {
			l.armed = true
			l.alarm.arm(left)
			return
		}
		l.out.Next(l.waiting.pop().v)
	}
	l.end()
}

// end completes the stream if nothing is left to come.
func (l *delaying[T]) end() {
	if l.over && l.waiting.len() == 0 && !l.g.Closed() {
		l.g.Turn(nil, l.out.Complete)
	}
}
