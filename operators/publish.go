package operators

import (
	"context"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Connectable is a hot stream that begins when it is told to, see [Publish] and
// [Replay]. Its methods may be called from any goroutine.
type Connectable[T any] struct {
	src   rx.Observable[T]
	fresh func() subject[T]

	mu      sync.Mutex // leaf lock
	subject subject[T]
	sub     *rx.Subscription // nil while not connected
}

// Publish makes the source hot by hand: observers subscribe to what
// [Connectable.Observable] gives, and [Connectable.Connect] then subscribes to the
// source once, for all of them. Observers hear what comes after they subscribed.
func Publish[T any](src rx.Observable[T]) *Connectable[T] {
	return connectable(src, func() subject[T] { return rx.NewSubject[T]() })
}

// Replay is [Publish] that plays the last n values, n below one for all, to every new
// observer. Values that are age old or older are left out; an age of 0 or less is no
// limit. What it has kept is gone when the source has ended or is disconnected.
func Replay[T any](src rx.Observable[T], n int, age time.Duration) *Connectable[T] {
	return connectable(src, func() subject[T] { return replaying[T](n, age) })
}

func connectable[T any](src rx.Observable[T], fresh func() subject[T]) *Connectable[T] {
	return &Connectable[T]{src: src, fresh: fresh, subject: fresh()}
}

// Observable is the hot stream. Who subscribes before Connect waits for it; who does
// after the source has ended, or was disconnected, waits for the next Connect, as
// with RxJS's connectable.
func (c *Connectable[T]) Observable() rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		c.mu.Lock()
		now := c.subject
		c.mu.Unlock()
		now.Observable().Attach(g, out)
	})
}

// Connect subscribes to the source, for as long as ctx lasts; while it is connected it
// gives the subscription there is, and its ctx is of no effect. Unsubscribing that
// disconnects: those who listen hear no more, and are told nothing. A synchronous
// source has emitted everything when Connect returns.
func (c *Connectable[T]) Connect(ctx context.Context) *rx.Subscription {
	if sub := c.connected(); sub != nil {
		return sub
	}
	k := &connecting[T]{c: c}
	sub := rx.Source(k.attach).Subscribe(ctx, rx.Observer[T]{Next: k.next, Error: k.error, Complete: k.complete})
	if k.other != nil {
		return k.other
	}
	return sub
}

func (c *Connectable[T]) connected() *rx.Subscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sub
}

// connect notes a subscription, unless there is one.
func (c *Connectable[T]) connect(sub *rx.Subscription) (subject subject[T], other *rx.Subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sub != nil {
		return nil, c.sub
	}
	c.sub = sub
	return c.subject, nil
}

// disconnect has the next Connect begin anew.
func (c *Connectable[T]) disconnect(sub *rx.Subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sub == sub {
		c.sub, c.subject = nil, c.fresh()
	}
}

// connecting is one subscription of a Connectable to its source.
type connecting[T any] struct {
	c     *Connectable[T]
	in    rx.Observer[T] // of the subject
	sub   *rx.Subscription
	other *rx.Subscription // another Connect came before
}

func (k *connecting[T]) attach(g *rx.Segment, out rx.Observer[T]) {
	k.sub = g.Subscription()
	subject, other := k.c.connect(k.sub)
	if other != nil {
		k.other = other
		k.sub.Unsubscribe()
		return
	}
	k.in = subject.Observer()
	g.Add(func() { k.c.disconnect(k.sub) })
	k.c.src.Attach(g, out)
}

func (k *connecting[T]) next(v T) { k.in.Next(v) }

// error disconnects before it tells: who subscribes again when told so waits for the
// next Connect.
func (k *connecting[T]) error(err error) {
	k.c.disconnect(k.sub)
	k.in.Error(err)
}

func (k *connecting[T]) complete() {
	k.c.disconnect(k.sub)
	k.in.Complete()
}
