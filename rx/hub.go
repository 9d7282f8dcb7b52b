package rx

import (
	"sync"
	"sync/atomic"
)

// hub is what the subjects share: a list of observers and one order of
// notifications. Whoever moves busy from zero delivers, others enqueue, so that
// Next may be called from anywhere, observers included, and never waits for a
// lock. The list is copied lazily, by the first delivery after it changed:
// subscribing n observers is O(n), leaving O(1), delivering takes no lock.
type hub[T any] struct {
	busy atomic.Int64 // notifications being delivered or queued
	left atomic.Int64 // len(leaving), or more for a moment
	snap atomic.Pointer[[]*entry[T]]

	mu      sync.Mutex // guards what follows; leaf lock
	entries []*entry[T]
	gone    int         // entries that left, at least
	leaving []*entry[T] // left during a delivery: held until it is over
	queue   []note[T]
	ended   bool
	err     error

	spare []note[T] // the drainer's
	keep  memory[T] // the drainer's; nil for a plain Subject
}

// memory is what a subject remembers for observers to come. Only the drainer
// calls it.
type memory[T any] interface {
	remember(v T)
	replay(next func(T) bool)
	outlives() bool // whether it is still replayed when the subject has ended
}

type entry[T any] struct {
	node
	hub *hub[T]
	seg *Segment
	out Observer[T] // zero when it failed: it hears no more; the drainer's
}

type note[T any] struct {
	kind noteKind
	v    T
	err  error
	join *entry[T]
}

type noteKind uint8

const (
	noteNext noteKind = iota
	noteError
	noteComplete
	noteJoin
)

// Next tells all observers v. After a terminal it does nothing.
func (h *hub[T]) Next(v T) {
	if !h.busy.CompareAndSwap(0, 1) {
		h.enqueue(note[T]{v: v})
		return
	}
	h.broadcast(v)
	if h.busy.Add(-1) > 0 {
		h.drain()
		return
	}
	h.release()
}

// Error ends the subject and all its observers with err.
func (h *hub[T]) Error(err error) { h.enqueue(note[T]{kind: noteError, err: err}) }

// Complete ends the subject and all its observers.
func (h *hub[T]) Complete() { h.enqueue(note[T]{kind: noteComplete}) }

// Observer is the input side as an Observer, to subscribe the subject to
// something else.
func (h *hub[T]) Observer() Observer[T] { return Observer[T]{h.Next, h.Error, h.Complete} }

// HasObservers says whether anybody would hear a value now. It is cheap enough
// to ask before building one.
func (h *hub[T]) HasObservers() bool {
	if p := h.snap.Load(); p != nil {
		return len(*p) > 0
	}
	return len(h.snapshot()) > 0
}

// Observable is the output side. It is hot: an observer hears what comes after
// it joined, and before that what the kind of subject remembers.
func (h *hub[T]) Observable() Observable[T] { return Source(h.subscribe) }

func (h *hub[T]) subscribe(g *Segment, out Observer[T]) {
	e := &entry[T]{hub: h, seg: g, out: out}
	e.node.run = e
	if h.keep == nil {
		h.join(e)
		return
	}
	// What is remembered is delivered in its place in the order of
	// notifications, maybe by another goroutine's turn: so hold this stream.
	g.sub.hold()
	h.enqueue(note[T]{kind: noteJoin, join: e})
}

// join lists e, or tells it that all is over.
func (h *hub[T]) join(e *entry[T]) {
	h.mu.Lock()
	if h.ended {
		err := h.err
		h.mu.Unlock()
		e.end(err)
		return
	}
	h.entries = append(h.entries, e)
	h.snap.Store(nil)
	h.mu.Unlock()
	e.seg.link(&e.node)
}

// teardown runs when e's segment ends. If a delivery is under way it may be e's:
// then the stream is not done before that is over.
func (e *entry[T]) teardown() {
	h := e.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.gone++
		h.snap.Store(nil)
		if h.gone > 32 && h.gone > len(h.entries)/2 {
			h.compact()
		}
	}
	// Either this finds the delivery under way, or its end finds left.
	h.left.Add(1)
	if h.busy.Load() == 0 {
		h.left.Add(-1)
		return
	}
	e.seg.sub.hold()
	h.leaving = append(h.leaving, e)
}

// release lets the streams go that ended during deliveries that are over. Where
// another delivery has begun meanwhile, that may be theirs: then its end does it.
func (h *hub[T]) release() {
	if h.left.Load() == 0 {
		return
	}
	h.mu.Lock()
	if h.busy.Load() > 0 {
		h.mu.Unlock()
		return
	}
	h.letGo()
}

// letGo lets the streams go that are leaving; h.mu is held, and released.
func (h *hub[T]) letGo() {
	left := h.leaving
	h.leaving = nil
	h.left.Add(int64(-len(left)))
	h.mu.Unlock()
	for _, e := range left {
		e.seg.sub.exit()
	}
}

// fail tells an entry's error and takes it out: its stream may live on, as when an
// operator caught the error. h.mu is there for those who look at the entries.
func (h *hub[T]) fail(e *entry[T], p any) {
	tell := e.out.Error
	h.mu.Lock()
	e.out = Observer[T]{}
	h.snap.Store(nil)
	h.mu.Unlock()
	e.seg.sub.panicked(p, tell)
}

func (h *hub[T]) compact() {
	live := make([]*entry[T], 0, max(len(h.entries)-h.gone, 4))
	for _, e := range h.entries {
		if e.out.Next != nil && !e.seg.Closed() {
			live = append(live, e)
		}
	}
	h.entries, h.gone = live, 0
}

func (h *hub[T]) snapshot() []*entry[T] {
	if p := h.snap.Load(); p != nil {
		return *p
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.compact()
	now := h.entries[:len(h.entries):len(h.entries)]
	h.snap.Store(&now)
	return now
}

func (h *hub[T]) enqueue(n note[T]) {
	h.mu.Lock()
	h.queue = append(h.queue, n)
	// Counted under the lock: a drainer never takes a note before its count.
	first := h.busy.Add(1) == 1
	h.mu.Unlock()
	if first {
		h.drain()
	}
}

func (h *hub[T]) drain() {
	for left := int64(1); left > 0; {
		h.mu.Lock()
		batch := h.queue
		h.queue = h.spare[:0]
		h.mu.Unlock()
		for i := range batch {
			h.handle(&batch[i])
			if h.left.Load() > 0 { // nobody else delivers now
				h.mu.Lock()
				h.letGo()
			}
		}
		n := int64(len(batch))
		clear(batch)
		h.spare = batch[:0]
		left = h.busy.Add(-n) // the last touch: at zero another goroutine drains
	}
	h.release()
}

func (h *hub[T]) handle(n *note[T]) {
	switch n.kind {
	case noteNext:
		h.broadcast(n.v)
	case noteJoin:
		h.replay(n.join)
	default:
		h.terminate(n.err)
	}
}

func (h *hub[T]) broadcast(v T) {
	if h.ended { // only the drainer writes it
		return
	}
	if h.keep != nil {
		h.keep.remember(v)
	}
	all := h.snapshot()
	for i := 0; i < len(all); {
		i = h.deliver(all, i, v)
	}
}

// deliver tells the observers from i on. One deferred recover covers the loop; an
// observer that panics fails alone, and the next call goes on behind it.
func (h *hub[T]) deliver(all []*entry[T], i int, v T) (next int) {
	defer func() {
		if p := recover(); p != nil {
			h.fail(all[i], p)
			next = i + 1
		}
	}()
	for ; i < len(all); i++ {
		if e := all[i]; !e.seg.closed.Load() {
			e.out.Next(v)
		}
	}
	return len(all)
}

// replay tells a new observer what is remembered, and lists it.
func (h *hub[T]) replay(e *entry[T]) {
	defer e.seg.sub.exit()
	if h.ended && !h.keep.outlives() {
		h.join(e)
		return
	}
	failed := false
	e.seg.Turn(func(err error) { failed = true; e.out.Error(err) }, func() {
		h.keep.replay(func(v T) bool {
			if !e.seg.Closed() {
				e.out.Next(v)
			}
			return !e.seg.Closed()
		})
	})
	if !failed && !e.seg.Closed() {
		h.join(e)
	}
}

func (h *hub[T]) terminate(err error) {
	h.mu.Lock()
	if h.ended {
		h.mu.Unlock()
		return
	}
	h.ended, h.err = true, err
	all := h.entries
	h.entries, h.gone = nil, 0
	h.snap.Store(nil)
	h.mu.Unlock()
	for _, e := range all {
		if e.out.Next != nil {
			e.end(err)
		}
	}
}

func (e *entry[T]) end(err error) {
	e.seg.Turn(nil, func() {
		if err != nil {
			e.out.Error(err)
		} else {
			e.out.Complete()
		}
	})
}
