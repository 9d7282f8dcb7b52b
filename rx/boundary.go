package rx

import (
	"fmt"
	"sync"
)

// Boundary is where a stream crosses goroutines: values wait in a bounded queue,
// and a drainer goroutine delivers them. It starts when the queue fills, takes
// all that waits at once, and ends when nothing waits, so that an idle boundary
// holds no goroutine. Its Next, Error and Complete may be called from any
// goroutine, one at a time as the contract has it.
//
// Authors make one per subscription; users take operators.OnBackpressureBuffer
// and its kin.
type Boundary[T any] struct {
	seg      *Segment // downstream
	up       *Segment // upstream, ended by Fail; nil if there is nothing to end
	out      Observer[T]
	capacity int
	rule     Overflow
	onDrop   func(total uint64)

	mu       sync.Mutex
	room     sync.Cond // the producer waits for it under Block
	in       ring[T]   // filled by the producer, under mu
	draining bool      // a drainer runs, or is being started
	waiting  bool      // a producer waits for room
	closed   bool      // downstream ended
	term     noteKind  // noteNext while no terminal came
	err      error
	dropped  uint64

	ready ring[T] // being delivered, the drainer's
}

// BoundaryOption is an option of a boundary.
type BoundaryOption func(*boundaryConfig) error

type boundaryConfig struct{ onDrop func(total uint64) }

// OnDrop is told the number of values the boundary has dropped so far, after
// each drop, on the producer's goroutine. It must not wait. The same number is
// part of [Subscription.Dropped].
func OnDrop(f func(total uint64)) BoundaryOption {
	return func(c *boundaryConfig) error {
		if f == nil {
			return fmt.Errorf("%w: OnDrop without a function", ErrConfig)
		}
		c.onDrop = f
		return nil
	}
}

// NewBoundary makes the boundary of one subscription. Values are delivered to
// out, whose segment is g; Fail closes up, the segment of the source, a child of
// g or nil: closing g itself would end the stream before what waits is delivered.
// capacity is in values, at least 1, and is 1 under Latest whatever it says. As
// many again may be with the drainer.
func NewBoundary[T any](
	g, up *Segment, out Observer[T], capacity int, rule Overflow, opts ...BoundaryOption,
) (*Boundary[T], error) {
	if rule > Fail {
		return nil, fmt.Errorf("%w: unknown overflow rule %s", ErrConfig, rule)
	}
	if rule == Latest {
		capacity = 1
	}
	if capacity < 1 {
		return nil, fmt.Errorf("%w: boundary of capacity %d", ErrConfig, capacity)
	}
	if up == g {
		return nil, fmt.Errorf("%w: boundary with one segment on both sides", ErrConfig)
	}
	var c boundaryConfig
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return nil, err
		}
	}
	b := &Boundary[T]{seg: g, up: up, out: out, capacity: capacity, rule: rule, onDrop: c.onDrop}
	b.room.L = &b.mu
	g.Add(b.close)
	return b, nil
}

// ObserveOn crosses one boundary of the given capacity and rule: everything
// downstream runs on the boundary's drainer, and the source does not wait for
// it, except under Block. A terminal is delivered behind the values that wait.
//
// Impossible options end the stream with an error that is [ErrConfig].
func ObserveOn[T any](capacity int, rule Overflow, opts ...BoundaryOption) Operator[T, T] {
	return func(src Observable[T]) Observable[T] {
		return Source(func(g *Segment, out Observer[T]) {
			up := g.Child()
			b, err := NewBoundary(g, up, out, capacity, rule, opts...)
			if err != nil {
				out.Error(err)
				return
			}
			src.Attach(up, b.Observer())
		})
	}
}

// Observer is the boundary's input side.
func (b *Boundary[T]) Observer() Observer[T] { return Observer[T]{b.Next, b.Error, b.Complete} }

// Len is the number of values that wait, without those the drainer has taken.
func (b *Boundary[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.in.n
}

// Next queues v, or does what the overflow rule says. It waits under Block only.
func (b *Boundary[T]) Next(v T) {
	b.mu.Lock()
	if b.term != noteNext || b.closed {
		b.mu.Unlock()
		return
	}
	if b.in.n < b.capacity {
		b.push(v)
		return
	}
	b.overflow(v)
}

// push queues v and makes sure that a drainer runs; it unlocks.
func (b *Boundary[T]) push(v T) {
	if b.in.full() {
		b.in.grow(b.capacity)
	}
	b.in.push(v)
	b.wake()
}

// wake starts the drainer unless it runs; it unlocks.
func (b *Boundary[T]) wake() {
	start := !b.draining
	b.draining = true
	b.mu.Unlock()
	if start {
		go b.drain() // owner: the boundary; ends when nothing waits
	}
}

// overflow handles v that has no room; b.mu is held, and released.
func (b *Boundary[T]) overflow(v T) {
	switch b.rule {
	case Block:
		for b.in.n >= b.capacity && !b.closed {
			b.waiting = true
			b.room.Wait()
		}
		if b.closed {
			b.mu.Unlock()
			return
		}
		b.push(v)
	case DropNewest:
		b.drop()
	case DropOldest, Latest:
		b.in.pop()
		b.in.push(v)
		b.drop()
	case Fail:
		b.term, b.err = noteError, ErrOverflow
		b.seg.CountDropped(1) // before anybody can be told
		b.wake()
		if b.onDrop != nil {
			b.onDrop(1)
		}
		if b.up != nil {
			b.up.Close()
		}
	}
}

// drop counts a dropped value and tells; b.mu is held, and released.
func (b *Boundary[T]) drop() {
	b.dropped++
	total := b.dropped
	b.mu.Unlock()
	b.seg.CountDropped(1)
	if b.onDrop != nil {
		b.onDrop(total)
	}
}

// Error ends the stream with err behind the values that wait.
func (b *Boundary[T]) Error(err error) { b.end(noteError, err) }

// Complete ends the stream behind the values that wait.
func (b *Boundary[T]) Complete() { b.end(noteComplete, nil) }

func (b *Boundary[T]) end(kind noteKind, err error) {
	b.mu.Lock()
	if b.term != noteNext || b.closed {
		b.mu.Unlock()
		return
	}
	b.term, b.err = kind, err
	b.wake()
}

// close runs when downstream ends: what waits is not wanted any more, and a
// producer that waits for room is let go.
func (b *Boundary[T]) close() {
	b.mu.Lock()
	b.closed = true
	b.in = ring[T]{}
	b.mu.Unlock()
	b.room.Broadcast()
}

// drain delivers batch after batch until nothing waits.
func (b *Boundary[T]) drain() {
	for b.take() {
		b.turn()
	}
}

// take swaps the rings, so that a whole batch is delivered for one lock. It says
// whether there is something to deliver; if not, the drainer has ended.
func (b *Boundary[T]) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seg.Closed() { // its teardown may be on its way only
		b.closed, b.in = true, ring[T]{}
		b.room.Broadcast()
	}
	if b.closed || b.in.n == 0 && b.term == noteNext {
		b.draining = false
		return false
	}
	b.in, b.ready = b.ready, b.in
	if b.waiting {
		b.waiting = false
		b.room.Broadcast()
	}
	return true
}

// turn delivers what take took in one turn of the stream. It is Segment.Turn
// without its allocations.
func (b *Boundary[T]) turn() {
	sub := b.seg.sub
	if !sub.enter() {
		return
	}
	defer sub.exit()
	returned := false
	defer func() {
		if p := recover(); p != nil {
			sub.panicked(p, b.panicked)
		} else if !returned {
			sub.panicked(errGoexit, nil)
		}
	}()
	b.batch()
	returned = true
}

// panicked ends the stream whose downstream panicked; what waits is let go.
func (b *Boundary[T]) panicked(err error) {
	b.close()
	b.out.Error(err)
}

// batch delivers what take took, then the terminal if nothing came meanwhile.
func (b *Boundary[T]) batch() {
	for b.ready.n > 0 {
		if b.seg.Closed() {
			return
		}
		b.out.Next(b.ready.pop())
	}
	b.mu.Lock()
	over := b.term != noteNext && b.in.n == 0 && !b.closed
	b.closed = b.closed || over
	b.mu.Unlock()
	if over {
		b.seg.Turn(nil, b.terminal) // a panic has no Error to go to any more
	}
}

func (b *Boundary[T]) terminal() {
	if b.term == noteError {
		b.out.Error(b.err)
	} else {
		b.out.Complete()
	}
}
