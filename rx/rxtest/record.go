package rxtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// record is what one observer of a marble test was told.
type record[T any] struct {
	m       *Marbles
	values  map[string]T
	names   []string // of values, sorted, so that names of equal values are stable
	failure error    // what # stands for

	zero time.Duration // from when it counts

	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex
	came   time.Duration // subscribed
	left   time.Duration // ended, by itself or not
	events []Event
	notes  []string // what the events cannot say
	sub    *rx.Subscription
}

func newRecord[T any](m *Marbles, values map[string]T, failure error) *record[T] {
	r := &record[T]{m: m, values: values, failure: failure, left: longest}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	for name := range values {
		r.names = append(r.names, name)
	}
	slices.Sort(r.names)
	return r
}

// watch subscribes to o at the time that subs says, and records.
func watch[T any](m *Marbles, o rx.Observable[T], values map[string]T, failure error, subs []string) *record[T] {
	m.t.Helper()
	r := newRecord(m, values, failure)
	life := span{to: longest}
	switch len(subs) {
	case 0:
	case 1:
		var ok bool
		if life, ok = m.span(subs[0]); !ok {
			m.t.Errorf("subscription diagram %q has no ^", subs[0])
		}
	default:
		m.t.Errorf("%d subscription diagrams for one subscription", len(subs))
	}
	p := &player{}
	m.stage.schedule(life.from, classTest, p, func() { r.begin(o) })
	if life.to < longest {
		// Not the player's own: it may be inside a synchronous source.
		m.stage.schedule(life.to, classTest, &player{}, r.end)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stops = append(m.stops, r.end)
	return r
}

func (r *record[T]) begin(o rx.Observable[T]) {
	r.mu.Lock()
	r.came = r.m.stage.now()
	r.mu.Unlock()
	sub := o.Subscribe(r.ctx, rx.Observer[T]{Next: r.next, Error: r.error, Complete: r.complete})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sub = sub
}

// end unsubscribes. If Subscribe has not returned yet the context does it.
func (r *record[T]) end() {
	r.mu.Lock()
	sub := r.sub
	if !r.m.stage.isOver() {
		r.left = min(r.left, r.m.stage.now())
	}
	r.mu.Unlock()
	if sub != nil {
		sub.Unsubscribe()
	}
	r.cancel()
}

// done says whether Done is closed; the subscription has ended.
func (r *record[T]) done() bool {
	r.mu.Lock()
	sub := r.sub
	r.mu.Unlock()
	if sub == nil {
		return true
	}
	select {
	case <-sub.Done():
		return true
	default:
		return false
	}
}

func (r *record[T]) add(kind Kind, value, note string) {
	if r.m.stage.isOver() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.m.stage.now()
	r.events = append(r.events, Event{At: now - r.zero, Kind: kind, Value: value})
	if kind != Next {
		r.left = min(r.left, now)
	}
	if note != "" {
		r.notes = append(r.notes, note)
	}
}

func (r *record[T]) next(v T) {
	text := fmt.Sprint(v)
	for _, name := range r.names {
		if reflect.DeepEqual(r.values[name], v) {
			r.add(Next, name, "")
			return
		}
	}
	if _, taken := r.values[text]; taken {
		text += "?" // it has the name of another value
	}
	r.add(Next, text, "")
}

func (r *record[T]) error(err error) {
	if errors.Is(err, r.failure) {
		r.add(Error, "", "")
		return
	}
	r.add(Error, "?", fmt.Sprintf("# is %v", err))
}

func (r *record[T]) complete() { r.add(Complete, "", "") }

// line is what is shown of it, its times from the beginning of the test.
func (r *record[T]) line(label string) Line {
	events, notes := r.result()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range events {
		events[i].At += r.zero
	}
	note := strings.ReplaceAll(strings.TrimPrefix(notes, "\n  "), "\n", "")
	return Line{Label: label, Events: events, Lives: []Life{span{r.came, r.left, len(events)}.life()}, Note: note}
}

func (r *record[T]) result() (events []Event, notes string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.notes {
		notes += "\n  " + n
	}
	return slices.Clone(r.events), notes
}
