package operators

import "github.com/kalamdb/kalamrx/rx"

// StartWith emits the given values before those of the source, on the
// subscriber's goroutine. The source is subscribed to after them.
func StartWith[T any](values ...T) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			if emit(g, out, func() { each(g, values, out.Next) }) {
				src.Attach(g, out)
			}
		})
	}
}

// EndWith emits all of the source, then the given values, on the goroutine on which
// the source completed. An error of the source is passed on without them.
func EndWith[T any](values ...T) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] { return Concat(src, From(values)) }
}

// Merge emits what any of the sources emits, in the order in which it arrives. It
// subscribes to them in the order given, completes when all have completed, and
// with the first error unsubscribes from the others and fails. Without sources it
// completes at once. It buffers nothing beyond what arrives from other goroutines
// while a value is being delivered. RxJS takes a limit, too: that is [MergeMap].
func Merge[T any](sources ...rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if len(sources) == 0 {
			out.Complete()
			return
		}
		m := &merging[T]{up: g.Child(), out: out, active: len(sources)}
		m.order = rx.NewSerial(m.up, m.fail, m.handle)
		in := rx.Observer[T]{Next: m.next, Error: m.error}
		for i := 0; i < len(sources) && !m.up.Closed(); i++ {
			seg := m.up.Child()
			in.Complete = func() { m.order.Push(event[T]{kind: completed, from: seg}) }
			attach(sources[i], seg, in)
		}
	})
}

type merging[T any] struct {
	up    *rx.Segment // all sources
	out   rx.Observer[T]
	order *rx.Serial[event[T]]

	active int // the handler's
}

func (m *merging[T]) next(v T) {
	if !m.order.Enter() {
		m.order.Push(event[T]{v: v})
		return
	}
	defer m.order.Leave()
	if !m.up.Closed() {
		m.out.Next(v)
	}
}

func (m *merging[T]) error(err error) { m.order.Push(event[T]{kind: failed, err: err}) }

func (m *merging[T]) handle(e event[T]) {
	switch {
	case m.up.Closed():
	case e.kind == nexted:
		m.out.Next(e.v)
	case e.kind == failed:
		m.fail(e.err)
	default:
		if m.active--; m.active == 0 {
			m.up.Close()
			m.out.Complete()
			return
		}
		e.from.Close()
	}
}

func (m *merging[T]) fail(err error) {
	m.up.Close()
	m.out.Error(err)
}

// Concat emits all values of the first source, then, when that has completed, all
// of the second, and so on. A source is subscribed to when its turn comes, and
// not at all if one before it fails. Any number of sources that end at once use
// no more stack than one. Without sources it completes at once.
func Concat[T any](sources ...rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if len(sources) == 0 {
			out.Complete()
			return
		}
		c := &concatenating[T]{g: g, out: out, sources: sources}
		c.turns.run(c.begin)
	})
}

type concatenating[T any] struct {
	g       *rx.Segment
	out     rx.Observer[T]
	sources []rx.Observable[T] // those to come
	turns   trampoline
}

// begin subscribes to the next source.
func (c *concatenating[T]) begin() {
	if c.g.Closed() {
		return
	}
	src := c.sources[0]
	c.sources = c.sources[1:]
	up, last := c.g.Child(), len(c.sources) == 0
	in := c.out
	if !last {
		in.Complete = func() {
			up.Close()
			c.turns.run(c.begin)
		}
	}
	attach(src, up, in)
}
