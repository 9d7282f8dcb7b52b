package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/rx"
)

var errBoom = errors.New("boom")

// recording writes down what a stream says: values by their fmt form, "|" for
// Complete, "#text" for Error. It also checks the grammar and that calls do not
// overlap.
type recording[T any] struct {
	mu    sync.Mutex
	notes []string
	over  bool
	bad   string
}

func (r *recording[T]) note(s string, terminal bool) {
	if !r.mu.TryLock() {
		panic("notifications overlap")
	}
	defer r.mu.Unlock()
	if r.over {
		r.bad = "; then, after the terminal, " + s
	}
	r.over = r.over || terminal
	r.notes = append(r.notes, s)
}

func (r *recording[T]) observer() rx.Observer[T] {
	return rx.Observer[T]{
		Next:     func(v T) { r.note(fmt.Sprint(v), false) },
		Error:    func(err error) { r.note("#"+err.Error(), true) },
		Complete: func() { r.note("|", true) },
	}
}

func (r *recording[T]) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.notes, " ") + r.bad
}

// play subscribes to a synchronous stream and says what it said.
func play[T any](o rx.Observable[T]) string {
	var r recording[T]
	o.Subscribe(context.Background(), r.observer()).Unsubscribe()
	return r.String()
}

// listen subscribes and goes on listening.
func listen[T any](o rx.Observable[T]) (*recording[T], *rx.Subscription) {
	r := &recording[T]{}
	return r, o.Subscribe(context.Background(), r.observer())
}

// probe is a hot source that counts its subscriptions.
type probe[T any] struct {
	*rx.Subject[T]
	joins, leaves atomic.Int64
}

func newProbe[T any]() *probe[T] { return &probe[T]{Subject: rx.NewSubject[T]()} }

func (p *probe[T]) stream() rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		p.joins.Add(1)
		g.Add(func() { p.leaves.Add(1) })
		p.Subject.Observable().Attach(g, out)
	})
}

func (p *probe[T]) joined() int { return int(p.joins.Load()) }
func (p *probe[T]) live() int   { return int(p.joins.Load() - p.leaves.Load()) }
