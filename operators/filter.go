package operators

import "github.com/kalamdb/kalamrx/rx"

// Filter emits the values that keep accepts.
func Filter[T any](keep func(T) bool) rx.Operator[T, T] {
	if keep == nil {
		return misusedOperator[T, T]("Filter without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			next := out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					if keep(v) {
						next(v)
					}
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// FilterMap emits what f makes of the values for which it says true. It is a
// [Filter] and a [Map] in one, for the cost of one. RxJS has no such operator.
func FilterMap[A, B any](f func(A) (B, bool)) rx.Operator[A, B] {
	if f == nil {
		return misusedOperator[A, B]("FilterMap without a function")
	}
	return func(src rx.Observable[A]) rx.Observable[B] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
			next := out.Next
			src.Attach(g, rx.Observer[A]{
				Next: func(v A) {
					if w, ok := f(v); ok {
						next(w)
					}
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// Take emits the first n values, then unsubscribes from the source and completes,
// without waiting for a value more. Take of 0 completes without subscribing to
// the source. A negative n is a mistake, where RxJS takes it for 0.
func Take[T any](n int) rx.Operator[T, T] {
	if n < 0 {
		return misusedOperator[T, T]("Take of %d values", n)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		if n == 0 {
			return Empty[T]()
		}
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			up, left, next := g.Child(), n, out.Next
			src.Attach(up, rx.Observer[T]{
				Next: func(v T) {
					if left == 0 { // a source that does not ask whether to go on
						return
					}
					left--
					next(v)
					if left == 0 {
						up.Close()
						if !g.Closed() {
							out.Complete()
						}
					}
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// TakeWhile emits values as long as keep accepts them; with the first that it
// does not accept, it unsubscribes from the source and completes. That one is not
// emitted: [TakeWhileInclusive] does.
func TakeWhile[T any](keep func(T) bool) rx.Operator[T, T] {
	if keep == nil {
		return misusedOperator[T, T]("TakeWhile without a function")
	}
	return takeWhile(keep, false)
}

// TakeWhileInclusive is [TakeWhile] that emits the first value that keep does not
// accept, too, as the last one. In RxJS it is an argument of takeWhile.
func TakeWhileInclusive[T any](keep func(T) bool) rx.Operator[T, T] {
	if keep == nil {
		return misusedOperator[T, T]("TakeWhileInclusive without a function")
	}
	return takeWhile(keep, true)
}

func takeWhile[T any](keep func(T) bool, inclusive bool) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			up, next := g.Child(), out.Next
			src.Attach(up, rx.Observer[T]{
				Next: func(v T) {
					if up.Closed() { // a source that does not ask whether to go on
						return
					}
					if keep(v) {
						next(v)
						return
					}
					if inclusive {
						next(v)
					}
					up.Close()
					if !g.Closed() { // keep may have unsubscribed
						out.Complete()
					}
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// TakeUntil passes the source on until the notifier emits its first value; then
// it unsubscribes from both and completes. The notifier is subscribed to first;
// one that completes without a value changes nothing, one that fails ends the
// stream. Name the type of the source's values: TakeUntil[int](stop).
func TakeUntil[T, N any](notifier rx.Observable[N]) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			u := &until[T]{up: g.Child(), out: out}
			u.order = rx.NewSerial(u.up, u.fail, u.handle)
			stop := u.up.Child()
			attach(notifier, stop, rx.Observer[N]{
				Next:     func(N) { u.order.Push(event[T]{kind: fired}) },
				Error:    u.error,
				Complete: stop.Close,
			})
			if !u.up.Closed() {
				attach(src, u.up, rx.Observer[T]{Next: u.next, Error: u.error, Complete: u.complete})
			}
		})
	}
}

type until[T any] struct {
	up    *rx.Segment // source and notifier
	out   rx.Observer[T]
	order *rx.Serial[event[T]]
}

func (u *until[T]) next(v T) {
	if !u.order.Enter() {
		u.order.Push(event[T]{v: v})
		return
	}
	defer u.order.Leave()
	if !u.up.Closed() {
		u.out.Next(v)
	}
}

func (u *until[T]) error(err error) { u.order.Push(event[T]{kind: failed, err: err}) }
func (u *until[T]) complete()       { u.order.Push(event[T]{kind: completed}) }

func (u *until[T]) handle(e event[T]) {
	switch {
	case u.up.Closed():
	case e.kind == nexted:
		u.out.Next(e.v)
	case e.kind == failed:
		u.fail(e.err)
	default:
		u.up.Close()
		u.out.Complete()
	}
}

func (u *until[T]) fail(err error) {
	u.up.Close()
	u.out.Error(err)
}

// Skip leaves out the first n values. A negative n is a mistake, where RxJS takes
// it for 0.
func Skip[T any](n int) rx.Operator[T, T] {
	if n < 0 {
		return misusedOperator[T, T]("Skip of %d values", n)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			left, next := n, out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					if left > 0 {
						left--
						return
					}
					next(v)
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}
