package operators

import (
	"sync/atomic"

	"github.com/kalamdb/kalamrx/rx"
)

// kind says what happened to an operator with several inputs.
type kind uint8

const (
	nexted kind = iota
	failed
	completed
	fired  // a timer, or a notifier
	lapsed // a notifier ended that had not fired
	begun  // the stream did
	left   // downstream did
)

// event is what an input or a timer tells the handler of such an operator.
type event[T any] struct {
	kind kind
	v    T
	err  error
	from *rx.Segment // of the input that completed, or of the notifier
}

// attach runs src in seg; what src panics with is an error of out.
func attach[T any](src rx.Observable[T], seg *rx.Segment, out rx.Observer[T]) {
	defer seg.Catch(out.Error)
	src.Attach(seg, out)
}

// failIn tells an error from inside a handler whose segment lives on, as
// g.Turn(nil, out.Complete) tells that all is over: what panics in a terminal has no
// Error to go to, and ends the stream.
func failIn[T any](g *rx.Segment, out rx.Observer[T], err error) {
	g.Turn(nil, func() { out.Error(err) })
}

// trampoline runs a step as often as it was asked to, never one inside another:
// a step that asks for the next runs it after itself, so that a million sources
// in a row that end at once do not grow the stack.
type trampoline struct{ asked atomic.Int64 }

func (t *trampoline) run(step func()) {
	if t.asked.Add(1) > 1 {
		return
	}
	for left := int64(1); left > 0; left = t.asked.Add(-1) {
		step()
	}
}
