package operators

import (
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// parts are what [cutting] cuts a stream into: buffers or windows. Several may be
// open at a time. All calls are serial.
type parts[T any] interface {
	open()     // begins one
	put(v T)   // adds to all that are open
	shut()     // ends the oldest
	flush()    // ends all that are open, as the source completed
	complete() // ends the stream
	fail(err error)
}

// leavable are parts that want to know when nobody listens any more.
type leavable interface{ left() }

// rule says where cutting cuts; zero members do not.
type rule struct {
	size, every int           // after size values, beginning anew with each every-th
	span        time.Duration // after this time
}

// cutting is one subscription of a Buffer or a Window. Parts open with the
// subscription.
type cutting[T any] struct {
	up    *rx.Segment // source, and boundaries
	rule  rule
	order *rx.Serial[event[T]]

	// The handler's:
	parts parts[T]
	count int // of values: since the last cut if parts do not overlap
	alarm timer
	due   time.Time
}

// cut runs src into parts.
func cut[T any](g *rx.Segment, src rx.Observable[T], p parts[T], r rule) *cutting[T] {
	c := &cutting[T]{up: g.Child(), rule: r, parts: p}
	c.order = rx.NewSerial(c.up, c.fail, c.handle)
	c.alarm = timer{seg: c.up, fail: c.fail, fire: c.bound}
	if _, ok := p.(leavable); ok {
		g.Add(func() { c.order.Push(event[T]{kind: left}) })
	}
	c.order.Push(event[T]{kind: begun})
	if !c.up.Closed() {
		attach(src, c.up.Child(), rx.Observer[T]{Next: c.next, Error: c.error, Complete: c.complete})
	}
	return c
}

func (c *cutting[T]) next(v T) {
	if !c.order.Enter() {
		c.order.Push(event[T]{v: v})
		return
	}
	defer c.order.Leave()
	if !c.up.Closed() {
		c.value(v)
	}
}

func (c *cutting[T]) error(err error) { c.order.Push(event[T]{kind: failed, err: err}) }
func (c *cutting[T]) complete()       { c.order.Push(event[T]{kind: completed}) }
func (c *cutting[T]) bound()          { c.order.Push(event[T]{kind: fired}) }

func (c *cutting[T]) handle(e event[T]) {
	switch {
	case e.kind == left:
		c.parts.(leavable).left()
	case c.up.Closed():
	case e.kind == begun:
		c.begin()
	case e.kind == nexted:
		c.value(e.v)
	case e.kind == failed:
		c.fail(e.err)
	case e.kind == completed:
		if c.parts.flush(); !c.up.Closed() {
			c.up.Close()
			c.parts.complete()
		}
	case c.rule.span > 0 && time.Until(c.due) > 0: // the timer was set anew meanwhile
	default:
		c.renew()
	}
}

func (c *cutting[T]) value(v T) {
	c.parts.put(v)
	if c.rule.size == 0 || c.up.Closed() {
		return
	}
	c.count++
	if c.rule.span > 0 {
		if c.count == c.rule.size {
			c.renew()
		}
		return
	}
	if past := c.count - c.rule.size; past >= 0 && past%c.rule.every == 0 {
		c.parts.shut()
	}
	if c.count%c.rule.every == 0 && !c.up.Closed() {
		c.parts.open()
	}
}

// renew ends the only part and begins the next.
func (c *cutting[T]) renew() {
	c.parts.shut()
	if !c.up.Closed() {
		c.begin()
	}
}

// begin begins a part, and its time.
func (c *cutting[T]) begin() {
	c.count = 0
	if c.rule.span > 0 {
		c.due = time.Now().Add(c.rule.span)
		c.alarm.arm(c.rule.span)
	}
	c.parts.open()
}

func (c *cutting[T]) fail(err error) {
	c.up.Close()
	c.parts.fail(err)
}

// bounded has the boundaries cut.
func bounded[T, N any](c *cutting[T], boundaries rx.Observable[N]) {
	if c.up.Closed() {
		return
	}
	seg := c.up.Child()
	attach(boundaries, seg, rx.Observer[N]{
		Next:     func(N) { c.bound() },
		Error:    c.error,
		Complete: seg.Close,
	})
}
