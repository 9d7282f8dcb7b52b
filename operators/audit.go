package operators

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Audit opens a window of d with the first value, and emits the last value that came
// in it at its end; the others it leaves out. That is this operator's purpose and is
// not counted as dropped. The next value opens the next window, unlike in [Throttle]
// with a trailing value, where the end of one opens it. When the source completes in
// a window, its value is waited for; when it fails, that is discarded. Values are
// delivered on the timer's goroutine. It is RxJS's auditTime. A negative d is a
// mistake.
func Audit[T any](d time.Duration) rx.Operator[T, T] {
	if d < 0 {
		return misusedOperator[T, T]("Audit of %v", d)
	}
	return audit(func(a *auditing[T]) func(T) {
		alarm := &timer{seg: a.up, fail: a.fail, fire: func() { a.order.Push(event[T]{kind: fired}) }}
		return func(T) { alarm.arm(d) }
	})
}

// AuditWhen is [Audit] with windows that end when the stream that duration makes of
// their first value emits its first, which is then left. One that completes without a
// value ends the window without emitting: what waits is replaced by the next value,
// which opens the next window, or discarded when the source completes. One that fails
// ends the stream. Values are delivered on the goroutine of that stream. It is RxJS's
// audit.
func AuditWhen[T, N any](duration func(T) rx.Observable[N]) rx.Operator[T, T] {
	if duration == nil {
		return misusedOperator[T, T]("AuditWhen without a function")
	}
	return audit(func(a *auditing[T]) func(T) {
		return func(v T) {
			d := duration(v)
			if a.up.Closed() { // duration may have unsubscribed
				return
			}
			window := a.up.Child()
			attach(d, window, rx.Observer[N]{
				Next: func(N) {
					window.Close()
					a.order.Push(event[T]{kind: fired})
				},
				Error:    a.error,
				Complete: func() { a.order.Push(event[T]{kind: lapsed, from: window}) },
			})
		}
	})
}

// audit is an Audit whose windows are opened by the function that opener makes; who
// opened one pushes fired, or lapsed, when it ends.
func audit[T any](opener func(*auditing[T]) func(T)) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			a := &auditing[T]{up: g.Child(), out: out}
			a.source = a.up.Child()
			a.order = rx.NewSerial(a.up, a.fail, a.handle)
			a.start = opener(a)
			attach(src, a.source, rx.Observer[T]{Next: a.next, Error: a.error, Complete: a.complete})
		})
	}
}

type auditing[T any] struct {
	up     *rx.Segment // source and windows
	source *rx.Segment
	out    rx.Observer[T]
	order  *rx.Serial[event[T]]
	start  func(T) // opens a window

	// The handler's:
	last T
	has  bool
	open bool // a window is
	over bool // the source completed
}

func (a *auditing[T]) next(v T) {
	if !a.order.Enter() {
		a.order.Push(event[T]{v: v})
		return
	}
	defer a.order.Leave()
	if !a.up.Closed() {
		a.value(v)
	}
}

func (a *auditing[T]) error(err error) { a.order.Push(event[T]{kind: failed, err: err}) }
func (a *auditing[T]) complete()       { a.order.Push(event[T]{kind: completed}) }

func (a *auditing[T]) handle(e event[T]) {
	if a.up.Closed() {
		return
	}
	switch e.kind {
	case nexted:
		a.value(e.v)
	case failed:
		a.fail(e.err)
	case completed:
		a.over = true
		a.source.Close()
		a.end()
	case lapsed:
		e.from.Close()
		a.open = false
		a.end()
	default:
		a.open = false
		a.emit()
		a.end()
	}
}

func (a *auditing[T]) value(v T) {
	a.last, a.has = v, true
	if !a.open {
		a.open = true
		a.start(v)
	}
}

func (a *auditing[T]) emit() {
	if a.has {
		v := a.last
		a.last, a.has = *new(T), false
		a.out.Next(v)
	}
}

// end completes the stream if nothing is left to come.
func (a *auditing[T]) end() {
	if !a.over || a.open && a.has || a.up.Closed() {
		return
	}
	a.up.Close()
	a.out.Complete()
}

func (a *auditing[T]) fail(err error) {
	a.up.Close()
	a.out.Error(err)
}
