package rx

import (
	"context"
	"sync"
	"sync/atomic"
)

// Segment is a part of a chain that can end while the rest goes on: the whole
// subscription, or the upstream of a Take, or one inner stream of a SwitchMap.
// It is what authors of sources and operators work with; users hold a
// [Subscription].
type Segment struct {
	sub    *Subscription
	self   *child // what it is the segment of; nil at the root
	closed atomic.Bool

	mu   sync.Mutex // at the root the subscription's, too; leaf lock
	last *node      // of a ring: last.next is the first
}

// child is a segment that is not the root, with its link in one allocation.
type child struct {
	Segment
	node
	parent *Segment
}

// node links a teardown into its segment, once. It is embedded by child segments
// and by a subject's entries, so that registering those costs no allocation.
type node struct {
	prev, next *node // nil when it is not linked; guarded by the segment's mu
	run        teardown
}

type teardown interface{ teardown() }

type teardownFunc func()

func (f teardownFunc) teardown() { f() }

// Closed says that the segment ended: nothing more may be delivered through it.
// It costs one atomic load. Whoever loops over values asks before each.
func (g *Segment) Closed() bool { return g.closed.Load() }

// Context is the context given to Subscribe. It ends with the caller's wish
// only: use Add to learn that the segment ended.
func (g *Segment) Context() context.Context { return g.sub.ctx }

// Add registers a teardown that runs exactly once when the segment ends, in the
// order of registration (which is downstream first: a chain is subscribed from
// its end), or at once if it has ended. It runs on the goroutine that ends the
// segment and must not wait.
func (g *Segment) Add(f func()) { g.link(&node{run: teardownFunc(f)}) }

// Child is a segment that ends with this one, or before it by its own Close.
func (g *Segment) Child() *Segment {
	c := &child{Segment: Segment{sub: g.sub}, parent: g}
	c.self = c
	c.node.run = &c.Segment
	g.link(&c.node)
	return &c.Segment
}

// Close ends the segment: everything below it is torn down and nothing more is
// delivered through it. It may be called any number of times from anywhere.
// Closing the segment an operator was given by its downstream is not the
// operator's business; it closes the children it made.
func (g *Segment) Close() {
	if g.self == nil {
		g.sub.end(nil)
		return
	}
	g.sub.hold() // whoever closes need not be in a turn
	defer g.sub.exit()
	if g.closed.CompareAndSwap(false, true) {
		g.self.parent.unlink(&g.self.node)
		g.tearDown()
	}
}

func (g *Segment) teardown() {
	if g.closed.CompareAndSwap(false, true) {
		g.tearDown()
	}
}

// tearDown runs what is registered, one by one: a teardown may add, close and
// panic as it likes.
func (g *Segment) tearDown() {
	for {
		g.mu.Lock()
		if g.last == nil {
			g.mu.Unlock()
			return
		}
		n := g.last.next
		g.remove(n)
		g.mu.Unlock()
		g.sub.attempt(n.run)
	}
}

// endedAlone says that the segment was closed by who made it: the one around it
// goes on.
func (g *Segment) endedAlone() bool {
	return g.Closed() && g.self != nil && !g.self.parent.Closed()
}

func (g *Segment) link(n *node) {
	g.mu.Lock()
	if g.closed.Load() {
		g.mu.Unlock()
		g.sub.attempt(n.run)
		return
	}
	if g.last == nil {
		n.prev, n.next = n, n
	} else {
		n.prev, n.next = g.last, g.last.next
		n.prev.next, n.next.prev = n, n
	}
	g.last = n
	g.mu.Unlock()
}

func (g *Segment) unlink(n *node) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n.next != nil {
		g.remove(n)
	}
}

// remove takes n out of the ring; g.mu is held and n is in it.
func (g *Segment) remove(n *node) {
	switch {
	case n.next == n:
		g.last = nil
	case n == g.last:
		g.last = n.prev
	}
	n.prev.next, n.next.prev = n.next, n.prev
	n.prev, n.next = nil, nil
}

// Turn runs deliver as one delivery turn: the stream is not done before it
// returned. Sources that deliver from a goroutine or a timer of their own must
// deliver inside one; a turn may deliver many values. A panic inside is handed
// to fail, which is the Error of the observer that deliver calls; with a nil fail
// it ends the stream. Code that ends its goroutine by runtime.Goexit, such as a
// test's FailNow, ends the stream too. Turn does nothing on an ended segment.
func (g *Segment) Turn(fail func(error), deliver func()) {
	if !g.sub.enter() {
		return
	}
	defer g.sub.exit()
	returned := false
	defer g.sub.catch(fail, &returned)
	if !g.closed.Load() {
		deliver()
	}
	returned = true
}

// Catch, deferred around a delivery, turns a panic of user code into an error
// for fail, or into the end of the subscription if the observer itself panicked.
// Whoever keeps state across calls into downstream defers it there; a turn does
// already.
func (g *Segment) Catch(fail func(error)) {
	if p := recover(); p != nil {
		g.sub.panicked(p, fail)
	}
}

// CountDropped adds n to the values that the subscription has dropped.
func (g *Segment) CountDropped(n uint64) { g.sub.dropped.Add(n) }

// Subscription is the running stream that the segment is a part of.
func (g *Segment) Subscription() *Subscription { return g.sub }
