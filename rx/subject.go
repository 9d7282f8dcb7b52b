package rx

import (
	"sync"
	"time"
)

// Subject is a hot observable that its owner feeds: every observer hears what
// comes after it subscribed. It may be fed from any number of goroutines, and
// from its own observers; the notifications are in one order for all. Observers
// are called on the feeding goroutine, so one that is slow delays the others:
// put a [Boundary] before it. Values told while one is being delivered wait in an
// unbounded queue; who subscribes meanwhile hears them, too.
//
// A nil error given to Error counts as Complete.
type Subject[T any] struct{ hub[T] }

// NewSubject makes a subject without observers.
func NewSubject[T any]() *Subject[T] { return &Subject[T]{} }

// BehaviorSubject is a subject with a current value, which every new observer
// hears first.
type BehaviorSubject[T any] struct {
	hub[T]
	current current[T]
}

// NewBehaviorSubject makes a subject whose current value is v.
func NewBehaviorSubject[T any](v T) *BehaviorSubject[T] {
	b := &BehaviorSubject[T]{}
	b.current.v = v
	b.keep = &b.current
	return b
}

// Value is the current value: the one of the last Next that was delivered, or is
// being delivered.
func (b *BehaviorSubject[T]) Value() T { return b.current.get() }

type current[T any] struct {
	mu sync.Mutex // leaf lock: get is called from anywhere
	v  T
}

func (c *current[T]) get() T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.v
}

func (c *current[T]) remember(v T) {
	c.mu.Lock()
	c.v = v
	c.mu.Unlock()
}

func (c *current[T]) replay(next func(T) bool) { next(c.get()) }

func (c *current[T]) outlives() bool { return false }

// ReplaySubject is a subject that remembers its last values, and plays them to
// every new observer before the ones to come, also after it ended.
type ReplaySubject[T any] struct{ hub[T] }

// NewReplaySubject makes a subject that remembers the last n values; n below one
// remembers all of them, without bound.
func NewReplaySubject[T any](n int) *ReplaySubject[T] {
	r := &ReplaySubject[T]{}
	if n < 1 {
		r.keep = &history[T]{}
	} else {
		r.keep = &window[T]{limit: n}
	}
	return r
}

// NewReplaySubjectFor makes a subject that remembers the last n values, n below one
// for no limit to their number, and each for age only: a value that is age old, or
// older, is played to nobody any more. An age below one nanosecond remembers
// nothing. There is no timer: what is too old is let go with the next value or the
// next observer.
func NewReplaySubjectFor[T any](n int, age time.Duration) *ReplaySubject[T] {
	r := &ReplaySubject[T]{}
	r.keep = &recent[T]{limit: n, age: age}
	return r
}

// history remembers everything.
type history[T any] struct{ values []T }

func (h *history[T]) remember(v T) { h.values = append(h.values, v) }

func (h *history[T]) replay(next func(T) bool) {
	for _, v := range h.values {
		if !next(v) {
			return
		}
	}
}

func (h *history[T]) outlives() bool { return true }

// window remembers the last limit values.
type window[T any] struct {
	limit  int
	values ring[T]
}

func (w *window[T]) remember(v T) {
	if w.values.n == w.limit {
		w.values.pop()
	} else if w.values.full() {
		w.values.grow(w.limit)
	}
	w.values.push(v)
}

func (w *window[T]) replay(next func(T) bool) {
	for i := range w.values.n {
		if !next(w.values.at(i)) {
			return
		}
	}
}

func (w *window[T]) outlives() bool { return true }

// recent remembers the last limit values, each for age.
type recent[T any] struct {
	limit  int // below one: none
	age    time.Duration
	values ring[aged[T]]
}

type aged[T any] struct {
	v   T
	due time.Time // when it is too old
}

func (w *recent[T]) remember(v T) {
	now := time.Now()
	w.forget(now)
	switch {
	case w.limit > 0 && w.values.n == w.limit:
		w.values.pop()
	case w.values.full():
		w.values.grow(max(w.limit, 2*w.values.n+16))
	}
	w.values.push(aged[T]{v, now.Add(w.age)})
}

// forget lets go what is too old.
func (w *recent[T]) forget(now time.Time) {
	for w.values.n > 0 && !now.Before(w.values.at(0).due) {
		w.values.pop()
	}
}

func (w *recent[T]) replay(next func(T) bool) {
	w.forget(time.Now())
	for i := range w.values.n {
		if !next(w.values.at(i).v) {
			return
		}
	}
}

func (w *recent[T]) outlives() bool { return true }
