package rxtest

import (
	"errors"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// mostColds is how many subscriptions to cold sources a test may make.
const mostColds = 1000

// Hot is a source that plays whether anybody listens or not. ^ in its diagram is
// the beginning of the test; what is before it is past.
//
// subscriptions, if there are any, are the diagrams of all subscriptions the
// source must get, in the order of their beginning; one without ^, such as "",
// stands for none.
func (m *Marbles) Hot(diagram string, subscriptions ...string) rx.Observable[string] {
	m.t.Helper()
	return HotOf[string](m, diagram, nil, subscriptions...)
}

// HotOf is [Marbles.Hot] for values of any type: value gives the value that a name
// stands for, such as [Values] of a map, strconv.Atoi or time.ParseDuration. It is
// called once for each value of the diagram, when the source is made; an error of
// it fails the test. Without one (nil) the values are inferred from their names, as
// fmt.Sscan reads them.
func HotOf[T any](m *Marbles, diagram string, value func(name string) (T, error), subscriptions ...string) rx.Observable[T] {
	m.t.Helper()
	events := m.parse(diagram, "!")
	notes := notesOf(m, diagram, events, value)
	zero := time.Duration(0)
	for _, e := range events {
		if e.Kind == Subscribe {
			zero = e.At
		}
	}
	subject, p := rx.NewSubject[T](), &player{}
	for _, n := range notes {
		if n.at >= zero {
			m.stage.schedule(n.at-zero, classHot, p, func() { n.tell(subject.Observer()) })
		}
	}
	book := m.expectSubscriptions(diagram, subscriptions)
	m.source("hot", events, zero, book)
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		subject.Observable().Attach(g, recorded(book, g, out))
	})
}

// Cold is a source that plays its diagram for each subscription anew. About
// subscriptions see [Marbles.Hot].
func (m *Marbles) Cold(diagram string, subscriptions ...string) rx.Observable[string] {
	m.t.Helper()
	return ColdOf[string](m, diagram, nil, subscriptions...)
}

// ColdOf is [Marbles.Cold] for values of any type, see [HotOf].
func ColdOf[T any](m *Marbles, diagram string, value func(name string) (T, error), subscriptions ...string) rx.Observable[T] {
	m.t.Helper()
	events := m.parse(diagram, "^!")
	notes := notesOf(m, diagram, events, value)
	book := m.expectSubscriptions(diagram, subscriptions)
	m.source("cold", events, 0, book)
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if !m.countCold() {
			return
		}
		now, p := m.stage.now(), &player{}
		over := false // a terminal was told; the turns are serial
		out = ending(recorded(book, g, out), &over)
		for _, n := range notes {
			m.stage.reach(now + n.at)
			m.stage.schedule(now+n.at, classCold, p, func() {
				g.Turn(out.Error, func() {
					if !over {
						n.tell(out)
					}
				})
			})
		}
	})
}

// ending notes in over that a terminal was told, a panic downstream included.
func ending[T any](out rx.Observer[T], over *bool) rx.Observer[T] {
	return rx.Observer[T]{
		Next:     out.Next,
		Error:    func(err error) { *over = true; out.Error(err) },
		Complete: func() { *over = true; out.Complete() },
	}
}

// countCold stops a test that subscribes for ever.
func (m *Marbles) countCold() bool {
	m.mu.Lock()
	m.colds++
	n := m.colds
	m.mu.Unlock()
	if n == mostColds+1 {
		m.t.Errorf("rxtest: more than %d subscriptions to cold sources: a loop?", mostColds)
	}
	return n <= mostColds
}

// Failing is o with an error of its own: where o fails with [ErrMarble], as the
// sources of a marble test do at #, it fails with err.
func Failing[T any](o rx.Observable[T], err error) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		fail := out.Error
		out.Error = func(e error) {
			if errors.Is(e, ErrMarble) {
				e = err
			}
			fail(e)
		}
		o.Attach(g, out)
	})
}

// book has the subscriptions to one source.
type book struct {
	stage *stage
	mu    sync.Mutex
	spans []span
}

// expectSubscriptions has the subscriptions to a source recorded, and checked if
// there is something to check against.
func (m *Marbles) expectSubscriptions(diagram string, want []string) *book {
	m.t.Helper()
	b := &book{stage: m.stage}
	if len(want) == 0 {
		return b
	}
	var wanted []span
	for _, d := range want {
		if s, ok := m.span(d); ok {
			wanted = append(wanted, s)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checks = append(m.checks, func() {
		m.t.Helper()
		b.check(m.t, diagram, wanted)
	})
	return b
}

func (b *book) check(t reporter, diagram string, wanted []span) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.spans) != len(wanted) {
		t.Errorf("source %s: %d subscriptions, want %d", diagram, len(b.spans), len(wanted))
	}
	for i := range min(len(b.spans), len(wanted)) {
		if diff := difference(wanted[i].events(), b.spans[i].events()); diff != "" {
			t.Errorf("source %s: subscription %d %s", diagram, i+1, diff)
		}
	}
}

// lives are the subscriptions so far, on an axis on which the test begins at zero.
func (b *book) lives(zero time.Duration) (all []Life) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.spans {
		s.from += zero
		if s.to < longest {
			s.to += zero
		}
		all = append(all, s.life())
	}
	return all
}

// enter records that a subscription begins, and gives what records that it is told
// something, and its end.
func (b *book) enter() (told, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := len(b.spans)
	b.spans = append(b.spans, span{from: b.stage.now(), to: longest})
	told = func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.spans[i].told++
	}
	return told, func() {
		if b.stage.isOver() {
			return // the test ended it, not the code that is tested
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.spans[i].to == longest {
			b.spans[i].to = b.stage.now()
		}
	}
}

// recorded records a subscription in b. It ends with the source's terminal, or
// with its segment.
func recorded[T any](b *book, g *rx.Segment, out rx.Observer[T]) rx.Observer[T] {
	told, leave := b.enter()
	g.Add(leave)
	return rx.Observer[T]{
		Next:     func(v T) { told(); out.Next(v) },
		Error:    func(err error) { told(); leave(); out.Error(err) },
		Complete: func() { told(); leave(); out.Complete() },
	}
}
