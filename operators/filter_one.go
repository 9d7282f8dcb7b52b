package operators

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
)

// First emits the first value, then unsubscribes from the source and completes. A
// source that completes without a value is an error that is [ErrEmpty]. It is
// passed to Pipe without being called.
//
// It has neither predicate nor default, unlike RxJS's first: put [Filter] before
// it, or [Take] and [DefaultIfEmpty] in its place.
func First[T any](src rx.Observable[T]) rx.Observable[T] {
	return nth(src, 0, ErrEmpty)
}

// ElementAt emits the value with the given index, the first being 0, then
// unsubscribes from the source and completes. A source that completes before is an
// error that is [ErrOutOfRange]. A negative index is a mistake.
//
// It has no default, unlike RxJS's elementAt: for that there are [Skip], [Take] and
// [DefaultIfEmpty].
func ElementAt[T any](index int) rx.Operator[T, T] {
	if index < 0 {
		return misusedOperator[T, T]("ElementAt %d", index)
	}
	return func(src rx.Observable[T]) rx.Observable[T] { return nth(src, index, ErrOutOfRange) }
}

// nth emits value n only; a source that is too short ends with short.
func nth[T any](src rx.Observable[T], n int, short error) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		up, before, next := g.Child(), n, out.Next
		src.Attach(up, rx.Observer[T]{
			Next: func(v T) {
				if before--; before != -1 { // also of a source that does not ask whether to go on
					return
				}
				next(v)
				up.Close()
				if !g.Closed() {
					out.Complete()
				}
			},
			Error:    out.Error,
			Complete: func() { out.Error(short) },
		})
	})
}

// Last emits the last value when the source completes. A source that completes
// without a value is an error that is [ErrEmpty]. It is passed to Pipe without
// being called.
//
// It has neither predicate nor default, unlike RxJS's last: put [Filter] before
// it, or [TakeLast] and [DefaultIfEmpty] in its place.
func Last[T any](src rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		var last T
		has := false
		src.Attach(g, rx.Observer[T]{
			Next:  func(v T) { last, has = v, true },
			Error: out.Error,
			Complete: func() {
				if !has {
					out.Error(ErrEmpty)
					return
				}
				finish(g, out, last)
			},
		})
	})
}

// Single emits the only value of the source when that completes. One that has none
// is an error that is [ErrEmpty]; with a second value it unsubscribes from the
// source and fails with [ErrSequence]. It is passed to Pipe without being called.
func Single[T any](src rx.Observable[T]) rx.Observable[T] {
	return single(src, func(T) bool { return true })
}

// SingleFunc emits the only value of the source that accept accepts, when the
// source completes. None is an error: [ErrNotFound] if the source has other values,
// [ErrEmpty] if it has no values at all. With a second one it unsubscribes from the
// source and fails with [ErrSequence].
func SingleFunc[T any](accept func(T) bool) rx.Operator[T, T] {
	if accept == nil {
		return misusedOperator[T, T]("SingleFunc without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] { return single(src, accept) }
}

func single[T any](src rx.Observable[T], accept func(T) bool) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		s := &singling[T]{g: g, up: g.Child(), out: out, accept: accept}
		src.Attach(s.up, rx.Observer[T]{Next: s.next, Error: out.Error, Complete: s.complete})
	})
}

type singling[T any] struct {
	g, up  *rx.Segment
	out    rx.Observer[T]
	accept func(T) bool

	seen, found int // values, and those accepted
	value       T
}

func (s *singling[T]) next(v T) {
	if s.up.Closed() { // a source that does not ask whether to go on
		return
	}
	s.seen++
	if !s.accept(v) {
		return
	}
	s.found++
	s.value = v
	if s.found == 1 {
		return
	}
	s.up.Close()
	if !s.g.Closed() { // accept may have unsubscribed
		s.out.Error(ErrSequence)
	}
}

func (s *singling[T]) complete() {
	switch {
	case s.found == 1:
		finish(s.g, s.out, s.value)
	case s.seen > 0:
		s.out.Error(fmt.Errorf("%w: none of %d is accepted", ErrNotFound, s.seen))
	default:
		s.out.Error(ErrEmpty)
	}
}
