package operators

import (
	"iter"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Of emits the given values, then completes, on the subscriber's goroutine.
func Of[T any](values ...T) rx.Observable[T] { return From(values) }

// From emits the values of a slice, then completes, on the subscriber's
// goroutine. The slice is not copied: it is read anew for every subscriber.
func From[T any](values []T) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if emit(g, out, func() { each(g, values, out.Next) }) {
			out.Complete()
		}
	})
}

// emit runs the part of a source that calls user code and Next. What panics there
// is an error of the source, also for operators downstream. It says whether the
// part came to its end and the stream is still there, so that a terminal is due:
// that is outside, for what panics in a terminal has no Error to go to.
func emit[T any](g *rx.Segment, out rx.Observer[T], part func()) (whole bool) {
	defer g.Catch(out.Error)
	part()
	return !g.Closed()
}

// finish emits v as the last value.
func finish[T any](g *rx.Segment, out rx.Observer[T], v T) {
	if emit(g, out, func() { out.Next(v) }) {
		out.Complete()
	}
}

// each calls next with each value as long as the stream is there.
func each[T any](g *rx.Segment, values []T, next func(T)) {
	for i := range values {
		if g.Closed() {
			return
		}
		next(values[i])
	}
}

// FromSeq emits what an iterator yields, then completes, on the subscriber's
// goroutine. Unsubscribing ends the iteration. A nil iterator is a mistake.
func FromSeq[T any](seq iter.Seq[T]) rx.Observable[T] {
	if seq == nil {
		return misused[T]("FromSeq without an iterator")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		whole := emit(g, out, func() {
			for v := range seq {
				if g.Closed() {
					return
				}
				out.Next(v)
			}
		})
		if whole {
			out.Complete()
		}
	})
}

// FromSeq2 is [FromSeq] for iterators that may fail, such as rx.All's: the first
// error ends the stream, and what comes with it is not emitted.
func FromSeq2[T any](seq iter.Seq2[T, error]) rx.Observable[T] {
	if seq == nil {
		return misused[T]("FromSeq2 without an iterator")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		var failure error
		whole := emit(g, out, func() {
			for v, err := range seq {
				if failure = err; err != nil || g.Closed() {
					return
				}
				out.Next(v)
			}
		})
		switch {
		case !whole:
		case failure != nil:
			out.Error(failure)
		default:
			out.Complete()
		}
	})
}

// Range emits count integers from start upwards, then completes, on the
// subscriber's goroutine. A negative count is a mistake.
func Range(start, count int) rx.Observable[int] {
	if count < 0 {
		return misused[int]("Range of %d values", count)
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		whole := emit(g, out, func() {
			next := out.Next
			for i := range count {
				if g.Closed() {
					return
				}
				next(start + i)
			}
		})
		if whole {
			out.Complete()
		}
	})
}

// Empty completes at once.
func Empty[T any]() rx.Observable[T] {
	return rx.Source(func(_ *rx.Segment, out rx.Observer[T]) { out.Complete() })
}

// Never neither emits nor ends; only unsubscribing ends it.
func Never[T any]() rx.Observable[T] {
	return rx.Source(func(*rx.Segment, rx.Observer[T]) {})
}

// Throw fails at once with err. A nil error is a mistake.
func Throw[T any](err error) rx.Observable[T] {
	if err == nil {
		err = misuse("Throw without an error")
	}
	return rx.Source(func(_ *rx.Segment, out rx.Observer[T]) { out.Error(err) })
}

// Defer calls make for every subscriber, and subscribes it to what that returns.
func Defer[T any](make func() rx.Observable[T]) rx.Observable[T] {
	if make == nil {
		return misused[T]("Defer without a function")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		var src rx.Observable[T]
		if emit(g, out, func() { src = make() }) {
			src.Attach(g, out)
		}
	})
}

// Timer emits 0 after d, then completes, on the timer's goroutine. What is due
// now or was due earlier is emitted at once, and not on the subscriber's
// goroutine either.
//
// It has no period, unlike RxJS's timer: that is [Interval].
func Timer(d time.Duration) rx.Observable[int] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		t := &timer{seg: g, fire: func() {
			if emit(g, out, func() { out.Next(0) }) {
				out.Complete()
			}
		}}
		t.arm(d)
	})
}

// Interval emits 0, 1, 2, … every d, the first after d, on the timer's goroutine,
// until unsubscribed. The beat does not drift: ticks are due at multiples of d
// after the subscription. An observer that takes longer than d is called again at
// the next multiple, without a gap in the numbers. d below one nanosecond is a
// mistake.
func Interval(d time.Duration) rx.Observable[int] {
	if d <= 0 {
		return misused[int]("Interval of %v", d)
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		due, n := time.Now().Add(d), 0
		t := &timer{seg: g, fail: out.Error}
		t.fire = func() {
			out.Next(n)
			n++
			if g.Closed() {
				return
			}
			late := time.Since(due)
			due = due.Add(d * (late/d + 1))
			t.arm(time.Until(due))
		}
		t.arm(d)
	})
}
