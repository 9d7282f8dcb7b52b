package rxtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Laws tests that an observable keeps the contract of package rx. Every law is a
// subtest in a bubble of its own, in which make is called for a fresh observable:
// timers run in virtual time, real sockets and files do not work (see [Network]).
//
//   - Grammar: Next* (Error | Complete)?, one call at a time, and then Done.
//   - Unsubscribe inside the k-th Next, for every k up to 32: nothing follows.
//   - Unsubscribe while the observer is busy: it does not wait, Done does.
//   - Unsubscribe from another goroutine, 300 times: nothing comes after Done.
//   - A panic in the k-th Next ends the stream with a *rx.PanicError.
//   - The end of the context is silent, and Err is its cause.
//   - A context that has ended: nothing is told.
//   - Subscribing and unsubscribing inside an observer works.
//   - However the stream ends, teardowns run exactly once.
//   - No goroutine and no timer is left: else the bubble does not end.
//
// The observable may emit synchronously or not, end or not; a law that needs a
// k-th value is content if there is none within a virtual minute, so an
// observable that never emits passes without having proved much. Values beyond
// the 100th are not asked for.
func Laws[T any](t *testing.T, make func() rx.Observable[T]) {
	t.Helper()
	all(t, func() subject[T] { return subject[T]{make(), func(*testing.T, bool) {}} })
}

// LawsOf tests an operator: [Laws] for what it makes of a synchronous source of
// the given values, of one that emits them a millisecond apart, of one that fails
// and of one that never ends, and besides that every subscription to its source
// is torn down exactly once and, if that is because the stream ended, after what is
// downstream.
func LawsOf[A, B any](t *testing.T, op rx.Operator[A, B], values ...A) {
	t.Helper()
	fail := errors.New("rxtest: the source failed")
	for name, script := range map[string]script[A]{
		"synchronous": {values: values},
		"timed":       {values: values, every: time.Millisecond},
		"failing":     {values: values, err: fail},
		"failing late": {
			values: values, every: time.Millisecond, err: fail,
		},
		"endless": {values: values, every: time.Millisecond, endless: true},
	} {
		t.Run(name, func(t *testing.T) {
			all(t, func() subject[B] {
				src := &lawSource[A]{script: script}
				return subject[B]{through(src, op), src.check}
			})
		})
	}
}

// NothingAfterDone tries one of the laws of [Laws] as often as it is told to: that
// nothing is delivered once Done is closed, when another goroutine unsubscribes at a
// moment of luck. Laws tries it 300 times; what delivers from goroutines of its own
// deserves 10^5, which take a few seconds.
func NothingAfterDone[T any](t *testing.T, tries int, make func() rx.Observable[T]) {
	t.Helper()
	for k := 0; k < tries && !t.Failed(); k++ {
		synctest.Test(t, func(t *testing.T) {
			unsubscribeAnywhere(t, subject[T]{make(), func(*testing.T, bool) {}}, k)
		})
	}
}

// subject is what is tested: an observable, and what must hold when a stream of
// it is over; ordered says that nothing else went on while it was ended.
type subject[T any] struct {
	o     rx.Observable[T]
	check func(t *testing.T, ordered bool)
}

const (
	manySteps  = 32  // k up to which a law is tried for the k-th value
	manyValues = 100 // after which the observer unsubscribes
	manyTries  = 300 // of what depends on luck
	patience   = time.Minute
)

var errCause = errors.New("rxtest: the context's cause")

// law tries a stream; k counts the tries, and more asks for another.
type law[T any] func(t *testing.T, s subject[T], k int) (more bool)

func laws[T any]() map[string]law[T] {
	return map[string]law[T]{
		"grammar":                  grammar[T],
		"unsubscribe inside":       unsubscribeInside[T],
		"unsubscribe while busy":   unsubscribeWhileBusy[T],
		"unsubscribe anywhere":     unsubscribeAnywhere[T],
		"panic in the observer":    panicInObserver[T],
		"context ends":             contextEnds[T],
		"context has ended":        contextHasEnded[T],
		"subscribe in an observer": subscribeInside[T],
	}
}

func all[T any](t *testing.T, make func() subject[T]) {
	t.Helper()
	for name, law := range laws[T]() {
		t.Run(name, func(t *testing.T) {
			for k, more := 0, true; more && !t.Failed(); k++ {
				synctest.Test(t, func(t *testing.T) { more = law(t, make(), k) })
			}
		})
	}
}

func grammar[T any](t *testing.T, s subject[T], _ int) bool {
	p := newWitness[T](t, s)
	p.subscribe(t.Context())
	p.wait()
	downstream := !p.told.Load()
	p.seg.Close()
	p.over()
	switch err := p.sub.Err(); {
	case downstream && err != nil:
		t.Errorf("Err is %v after Unsubscribe", err)
	case !downstream && !errors.Is(err, p.failed()):
		t.Errorf("Err is %v, the observer was told %v", err, p.failed())
	}
	return false
}

func unsubscribeInside[T any](t *testing.T, s subject[T], k int) bool {
	p := newWitness[T](t, s)
	p.at(k, p.unsubscribe)
	p.subscribe(t.Context())
	p.wait()
	p.seg.Close()
	p.over()
	return p.reached.Load() && k < manySteps
}

func unsubscribeWhileBusy[T any](t *testing.T, s subject[T], k int) bool {
	p := newWitness[T](t, s)
	p.raced = true
	gate, busy := make(chan struct{}), make(chan struct{})
	p.at(k, func() {
		close(busy)
		<-gate
	})
	started := make(chan struct{})
	go func() { // owner: this test; a synchronous source waits with its observer
		defer close(started)
		p.subscribe(t.Context())
	}()
	select {
	case <-busy:
		synctest.Wait() // who else would call has time to
		p.unsubscribe() // all may come no more but the call that is under way
		p.notDone()
		close(gate)
	case <-time.After(patience):
		<-started
		p.seg.Close()
	}
	<-started
	p.over()
	return p.reached.Load() && k < manySteps
}

func panicInObserver[T any](t *testing.T, s subject[T], k int) bool {
	p := newWitness[T](t, s)
	p.at(k, func() { panic(errCause) })
	p.subscribe(t.Context())
	p.wait()
	p.seg.Close()
	p.over()
	if p.reached.Load() {
		var pe *rx.PanicError
		if err := p.sub.Err(); !errors.As(err, &pe) || !errors.Is(err, errCause) {
			t.Errorf("Err is %v after a panic in the observer", err)
		}
	}
	return p.reached.Load() && k < manySteps
}

func contextEnds[T any](t *testing.T, s subject[T], k int) bool {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	p := newWitness[T](t, s)
	p.raced = true // the end comes on a goroutine of the context's
	p.at(k, func() { cancel(errCause) })
	p.subscribe(ctx)
	p.wait()
	cancel(errCause)
	synctest.Wait()
	p.over()
	if err := p.sub.Err(); !p.told.Load() && !p.enough.Load() && err != errCause {
		t.Errorf("Err is %v, want the context's cause", err)
	}
	return p.reached.Load() && k < manySteps
}

func contextHasEnded[T any](t *testing.T, s subject[T], _ int) bool {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCause)
	p := newWitness[T](t, s)
	p.close("its context had ended before Subscribe")
	sub := s.o.Subscribe(ctx, p.observer())
	time.Sleep(patience)
	select {
	case <-sub.Done():
	default:
		t.Error("Done is not closed")
	}
	if err := sub.Err(); err != errCause {
		t.Errorf("Err is %v, want the context's cause", err)
	}
	return false
}

func subscribeInside[T any](t *testing.T, s subject[T], k int) bool {
	p, q := newWitness[T](t, s), newWitness[T](t, s)
	p.at(k, func() {
		q.subscribe(t.Context())
		q.seg.Close() // it may deliver on another goroutine: Done is what ends that
	})
	p.subscribe(t.Context())
	p.wait()
	p.seg.Close()
	p.over()
	if q.sub != nil {
		q.over()
	}
	return p.reached.Load() && k < manySteps
}

// unsubscribeAnywhere unsubscribes from another goroutine, at a moment of luck.
func unsubscribeAnywhere[T any](t *testing.T, s subject[T], k int) bool {
	p := newWitness[T](t, s)
	p.raced = true
	step := make(chan struct{})
	p.at(k%manySteps, func() { close(step) })
	started := make(chan struct{})
	go func() { // owner: this test; ends when the source has returned
		defer close(started)
		p.subscribe(t.Context())
	}()
	select {
	case <-step:
	case <-time.After(patience):
		<-started
	}
	p.seg.Close()
	<-started
	<-p.sub.Done()
	p.close("Done")
	p.over()
	return k < manyTries
}

func (p *witness[T]) complain(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("law broken: %s", fmt.Sprintf(format, args...))
}
