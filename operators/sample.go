package operators

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Sample emits every d, at multiples of d after the subscription, the last value
// that came since the time before, if one did; the others it leaves out. That is this
// operator's purpose and is not counted as dropped. When the source completes, what
// waits is discarded, as in RxJS. Values are delivered on the timer's goroutine. It
// is RxJS's sampleTime. d below one nanosecond is a mistake.
func Sample[T any](d time.Duration) rx.Operator[T, T] {
	if d <= 0 {
		return misusedOperator[T, T]("Sample every %v", d)
	}
	return SampleWhen[T](Interval(d))
}

// SampleWhen emits, whenever the notifier emits, the last value that came since it
// did before, if one did; the others it leaves out. That is this operator's purpose
// and is not counted as dropped. When the source completes, what waits is discarded.
// The source is subscribed to first; a notifier that completes changes nothing, one
// that fails ends the stream. Values are delivered on the notifier's goroutine. It is
// RxJS's sample. Name the type of the source's values: SampleWhen[int](tick).
func SampleWhen[T, N any](notifier rx.Observable[N]) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			s := &sampling[T]{up: g.Child(), out: out}
			s.order = rx.NewSerial(s.up, s.fail, s.handle)
			attach(src, s.up.Child(), rx.Observer[T]{Next: s.next, Error: s.error, Complete: s.complete})
			if s.up.Closed() {
				return
			}
			ticks := s.up.Child()
			attach(notifier, ticks, rx.Observer[N]{
				Next:     func(N) { s.order.Push(event[T]{kind: fired}) },
				Error:    s.error,
				Complete: ticks.Close,
			})
		})
	}
}

type sampling[T any] struct {
	up    *rx.Segment // source and notifier
	out   rx.Observer[T]
	order *rx.Serial[event[T]]

	// The handler's:
	last T
	has  bool
}

func (s *sampling[T]) next(v T) {
	if !s.order.Enter() {
		s.order.Push(event[T]{v: v})
		return
	}
	defer s.order.Leave()
	if !s.up.Closed() {
		s.last, s.has = v, true
	}
}

func (s *sampling[T]) error(err error) { s.order.Push(event[T]{kind: failed, err: err}) }
func (s *sampling[T]) complete()       { s.order.Push(event[T]{kind: completed}) }

func (s *sampling[T]) handle(e event[T]) {
	switch {
	case s.up.Closed():
	case e.kind == nexted:
		s.last, s.has = e.v, true
	case e.kind == failed:
		s.fail(e.err)
	case e.kind == completed:
		s.up.Close()
		s.out.Complete()
	case s.has:
		v := s.last
		s.last, s.has = *new(T), false
		s.out.Next(v)
	}
}

func (s *sampling[T]) fail(err error) {
	s.up.Close()
	s.out.Error(err)
}
