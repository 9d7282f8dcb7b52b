package operators

import "github.com/kalamdb/kalamrx/rx"

// Generate is a loop as a stream: it begins with seed, and as long as more accepts
// the state it emits what result makes of it and goes on with what step makes of it;
// then it completes. All run on the subscriber's goroutine. A seed that holds a map
// or slice is shared by all subscribers. Unlike in RxJS, no function can be left out.
func Generate[S, T any](
	seed S, more func(S) bool, step func(S) S, result func(S) T,
) rx.Observable[T] {
	if more == nil || step == nil || result == nil {
		return misused[T]("Generate without a function")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		whole := emit(g, out, func() {
			next := out.Next
			for s := seed; !g.Closed() && more(s); s = step(s) {
				if v := result(s); !g.Closed() {
					next(v)
				}
			}
		})
		if whole {
			out.Complete()
		}
	})
}
