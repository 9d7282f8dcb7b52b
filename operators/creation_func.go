package operators

import (
	"context"

	"github.com/kalamdb/kalamrx/rx"
)

// FromFunc calls f for every subscriber, emits what it returns and completes, or
// fails with its error. It is RxJS's from of a promise, with a promise for each
// subscriber.
//
// f runs, and the stream delivers, on a goroutine of its own, so that Subscribe
// does not wait for it and operators such as SwitchMap can leave it. ctx ends with
// the stream: unsubscribing ends f's wait, and f must return then. The stream is
// not done before that; what f returns afterwards is not delivered.
func FromFunc[T any](f func(ctx context.Context) (T, error)) rx.Observable[T] {
	if f == nil {
		return misused[T]("FromFunc without a function")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		ctx, cancel := context.WithCancel(g.Context())
		g.Add(cancel)
		work(g, func() {
			var v T
			var err error
			switch whole := emit(g, out, func() { v, err = f(ctx) }); {
			case !whole:
			case err != nil:
				out.Error(err)
			default:
				finish(g, out, v)
			}
		})
	})
}

// work runs f, as one turn, on a goroutine of its own.
func work(g *rx.Segment, f func()) {
	go g.Turn(nil, f) // owner: the stream, which is not done before; ends when f returns
}

// Using makes a resource for every subscriber, subscribes to the stream that use
// makes of it, and releases it once when that stream ends, however it does: behind
// the stream's own teardown. An error of acquire is an error of the stream. All
// three run on the subscriber's goroutine, release on the one that ends the stream,
// where it must not wait; what it panics with is joined to the subscription's error.
func Using[R, T any](
	acquire func() (R, error), use func(R) rx.Observable[T], release func(R),
) rx.Observable[T] {
	if acquire == nil || use == nil || release == nil {
		return misused[T]("Using without a function")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		up := g.Child() // before the release in the order of teardowns
		var src rx.Observable[T]
		var err error
		whole := emit(g, out, func() {
			var r R
			if r, err = acquire(); err != nil {
				return
			}
			g.Add(func() { release(r) })
			if !g.Closed() { // acquire may have unsubscribed
				src = use(r)
			}
		})
		switch {
		case !whole:
		case err != nil:
			out.Error(err)
		default:
			src.Attach(up, out)
		}
	})
}
