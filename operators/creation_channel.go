package operators

import "github.com/kalamdb/kalamrx/rx"

// FromChannel emits what is received from ch, and completes when that is closed. It
// is hot: what is sent while nobody is subscribed waits in the channel or makes the
// sender wait, and two subscribers share the values, each getting some. Put Share
// behind it where all are to get all.
//
// It delivers on a goroutine of its own, one for each subscriber, that ends with the
// subscription or with the channel; the stream is not done before. A value that was
// received when the subscription ended is lost to others. A nil channel is a
// mistake: for a stream that never emits there is [Never].
func FromChannel[T any](ch <-chan T) rx.Observable[T] {
	if ch == nil {
		return misused[T]("FromChannel without a channel")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		ended := make(chan struct{})
		g.Add(func() { close(ended) })
		work(g, func() {
			if emit(g, out, func() { receive(ch, ended, g, out.Next) }) {
				out.Complete()
			}
		})
	})
}

// receive calls next with what comes, until either channel is closed.
func receive[T any](ch <-chan T, ended <-chan struct{}, g *rx.Segment, next func(T)) {
	for !g.Closed() { // a select between two that are ready is a matter of luck
		select {
		case v, more := <-ch:
			if !more {
				return
			}
			if g.Closed() {
				g.CountDropped(1)
				return
			}
			next(v)
		case <-ended:
			return
		}
	}
}
