package operators

import "github.com/kalamdb/kalamrx/rx"

// SkipWhile leaves out values as long as skip accepts them; the first that it does
// not accept is emitted, and all after it, without asking again.
func SkipWhile[T any](skip func(T) bool) rx.Operator[T, T] {
	if skip == nil {
		return misusedOperator[T, T]("SkipWhile without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			skipping, next := true, out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					if skipping && skip(v) {
						return
					}
					skipping = false
					next(v)
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// SkipUntil leaves out the source's values until the notifier emits its first; then
// it unsubscribes from the notifier. The notifier is subscribed to first; one that
// completes without a value never lets any pass, one that fails ends the stream.
// Name the type of the source's values: SkipUntil[int](start).
func SkipUntil[T, N any](notifier rx.Observable[N]) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			s := &skippingUntil[T]{up: g.Child(), out: out}
			s.order = rx.NewSerial(s.up, s.fail, s.handle)
			s.start = s.up.Child()
			attach(notifier, s.start, rx.Observer[N]{
				Next:     func(N) { s.order.Push(event[T]{kind: fired}) },
				Error:    s.error,
				Complete: s.start.Close,
			})
			if !s.up.Closed() {
				attach(src, s.up, rx.Observer[T]{Next: s.next, Error: s.error, Complete: s.complete})
			}
		})
	}
}

type skippingUntil[T any] struct {
	up    *rx.Segment // source and notifier
	start *rx.Segment // notifier
	out   rx.Observer[T]
	order *rx.Serial[event[T]]

	passing bool // the handler's
}

func (s *skippingUntil[T]) next(v T) {
	if !s.order.Enter() {
		s.order.Push(event[T]{v: v})
		return
	}
	defer s.order.Leave()
	if !s.up.Closed() {
		s.value(v)
	}
}

func (s *skippingUntil[T]) error(err error) { s.order.Push(event[T]{kind: failed, err: err}) }
func (s *skippingUntil[T]) complete()       { s.order.Push(event[T]{kind: completed}) }

func (s *skippingUntil[T]) handle(e event[T]) {
	switch {
	case s.up.Closed():
	case e.kind == fired:
		s.passing = true
		s.start.Close()
	case e.kind == failed:
		s.fail(e.err)
	case e.kind == completed:
		s.up.Close()
		s.out.Complete()
	default:
		s.value(e.v)
	}
}

func (s *skippingUntil[T]) value(v T) {
	if s.passing {
		s.out.Next(v)
	}
}

func (s *skippingUntil[T]) fail(err error) {
	s.up.Close()
	s.out.Error(err)
}
