package operators

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// ShareOption is an option of [Share] and [ShareReplay].
type ShareOption func(*shareConfig) error

type shareConfig struct {
	onError, onComplete, onZero bool
	grace                       time.Duration
}

// WithResetOnError says whether those who subscribe behind an error of the source
// subscribe to it anew. By default they do; otherwise they are told what the subject
// has kept, and the error.
func WithResetOnError(on bool) ShareOption {
	return func(c *shareConfig) error {
		c.onError = on
		return nil
	}
}

// WithResetOnComplete says whether those who subscribe behind the completion of the
// source subscribe to it anew. By default they do under [Share]; under [ShareReplay]
// they are told what it has kept, and the completion.
func WithResetOnComplete(on bool) ShareOption {
	return func(c *shareConfig) error {
		c.onComplete = on
		return nil
	}
}

// WithResetOnZero says whether the source is unsubscribed when the last observer
// leaves. By default it is; otherwise it runs on until it ends by itself, and nothing
// else can end it.
func WithResetOnZero(on bool) ShareOption {
	return func(c *shareConfig) error {
		c.onZero = on
		return nil
	}
}

// WithGrace waits d, after the last observer has left, before the source is
// unsubscribed: who subscribes meanwhile finds it running. It holds a timer, and no
// goroutine. The default is 0.
func WithGrace(d time.Duration) ShareOption {
	return func(c *shareConfig) error {
		if d < 0 {
			return fmt.Errorf("WithGrace of %v", d)
		}
		c.grace = d
		return nil
	}
}

func newShareConfig(c shareConfig, opts []ShareOption) (shareConfig, error) {
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return c, err
		}
	}
	if c.grace > 0 && !c.onZero {
		return c, fmt.Errorf("WithGrace where nothing ends with the last observer")
	}
	return c, nil
}

// Share makes the source hot: it is subscribed to once, when the first observer
// comes, for all that are there, and unsubscribed when the last one has left. Observers
// hear what comes after they subscribed. See [WithResetOnError],
// [WithResetOnComplete], [WithResetOnZero] and [WithGrace] for when that begins anew;
// RxJS's functions in their places are not there.
//
// The operator itself has the state: the observable that it returns is what is to be
// shared. Values pass on the source's goroutine, to one observer after the other: one
// that is slow needs a boundary. The source runs in a subscription of its own, whose
// context has the values of the first observer's and does not end; what boundaries
// above Share drop counts there.
func Share[T any](opts ...ShareOption) rx.Operator[T, T] {
	c, err := newShareConfig(shareConfig{onError: true, onComplete: true, onZero: true}, opts)
	if err != nil {
		return misusedOperator[T, T]("Share: %v", err)
	}
	return share(c, func() subject[T] { return rx.NewSubject[T]() })
}

// ShareReplay is [Share] that plays the last n values, n below one for all, to every
// new observer, and after the completion of the source those and the completion.
// Values that are age old or older are left out; an age of 0 is no limit, a negative
// one a mistake.
//
// It counts its observers, as all do here, and unsubscribes from the source with the
// last of them; then what it has kept is gone. RxJS's shareReplay does so on demand
// only: that is WithResetOnZero(false) here.
func ShareReplay[T any](n int, age time.Duration, opts ...ShareOption) rx.Operator[T, T] {
	c, err := newShareConfig(shareConfig{onError: true, onZero: true}, opts)
	switch {
	case err != nil:
		return misusedOperator[T, T]("ShareReplay: %v", err)
	case age < 0:
		return misusedOperator[T, T]("ShareReplay for %v", age)
	}
	return share(c, func() subject[T] { return replaying[T](n, age) })
}

// subject is what observers of a shared stream listen to.
type subject[T any] interface {
	Observer() rx.Observer[T]
	Observable() rx.Observable[T]
}

func replaying[T any](n int, age time.Duration) subject[T] {
	if age > 0 {
		return rx.NewReplaySubjectFor[T](n, age)
	}
	return rx.NewReplaySubject[T](n)
}

func share[T any](c shareConfig, fresh func() subject[T]) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		s := &sharing[T]{src: src, c: c, fresh: fresh}
		return rx.Source(s.join)
	}
}

// sharing is a shared stream.
type sharing[T any] struct {
	src   rx.Observable[T]
	c     shareConfig
	fresh func() subject[T]

	mu  sync.Mutex // leaf lock: guards run, and what runs have
	run *round[T]  // nil before the first observer, and after a reset
}

// round is one subscription to the source, with its observers.
type round[T any] struct {
	s       *sharing[T]
	subject subject[T]

	// Guarded by s.mu:
	sub    *rx.Subscription // to the source; nil before it has begun
	refs   int
	leaves int // how often refs has become zero
	grace  *time.Timer
	ended  bool // by the source
	gone   bool // reset: others begin anew
}

// join is a subscription to the shared stream.
func (s *sharing[T]) join(g *rx.Segment, out rx.Observer[T]) {
	r, first := s.enter()
	g.Add(r.leave)
	r.subject.Observable().Attach(g, out)
	if first {
		r.begin(context.WithoutCancel(g.Context()))
	}
}

// enter counts an observer in; first says that it has to begin the run.
func (s *sharing[T]) enter() (r *round[T], first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		s.run, first = &round[T]{s: s, subject: s.fresh()}, true
	}
	s.run.refs++
	s.run.calm()
	return s.run, first
}

// begin subscribes to the source.
func (r *round[T]) begin(ctx context.Context) {
	o := rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if r.began(g.Subscription()) {
			r.s.src.Attach(g, out)
		} else {
			g.Subscription().Unsubscribe()
		}
	})
	in := r.subject.Observer()
	o.Subscribe(ctx, rx.Observer[T]{
		Next: in.Next,
		Error: func(err error) {
			r.end(r.s.c.onError)
			in.Error(err)
		},
		Complete: func() {
			r.end(r.s.c.onComplete)
			in.Complete()
		},
	})
}

// began says whether somebody still waits for the source.
func (r *round[T]) began(sub *rx.Subscription) bool {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.sub = sub
	return !r.gone
}

// end notes that the source has ended, before anybody is told: who subscribes again
// when told so begins anew.
func (r *round[T]) end(reset bool) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.ended = true
	r.calm()
	if reset {
		r.reset()
	}
}

// leave counts an observer out.
func (r *round[T]) leave() {
	if sub := r.left(); sub != nil {
		sub.Unsubscribe()
	}
}

// left says what to unsubscribe from, if the observer was the last.
func (r *round[T]) left() *rx.Subscription {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.refs--; r.refs > 0 || r.ended || !r.s.c.onZero {
		return nil
	}
	if r.leaves++; r.s.c.grace == 0 {
		r.reset()
		return r.sub
	}
	this := r.leaves
	r.grace = time.AfterFunc(r.s.c.grace, func() { r.expire(this) })
	return nil
}

// expire ends the grace period after the n-th leave.
func (r *round[T]) expire(n int) {
	r.s.mu.Lock()
	if r.refs > 0 || r.ended || r.leaves != n {
		r.s.mu.Unlock()
		return
	}
	r.reset()
	sub := r.sub
	r.s.mu.Unlock()
	if sub != nil {
		sub.Unsubscribe()
	}
}

// reset has the next observer begin anew; s.mu is held.
func (r *round[T]) reset() {
	r.gone = true
	if r.s.run == r {
		r.s.run = nil
	}
}

// calm ends a grace period; s.mu is held.
func (r *round[T]) calm() {
	if r.grace != nil {
		r.grace.Stop()
		r.grace = nil
	}
}
