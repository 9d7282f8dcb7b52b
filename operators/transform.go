package operators

import "github.com/kalamdb/kalamrx/rx"

// Map emits f of every value. Values pass on the source's goroutine.
func Map[A, B any](f func(A) B) rx.Operator[A, B] {
	if f == nil {
		return misusedOperator[A, B]("Map without a function")
	}
	return func(src rx.Observable[A]) rx.Observable[B] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
			next := out.Next
			src.Attach(g, rx.Observer[A]{
				Next:     func(v A) { next(f(v)) },
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// MapErr is [Map] with a function that may fail: its first error unsubscribes
// from the source and ends the stream. In RxJS the function would throw.
func MapErr[A, B any](f func(A) (B, error)) rx.Operator[A, B] {
	if f == nil {
		return misusedOperator[A, B]("MapErr without a function")
	}
	return func(src rx.Observable[A]) rx.Observable[B] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
			up, next := g.Child(), out.Next
			src.Attach(up, rx.Observer[A]{
				Next: func(v A) {
					w, err := f(v)
					if err == nil {
						next(w)
						return
					}
					up.Close()
					if !g.Closed() { // f may have unsubscribed
						out.Error(err)
					}
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// Scan emits the running result of f: f(seed, v1), then f of that and v2, and so
// on. The seed itself is not emitted. Every subscription starts with the same
// seed: a map or slice in it is shared by them all, so let f make a new one.
//
// Unlike in RxJS, seed comes first and cannot be left out.
func Scan[A, B any](seed B, f func(acc B, v A) B) rx.Operator[A, B] {
	if f == nil {
		return misusedOperator[A, B]("Scan without a function")
	}
	return func(src rx.Observable[A]) rx.Observable[B] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
			acc, next := seed, out.Next
			src.Attach(g, rx.Observer[A]{
				Next: func(v A) {
					acc = f(acc, v)
					next(acc)
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// Pairwise emits every value but the first together with the one before it. It is
// passed to Pipe without being called.
func Pairwise[T any](src rx.Observable[T]) rx.Observable[[2]T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[[2]T]) {
		var last T
		has, next := false, out.Next
		src.Attach(g, rx.Observer[T]{
			Next: func(v T) {
				pair := [2]T{last, v}
				first := !has
				last, has = v, true
				if !first {
					next(pair)
				}
			},
			Error:    out.Error,
			Complete: out.Complete,
		})
	})
}
