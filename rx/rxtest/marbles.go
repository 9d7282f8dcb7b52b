package rxtest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ErrMarble is the error that # stands for.
var ErrMarble = errors.New("rxtest: #")

// Marbles is one marble test. Sources and expectations are set up by the function
// given to [Run]; then time runs.
type Marbles struct {
	t     reporter
	stage *stage

	mu     sync.Mutex
	checks []func()        // after the last event, in order
	stops  []func()        // ends what the test subscribed
	inputs []func() []Line // for Play
	shows  []func() []Line // for Play
	colds  int             // subscriptions to cold sources
}

// reporter is the part of testing.TB that is used.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// Run runs a marble test in virtual time, inside a testing/synctest bubble: f sets
// it up, then it is played, then all expectations are checked. It goes on for 10
// seconds (virtual) behind the last moment any diagram names, and then ends every
// subscription that is left; a goroutine that is left then fails the test.
//
// Sources come before timers that were armed earlier for the same frame, as in
// RxJS; sources that emit in one frame do so in the order in which they were made
// (hot) or subscribed (cold), hot ones first, and each is played only when all
// the one before has set off is at rest.
func Run(t *testing.T, f func(m *Marbles)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		m := &Marbles{t: t, stage: newStage()}
		f(m)
		m.play()
		for _, check := range m.checks {
			check()
		}
	})
}

// play lets time run.
func (m *Marbles) play() {
	m.stage.run()
	m.mu.Lock()
	stops := m.stops
	m.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
	synctest.Wait()
	if m.stage.moments >= early {
		m.t.Errorf("rxtest: more than %d moments: a loop?", early)
	}
}

// Do calls f at every value of the diagram, with its name: to feed a subject, to
// open a gate, to look at something.
func (m *Marbles) Do(diagram string, f func(value string)) {
	m.t.Helper()
	p := &player{}
	for _, e := range m.parse(diagram, "^!#|") {
		m.stage.schedule(e.At, classHot, p, func() { f(e.Value) })
	}
}

// Time is when the | of a diagram comes: a duration drawn below the diagrams it is
// for. Without | it is the diagram's length.
func (m *Marbles) Time(diagram string) time.Duration {
	m.t.Helper()
	events, length, err := Parse(diagram)
	if err != nil {
		m.t.Errorf("%v", err)
	}
	for _, e := range events {
		if e.Kind == Complete {
			return e.At
		}
	}
	return length
}

// parse reads a diagram in which the characters of not have no place, and has the
// test last as long.
func (m *Marbles) parse(diagram, not string) []Event {
	m.t.Helper()
	events, length, err := Parse(diagram)
	if err == nil {
		err = without(events, diagram, not)
	}
	if err != nil {
		m.t.Errorf("%v", err)
		return nil
	}
	m.stage.reach(length)
	return events
}

func without(events []Event, diagram, not string) error {
	for _, e := range events {
		for i, c := range diagram {
			if byte(e.Kind) == byte(c) && containsByte(not, byte(c)) {
				return &ParseError{Diagram: diagram, Pos: i, Reason: fmt.Sprintf("%q has no meaning here", c)}
			}
		}
	}
	return nil
}

func containsByte(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}
