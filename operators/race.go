package operators

import (
	"sync/atomic"

	"github.com/kalamdb/kalamrx/rx"
)

// Race follows the source that says something first, whatever it says, and
// unsubscribes from the others. It subscribes to them in the order given, and to no
// more once one has said something. Values of the winner pass as they come, on its
// goroutine. Without sources it neither emits nor ends, as in RxJS.
func Race[T any](sources ...rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		r := &racing{runners: make([]*rx.Segment, len(sources))}
		for i := range r.runners {
			r.runners[i] = g.Child()
		}
		for i, src := range sources {
			if g.Closed() || r.winner.Load() != 0 {
				return
			}
			run(r, i, src, out)
		}
	})
}

type racing struct {
	winner  atomic.Int64 // 1 + its index; 0 as long as there is none
	runners []*rx.Segment
}

// run subscribes to a source, and passes on what it says if it is the winner.
func run[T any](r *racing, i int, src rx.Observable[T], out rx.Observer[T]) {
	next := out.Next
	attach(src, r.runners[i], rx.Observer[T]{
		Next: func(v T) {
			if r.wins(i) {
				next(v)
			}
		},
		Error: func(err error) {
			if r.wins(i) {
				out.Error(err)
			}
		},
		Complete: func() {
			if r.wins(i) {
				out.Complete()
			}
		},
	})
}

// wins says whether a source may say something: it is the winner, or becomes it now.
func (r *racing) wins(i int) bool {
	me := int64(i + 1)
	if won := r.winner.Load(); won != 0 {
		return won == me
	}
	if !r.winner.CompareAndSwap(0, me) {
		return false
	}
	for other, seg := range r.runners {
		if other != i {
			seg.Close()
		}
	}
	return !r.runners[i].Closed() // what ends with the others may end this too
}
