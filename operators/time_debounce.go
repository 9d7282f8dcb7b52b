package operators

import "github.com/kalamdb/kalamrx/rx"

// DebounceWhen is [Debounce] with a silence after each value that ends when the
// stream that duration makes of the value emits its first. What comes before that
// replaces the value, and its stream is left. One that completes without a value ends
// no silence: the value waits for the next one, or for the source's completion. One
// that fails ends the stream. Values are delivered on the goroutine of that stream,
// the one that waits at completion on the source's. It is RxJS's debounce.
func DebounceWhen[T, N any](duration func(T) rx.Observable[N]) rx.Operator[T, T] {
	if duration == nil {
		return misusedOperator[T, T]("DebounceWhen without a function")
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			d := &debouncingWhen[T, N]{up: g.Child(), out: out, duration: duration}
			d.order = rx.NewSerial(d.up, d.fail, d.handle)
			attach(src, d.up, rx.Observer[T]{Next: d.next, Error: d.error, Complete: d.complete})
		})
	}
}

type debouncingWhen[T, N any] struct {
	up       *rx.Segment // source and silence
	out      rx.Observer[T]
	duration func(T) rx.Observable[N]
	order    *rx.Serial[event[T]]

	// The handler's:
	last    T
	silence *rx.Segment // after last; nil when nothing waits
}

func (d *debouncingWhen[T, N]) next(v T)        { d.order.Push(event[T]{v: v}) }
func (d *debouncingWhen[T, N]) error(err error) { d.order.Push(event[T]{kind: failed, err: err}) }
func (d *debouncingWhen[T, N]) complete()       { d.order.Push(event[T]{kind: completed}) }

func (d *debouncingWhen[T, N]) handle(e event[T]) {
	switch {
	case d.up.Closed():
	case e.kind == nexted:
		d.value(e.v)
	case e.kind == failed:
		d.fail(e.err)
	case e.kind == fired:
		if e.from == d.silence { // else a newer value came before
			d.emit()
		}
	default:
		d.emit()
		if !d.up.Closed() {
			d.up.Close()
			d.out.Complete()
		}
	}
}

// value has v wait in place of what did.
func (d *debouncingWhen[T, N]) value(v T) {
	if d.silence != nil {
		d.silence.Close()
	}
	src := d.duration(v)
	if d.up.Closed() { // duration may have unsubscribed
		return
	}
	silence := d.up.Child()
	d.last, d.silence = v, silence
	attach(src, silence, rx.Observer[N]{
		Next: func(N) {
			silence.Close()
			d.order.Push(event[T]{kind: fired, from: silence})
		},
		Error:    d.error,
		Complete: silence.Close,
	})
}

func (d *debouncingWhen[T, N]) emit() {
	if d.silence == nil {
		return
	}
	d.silence.Close()
	v := d.last
	d.last, d.silence = *new(T), nil
	d.out.Next(v)
}

func (d *debouncingWhen[T, N]) fail(err error) {
	d.up.Close()
	d.out.Error(err)
}
