package rx

import (
	"context"
	"sync/atomic"
)

// Emitter is what the function of a [Create] tells its observer with. It may be
// used from any number of goroutines and re-entrantly: notifications are put in
// one order, what comes after the terminal or after the end is ignored. A call
// that comes while another is being delivered is queued and returns at once.
type Emitter[T any] struct{ c *created[T] }

// Next tells v, and says whether the stream still wants more.
func (e Emitter[T]) Next(v T) bool { return e.c.tell(note[T]{v: v}) }

// Error ends the stream with err; a nil error counts as Complete.
func (e Emitter[T]) Error(err error) {
	if err == nil {
		e.Complete()
		return
	}
	e.c.tell(note[T]{kind: noteError, err: err})
}

// Complete ends the stream.
func (e Emitter[T]) Complete() { e.c.tell(note[T]{kind: noteComplete}) }

// Closed says whether the stream has ended: nothing told is heard any more.
func (e Emitter[T]) Closed() bool { return e.c.over.Load() || e.c.seg.Closed() }

// OnClose registers a function that runs once when the stream ends, however it
// does, or at once if it has: close the connection, stop the timer.
func (e Emitter[T]) OnClose(f func()) { e.c.seg.Add(f) }

// Create makes a cold observable from code that need not know the contract. Every
// Subscribe calls f on the subscriber's goroutine; f may emit there, in a loop
// that asks Next or Closed whether to go on, or start what emits later and
// return. ctx ends with the stream, however that ends.
//
// Calls cost two locks' worth more than those of a [Source], see its contract.
func Create[T any](f func(ctx context.Context, out Emitter[T])) Observable[T] {
	return Source(func(g *Segment, out Observer[T]) {
		ctx, cancel := context.WithCancel(g.Context())
		seg := g.Child()
		seg.Add(cancel)
		c := &created[T]{seg: seg, out: out}
		c.order = NewSerial(seg, c.failed, c.handle)
		defer g.Catch(c.failed)
		f(ctx, Emitter[T]{c})
	})
}

type created[T any] struct {
	seg   *Segment
	out   Observer[T]
	order *Serial[note[T]]
	over  atomic.Bool // a terminal was told
}

func (c *created[T]) tell(n note[T]) bool {
	if c.over.Load() || !c.seg.sub.enter() {
		return false
	}
	defer c.seg.sub.exit()
	c.order.Push(n)
	return !c.seg.Closed() && !c.over.Load()
}

// handle runs serially.
func (c *created[T]) handle(n note[T]) {
	if c.over.Load() || c.seg.Closed() {
		return
	}
	switch n.kind {
	case noteNext:
		c.out.Next(n.v)
	case noteError:
		c.end(func() { c.out.Error(n.err) })
	default:
		c.end(c.out.Complete)
	}
}

// failed takes a panic of f, or of an operator. Behind a terminal nobody is left
// to be told.
func (c *created[T]) failed(err error) {
	if !c.end(func() { c.out.Error(err) }) {
		c.seg.sub.join(err)
	}
}

// end tells a terminal, then closes the source for those downstream that live on.
// What panics then has no Error to go to any more: it ends the stream.
func (c *created[T]) end(tell func()) (first bool) {
	if !c.over.CompareAndSwap(false, true) {
		return false
	}
	c.seg.Turn(nil, tell)
	c.seg.Close()
	return true
}
