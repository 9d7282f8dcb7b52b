package operators

import "github.com/kalamdb/kalamrx/rx"

// WithLatestFrom emits f of every value of the source and the latest of other.
// Values of the source that come before other's first are left out. Other is
// subscribed to first; that it completes changes nothing; an error of either
// unsubscribes from both. The stream completes with the source.
//
// RxJS takes several others; here it takes one at a time.
func WithLatestFrom[A, B, R any](other rx.Observable[B], f func(A, B) R) rx.Operator[A, R] {
	if f == nil {
		return misusedOperator[A, R]("WithLatestFrom without a function")
	}
	return func(src rx.Observable[A]) rx.Observable[R] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[R]) {
			w := &withLatest[A, B, R]{up: g.Child(), out: out, f: f}
			w.order = rx.NewSerial(w.up, w.fail, w.handle)
			seg := w.up.Child()
			attach(other, seg, rx.Observer[B]{
				Next:     func(v B) { w.order.Push(withEvent[A, B]{kind: fired, b: v}) },
				Error:    w.error,
				Complete: seg.Close,
			})
			if !w.up.Closed() {
				attach(src, w.up, rx.Observer[A]{Next: w.next, Error: w.error, Complete: w.complete})
			}
		})
	}
}

// withEvent is what either input did: nexted is the source's, fired the other's.
type withEvent[A, B any] struct {
	kind kind
	a    A
	b    B
	err  error
}

type withLatest[A, B, R any] struct {
	up    *rx.Segment // both sources
	out   rx.Observer[R]
	f     func(A, B) R
	order *rx.Serial[withEvent[A, B]]

	// The handler's:
	latest B
	has    bool
}

func (w *withLatest[A, B, R]) next(v A) {
	if !w.order.Enter() {
		w.order.Push(withEvent[A, B]{a: v})
		return
	}
	defer w.order.Leave()
	if !w.up.Closed() {
		w.value(v)
	}
}

func (w *withLatest[A, B, R]) error(err error) {
	w.order.Push(withEvent[A, B]{kind: failed, err: err})
}

func (w *withLatest[A, B, R]) complete() { w.order.Push(withEvent[A, B]{kind: completed}) }

func (w *withLatest[A, B, R]) handle(e withEvent[A, B]) {
	switch {
	case w.up.Closed():
	case e.kind == nexted:
		w.value(e.a)
	case e.kind == fired:
		w.latest, w.has = e.b, true
	case e.kind == failed:
		w.fail(e.err)
	default:
		w.up.Close()
		w.out.Complete()
	}
}

func (w *withLatest[A, B, R]) value(v A) {
	if w.has {
		w.out.Next(w.f(v, w.latest))
	}
}

func (w *withLatest[A, B, R]) fail(err error) {
	w.up.Close()
	w.out.Error(err)
}
