package rxtest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// ErrMarble is the error that # stands for.
var ErrMarble = errors.New("rxtest: #")

// Marbles is one marble test. Sources and expectations are set up by the function
// given to [Run]; then time runs.
type Marbles struct {
	t     reporter
	stage *stage

	mu     sync.Mutex
	checks []func()          // after the last event, in order
	stops  []func()          // ends what the test subscribed
	inputs []labelled        // for Diagram
	shows  []func() labelled // for Diagram
	colds  int               // subscriptions to cold sources
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

// Expect subscribes to o and says what it must tell: the values by their names,
// and when. # stands for [ErrMarble] only. subscription, of which there is at most
// one, says when to subscribe and unsubscribe; without it that is at the beginning
// and not at all.
func (m *Marbles) Expect(o rx.Observable[string], want string, subscription ...string) {
	m.t.Helper()
	ExpectOf(m, o, want, nil, subscription...)
}

// ExpectError is Expect where # stands for an error that is err, by errors.Is.
func (m *Marbles) ExpectError(o rx.Observable[string], want string, err error, subscription ...string) {
	m.t.Helper()
	expect(m, o, want, nil, err, subscription)
}

// ExpectOf is Expect for values of any type, which values has by their names.
// Values are compared with reflect.DeepEqual. Names that are not in values, all of
// them if it is nil, are compared with what fmt.Sprint makes of the value.
func ExpectOf[T any](m *Marbles, o rx.Observable[T], want string, values map[string]T, subscription ...string) {
	m.t.Helper()
	expect(m, o, want, values, ErrMarble, subscription)
}

// ExpectErrorOf is [Marbles.ExpectError] for values of any type, see [ExpectOf].
func ExpectErrorOf[T any](
	m *Marbles, o rx.Observable[T], want string, values map[string]T, err error, subscription ...string,
) {
	m.t.Helper()
	expect(m, o, want, values, err, subscription)
}

func expect[T any](m *Marbles, o rx.Observable[T], want string, values map[string]T, failure error, subs []string) {
	m.t.Helper()
	wanted := m.parse(want, "")
	r := watch(m, o, values, failure, subs)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checks = append(m.checks, func() {
		m.t.Helper()
		got, notes := r.result()
		if diff := difference(wanted, got); diff != "" {
			m.t.Errorf("marbles %s%s", diff, notes)
		}
		if !r.done() {
			m.t.Errorf("the subscription is not done although it has ended")
		}
	})
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

// span is when a subscription is there; to is longest if it does not end.
type span struct{ from, to time.Duration }

// span reads a subscription diagram; ok says whether there is one in it.
func (m *Marbles) span(diagram string) (s span, ok bool) {
	m.t.Helper()
	s.to = longest
	for _, e := range m.parse(diagram, "|#") {
		switch e.Kind {
		case Subscribe:
			s.from, ok = e.At, true
		case Unsubscribe:
			s.to = e.At
		default:
			m.t.Errorf("%v", &ParseError{Diagram: diagram, Reason: "a subscription diagram has no values"})
			return span{}, false
		}
	}
	return s, ok
}

func (s span) events() []Event {
	events := []Event{{At: s.from, Kind: Subscribe}}
	if s.to < longest {
		events = append(events, Event{At: s.to, Kind: Unsubscribe})
	}
	return events
}
