package operators

import (
	"slices"

	"github.com/kalamdb/kalamrx/rx"
)

// ForkJoin emits the last values of all sources when all have completed, in the
// order of the sources, then completes. If one completes without a value it
// unsubscribes from the others and completes without one; the first error
// unsubscribes from the others and fails. Without sources it completes at once.
//
// RxJS takes an object of sources, too; for those of several types there is [Zip2]
// of their last values.
func ForkJoin[T any](sources ...rx.Observable[T]) rx.Observable[[]T] {
	inputs, n := inputsOf(sources), len(sources)
	return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
		if n == 0 {
			out.Complete()
			return
		}
		last, has, active := make([]T, n), make([]bool, n), n
		j := &joining[T]{up: g.Child(), error: out.Error, complete: out.Complete}
		j.value = func(slot int, v T) { last[slot], has[slot] = v, true }
		j.over = func(slot int) bool {
			if !has[slot] {
				return true
			}
			if active--; active == 0 {
				out.Next(slices.Clone(last))
			}
			return active == 0
		}
		j.start(inputs)
	})
}
