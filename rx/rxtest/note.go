package rxtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// note is what a source says at a moment.
type note[T any] struct {
	at    time.Duration
	kind  Kind
	value T
}

func (n note[T]) tell(out rx.Observer[T]) {
	switch n.kind {
	case Next:
		out.Next(n.value)
	case Error:
		out.Error(ErrMarble)
	case Complete:
		out.Complete()
	}
}

// notesOf gives the names of a diagram their values. A name that stands for none
// fails the test: a typing error is not a zero value.
func notesOf[T any](m *Marbles, diagram string, events []Event, value func(string) (T, error)) (notes []note[T]) {
	m.t.Helper()
	if value == nil {
		value = inferred[T]
	}
	for _, e := range events {
		n := note[T]{at: e.At, kind: e.Kind}
		if e.Kind == Next {
			v, err := value(e.Value)
			if err != nil {
				m.t.Errorf("%v", &ParseError{Diagram: diagram, Pos: place(diagram, e.Value), Reason: err.Error()})
				return nil
			}
			n.value = v
		}
		notes = append(notes, n)
	}
	return notes
}

// place is where a name stands in a diagram, in runes.
func place(diagram, name string) int {
	text := "[" + name + "]"
	if !strings.Contains(diagram, text) {
		text = name
	}
	before, _, _ := strings.Cut(diagram, text)
	return len([]rune(before))
}

// Values makes a map into the value function of [HotOf] and [ColdOf]. A name it
// does not have is inferred from the name, as fmt.Sscan reads it, if that can be;
// else it is an error.
func Values[T any](values map[string]T) func(name string) (T, error) {
	return func(name string) (T, error) {
		if v, ok := values[name]; ok {
			return v, nil
		}
		return inferred[T](name)
	}
}

// inferred is the value a name spells: itself for strings, what Sscan reads all of
// it as for others.
func inferred[T any](name string) (v T, err error) {
	switch p := any(&v).(type) {
	case *string:
		*p = name
		return v, nil
	case *any:
		*p = name
		return v, nil
	}
	in := strings.NewReader(name)
	if _, err = fmt.Fscan(in, &v); err != nil || in.Len() > 0 {
		return v, fmt.Errorf("%q stands for no %T", name, v)
	}
	return v, nil
}
