package operators

import (
	"cmp"

	"github.com/kalamdb/kalamrx/rx"
)

// Count emits how many values there were, when the source completes. It is passed to
// Pipe without being called; RxJS's predicate is a [Filter] before it.
func Count[T any](src rx.Observable[T]) rx.Observable[int] {
	return conclude(src, func() conclusion[T, int] {
		n := 0
		return conclusion[T, int]{func(T) { n++ }, func() (int, bool) { return n, true }}
	})
}

// Sum emits the sum of all values when the source completes, 0 if there was none. It
// is passed to Pipe without being called. Integers overflow as Go's do.
func Sum[N number](src rx.Observable[N]) rx.Observable[N] {
	return conclude(src, func() conclusion[N, N] {
		var sum N
		return conclusion[N, N]{func(v N) { sum += v }, func() (N, bool) { return sum, true }}
	})
}

// Average emits the mean of all values when the source completes, and nothing if
// there was none. It is passed to Pipe without being called. It adds up in float64.
func Average[N number](src rx.Observable[N]) rx.Observable[float64] {
	return conclude(src, func() conclusion[N, float64] {
		sum, n := 0.0, 0
		return conclusion[N, float64]{
			func(v N) { sum, n = sum+float64(v), n+1 },
			func() (float64, bool) { return sum / float64(max(n, 1)), n > 0 },
		}
	})
}

// number is what can be added up.
type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr |
		~float32 | ~float64
}

// Min emits the smallest value when the source completes, and nothing if there was
// none. It is passed to Pipe without being called. A NaN is smaller than all numbers,
// as for cmp.Compare.
func Min[T cmp.Ordered](src rx.Observable[T]) rx.Observable[T] { return MinFunc(cmp.Compare[T])(src) }

// Max emits the greatest value when the source completes, and nothing if there was
// none. It is passed to Pipe without being called. A NaN is smaller than all numbers,
// as for cmp.Compare.
func Max[T cmp.Ordered](src rx.Observable[T]) rx.Observable[T] { return MaxFunc(cmp.Compare[T])(src) }

// MinFunc is [Min] by compare, which says below, equal or above zero as cmp.Compare
// does. Of equal values it is the last, as in RxJS.
func MinFunc[T any](compare func(a, b T) int) rx.Operator[T, T] {
	if compare == nil {
		return misusedOperator[T, T]("MinFunc without a function")
	}
	return best(func(v, so T) bool { return compare(so, v) >= 0 })
}

// MaxFunc is [Max] by compare, which says below, equal or above zero as cmp.Compare
// does. Of equal values it is the last, as in RxJS.
func MaxFunc[T any](compare func(a, b T) int) rx.Operator[T, T] {
	if compare == nil {
		return misusedOperator[T, T]("MaxFunc without a function")
	}
	return best(func(v, so T) bool { return compare(so, v) <= 0 })
}

// best emits the value that is better than what was the best so far.
func best[T any](better func(v, so T) bool) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return conclude(src, func() conclusion[T, T] {
			var so T
			has := false
			return conclusion[T, T]{
				func(v T) {
					if !has || better(v, so) {
						so, has = v, true
					}
				},
				func() (T, bool) { return so, has },
			}
		})
	}
}

// conclusion is what one subscription makes of all values.
type conclusion[A, B any] struct {
	take func(A)
	end  func() (v B, ok bool) // ok says whether there is something to emit
}

// conclude emits a conclusion when the source completes. begin is called for every
// subscription.
func conclude[A, B any](src rx.Observable[A], begin func() conclusion[A, B]) rx.Observable[B] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
		c := begin()
		src.Attach(g, rx.Observer[A]{
			Next:  c.take,
			Error: out.Error,
			Complete: func() {
				if v, ok := c.end(); ok {
					finish(g, out, v)
				} else {
					out.Complete()
				}
			},
		})
	})
}
