package operators

import (
	"container/list"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Grouped is the stream of one key's values, as [GroupBy] emits it.
type Grouped[K comparable, T any] struct {
	rx.Observable[T]
	Key K
}

// GroupByOption is an option of [GroupBy].
type GroupByOption func(*groupConfig) error

type groupConfig struct{ idle time.Duration }

// WithIdle completes and forgets a group that had no value for d; the next value of
// its key begins a new group. By default groups are kept as long as the stream lasts,
// and memory grows with every key. d below one nanosecond is a mistake.
func WithIdle(d time.Duration) GroupByOption {
	return func(c *groupConfig) error {
		if d <= 0 {
			return fmt.Errorf("idle for %v", d)
		}
		c.idle = d
		return nil
	}
}

// GroupBy emits a stream for every key, when its first value comes, and in it the
// values that have the key. Groups end with the source, completed or failed. They are
// hot and end like windows: see [Window], also for values that nobody listens to.
// Where it is the observer of one that should outlive the stream of groups, RxJS
// keeps the source for it; here it fails with [ErrAbandoned].
//
// [WithIdle] takes the place of RxJS's duration, an element selector that of [Map].
// A key that does not equal itself, such as NaN, makes a group of its own for every
// value; with idle expiry that, too, ends.
func GroupBy[T any, K comparable](key func(T) K, opts ...GroupByOption) rx.Operator[T, Grouped[K, T]] {
	if key == nil {
		return misusedOperator[T, Grouped[K, T]]("GroupBy without a function")
	}
	var c groupConfig
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return misusedOperator[T, Grouped[K, T]]("GroupBy: %v", err)
		}
	}
	return func(src rx.Observable[T]) rx.Observable[Grouped[K, T]] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[Grouped[K, T]]) {
			s := &grouping[K, T]{g: g, up: g.Child(), out: out, key: key, idle: c.idle, groups: map[K]*list.Element{}}
			s.order = rx.NewSerial(s.up, s.fail, s.handle)
			s.alarm = timer{seg: s.up, fail: s.fail, fire: func() { s.order.Push(event[T]{kind: fired}) }}
			g.Add(func() { s.order.Push(event[T]{kind: left}) })
			attach(src, s.up, rx.Observer[T]{Next: s.next, Error: s.error, Complete: s.complete})
		})
	}
}

// grouping is one subscription of a GroupBy.
type grouping[K comparable, T any] struct {
	g, up *rx.Segment
	out   rx.Observer[Grouped[K, T]]
	key   func(T) K
	idle  time.Duration // 0: groups do not expire
	order *rx.Serial[event[T]]

	// The handler's:
	groups map[K]*list.Element
	used   list.List // of *group, the one that waits for a value longest first
	alarm  timer
	armed  bool
}

type group[K comparable, T any] struct {
	key    K
	values *rx.Subject[T]
	due    time.Time // to expire
}

func (s *grouping[K, T]) next(v T)        { s.order.Push(event[T]{v: v}) }
func (s *grouping[K, T]) error(err error) { s.order.Push(event[T]{kind: failed, err: err}) }
func (s *grouping[K, T]) complete()       { s.order.Push(event[T]{kind: completed}) }

func (s *grouping[K, T]) handle(e event[T]) {
	switch {
	case e.kind == left:
		s.end(func(values *rx.Subject[T]) { values.Error(abandoned("group")) })
	case s.up.Closed():
	case e.kind == nexted:
		s.value(e.v)
	case e.kind == fired:
		s.expire()
	case e.kind == failed:
		s.fail(e.err)
	default:
		s.up.Close()
		s.end((*rx.Subject[T]).Complete)
		if !s.g.Closed() {
			s.out.Complete()
		}
	}
}

func (s *grouping[K, T]) value(v T) {
	k := s.key(v)
	if s.up.Closed() { // key may have unsubscribed
		return
	}
	e := s.groups[k]
	if e == nil {
		if e = s.begin(k); s.up.Closed() {
			return
		}
	}
	m := e.Value.(*group[K, T])
	if s.idle > 0 {
		m.due = time.Now().Add(s.idle)
		s.used.MoveToBack(e)
		s.arm(s.idle)
	}
	tell(s.g, m.values, v)
}

// begin emits a new group.
func (s *grouping[K, T]) begin(k K) *list.Element {
	m := &group[K, T]{key: k, values: rx.NewSubject[T]()}
	e := s.used.PushBack(m)
	if equal(k, k) {
		s.groups[k] = e
	}
	s.out.Next(Grouped[K, T]{m.values.Observable(), k})
	return e
}

func (s *grouping[K, T]) arm(d time.Duration) {
	if !s.armed {
		s.armed = true
		s.alarm.arm(d)
	}
}

// expire ends the groups that have been idle for long enough, and sets the timer for
// the others.
func (s *grouping[K, T]) expire() {
	s.armed = false
	for e := s.used.Front(); e != nil && !s.up.Closed(); e = s.used.Front() {
		m := e.Value.(*group[K, T])
		if left := time.Until(m.due); left > 0 {
			s.arm(left)
			return
		}
		s.used.Remove(e)
		delete(s.groups, m.key)
		m.values.Complete()
	}
}

// end ends all groups, in the order of their last values if they expire, else in
// that of their first.
func (s *grouping[K, T]) end(how func(*rx.Subject[T])) {
	for e := s.used.Front(); e != nil; e = s.used.Front() {
		s.used.Remove(e)
		how(e.Value.(*group[K, T]).values)
	}
	clear(s.groups)
}

func (s *grouping[K, T]) fail(err error) {
	s.up.Close()
	s.end(func(values *rx.Subject[T]) { values.Error(err) })
	if !s.g.Closed() {
		s.out.Error(err)
	}
}
