package operators

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Window emits streams of the source's values: one at once, and whenever boundaries
// emits, the one before has completed and another is emitted. The source is
// subscribed to first; boundaries that complete change nothing; an error of either is
// told by the window that is open, too. Name the type of the source's values:
// Window[int](tick).
//
// What holds for windows holds for those of [WindowCount], [WindowTime],
// [WindowTimeOrCount] and for the groups of [GroupBy]: they are hot, and hear
// what comes from when they are subscribed to, which best is when they are emitted.
// Values that come while nobody is subscribed to a window that is open are lost for
// it, and counted in Subscription.Dropped. When the stream of windows itself is
// unsubscribed from, those that are open fail with [ErrAbandoned], where those of RxJS
// fall silent for ever: so end the stream behind what flattens it, not before.
func Window[T, N any](boundaries rx.Observable[N]) rx.Operator[T, rx.Observable[T]] {
	return func(src rx.Observable[T]) rx.Observable[rx.Observable[T]] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[rx.Observable[T]]) {
			bounded(window(g, src, out, rule{}), boundaries)
		})
	}
}

// WindowCount emits streams of size values each: one at once, and one behind each
// every-th value. So they follow each other with every equal to size, overlap below
// that, and leave values out above it, which is then this operator's purpose and not
// counted as dropped. As in RxJS the last one is empty if the source ends where one
// would begin. Size and every below 1 are mistakes; every must be given, where RxJS
// has size for it. See [Window] for what holds for windows.
func WindowCount[T any](size, every int) rx.Operator[T, rx.Observable[T]] {
	if size < 1 || every < 1 {
		return misusedOperator[T, rx.Observable[T]]("WindowCount of %d, every %d", size, every)
	}
	return windows[T](rule{size: size, every: every})
}

// WindowTime emits streams of what comes in d each: one at once, and another when d is
// over, on the timer's goroutine. They do not overlap, unlike in RxJS with an interval
// of their creation. d below one nanosecond is a mistake. See [Window] for what holds
// for windows.
func WindowTime[T any](d time.Duration) rx.Operator[T, rx.Observable[T]] {
	if d <= 0 {
		return misusedOperator[T, rx.Observable[T]]("WindowTime of %v", d)
	}
	return windows[T](rule{span: d})
}

// WindowTimeOrCount is [WindowTime] with windows that end, too, when they have size
// values; the next d begins then. It is RxJS's windowTime with a maximal size. Size
// below 1 and d below one nanosecond are mistakes.
func WindowTimeOrCount[T any](d time.Duration, size int) rx.Operator[T, rx.Observable[T]] {
	if d <= 0 || size < 1 {
		return misusedOperator[T, rx.Observable[T]]("WindowTimeOrCount of %v, %d values", d, size)
	}
	return windows[T](rule{span: d, size: size})
}

func windows[T any](r rule) rx.Operator[T, rx.Observable[T]] {
	return func(src rx.Observable[T]) rx.Observable[rx.Observable[T]] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[rx.Observable[T]]) { window(g, src, out, r) })
	}
}

func window[T any](
	g *rx.Segment, src rx.Observable[T], out rx.Observer[rx.Observable[T]], r rule,
) *cutting[T] {
	return cut(g, src, &windowing[T]{g: g, out: out}, r)
}

// windowing is parts that are emitted when they begin.
type windowing[T any] struct {
	g     *rx.Segment
	out   rx.Observer[rx.Observable[T]]
	parts queue[*rx.Subject[T]]
}

func (w *windowing[T]) open() {
	part := rx.NewSubject[T]()
	w.parts.push(part)
	w.out.Next(part.Observable())
}

func (w *windowing[T]) put(v T) {
	for _, part := range w.parts.items[w.parts.head:] {
		tell(w.g, part, v)
	}
}

// tell gives v to a window, or counts it if nobody listens.
func tell[T any](g *rx.Segment, part *rx.Subject[T], v T) {
	if !part.HasObservers() {
		g.CountDropped(1)
		return
	}
	part.Next(v)
}

func (w *windowing[T]) shut() { w.parts.pop().Complete() }

func (w *windowing[T]) flush() {
	for w.parts.len() > 0 {
		w.shut()
	}
}

func (w *windowing[T]) complete() { w.out.Complete() }

func (w *windowing[T]) fail(err error) {
	w.end(err)
	if !w.g.Closed() {
		w.out.Error(err)
	}
}

func (w *windowing[T]) left() { w.end(abandoned("window")) }

// end fails what is open.
func (w *windowing[T]) end(err error) {
	for w.parts.len() > 0 {
		w.parts.pop().Error(err)
	}
}

func abandoned(what string) error { return fmt.Errorf("%w: a %s was open", ErrAbandoned, what) }
