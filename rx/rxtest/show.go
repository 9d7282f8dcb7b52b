package rxtest

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/rx"
)

// labelled is one line of a chart.
type labelled struct {
	label  string
	events []Event
	notes  string // what the events cannot say, each on a line
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
// It runs in virtual time, like Run: on Go 1.26 synctest.Test needs no more of its
// *testing.T than that it is not nil. What goes wrong is printed, too, and so
// fails the example.
func Diagram(f func(m *Marbles)) {
	var failures printer
	var lines []labelled
	synctest.Test(new(testing.T), func(*testing.T) {
		m := &Marbles{t: &failures, stage: newStage()}
		f(m)
		m.play()
		for _, check := range m.checks {
			check()
		}
		lines = m.inputs
		for _, show := range m.shows {
			lines = append(lines, show())
		}
	})
	fmt.Print(chart(lines))
	fmt.Print(failures.text.String())
}

// Show has [Diagram] print what o tells, under a label; subscription is as with
// [Marbles.Expect]. Outside of Diagram it only subscribes.
func Show[T any](m *Marbles, label string, o rx.Observable[T], subscription ...string) {
	m.t.Helper()
	r := watch(m, o, nil, ErrMarble, subscription)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shows = append(m.shows, func() labelled {
		events, notes := r.result()
		return labelled{label, events, notes}
	})
}

func (m *Marbles) input(label string, events []Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inputs = append(m.inputs, labelled{label, events, ""})
}

// printer is a reporter for where there is no test.
type printer struct{ text strings.Builder }

// Helper has nothing to do: there are no lines to attribute.
func (p *printer) Helper() {}

// Errorf collects a line.
func (p *printer) Errorf(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n", args...) }

// chart is the lines below each other.
func chart(lines []labelled) string {
	events := make([][]Event, len(lines))
	labels := 0
	for i, l := range lines {
		events[i] = l.events
		labels = max(labels, utf8.RuneCountInString(l.label))
	}
	s := align(events...)
	var b strings.Builder
	for i, l := range lines {
		line := fmt.Sprintf("%-*s  %s%s", labels, l.label, s.lines[i], strings.ReplaceAll(l.notes, "\n", ""))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
