package operators

import "github.com/kalamdb/kalamrx/rx"

// Zip2 emits f of the first values of both sources, then of their second, and so
// on. What one has emitted and the other has not yet waits in an unbounded queue,
// as in RxJS. It subscribes to them in the order given, completes when one of them
// has completed and nothing of it waits any more, and with the first error
// unsubscribes from the other and fails.
func Zip2[A, B, R any](a rx.Observable[A], b rx.Observable[B], f func(A, B) R) rx.Observable[R] {
	if f == nil {
		return misused[R]("Zip2 without a function")
	}
	return zipOf(fiveInputs(a, b, noInput(), noInput(), noInput())[:2],
		func(v *slots[A, B, absent, absent, absent]) R { return f(v.a, v.b) })
}

// Zip3 is [Zip2] of three sources.
func Zip3[A, B, C, R any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C],
	f func(A, B, C) R,
) rx.Observable[R] {
	if f == nil {
		return misused[R]("Zip3 without a function")
	}
	return zipOf(fiveInputs(a, b, c, noInput(), noInput())[:3],
		func(v *slots[A, B, C, absent, absent]) R { return f(v.a, v.b, v.c) })
}

// Zip4 is [Zip2] of four sources.
func Zip4[A, B, C, D, R any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C], d rx.Observable[D],
	f func(A, B, C, D) R,
) rx.Observable[R] {
	if f == nil {
		return misused[R]("Zip4 without a function")
	}
	return zipOf(fiveInputs(a, b, c, d, noInput())[:4],
		func(v *slots[A, B, C, D, absent]) R { return f(v.a, v.b, v.c, v.d) })
}

// Zip5 is [Zip2] of five sources.
func Zip5[A, B, C, D, E, R any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C], d rx.Observable[D], e rx.Observable[E],
	f func(A, B, C, D, E) R,
) rx.Observable[R] {
	if f == nil {
		return misused[R]("Zip5 without a function")
	}
	return zipOf(fiveInputs(a, b, c, d, e),
		func(v *slots[A, B, C, D, E]) R { return f(v.a, v.b, v.c, v.d, v.e) })
}

// zipOf emits f of the values of typed sources, place by place.
func zipOf[A, B, C, D, E, R any](
	inputs []input[slots[A, B, C, D, E]], f func(*slots[A, B, C, D, E]) R,
) rx.Observable[R] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[R]) {
		row, waiting, next := &slots[A, B, C, D, E]{}, &rows[A, B, C, D, E]{}, out.Next
		z := &zipping[slots[A, B, C, D, E]]{left: make([]int, len(inputs)), over: make([]bool, len(inputs))}
		z.push = waiting.push
		z.emit = func() {
			waiting.pop(row, len(inputs))
			v := f(row)
			*row = slots[A, B, C, D, E]{}
			next(v)
		}
		z.start(g, inputs, out.Error, out.Complete)
	})
}

// rows are the values that wait for those of other sources.
type rows[A, B, C, D, E any] struct {
	a queue[A]
	b queue[B]
	c queue[C]
	d queue[D]
	e queue[E]
}

func (r *rows[A, B, C, D, E]) push(slot int, v slots[A, B, C, D, E]) {
	switch slot {
	case 0:
		r.a.push(v.a)
	case 1:
		r.b.push(v.b)
	case 2:
		r.c.push(v.c)
	case 3:
		r.d.push(v.d)
	default:
		r.e.push(v.e)
	}
}

// pop takes the oldest of each of n sources.
func (r *rows[A, B, C, D, E]) pop(row *slots[A, B, C, D, E], n int) {
	row.a, row.b = r.a.pop(), r.b.pop()
	if n > 2 {
		row.c = r.c.pop()
	}
	if n > 3 {
		row.d = r.d.pop()
	}
	if n > 4 {
		row.e = r.e.pop()
	}
}

// Zip is [Zip2] of any number of sources of one type. It emits a new slice every
// time, in the order of the sources: one allocation per value. Without sources it
// completes at once.
func Zip[T any](sources ...rx.Observable[T]) rx.Observable[[]T] {
	inputs, n := inputsOf(sources), len(sources)
	return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
		if n == 0 {
			out.Complete()
			return
		}
		waiting := make([]queue[T], n)
		z := &zipping[T]{left: make([]int, n), over: make([]bool, n)}
		z.push = func(slot int, v T) { waiting[slot].push(v) }
		z.emit = func() {
			row := make([]T, n)
			for i := range waiting {
				row[i] = waiting[i].pop()
			}
			out.Next(row)
		}
		z.start(g, inputs, out.Error, out.Complete)
	})
}

// zipping is what a Zip knows of its sources; the values it leaves to push and emit.
// It is the handler's.
type zipping[V any] struct {
	push  func(slot int, v V)
	emit  func() // takes one value of each
	left  []int  // values that wait
	over  []bool // sources that have completed
	ready int    // sources of which a value waits
}

func (z *zipping[V]) start(g *rx.Segment, inputs []input[V], fail func(error), complete func()) {
	j := &joining[V]{up: g.Child(), error: fail, complete: complete, over: z.completed}
	j.value = func(slot int, v V) {
		if z.value(slot, v) {
			j.end()
		}
	}
	j.start(inputs)
}

// value takes a value, and says whether the stream is over behind it.
func (z *zipping[V]) value(slot int, v V) (dry bool) {
	z.push(slot, v)
	if z.left[slot]++; z.left[slot] > 1 {
		return false
	}
	if z.ready++; z.ready < len(z.left) {
		return false
	}
	for i := range z.left {
		if z.left[i]--; z.left[i] == 0 {
			z.ready--
			dry = dry || z.over[i]
		}
	}
	z.emit()
	return dry
}

func (z *zipping[V]) completed(slot int) bool {
	z.over[slot] = true
	return z.left[slot] == 0
}
