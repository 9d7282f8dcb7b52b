package operators

import "github.com/kalamdb/kalamrx/rx"

// CombineLatest2 emits f of the latest values of both sources, whenever one of
// them emits and both have a value. It subscribes to them in the order given,
// completes when both have completed (also where one never emitted), and with the
// first error unsubscribes from the other and fails.
func CombineLatest2[A, B, R any](a rx.Observable[A], b rx.Observable[B], f func(A, B) R) rx.Observable[R] {
	if f == nil {
		return misused[R]("CombineLatest2 without a function")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[R]) {
		c := newCombining(g, out, 2, func(a A, b B, _ struct{}) R { return f(a, b) })
		attachLatest(c, a, func(v A) latestEvent[A, B, struct{}] {
			return latestEvent[A, B, struct{}]{slot: 0, a: v}
		})
		attachLatest(c, b, func(v B) latestEvent[A, B, struct{}] {
			return latestEvent[A, B, struct{}]{slot: 1, b: v}
		})
	})
}

// CombineLatest3 is [CombineLatest2] of three sources.
func CombineLatest3[A, B, C, R any](
	a rx.Observable[A], b rx.Observable[B], c rx.Observable[C], f func(A, B, C) R,
) rx.Observable[R] {
	if f == nil {
		return misused[R]("CombineLatest3 without a function")
	}
	return rx.Source(func(g *rx.Segment, out rx.Observer[R]) {
		l := newCombining(g, out, 3, f)
		attachLatest(l, a, func(v A) latestEvent[A, B, C] {
			return latestEvent[A, B, C]{slot: 0, a: v}
		})
		attachLatest(l, b, func(v B) latestEvent[A, B, C] {
			return latestEvent[A, B, C]{slot: 1, b: v}
		})
		attachLatest(l, c, func(v C) latestEvent[A, B, C] {
			return latestEvent[A, B, C]{slot: 2, c: v}
		})
	})
}

// latestEvent says what one input did, with its value in the field of its slot.
type latestEvent[A, B, C any] struct {
	kind kind
	slot uint8
	a    A
	b    B
	c    C
	err  error
	from *rx.Segment
}

// combining is one subscription to up to three sources; unused slots are of type
// struct{}.
type combining[A, B, C, R any] struct {
	up    *rx.Segment // all sources
	out   rx.Observer[R]
	f     func(A, B, C) R
	order *rx.Serial[latestEvent[A, B, C]]

	// The handler's:
	a      A
	b      B
	c      C
	have   uint8 // bit i: slot i has a value
	want   uint8
	active int
}

func newCombining[A, B, C, R any](
	g *rx.Segment, out rx.Observer[R], inputs int, f func(A, B, C) R,
) *combining[A, B, C, R] {
	c := &combining[A, B, C, R]{up: g.Child(), out: out, f: f, active: inputs, want: 1<<inputs - 1}
	c.order = rx.NewSerial(c.up, c.fail, c.handle)
	return c
}

// attachLatest subscribes to the source of one slot; of makes the event of its
// value.
func attachLatest[A, B, C, R, V any](
	c *combining[A, B, C, R], src rx.Observable[V], of func(V) latestEvent[A, B, C],
) {
	if c.up.Closed() {
		return
	}
	seg := c.up.Child()
	attach(src, seg, rx.Observer[V]{
		Next:  func(v V) { c.order.Push(of(v)) },
		Error: func(err error) { c.order.Push(latestEvent[A, B, C]{kind: failed, err: err}) },
		Complete: func() {
			c.order.Push(latestEvent[A, B, C]{kind: completed, from: seg})
		},
	})
}

func (c *combining[A, B, C, R]) handle(e latestEvent[A, B, C]) {
	switch {
	case c.up.Closed():
	case e.kind == nexted:
		c.store(&e)
		if c.have == c.want {
			c.out.Next(c.f(c.a, c.b, c.c))
		}
	case e.kind == failed:
		c.fail(e.err)
	default:
		if c.active--; c.active == 0 {
			c.out.Complete()
			return
		}
		e.from.Close()
	}
}

func (c *combining[A, B, C, R]) store(e *latestEvent[A, B, C]) {
	switch e.slot {
	case 0:
		c.a = e.a
	case 1:
		c.b = e.b
	default:
		c.c = e.c
	}
	c.have |= 1 << e.slot
}

func (c *combining[A, B, C, R]) fail(err error) {
	c.up.Close()
	c.out.Error(err)
}

// CombineLatest is [CombineLatest2] of any number of sources of one type. It
// emits a new slice every time, in the order of the sources: one allocation per
// value. Without sources it completes at once.
func CombineLatest[T any](sources ...rx.Observable[T]) rx.Observable[[]T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[[]T]) {
		if len(sources) == 0 {
			out.Complete()
			return
		}
		n := len(sources)
		c := &combiningAll[T]{
			up: g.Child(), out: out, values: make([]T, n), has: make([]bool, n), missing: n, active: n,
		}
		c.order = rx.NewSerial(c.up, c.fail, c.handle)
		for i := 0; i < n && !c.up.Closed(); i++ {
			c.attach(i, sources[i])
		}
	})
}

type combiningAll[T any] struct {
	up    *rx.Segment // all sources
	out   rx.Observer[[]T]
	order *rx.Serial[slotEvent[T]]

	// The handler's:
	values  []T
	has     []bool
	missing int
	active  int
}

type slotEvent[T any] struct {
	event[T]
	slot int
}

func (c *combiningAll[T]) attach(slot int, src rx.Observable[T]) {
	seg := c.up.Child()
	attach(src, seg, rx.Observer[T]{
		Next: func(v T) { c.order.Push(slotEvent[T]{event[T]{v: v}, slot}) },
		Error: func(err error) {
			c.order.Push(slotEvent[T]{event: event[T]{kind: failed, err: err}})
		},
		Complete: func() {
			c.order.Push(slotEvent[T]{event: event[T]{kind: completed, from: seg}})
		},
	})
}

func (c *combiningAll[T]) handle(e slotEvent[T]) {
	switch {
	case c.up.Closed():
	case e.kind == nexted:
		c.latest(e.slot, e.v)
	case e.kind == failed:
		c.fail(e.err)
	default:
		if c.active--; c.active == 0 {
			c.out.Complete()
			return
		}
		e.from.Close()
	}
}

func (c *combiningAll[T]) latest(slot int, v T) {
	c.values[slot] = v
	if !c.has[slot] {
		c.has[slot] = true
		c.missing--
	}
	if c.missing == 0 {
		c.out.Next(append([]T(nil), c.values...))
	}
}

func (c *combiningAll[T]) fail(err error) {
	c.up.Close()
	c.out.Error(err)
}
