package operators

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Timestamped is a value and when it was emitted, as [Timestamp] makes it.
type Timestamped[T any] struct {
	Value T
	Time  time.Time
}

// Timestamp emits every value with the time at which it passes, monotonic clock
// reading included. It is passed to Pipe without being called.
func Timestamp[T any](src rx.Observable[T]) rx.Observable[Timestamped[T]] {
	return Map(func(v T) Timestamped[T] { return Timestamped[T]{v, time.Now()} })(src)
}

// Elapsed is a value and how long it was waited for, as [TimeInterval] makes it.
type Elapsed[T any] struct {
	Value    T
	Interval time.Duration
}

// TimeInterval emits every value with the time since the one before it, the first
// with that since the subscription. It is passed to Pipe without being called.
func TimeInterval[T any](src rx.Observable[T]) rx.Observable[Elapsed[T]] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[Elapsed[T]]) {
		clock, before, next := startStopwatch(), time.Duration(0), out.Next
		src.Attach(g, rx.Observer[T]{
			Next: func(v T) {
				now := clock.now()
				since := now - before
				before = now
				next(Elapsed[T]{v, since})
			},
			Error:    out.Error,
			Complete: out.Complete,
		})
	})
}
