package operators

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Debounce emits a value when the source has been silent for d after it. What
// comes before the silence is over replaces it: that is this operator's purpose
// and is not counted as dropped. When the source completes, what still waits is
// emitted first; when it fails, that is discarded. It buffers one value.
//
// Values are delivered on the timer's goroutine, the one that waits at completion
// on the source's. The timer is set once per silence, not per value: a value
// costs a look at the clock. It is RxJS's debounceTime; RxJS's debounce is
// [DebounceWhen]. A negative d is a mistake.
func Debounce[T any](d time.Duration) rx.Operator[T, T] {
	if d < 0 {
		return misusedOperator[T, T]("Debounce by %v", d)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			b := &debouncing[T]{g: g, out: out, quiet: d, clock: startStopwatch()}
			b.order = rx.NewSerial(g, out.Error, b.handle)
			b.alarm = timer{seg: g, fail: out.Error, fire: func() { b.order.Push(event[T]{kind: fired}) }}
			attach(src, g, rx.Observer[T]{Next: b.next, Error: b.error, Complete: b.complete})
		})
	}
}

type debouncing[T any] struct {
	g     *rx.Segment
	out   rx.Observer[T]
	quiet time.Duration
	clock stopwatch
	order *rx.Serial[event[T]]

	// The handler's:
	last  T
	has   bool
	due   time.Duration // of last, by clock
	alarm timer
	armed bool
}

func (b *debouncing[T]) next(v T) {
	if !b.order.Enter() {
		b.order.Push(event[T]{v: v})
		return
	}
	defer b.order.Leave()
	if !b.g.Closed() {
		b.value(v)
	}
}

func (b *debouncing[T]) error(err error) { b.order.Push(event[T]{kind: failed, err: err}) }
func (b *debouncing[T]) complete()       { b.order.Push(event[T]{kind: completed}) }

func (b *debouncing[T]) handle(e event[T]) {
	switch {
	case b.g.Closed():
	case e.kind == nexted:
		b.value(e.v)
	case e.kind == fired:
		b.look()
	case e.kind == failed:
		failIn(b.g, b.out, e.err)
	default:
		b.emit()
		b.g.Turn(nil, b.out.Complete)
	}
}

func (b *debouncing[T]) value(v T) {
	b.last, b.has, b.due = v, true, b.clock.now()+b.quiet
	if !b.armed {
		b.armed = true
		b.alarm.arm(b.quiet)
	}
}

// look emits what waits if its time has come; if newer values have moved that
// time, it looks again then.
func (b *debouncing[T]) look() {
	b.armed = false
	if !b.has {
		return
	}
	if wait := b.due - b.clock.now(); wait > 0 {
		b.armed = true
		b.alarm.arm(wait)
		return
	}
	b.emit()
}

func (b *debouncing[T]) emit() {
	if b.has {
		v := b.last
		b.last, b.has = *new(T), false
		b.out.Next(v)
	}
}

// ThrottleOption is an option of [Throttle].
type ThrottleOption func(*throttleConfig) error

type throttleConfig struct{ leading, trailing bool }

// WithLeading says whether the value that opens a window is emitted; by default
// it is.
func WithLeading(on bool) ThrottleOption {
	return func(c *throttleConfig) error {
		c.leading = on
		return nil
	}
}

// WithTrailing says whether the last value of a window is emitted when it ends,
// which opens the next window; by default it is not.
func WithTrailing(on bool) ThrottleOption {
	return func(c *throttleConfig) error {
		c.trailing = on
		return nil
	}
}

// Throttle emits a value, then leaves out what comes in the window of d after it.
// That is this operator's purpose and is not counted as dropped. [WithTrailing]
// emits the last value of a window at its end, on the timer's goroutine;
// [WithLeading](false) then waits with the first one, too. Neither leading nor
// trailing is a mistake, as is a negative d.
//
// When the source completes in a window, a trailing value is waited for as in
// RxJS; when it fails, that value is discarded. The window starts when the value
// is let through, before downstream has handled it; in RxJS after that. With
// neither option it has no timer, only a look at the clock per value.
func Throttle[T any](d time.Duration, opts ...ThrottleOption) rx.Operator[T, T] {
	c, err := newThrottleConfig(d, opts)
	if err != nil {
		return misusedOperator[T, T]("Throttle: %v", err)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			if !c.trailing {
				throttleLeading(g, src, out, d)
				return
			}
			t := &throttling[T]{g: g, up: g.Child(), out: out, window: d, leading: c.leading}
			t.order = rx.NewSerial(g, out.Error, t.handle)
			t.alarm = timer{seg: g, fail: out.Error, fire: func() { t.order.Push(event[T]{kind: fired}) }}
			attach(src, t.up, rx.Observer[T]{Next: t.next, Error: t.error, Complete: t.complete})
		})
	}
}

func newThrottleConfig(d time.Duration, opts []ThrottleOption) (throttleConfig, error) {
	c := throttleConfig{leading: true}
	if d < 0 {
		return c, fmt.Errorf("window of %v", d)
	}
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return c, err
		}
	}
	if !c.leading && !c.trailing {
		return c, fmt.Errorf("neither leading nor trailing emits nothing")
	}
	return c, nil
}

func throttleLeading[T any](g *rx.Segment, src rx.Observable[T], out rx.Observer[T], d time.Duration) {
	clock, until, next := startStopwatch(), time.Duration(0), out.Next
	src.Attach(g, rx.Observer[T]{
		Next: func(v T) {
			if now := clock.now(); now >= until {
				until = now + d
				next(v)
			}
		},
		Error:    out.Error,
		Complete: out.Complete,
	})
}

// throttling is one subscription of a Throttle with trailing values.
type throttling[T any] struct {
	g, up   *rx.Segment
	out     rx.Observer[T]
	window  time.Duration
	leading bool
	order   *rx.Serial[event[T]]

	// The handler's:
	last  T
	has   bool
	alarm timer
	open  bool // a window is
	over  bool // the source completed
}

func (t *throttling[T]) next(v T) {
	if !t.order.Enter() {
		t.order.Push(event[T]{v: v})
		return
	}
	defer t.order.Leave()
	if !t.g.Closed() {
		t.value(v)
	}
}

func (t *throttling[T]) error(err error) { t.order.Push(event[T]{kind: failed, err: err}) }
func (t *throttling[T]) complete()       { t.order.Push(event[T]{kind: completed}) }

func (t *throttling[T]) handle(e event[T]) {
	switch {
	case t.g.Closed():
	case e.kind == nexted:
		t.value(e.v)
	case e.kind == fired:
		t.open = false
		t.emit()
		if t.over {
			t.g.Turn(nil, t.out.Complete)
		}
	case e.kind == failed:
		failIn(t.g, t.out, e.err)
	case t.has && t.open:
		t.over = true
		t.up.Close()
	default:
		t.g.Turn(nil, t.out.Complete)
	}
}

func (t *throttling[T]) value(v T) {
	t.last, t.has = v, true
	switch {
	case t.open:
	case t.leading:
		t.emit()
	default:
		t.start()
	}
}

// start opens a window.
func (t *throttling[T]) start() {
	t.open = true
	t.alarm.arm(t.window)
}

// emit emits what waits, which opens a window.
func (t *throttling[T]) emit() {
	if !t.has {
		return
	}
	v := t.last
	t.last, t.has = *new(T), false
	t.start()
	t.out.Next(v)
}
