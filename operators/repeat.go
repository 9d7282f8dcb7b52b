package operators

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// RepeatOption is an option of [Repeat].
type RepeatOption func(*repeatConfig) error

type repeatConfig struct{ delay time.Duration }

// WithRepeatDelay waits d between the completion of the source and the next
// subscription to it, which is then made on the timer's goroutine. The default is 0:
// at once, on the goroutine of the completion.
func WithRepeatDelay(d time.Duration) RepeatOption {
	return func(c *repeatConfig) error {
		if d < 0 {
			return fmt.Errorf("WithRepeatDelay of %v", d)
		}
		c.delay = d
		return nil
	}
}

// Repeat subscribes to the source count times, each time when it has completed, and
// completes with the last of them. A count of 0 completes at once, math.MaxInt is
// without end, a negative one is a mistake. An error is passed on. A source that
// completes at once is repeated without growing the stack; unsubscribing ends it.
//
// RxJS repeats without end where no count is given, and takes a function for a delay.
func Repeat[T any](count int, opts ...RepeatOption) rx.Operator[T, T] {
	if count < 0 {
		return misusedOperator[T, T]("Repeat of %d times", count)
	}
	var c repeatConfig
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return misusedOperator[T, T]("Repeat: %v", err)
		}
	}
	if count == 0 {
		return func(rx.Observable[T]) rx.Observable[T] { return Empty[T]() }
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			r := &repeating[T]{g: g, out: out, src: src, left: count, delay: c.delay}
			r.alarm = timer{seg: g, fail: out.Error, fire: r.begin}
			r.begin()
		})
	}
}

// repeating is one subscription of a Repeat. Rounds follow each other, so its state
// is touched by one goroutine at a time.
type repeating[T any] struct {
	g     *rx.Segment
	out   rx.Observer[T]
	src   rx.Observable[T]
	left  int // rounds to come
	delay time.Duration
	turns trampoline
	alarm timer
}

func (r *repeating[T]) begin() { r.turns.run(r.round) }

func (r *repeating[T]) round() {
	if r.g.Closed() {
		return
	}
	r.left--
	up := r.g.Child()
	in := r.out
	if r.left > 0 {
		in.Complete = func() { r.again(up) }
	}
	attach(r.src, up, in)
}

func (r *repeating[T]) again(up *rx.Segment) {
	up.Close()
	switch {
	case r.g.Closed():
	case r.delay > 0:
		r.alarm.arm(r.delay)
	default:
		r.begin()
	}
}
