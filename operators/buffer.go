package operators

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Buffer collects values, and whenever boundaries emits, emits what it has as a
// slice, empty ones too. When the source completes it emits what it has left, also
// if that is none. An error of either discards it. The source is subscribed to first;
// boundaries that complete change nothing. It keeps, without bound, what comes between
// two of them. The slices are the observer's own, and come on the goroutine of the
// boundary. Name the type of the source's values: Buffer[int](tick).
func Buffer[T, N any](boundaries rx.Observable[N]) rx.Operator[T, []T] {
	return func(src rx.Observable[T]) rx.Observable[[]T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
			bounded(buffer(g, src, out, rule{}), boundaries)
		})
	}
}

// BufferCount emits slices of size values; one begins with the first value and with
// each every-th behind it. So they follow each other with every equal to size,
// overlap below that, and leave values out above it, which is then this operator's
// purpose and not counted as dropped. When the source completes it emits what it has
// begun. An error discards that. The slices are the observer's own. Size and every
// below 1 are mistakes; every must be given, where RxJS has size for it.
func BufferCount[T any](size, every int) rx.Operator[T, []T] {
	if size < 1 || every < 1 {
		return misusedOperator[T, []T]("BufferCount of %d, every %d", size, every)
	}
	return buffers[T](rule{size: size, every: every}, true)
}

// BufferTime emits every d what came since it last did as a slice, empty ones too, on
// the timer's goroutine. When the source completes it emits what it has left, also if
// that is none; an error discards it. It keeps, without bound, what comes in d. The
// slices are the observer's own. d below one nanosecond is a mistake.
//
// Buffers do not overlap, unlike in RxJS with an interval of their creation.
func BufferTime[T any](d time.Duration) rx.Operator[T, []T] {
	if d <= 0 {
		return misusedOperator[T, []T]("BufferTime of %v", d)
	}
	return buffers[T](rule{span: d}, false)
}

// BufferTimeOrCount is [BufferTime] that emits as soon as it has size values, too, on
// the source's goroutine; the next d begins then. It is RxJS's bufferTime with a
// maximal size. Size below 1 and d below one nanosecond are mistakes.
func BufferTimeOrCount[T any](d time.Duration, size int) rx.Operator[T, []T] {
	if d <= 0 || size < 1 {
		return misusedOperator[T, []T]("BufferTimeOrCount of %v, %d values", d, size)
	}
	return buffers[T](rule{span: d, size: size}, false)
}

func buffers[T any](r rule, begun bool) rx.Operator[T, []T] {
	return func(src rx.Observable[T]) rx.Observable[[]T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
			if begun {
				cut(g, src, &buffering[T]{g: g, out: out, begun: true}, r)
				return
			}
			buffer(g, src, out, r)
		})
	}
}

func buffer[T any](g *rx.Segment, src rx.Observable[T], out rx.Observer[[]T], r rule) *cutting[T] {
	return cut(g, src, &buffering[T]{g: g, out: out}, r)
}

// buffering is parts that are emitted when they end.
type buffering[T any] struct {
	g     *rx.Segment
	out   rx.Observer[[]T]
	begun bool // the last ones are emitted only if they have values

	parts queue[[]T]
	size  int // of the last one emitted: the next may be as large
}

func (b *buffering[T]) open()          { b.parts.push(nil) }
func (b *buffering[T]) fail(err error) { b.out.Error(err) }

func (b *buffering[T]) put(v T) {
	for i := b.parts.head; i < len(b.parts.items); i++ {
		part := &b.parts.items[i]
		if *part == nil {
			*part = make([]T, 0, min(max(b.size, 1), 1024))
		}
		*part = append(*part, v)
	}
}

func (b *buffering[T]) shut() {
	part := b.parts.pop()
	b.size = len(part)
	if part == nil {
		part = []T{}
	}
	b.out.Next(part)
}

func (b *buffering[T]) flush() {
	for b.parts.len() > 0 && !b.g.Closed() {
		if b.begun && *b.parts.front() == nil {
			b.parts.pop()
			continue
		}
		b.shut()
	}
}

func (b *buffering[T]) complete() { b.out.Complete() }
