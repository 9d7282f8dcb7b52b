package operators

import "github.com/kalamdb/kalamrx/rx"

// TakeLast emits the last n values when the source completes; an error discards
// them. It keeps n values. TakeLast of 0 completes without subscribing to the
// source. A negative n is a mistake, where RxJS takes it for 0.
func TakeLast[T any](n int) rx.Operator[T, T] {
	if n < 0 {
		return misusedOperator[T, T]("TakeLast of %d values", n)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		if n == 0 {
			return Empty[T]()
		}
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			kept := lately[T]{limit: n}
			src.Attach(g, rx.Observer[T]{
				Next:  func(v T) { kept.add(v) },
				Error: out.Error,
				Complete: func() {
					whole := emit(g, out, func() {
						each(g, kept.values[kept.oldest:], out.Next)
						each(g, kept.values[:kept.oldest], out.Next)
					})
					if whole {
						out.Complete()
					}
				},
			})
		})
	}
}

// SkipLast leaves out the last n values: it emits a value when n more have come. It
// keeps n values. A negative n is a mistake, where RxJS takes it for 0.
func SkipLast[T any](n int) rx.Operator[T, T] {
	if n < 0 {
		return misusedOperator[T, T]("SkipLast of %d values", n)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		if n == 0 {
			return src
		}
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			kept, next := lately[T]{limit: n}, out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					if old, full := kept.add(v); full {
						next(old)
					}
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// lately has the last values, up to a limit. It grows with what it is given, so
// that a large limit costs nothing on a short stream.
type lately[T any] struct {
	limit  int
	values []T
	oldest int // of values, once they are limit
}

// add adds v, and when it is full takes the oldest value out.
func (l *lately[T]) add(v T) (old T, full bool) {
	if len(l.values) < l.limit {
		l.values = append(l.values, v)
		return old, false
	}
	old = l.values[l.oldest]
	l.values[l.oldest] = v
	if l.oldest++; l.oldest == l.limit {
		l.oldest = 0
	}
	return old, true
}
