package operators

import "github.com/kalamdb/kalamrx/rx"

// Reduce emits one value when the source completes: f(seed, v1), then f of that and
// v2, and so on; the seed itself if there were no values. An error discards it.
// Every subscription starts with the same seed: a map or slice in it is shared by
// them all, so let f make a new one, or see [ToSlice].
//
// Unlike in RxJS, seed comes first and cannot be left out.
func Reduce[A, B any](seed B, f func(acc B, v A) B) rx.Operator[A, B] {
	if f == nil {
		return misusedOperator[A, B]("Reduce without a function")
	}
	return func(src rx.Observable[A]) rx.Observable[B] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
			acc := seed
			src.Attach(g, rx.Observer[A]{
				Next:     func(v A) { acc = f(acc, v) },
				Error:    out.Error,
				Complete: func() { finish(g, out, acc) },
			})
		})
	}
}

// ToSlice emits all values as one slice when the source completes, an empty one if
// there were none; an error discards them. It keeps them without bound. The slice is
// the observer's own. It is RxJS's toArray, and is passed to Pipe without being
// called.
func ToSlice[T any](src rx.Observable[T]) rx.Observable[[]T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
		all := []T{}
		src.Attach(g, rx.Observer[T]{
			Next:     func(v T) { all = append(all, v) },
			Error:    out.Error,
			Complete: func() { finish(g, out, all) },
		})
	})
}
