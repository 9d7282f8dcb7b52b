package operators

import "github.com/kalamdb/kalamrx/rx"

// joining is one subscription to several sources whose values are put together. V
// holds a value of any of them: it is the values' type where that is one, or slots.
type joining[V any] struct {
	up       *rx.Segment // all sources
	order    *rx.Serial[joinEvent[V]]
	value    func(slot int, v V) // the handler's, as over and whole are
	over     func(slot int) bool // a source completed: says whether that ends the stream
	error    func(error)
	complete func()
}

// joinEvent is what the source of a slot did.
type joinEvent[V any] struct {
	event[V]
	slot int
}

// input subscribes a joining to the source of one slot.
type input[V any] func(j *joining[V], slot int)

// inputOf is the input that src is; of makes V of its values.
func inputOf[A, V any](src rx.Observable[A], of func(A) V) input[V] {
	return func(j *joining[V], slot int) {
		seg := j.up.Child()
		attach(src, seg, rx.Observer[A]{
			Next:  func(v A) { j.next(slot, of(v)) },
			Error: func(err error) { j.order.Push(joinEvent[V]{event[V]{kind: failed, err: err}, slot}) },
			Complete: func() {
				j.order.Push(joinEvent[V]{event[V]{kind: completed, from: seg}, slot})
			},
		})
	}
}

// inputsOf are the inputs of sources of one type.
func inputsOf[T any](sources []rx.Observable[T]) []input[T] {
	all := make([]input[T], len(sources))
	for i, src := range sources {
		all[i] = inputOf(src, itself[T])
	}
	return all
}

// start subscribes to the inputs, in order, until one of them ends it all.
func (j *joining[V]) start(inputs []input[V]) {
	j.order = rx.NewSerial(j.up, j.fail, j.handle)
	for slot, attach := range inputs {
		if j.up.Closed() {
			return
		}
		attach(j, slot)
	}
}

func (j *joining[V]) next(slot int, v V) {
	if !j.order.Enter() {
		j.order.Push(joinEvent[V]{event[V]{v: v}, slot})
		return
	}
	defer j.order.Leave()
	if !j.up.Closed() {
		j.value(slot, v)
	}
}

func (j *joining[V]) handle(e joinEvent[V]) {
	switch {
	case j.up.Closed():
	case e.kind == nexted:
		j.value(e.slot, e.v)
	case e.kind == failed:
		j.fail(e.err)
	case j.over(e.slot):
		j.end()
	default:
		e.from.Close()
	}
}

// end completes the stream, unless it has ended.
func (j *joining[V]) end() {
	if !j.up.Closed() {
		j.up.Close()
		j.complete()
	}
}

func (j *joining[V]) fail(err error) {
	j.up.Close()
	j.error(err)
}

// slots has a place for the value of each of up to five sources. Those that are not
// used are of type absent.
type slots[A, B, C, D, E any] struct {
	a A
	b B
	c C
	d D
	e E
}

type absent = struct{}

// fiveInputs are the inputs of five sources.
func fiveInputs[A, B, C, D, E any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C], d rx.Observable[D], e rx.Observable[E],
) []input[slots[A, B, C, D, E]] {
	type all = slots[A, B, C, D, E]
	return []input[all]{
		inputOf(a, func(v A) all { return all{a: v} }),
		inputOf(b, func(v B) all { return all{b: v} }),
		inputOf(c, func(v C) all { return all{c: v} }),
		inputOf(d, func(v D) all { return all{d: v} }),
		inputOf(e, func(v E) all { return all{e: v} }),
	}
}

// noInput takes the place of a source that is not there; it is not subscribed to.
func noInput() rx.Observable[absent] { return rx.Observable[absent]{} }

// set stores what v has in one slot.
func (s *slots[A, B, C, D, E]) set(slot int, v slots[A, B, C, D, E]) {
	switch slot {
	case 0:
		s.a = v.a
	case 1:
		s.b = v.b
	case 2:
		s.c = v.c
	case 3:
		s.d = v.d
	default:
		s.e = v.e
	}
}
