package operators

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// rateQueue is how many values wait for a token by default.
const rateQueue = 1024

// waitConfig says how many values wait for a token, and what happens to the next.
type waitConfig struct {
	n    int
	rule rx.Overflow
}

// WithQueue says how many values may wait for a token of [RateLimit], and what
// happens to a further one: rx.DropNewest drops it, rx.DropOldest the one that has
// waited longest, rx.Fail ends the stream with rx.ErrOverflow behind those that wait.
// rx.Block and rx.Latest are mistakes. With n = 0 nothing is delayed: a value without a
// token is dropped, or fails the stream. The default is 1,024 and rx.Fail.
func WithQueue(n int, rule rx.Overflow) DropOption {
	return func(c *dropConfig) error {
		switch {
		case n < 0:
			return fmt.Errorf("WithQueue of %d values", n)
		case rule != rx.DropNewest && rule != rx.DropOldest && rule != rx.Fail:
			return fmt.Errorf("WithQueue under the rule %v", rule)
		case c.queue != nil:
			return errors.New("WithQueue twice")
		}
		c.queue = &waitConfig{n, rule}
		return nil
	}
}

// RateLimit lets at most n values pass at once, and n in every per on average: a
// bucket of n tokens, full at first, into which one falls every per/n. Each value
// takes a token; where there is none it waits, in a queue of 1,024 values by default,
// which fails the stream with rx.ErrOverflow when it is full; see [WithQueue] for
// other rules. What is dropped is counted, in Subscription.Dropped and for
// [WithOnDrop]. Terminals are delivered behind the values that wait.
//
// It is a boundary without a goroutine: values that find a token pass on the source's
// goroutine, those that waited on the timer's. n below 1 is a mistake, as is a per
// shorter than n nanoseconds. RxJS has none.
func RateLimit[T any](n int, per time.Duration, opts ...DropOption) rx.Operator[T, T] {
	c, err := newDropConfig(opts)
	switch {
	case err != nil:
		return misusedOperator[T, T]("RateLimit: %v", err)
	case n < 1 || per < time.Duration(n):
		return misusedOperator[T, T]("RateLimit of %d values in %v", n, per)
	}
	if c.queue == nil {
		c.queue = &waitConfig{rateQueue, rx.Fail}
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			l := &limiting[T]{
				g: g, up: g.Child(), out: out, room: *c.queue, drops: drops{seg: g, tell: c.onDrop},
				bucket: bucket{every: per / time.Duration(n), size: n},
			}
			l.order = rx.NewSerial(g, out.Error, l.handle)
			l.alarm = timer{seg: g, fail: out.Error, fire: func() { l.order.Push(event[T]{kind: fired}) }}
			attach(src, l.up, rx.Observer[T]{Next: l.next, Error: l.error, Complete: l.complete})
		})
	}
}

// bucket holds up to size tokens; one falls in every so often. It keeps the time at
// which it will be full, which says all.
type bucket struct {
	every time.Duration
	size  int
	full  time.Time
}

// take takes a token, or says how long there is none.
func (b *bucket) take(now time.Time) (wait time.Duration) {
	if b.full.Before(now) {
		b.full = now
	}
	missing := b.full.Sub(now) // in time
	if wait = missing - time.Duration(b.size-1)*b.every; wait > 0 {
		return wait
	}
	b.full = b.full.Add(b.every)
	return 0
}

type limiting[T any] struct {
	g, up  *rx.Segment
	out    rx.Observer[T]
	room   waitConfig
	order  *rx.Serial[event[T]]
	bucket bucket

	// The handler's:
	drops   drops
	waiting queue[T]
	end     *event[T] // the terminal that comes behind those that wait
	alarm   timer
	armed   bool
}

func (l *limiting[T]) next(v T) {
	if !l.order.Enter() {
		l.order.Push(event[T]{v: v})
		return
	}
	defer l.order.Leave()
	if !l.g.Closed() {
		l.value(v)
	}
}

func (l *limiting[T]) error(err error) { l.order.Push(event[T]{kind: failed, err: err}) }
func (l *limiting[T]) complete()       { l.order.Push(event[T]{kind: completed}) }

func (l *limiting[T]) handle(e event[T]) {
	switch {
	case l.g.Closed():
	case e.kind == fired:
		l.armed = false
		l.deliver()
	case e.kind == nexted:
		l.value(e.v)
	case l.end != nil: // what others queued behind the terminal
	default:
		l.over(e)
	}
}

// value lets v pass, or has it wait.
func (l *limiting[T]) value(v T) {
	switch {
	case l.end != nil: // what others queued behind the terminal
	case l.waiting.len() == 0 && l.bucket.take(time.Now()) == 0:
		l.out.Next(v)
	case l.waiting.len() < l.room.n:
		l.waiting.push(v)
		l.deliver()
	default:
		l.overflow(v)
	}
}

func (l *limiting[T]) overflow(v T) {
	if l.room.rule == rx.DropOldest && l.room.n > 0 {
		l.waiting.pop()
		l.waiting.push(v)
	}
	l.drops.drop()
	if l.room.rule == rx.Fail && !l.g.Closed() {
		l.over(event[T]{kind: failed, err: rx.ErrOverflow})
	}
}

// deliver delivers as many as there are tokens for, and sets the timer for the next.
func (l *limiting[T]) deliver() {
	for l.waiting.len() > 0 && !l.g.Closed() {
		if wait := l.bucket.take(time.Now()); wait > 0 {
			if !l.armed {
				l.armed = true
				l.alarm.arm(wait)
			}
			return
		}
		l.out.Next(l.waiting.pop())
	}
	if l.end != nil && !l.g.Closed() {
		l.tell()
	}
}

// over has a terminal wait for those before it.
func (l *limiting[T]) over(e event[T]) {
	l.up.Close()
	l.end = &e
	if l.waiting.len() == 0 {
		l.tell()
	}
}

func (l *limiting[T]) tell() {
	if l.end.kind == failed {
		failIn(l.g, l.out, l.end.err)
	} else {
		l.g.Turn(nil, l.out.Complete)
	}
}
