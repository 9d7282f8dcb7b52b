package operators

import "github.com/kalamdb/kalamrx/rx"

// All emits whether accept holds for every value: false with the first for which it
// does not, which unsubscribes from the source, and true when that completes. It is
// RxJS's every.
func All[T any](accept func(T) bool) rx.Operator[T, bool] {
	if accept == nil {
		return misusedOperator[T, bool]("All without a function")
	}
	return decide(true, func(v T) bool { return !accept(v) })
}

// Any emits whether accept holds for some value: true with the first for which it
// does, which unsubscribes from the source, and false when that completes. RxJS has
// find in its place.
func Any[T any](accept func(T) bool) rx.Operator[T, bool] {
	if accept == nil {
		return misusedOperator[T, bool]("Any without a function")
	}
	return decide(false, accept)
}

// Contains emits whether some value equals (==) want, see [Any]. A NaN equals
// nothing; an interface that holds something that cannot be compared fails the stream.
func Contains[T comparable](want T) rx.Operator[T, bool] {
	return decide(false, func(v T) bool { return v == want })
}

// IsEmpty emits false with the first value, which unsubscribes from the source, and
// true if that completes without one. It is passed to Pipe without being called.
func IsEmpty[T any](src rx.Observable[T]) rx.Observable[bool] {
	return decide(true, func(T) bool { return true })(src)
}

// decide emits the opposite of otherwise with the first value that decides, and
// otherwise if there is none.
func decide[T any](otherwise bool, decides func(T) bool) rx.Operator[T, bool] {
	return func(src rx.Observable[T]) rx.Observable[bool] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[bool]) {
			up := g.Child()
			src.Attach(up, rx.Observer[T]{
				Next: func(v T) {
					if !decides(v) {
						return
					}
					up.Close()
					if !g.Closed() { // decides may have unsubscribed
						finish(g, out, !otherwise)
					}
				},
				Error:    out.Error,
				Complete: func() { finish(g, out, otherwise) },
			})
		})
	}
}

// SequenceEqual emits whether the source and other emit equal (==) values in the same
// order, and complete: false with the first difference, which unsubscribes from both,
// true when both have completed. What one has emitted and the other has not yet waits
// in an unbounded queue, as in RxJS. The first error unsubscribes from both and fails.
// The source is subscribed to first.
func SequenceEqual[T comparable](other rx.Observable[T]) rx.Operator[T, bool] {
	return SequenceEqualFunc(other, func(a, b T) bool { return a == b })
}

// SequenceEqualFunc is [SequenceEqual] by a function, which gets the source's value
// first.
func SequenceEqualFunc[T any](other rx.Observable[T], same func(a, b T) bool) rx.Operator[T, bool] {
	if same == nil {
		return misusedOperator[T, bool]("SequenceEqualFunc without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[bool] {
		inputs := inputsOf([]rx.Observable[T]{src, other})
		return rx.Source(func(g *rx.Segment, out rx.Observer[bool]) {
			e := &equalling[T]{g: g, out: out, same: same}
			e.j = &joining[T]{
				up: g.Child(), value: e.value, over: e.completed, error: out.Error, complete: out.Complete,
			}
			e.j.start(inputs)
		})
	}
}

// equalling is one subscription of a SequenceEqual; all of it is the handler's.
type equalling[T any] struct {
	g       *rx.Segment
	out     rx.Observer[bool]
	same    func(a, b T) bool
	j       *joining[T]
	waiting [2]queue[T]
	over    [2]bool
}

func (e *equalling[T]) value(slot int, v T) {
	other := &e.waiting[1-slot]
	switch {
	case other.len() == 0 && e.over[1-slot]:
		e.decide(false)
	case other.len() == 0:
		e.waiting[slot].push(v)
	default:
		a, b := v, other.pop()
		if slot == 1 {
			a, b = b, a
		}
		if !e.same(a, b) && !e.j.up.Closed() {
			e.decide(false)
		}
	}
}

func (e *equalling[T]) completed(slot int) bool {
	e.over[slot] = true
	if e.over[1-slot] {
		e.decide(e.waiting[0].len()+e.waiting[1].len() == 0)
	}
	return false // decide ends the stream
}

func (e *equalling[T]) decide(equal bool) {
	e.j.up.Close()
	finish(e.g, e.out, equal)
}
