package rxtest

import (
	"fmt"
	"sync"

	"github.com/kalamdb/kalamrx/rx"
)

// inners watches the streams that a stream of streams emits, each from the moment
// it is emitted.
type inners[T any] struct {
	m  *Marbles
	mu sync.Mutex
	in []*record[T]
}

// named is outer with a name for each stream in place of the stream, and
// subscribes to it.
func (n *inners[T]) named(outer rx.Observable[rx.Observable[T]], name func(i int) string) rx.Observable[string] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
		outer.Attach(g, rx.Observer[rx.Observable[T]]{
			Next:  func(o rx.Observable[T]) { out.Next(name(n.watch(o))) },
			Error: out.Error, Complete: out.Complete,
		})
	})
}

// watch subscribes to a stream at once, within the outer one's delivery: a hot one
// may emit right behind it.
func (n *inners[T]) watch(o rx.Observable[T]) (i int) {
	r := newRecord[T](n.m, nil, ErrMarble)
	r.zero = n.m.stage.now()
	n.m.mu.Lock()
	n.m.stops = append(n.m.stops, r.end)
	n.m.mu.Unlock()
	n.mu.Lock()
	n.in = append(n.in, r)
	i = len(n.in) - 1
	n.mu.Unlock()
	r.begin(o)
	return i
}

func (n *inners[T]) all() []*record[T] {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.in
}

// ExpectEach says what a stream of streams must tell, such as that of a window. The
// streams are named in the order they come: the first is the first name in want.
// inner has the diagram of each by its name, in which time begins when the stream
// is emitted, as in RxJS. It is subscribed to then, for as long as the test lasts.
func ExpectEach[T any](
	m *Marbles, o rx.Observable[rx.Observable[T]], want string, inner map[string]string, subscription ...string,
) {
	m.t.Helper()
	var names []string
	wanted := map[string][]Event{}
	for _, e := range m.parse(want, "") {
		if e.Kind == Next {
			names = append(names, e.Value)
			wanted[e.Value] = m.parse(inner[e.Value], "^!")
		}
	}
	n := &inners[T]{m: m}
	m.Expect(n.named(o, func(i int) string {
		if i < len(names) {
			return names[i]
		}
		return fmt.Sprintf("stream %d", i+1)
	}), want, subscription...)
	m.check(func() {
		m.t.Helper()
		for i, r := range n.all() {
			if i < len(names) {
				r.compare(wanted[names[i]])
			}
		}
	})
}

// ShowEach is [Show] for a stream of streams: a line for it, with a letter for each
// stream, and below it one for each, under its letter. The first line's times and
// those of the others begin with the test.
func ShowEach[T any](m *Marbles, label string, o rx.Observable[rx.Observable[T]], subscription ...string) {
	m.t.Helper()
	n := &inners[T]{m: m}
	name := func(i int) string { return string(rune('A' + i%26)) }
	r := watch(m, n.named(o, name), nil, ErrMarble, subscription)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shows = append(m.shows, func() []Line {
		lines := []Line{r.line(label)}
		for i, in := range n.all() {
			lines = append(lines, in.line("  "+name(i)))
		}
		return lines
	})
}
