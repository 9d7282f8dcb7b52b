package operators

import (
	"slices"

	"github.com/kalamdb/kalamrx/rx"
)

// CombineLatest2 emits f of the latest values of both sources, whenever one of
// them emits and both have a value. It subscribes to them in the order given,
// completes when both have completed (also where one never emitted), and with the
// first error unsubscribes from the other and fails.
func CombineLatest2[A, B, R any](a rx.Observable[A], b rx.Observable[B], f func(A, B) R) rx.Observable[R] {
	if f == nil {
		return misused[R]("CombineLatest2 without a function")
	}
	return latestOf(fiveInputs(a, b, noInput(), noInput(), noInput())[:2],
		func(v *slots[A, B, absent, absent, absent]) R { return f(v.a, v.b) })
}

// CombineLatest3 is [CombineLatest2] of three sources.
func CombineLatest3[A, B, C, R any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C],
	f func(A, B, C) R,
) rx.Observable[R] {
	if f == nil {
		return misused[R]("CombineLatest3 without a function")
	}
	return latestOf(fiveInputs(a, b, c, noInput(), noInput())[:3],
		func(v *slots[A, B, C, absent, absent]) R { return f(v.a, v.b, v.c) })
}

// CombineLatest4 is [CombineLatest2] of four sources.
func CombineLatest4[A, B, C, D, R any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C], d rx.Observable[D],
	f func(A, B, C, D) R,
) rx.Observable[R] {
	if f == nil {
		return misused[R]("CombineLatest4 without a function")
	}
	return latestOf(fiveInputs(a, b, c, d, noInput())[:4],
		func(v *slots[A, B, C, D, absent]) R { return f(v.a, v.b, v.c, v.d) })
}

// CombineLatest5 is [CombineLatest2] of five sources.
func CombineLatest5[A, B, C, D, E, R any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C], d rx.Observable[D], e rx.Observable[E],
	f func(A, B, C, D, E) R,
) rx.Observable[R] {
	if f == nil {
		return misused[R]("CombineLatest5 without a function")
	}
	return latestOf(fiveInputs(a, b, c, d, e),
		func(v *slots[A, B, C, D, E]) R { return f(v.a, v.b, v.c, v.d, v.e) })
}

// latestOf emits f of the latest values of typed sources.
func latestOf[A, B, C, D, E, R any](
	inputs []input[slots[A, B, C, D, E]], f func(*slots[A, B, C, D, E]) R,
) rx.Observable[R] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[R]) {
		latest, next := &slots[A, B, C, D, E]{}, out.Next
		have, want := 0, 1<<len(inputs)-1 // bit i: slot i has a value
		j := joinLatest(g, out, len(inputs), func(slot int, v slots[A, B, C, D, E]) {
			latest.set(slot, v)
			if have |= 1 << slot; have == want {
				next(f(latest))
			}
		})
		j.start(inputs)
	})
}

// CombineLatest is [CombineLatest2] of any number of sources of one type. It
// emits a new slice every time, in the order of the sources: one allocation per
// value. Without sources it completes at once.
func CombineLatest[T any](sources ...rx.Observable[T]) rx.Observable[[]T] {
	inputs, n := inputsOf(sources), len(sources)
	return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
		if n == 0 {
			out.Complete()
			return
		}
		latest, has, missing := make([]T, n), make([]bool, n), n
		j := joinLatest(g, out, n, func(slot int, v T) {
			latest[slot] = v
			if !has[slot] {
				has[slot] = true
				missing--
			}
			if missing == 0 {
				out.Next(slices.Clone(latest))
			}
		})
		j.start(inputs)
	})
}

// joinLatest joins inputs that go on when one of them has completed.
func joinLatest[V, R any](
	g *rx.Segment, out rx.Observer[R], active int, value func(slot int, v V),
) *joining[V] {
	return &joining[V]{
		up: g.Child(), value: value, error: out.Error, complete: out.Complete,
		over: func(int) bool {
			active--
			return active == 0
		},
	}
}
