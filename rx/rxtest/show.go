package rxtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/rx"
)

// Line is one stream of a marble test that was played: a source as it was written,
// or what was told of a stream that is shown.
type Line struct {
	Label  string
	Source bool
	Events []Event
	Lives  []Life // of a source's subscriptions, or of the subscription that is shown
	Note   string // what the events cannot say
}

// Life is how long a subscription was there, from the beginning of the test. To is
// negative if it was never left; a terminal leaves it, too. Told counts the
// notifications it got.
type Life struct {
	From, To time.Duration
	Told     int
}

// Play plays a marble test and gives its lines: the sources in the order they were
// made, then what [Show] and [ShowEach] show. The error has what goes wrong. It
// needs no *testing.T, and is what [Diagram] and [SVG] are made of.
//
// It runs in virtual time, like [Run]: on Go 1.26 synctest.Test needs no more of
// its *testing.T than that it is not nil.
func Play(f func(m *Marbles)) (lines []Line, err error) {
	var failures printer
	synctest.Test(new(testing.T), func(*testing.T) {
		m := &Marbles{t: &failures, stage: newStage()}
		f(m)
		m.play()
		for _, check := range m.checks {
			check()
		}
		for _, line := range slices.Concat(m.inputs, m.shows) {
			lines = append(lines, line()...)
		}
	})
	if text := failures.text.String(); text != "" {
		err = errors.New(strings.TrimSuffix(text, "\n"))
	}
	return lines, err
}

// Diagram plays a marble test and prints it: the sources as they were written and
// what is shown of them with [Show], below each other on one time axis. It is for
// Example functions, which have no *testing.T:
//
//	func ExampleTake() {
//		rxtest.Diagram(func(m *rxtest.Marbles) {
//			in := m.Cold("-a-b-c-|")
//			rxtest.Show(m, "take(2)", rx.Pipe1(in, operators.Take[string](2)))
//		})
//		// Output:
//		// cold    -a-b-c-|
//		// take(2) -a-(b|)
//	}
//
// What goes wrong is printed, too, and so fails the example.
func Diagram(f func(m *Marbles)) {
	lines, err := Play(f)
	fmt.Print(chart(lines))
	if err != nil {
		fmt.Println(err)
	}
}

// Show has [Diagram] and [Play] show what o tells, under a label; subscription is
// as with [Marbles.Expect]. Outside of these it only subscribes.
func Show[T any](m *Marbles, label string, o rx.Observable[T], subscription ...string) {
	m.t.Helper()
	r := watch(m, o, nil, ErrMarble, subscription)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shows = append(m.shows, func() []Line { return []Line{r.line(label)} })
}

// source has a line of a source shown. zero is where the test begins in it.
func (m *Marbles) source(label string, events []Event, zero time.Duration, b *book) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inputs = append(m.inputs, func() []Line {
		return []Line{{Label: label, Source: true, Events: events, Lives: b.lives(zero)}}
	})
}

// printer is a reporter for where there is no test.
type printer struct{ text strings.Builder }

// Helper has nothing to do: there are no lines to attribute.
func (p *printer) Helper() {}

// Errorf collects a line.
func (p *printer) Errorf(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n", args...) }

// chart is the lines below each other.
func chart(lines []Line) string {
	events := make([][]Event, len(lines))
	labels := 0
	for i, l := range lines {
		events[i] = l.Events
		labels = max(labels, utf8.RuneCountInString(l.Label))
	}
	s := align(events...)
	var b strings.Builder
	for i, l := range lines {
		line := fmt.Sprintf("%-*s  %s%s", labels, l.Label, s.lines[i], noted(l.Note))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// noted is a note beside a line.
func noted(note string) string {
	if note == "" {
		return ""
	}
	return "  " + note
}
