package operators

import "github.com/kalamdb/kalamrx/rx"

// IgnoreElements emits no values, only the terminal. It is passed to Pipe without
// being called.
func IgnoreElements[T any](src rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		src.Attach(g, rx.Observer[T]{Next: func(T) {}, Error: out.Error, Complete: out.Complete})
	})
}

// DefaultIfEmpty emits v if the source completes without a value.
func DefaultIfEmpty[T any](v T) rx.Operator[T, T] {
	return ifEmpty(func(g *rx.Segment, out rx.Observer[T]) { finish(g, out, v) })
}

// ThrowIfEmpty fails with err, for example [ErrEmpty], if the source completes
// without a value. A nil error is a mistake. RxJS takes a function that makes the
// error.
func ThrowIfEmpty[T any](err error) rx.Operator[T, T] {
	if err == nil {
		return misusedOperator[T, T]("ThrowIfEmpty without an error")
	}
	return ifEmpty(func(_ *rx.Segment, out rx.Observer[T]) { out.Error(err) })
}

// ifEmpty calls end in place of Complete if there was no value.
func ifEmpty[T any](end func(*rx.Segment, rx.Observer[T])) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			empty, next := true, out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					empty = false
					next(v)
				},
				Error: out.Error,
				Complete: func() {
					if empty {
						end(g, out)
						return
					}
					out.Complete()
				},
			})
		})
	}
}
