package operators

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
)

// NotificationKind says what a stream tells.
type NotificationKind uint8

// The kinds of notifications.
const (
	NextKind     NotificationKind = iota // a value
	ErrorKind                            // the stream failed
	CompleteKind                         // the stream completed
)

// String is the kind's name.
func (k NotificationKind) String() string {
	switch k {
	case NextKind:
		return "Next"
	case ErrorKind:
		return "Error"
	case CompleteKind:
		return "Complete"
	}
	return fmt.Sprintf("NotificationKind(%d)", uint8(k))
}

// Notification is something a stream tells, as a value: Value is set if Kind is
// NextKind, Err if it is ErrorKind.
type Notification[T any] struct {
	Kind  NotificationKind
	Value T
	Err   error
}

// String shows the notification.
func (n Notification[T]) String() string {
	switch n.Kind {
	case NextKind:
		return fmt.Sprintf("Next(%v)", n.Value)
	case ErrorKind:
		return fmt.Sprintf("Error(%v)", n.Err)
	}
	return n.Kind.String()
}

// Materialize emits everything the source tells as a [Notification], its error and
// its completion, too, and then completes. It is passed to Pipe without being called.
func Materialize[T any](src rx.Observable[T]) rx.Observable[Notification[T]] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[Notification[T]]) {
		next := out.Next
		src.Attach(g, rx.Observer[T]{
			Next:     func(v T) { next(Notification[T]{Value: v}) },
			Error:    func(err error) { finish(g, out, Notification[T]{Kind: ErrorKind, Err: err}) },
			Complete: func() { finish(g, out, Notification[T]{Kind: CompleteKind}) },
		})
	})
}

// Dematerialize tells what the notifications say, the reverse of [Materialize]. With
// the first one that is an error or the completion it unsubscribes from the source.
// An error that is nil and a kind that does not exist are mistakes, an error that is
// rx.ErrConfig. It is passed to Pipe without being called.
func Dematerialize[T any](src rx.Observable[Notification[T]]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		up, next := g.Child(), out.Next
		src.Attach(up, rx.Observer[Notification[T]]{
			Next: func(n Notification[T]) {
				if up.Closed() { // a source that does not ask whether to go on
					return
				}
				if n.Kind == NextKind {
					next(n.Value)
					return
				}
				up.Close()
				if !g.Closed() { // a teardown may have unsubscribed
					n.end(out)
				}
			},
			Error:    out.Error,
			Complete: out.Complete,
		})
	})
}

// end tells a terminal.
func (n Notification[T]) end(out rx.Observer[T]) {
	switch {
	case n.Kind == CompleteKind:
		out.Complete()
	case n.Kind != ErrorKind:
		out.Error(misuse("Dematerialize of %v", n.Kind))
	case n.Err == nil:
		out.Error(misuse("Dematerialize of an Error without an error"))
	default:
		out.Error(n.Err)
	}
}
