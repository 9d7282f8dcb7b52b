package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// WithLogger has the client say what it does, each record with the server's host:
//
//	Error  the client has failed: nobody dials any more
//	Warn   a connection was lost or could not be made and is dialled again, with cause, attempt
//	       and delay; gaps, with their cause; other errors, as Errors emits them; lost records
//	Info   connected, disconnected, closed; an audit that found what the push did not tell
//	Debug  dialing, authenticating, resyncing; every try of an HTTP request, with method, path,
//	       status and time
//
// No record holds a password, a token, SQL or rows; what the server says in its errors is
// in the server's words. The logger is called by no goroutine of the socket, and by none that
// makes a request: one that is slow delays nobody. It then loses the oldest records but 1,024,
// and says how many. A handler that panics is not called again for what it panicked
// at; the panic is emitted by Errors. Default: nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			return fmt.Errorf("%w: WithLogger: no logger", ErrConfig)
		}
		c.logger = l
		return nil
	}
}

// journalQueue is how many records wait for the logger before the oldest goes.
const journalQueue = 1024

// journal is what is logged that no stream of the client shows. A nil journal keeps nothing.
type journal struct{ notes *rx.Subject[note] }

type note struct {
	level slog.Level
	text  string
	attrs []slog.Attr
}

// newJournal has the client's streams, and a journal, logged until the client is over.
func newJournal(c *Client, l *slog.Logger) *journal {
	if l == nil {
		return nil
	}
	l = l.With(slog.String("server", c.addr.base.Host))
	j := &journal{notes: rx.NewSubject[note]()}
	journalOf(c, l, c.states.Observable(), func(s State) (note, bool) { return stateNote(s), true })
	journalOf(c, l, c.errors.Observable(), errorNote)
	journalOf(c, l, j.notes.Observable(), func(n note) (note, bool) { return n, true })
	return j
}

// journalOf logs a stream.
func journalOf[T any](c *Client, l *slog.Logger, o rx.Observable[T], text func(T) (note, bool)) {
	var sub atomic.Pointer[rx.Subscription]
	var lost uint64
	waiting := rx.Pipe1(o, rx.ObserveOn[T](journalQueue, rx.DropOldest))
	sub.Store(tracked(c, waiting).Subscribe(context.Background(), rx.Observer[T]{
		Next: func(v T) {
			if s := sub.Load(); s != nil && s.Dropped() > lost {
				l.Warn("kalam: log records were lost", slog.Uint64("records", s.Dropped()-lost))
				lost = s.Dropped()
			}
			if n, ok := text(v); ok {
				l.LogAttrs(context.Background(), n.level, "kalam: "+n.text, n.attrs...)
			}
		},
		Error: c.report,
	}))
}

// note keeps a record for the logger. It never waits.
func (j *journal) note(level slog.Level, text string, attrs ...slog.Attr) {
	if j != nil {
		j.notes.Next(note{level, text, attrs})
	}
}

// gap is the record of a gap.
func (j *journal) gap(cause error) { j.note(slog.LevelWarn, "gap", causeAttr(cause)) }

// found is the record of an audit.
func (j *journal) found(table string, changes int) {
	if changes > 0 {
		j.note(slog.LevelInfo, "audit found changes", slog.String("table", table), slog.Int("changes", changes))
	}
}

// tried is the record of a try of an HTTP request.
func (j *journal) tried(req *http.Request, began time.Time, resp *http.Response, err error) {
	if j == nil {
		return
	}
	attrs := []slog.Attr{slog.String("method", req.Method), slog.String("path", req.URL.Path), slog.Duration("took", time.Since(began))}
	if err != nil {
		j.note(slog.LevelDebug, "request failed", append(attrs, causeAttr(err))...)
		return
	}
	j.note(slog.LevelDebug, "request", append(attrs, slog.Int("status", resp.StatusCode))...)
}

// end completes the journal.
func (j *journal) end() {
	if j != nil {
		j.notes.Complete()
	}
}

// causeAttr is an error as a text: a handler is given nothing to look into.
func causeAttr(err error) slog.Attr {
	if err == nil {
		return slog.String("cause", "")
	}
	return slog.String("cause", err.Error())
}

// stateNote is the record of a state.
func stateNote(s State) note {
	n := note{level: slog.LevelDebug, attrs: []slog.Attr{slog.Uint64("generation", s.Generation)}}
	add := func(attrs ...slog.Attr) { n.attrs = append(n.attrs, attrs...) }
	switch s.Phase {
	case Dialing:
		n.text = "dialing"
	case Authenticating:
		n.text = "authenticating"
	case Resyncing:
		n.text = "resyncing"
		add(slog.Int("done", s.Done), slog.Int("of", s.Of))
	case Ready:
		n.level, n.text = slog.LevelInfo, "connected"
		add(slog.String("user", s.User), slog.String("role", s.Role))
	case Backoff:
		n.level, n.text = slog.LevelWarn, "not connected, dialing again"
		add(slog.Int("attempt", s.Attempt), slog.Duration("delay", s.Delay), causeAttr(s.Cause))
	case Failed:
		n.level, n.text = slog.LevelError, "failed"
		add(causeAttr(s.Cause))
	case Closed:
		n.level, n.text = slog.LevelInfo, "closed"
	default:
		n.text = "idle"
		if s.Cause != nil {
			n.level, n.text = slog.LevelInfo, "disconnected"
			add(causeAttr(s.Cause))
		}
	}
	return n
}

// errorNote is the record of an error, unless the state says it.
func errorNote(err error) (note, bool) {
	said := errors.Is(err, ErrDisconnected) || errors.Is(err, ErrConnect)
	return note{level: slog.LevelWarn, text: "error", attrs: []slog.Attr{causeAttr(err)}}, !said
}
