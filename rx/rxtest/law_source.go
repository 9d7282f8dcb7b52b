package rxtest

import (
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// script is what a source of LawsOf does.
type script[A any] struct {
	values  []A
	every   time.Duration // 0: synchronously
	err     error
	endless bool
}

// lawSource is the source of an operator that is tested. It counts what happens
// to it.
type lawSource[A any] struct {
	script script[A]

	mu         sync.Mutex
	streams    int         // of the operator
	stream     *rx.Segment // the last of them
	ended      int         // of these, from downstream's point of view
	subscribed int
	torn       int
	early      bool // the stream ended, and the source was torn down before the rest
}

// through is what op makes of the source.
func through[A, B any](s *lawSource[A], op rx.Operator[A, B]) rx.Observable[B] {
	o := op(rx.Source(s.run))
	return rx.Source(func(g *rx.Segment, out rx.Observer[B]) {
		s.note(func() { s.streams, s.stream = s.streams+1, g })
		g.Add(func() { s.note(func() { s.ended++ }) })
		o.Attach(g, out)
	})
}

func (s *lawSource[A]) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *lawSource[A]) run(g *rx.Segment, out rx.Observer[A]) {
	s.note(func() { s.subscribed++ })
	g.Add(func() {
		s.note(func() {
			s.torn++
			s.early = s.early || s.streams == 1 && s.ended == 0 && s.stream.Closed()
		})
	})
	if s.script.every > 0 {
		s.timed(g, out)
		return
	}
	for _, v := range s.script.values {
		if g.Closed() {
			return
		}
		out.Next(v)
	}
	s.end(g, out)
}

func (s *lawSource[A]) end(g *rx.Segment, out rx.Observer[A]) {
	switch {
	case g.Closed() || s.script.endless:
	case s.script.err != nil:
		out.Error(s.script.err)
	default:
		out.Complete()
	}
}

// timed emits on timers, one after the other.
func (s *lawSource[A]) timed(g *rx.Segment, out rx.Observer[A]) {
	i := 0
	var tick *time.Timer
	ready := make(chan struct{}) // closed when tick is set
	tick = time.AfterFunc(s.script.every, func() {
		<-ready
		g.Turn(out.Error, func() {
			if i == len(s.script.values) {
				s.end(g, out)
				return
			}
			out.Next(s.script.values[i])
			if i++; !g.Closed() {
				tick.Reset(s.script.every)
			}
		})
	})
	close(ready)
	g.Add(func() { tick.Stop() })
}

// check is for when all streams are over.
func (s *lawSource[A]) check(t *testing.T, ordered bool) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != s.streams {
		return // another stream of the operator goes on
	}
	if s.torn != s.subscribed {
		t.Errorf("law broken: the source was subscribed %d times and torn down %d times", s.subscribed, s.torn)
	}
	if ordered && s.early { // else the operator may have ended its source by itself
		t.Errorf("law broken: the source was torn down before what is downstream")
	}
}
