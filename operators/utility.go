package operators

import "github.com/kalamdb/kalamrx/rx"

// Tap tells obs everything that passes, before it passes on; nil members of obs
// are fine. Unsubscribing is not told: that is [Finally]. A panic in obs is the
// stream's error from there on; obs is not told of it.
func Tap[T any](obs rx.Observer[T]) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			in, next := out, out.Next
			if tell := obs.Next; tell != nil {
				in.Next = func(v T) {
					tell(v)
					next(v)
				}
			}
			if tell := obs.Error; tell != nil {
				in.Error = func(err error) {
					if emit(g, out, func() { tell(err) }) {
						out.Error(err)
					}
				}
			}
			if tell := obs.Complete; tell != nil {
				in.Complete = func() {
					if emit(g, out, tell) {
						out.Complete()
					}
				}
			}
			src.Attach(g, in)
		})
	}
}

// Finally calls f once when the part of the stream above it ends, however it
// does: after the terminal has been passed on, or when it is unsubscribed. f runs
// on the goroutine that ends the stream and must not wait. What it panics with is
// joined to the subscription's error.
//
// It is RxJS's finalize; several in one chain run downstream first.
func Finally[T any](f func()) rx.Operator[T, T] {
	if f == nil {
		return misusedOperator[T, T]("Finally without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			g.Add(f)
			src.Attach(g, out)
		})
	}
}
