package operators

import (
	"fmt"
	"sync"

	"github.com/kalamdb/kalamrx/rx"
)

// ConflateBy is a boundary that keeps the latest value of each key: a value whose
// key already waits takes the place of the one that waits, and keeps that one's turn;
// so keys are delivered in the order in which they first came. Downstream runs on a
// goroutine of its own, which ends when nothing waits. Terminals are delivered behind
// the values that wait.
//
// n is how many keys may wait, at least 1. For a further key the rule says what
// happens: rx.Block has the source wait, rx.DropNewest drops the value that comes,
// rx.DropOldest the one that has waited longest, rx.Fail ends the stream with
// rx.ErrOverflow behind those that wait; rx.Latest has no meaning here and is a
// mistake. What is replaced or dropped counts as dropped: in Subscription.Dropped, and
// for [WithOnDrop]. key runs on the source's goroutine. Values do not allocate as long
// as there were as many keys before.
func ConflateBy[T any, K comparable](
	key func(T) K, n int, rule rx.Overflow, opts ...DropOption,
) rx.Operator[T, T] {
	c, err := newConflateConfig(n, rule, opts)
	switch {
	case key == nil:
		return misusedOperator[T, T]("ConflateBy without a function")
	case err != nil:
		return misusedOperator[T, T]("ConflateBy: %v", err)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			f := &conflating[T, K]{
				g: g, up: g.Child(), out: out, key: key, rule: rule, limit: n,
				drops: drops{seg: g, tell: c.onDrop}, waiting: make(map[K]*keyed[T, K]),
			}
			f.room.L = &f.mu
			edge, err := rx.NewBoundary(g, f.up, rx.Observer[absent]{
				Next: f.deliver, Error: out.Error, Complete: out.Complete,
			}, 1, rx.Block)
			if err != nil {
				out.Error(err)
				return
			}
			f.edge = edge
			g.Add(f.close)
			attach(src, f.up, rx.Observer[T]{Next: f.next, Error: edge.Error, Complete: edge.Complete})
		})
	}
}

func newConflateConfig(n int, rule rx.Overflow, opts []DropOption) (dropConfig, error) {
	c, err := newDropConfig(opts)
	switch {
	case err != nil:
	case c.queue != nil:
		err = fmt.Errorf("an option of RateLimit")
	case n < 1:
		err = fmt.Errorf("%d keys", n)
	case rule == rx.Latest || rule > rx.Fail:
		err = fmt.Errorf("overflow rule %v", rule)
	}
	return c, err
}

// conflating is one subscription of a ConflateBy. Its queue is its own; the boundary
// beside it only has a goroutine deliver while something waits: it holds at most one
// token.
type conflating[T any, K comparable] struct {
	g, up *rx.Segment
	out   rx.Observer[T]
	key   func(T) K
	rule  rx.Overflow
	limit int
	edge  *rx.Boundary[absent]
	drops drops // the producer's
	full  bool  // the rule rx.Fail has ended it; the producer's

	mu      sync.Mutex // leaf lock
	room    sync.Cond  // the producer waits for it under rx.Block
	waiting map[K]*keyed[T, K]
	order   queue[*keyed[T, K]]
	spare   []*keyed[T, K]
	busy    bool // a token is in the boundary, or being delivered
	closed  bool
}

type keyed[T any, K comparable] struct {
	key K
	v   T
}

// next takes a value of the source.
func (f *conflating[T, K]) next(v T) {
	k := f.key(v)
	f.mu.Lock()
	dropped, full := f.put(k, v)
	wake := !f.busy && f.order.len() > 0
	f.busy = f.busy || wake
	f.mu.Unlock()
	switch {
	case full:
		f.fail()
	case dropped:
		f.drops.drop()
	}
	if wake {
		f.edge.Next(absent{})
	}
}

// put has v wait, or does what the rule says; mu is held. Under rx.Block it is let go
// meanwhile.
func (f *conflating[T, K]) put(k K, v T) (dropped, full bool) {
	for {
		if f.closed || f.full {
			return false, false
		}
		if w := f.waiting[k]; w != nil {
			w.v = v
			return true, false
		}
		if len(f.waiting) < f.limit {
			f.add(k, v)
			return false, false
		}
		switch f.rule {
		case rx.Block:
			f.room.Wait()
		case rx.DropOldest:
			f.take()
			f.add(k, v)
			return true, false
		default:
			return f.rule == rx.DropNewest, f.rule == rx.Fail
		}
	}
}

// add has a key wait; mu is held, as for take.
func (f *conflating[T, K]) add(k K, v T) {
	var w *keyed[T, K]
	if last := len(f.spare) - 1; last >= 0 {
		w, f.spare = f.spare[last], f.spare[:last]
	} else {
		w = new(keyed[T, K])
	}
	w.key, w.v = k, v
	f.waiting[k] = w
	f.order.push(w)
}

// take takes the key that has waited longest.
func (f *conflating[T, K]) take() T {
	w := f.order.pop()
	delete(f.waiting, w.key)
	v := w.v
	*w = keyed[T, K]{}
	f.spare = append(f.spare, w)
	return v
}

// fail is the rule rx.Fail.
func (f *conflating[T, K]) fail() {
	f.full = true
	f.drops.drop() // before anybody can be told
	f.edge.Error(rx.ErrOverflow)
	f.up.Close()
}

// deliver runs on the boundary's goroutine, for one token.
func (f *conflating[T, K]) deliver(absent) {
	for !f.g.Closed() {
		f.mu.Lock()
		if f.order.len() == 0 {
			f.busy = false
			f.mu.Unlock()
			return
		}
		v := f.take()
		f.mu.Unlock()
		f.room.Signal()
		f.out.Next(v)
	}
}

// close lets a producer go that waits, and what waits.
func (f *conflating[T, K]) close() {
	f.mu.Lock()
	f.closed = true
	f.waiting, f.order, f.spare = nil, queue[*keyed[T, K]]{}, nil
	f.mu.Unlock()
	f.room.Broadcast()
}
