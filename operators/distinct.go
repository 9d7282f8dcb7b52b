package operators

import "github.com/kalamdb/kalamrx/rx"

// DistinctUntilChanged leaves out values that equal (==) the one before. It is
// passed to Pipe without being called. A NaN equals nothing; an interface that
// holds something that cannot be compared fails the stream.
func DistinctUntilChanged[T comparable](src rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		var last T
		has, next := false, out.Next
		src.Attach(g, rx.Observer[T]{
			Next: func(v T) {
				if has && v == last {
					return
				}
				last, has = v, true
				next(v)
			},
			Error:    out.Error,
			Complete: out.Complete,
		})
	})
}

// DistinctUntilChangedBy leaves out values whose key equals (==) that of the
// value before: of the last one emitted, which is the same.
func DistinctUntilChangedBy[T any, K comparable](key func(T) K) rx.Operator[T, T] {
	if key == nil {
		return misusedOperator[T, T]("DistinctUntilChangedBy without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			var last K
			has, next := false, out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					k := key(v)
					if has && k == last {
						return
					}
					last, has = k, true
					next(v)
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// DistinctUntilChangedFunc leaves out values that same says are the same as the
// last one emitted. It is RxJS's distinctUntilChanged with a comparator.
func DistinctUntilChangedFunc[T any](same func(last, v T) bool) rx.Operator[T, T] {
	if same == nil {
		return misusedOperator[T, T]("DistinctUntilChangedFunc without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			var last T
			has, next := false, out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					if has && same(last, v) {
						return
					}
					last, has = v, true
					next(v)
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}
