package rx

import (
	"context"
	"errors"
	"sync/atomic"
)

// Subscription is one running stream, as Subscribe returns it. All its methods
// may be called from any goroutine, observers included.
type Subscription struct {
	root    Segment
	ctx     context.Context
	turns   atomic.Int64 // deliveries, teardowns and holds under way
	dropped atomic.Uint64

	tellError    func(error) // the observer's
	tellComplete func()

	over     atomic.Bool // Done is closed, or about to be
	finished bool        // it is; guarded by root.mu, as what follows
	rest     *rest       // made by who needs it first
}

// rest is what many subscriptions never have.
type rest struct {
	err     error
	stopCtx func() bool
	done    chan struct{} // made by the first Done
	onDone  []func()
}

// more is the rest; root.mu is held.
func (s *Subscription) more() *rest {
	if s.rest == nil {
		s.rest = &rest{}
	}
	return s.rest
}

// Unsubscribe ends the stream without a terminal notification. It never waits:
// on the delivering goroutine nothing follows it, from another goroutine at most
// the call that is under way ends; wait for Done to be sure of that too.
func (s *Subscription) Unsubscribe() { s.end(nil) }

// Done is closed when the stream is over: the terminal was delivered, or it was
// unsubscribed, or its context ended, and every delivery and teardown has
// returned. Waiting for it inside an observer of the same stream waits for ever;
// inside an observer of the same subject it does, too, since a subject does not
// know which of its observers a delivery has come to.
func (s *Subscription) Done() <-chan struct{} {
	s.root.mu.Lock()
	defer s.root.mu.Unlock()
	m := s.more()
	if m.done == nil {
		m.done = make(chan struct{})
		if s.finished {
			close(m.done)
		}
	}
	return m.done
}

// Err says how the stream ended: nil while it runs, after Complete and after
// Unsubscribe, context.Cause if the context ended, else the stream's error.
// What teardowns panicked with is joined to it.
func (s *Subscription) Err() error {
	s.root.mu.Lock()
	defer s.root.mu.Unlock()
	if s.rest == nil {
		return nil
	}
	return s.rest.err
}

// Dropped counts the values that boundaries of this stream have dropped by
// their overflow rule.
func (s *Subscription) Dropped() uint64 { return s.dropped.Load() }

// enter begins a turn; it fails when the stream has ended.
func (s *Subscription) enter() bool {
	s.turns.Add(1)
	if !s.root.closed.Load() {
		return true
	}
	s.exit()
	return false
}

// hold delays Done without asking whether the stream has ended. The caller is in
// a turn already, or runs as a teardown.
func (s *Subscription) hold() { s.turns.Add(1) }

// exit ends a turn or hold; the last one after the end closes Done.
func (s *Subscription) exit() {
	if s.turns.Add(-1) == 0 && s.root.closed.Load() && s.over.CompareAndSwap(false, true) {
		s.finish()
	}
}

func (s *Subscription) finish() {
	s.root.mu.Lock()
	s.finished = true
	m := s.rest
	if m == nil {
		s.root.mu.Unlock()
		return
	}
	if m.done != nil {
		close(m.done)
	}
	after := m.onDone
	m.onDone = nil
	s.root.mu.Unlock()
	for _, f := range after {
		s.attempt(teardownFunc(f))
	}
}

// OnDone runs f once when Done closes, at once if it has. It runs on the
// goroutine that ended the stream's last turn, and must not wait.
func (s *Subscription) OnDone(f func()) {
	s.root.mu.Lock()
	if !s.finished {
		m := s.more()
		m.onDone = append(m.onDone, f)
		s.root.mu.Unlock()
		return
	}
	s.root.mu.Unlock()
	f()
}

// error and complete are what the chain tells the root.
func (s *Subscription) error(err error) { s.terminate(err, func() { s.tellError(err) }) }

func (s *Subscription) complete() { s.terminate(nil, s.tellComplete) }

// end closes the stream silently with a cause.
func (s *Subscription) end(cause error) { s.terminate(cause, nil) }

// terminate closes the stream once: no delivery begins any more, then notify
// runs, then the teardowns. The first caller wins, and is told so.
func (s *Subscription) terminate(cause error, notify teardownFunc) (won bool) {
	s.hold()
	defer s.exit()
	if !s.root.closed.CompareAndSwap(false, true) {
		return false
	}
	s.settle(cause)
	if notify != nil {
		s.attempt(notify)
	}
	s.root.tearDown()
	return true
}

// settle stores the cause of the end, and lets go of the context.
func (s *Subscription) settle(cause error) {
	s.root.mu.Lock()
	if cause != nil {
		s.more().err = cause
	}
	var stop func() bool
	if m := s.rest; m != nil {
		stop, m.stopCtx = m.stopCtx, nil
	}
	s.root.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// attempt runs t; a panic of it is joined to the stream's error, since the
// stream has no observer left to tell.
func (s *Subscription) attempt(t teardown) {
	defer func() {
		if p := recover(); p != nil {
			s.join(newPanicError(p))
		}
	}()
	t.teardown()
}

// join adds an error that nobody is left to be told.
func (s *Subscription) join(err error) {
	s.root.mu.Lock()
	m := s.more()
	m.err = errors.Join(m.err, err)
	s.root.mu.Unlock()
}

// follow ends the stream when its context does.
func (s *Subscription) follow() {
	if s.ctx.Done() == nil {
		return
	}
	stop := context.AfterFunc(s.ctx, func() { s.end(context.Cause(s.ctx)) })
	s.root.mu.Lock()
	s.more().stopCtx = stop
	ended := s.root.closed.Load()
	s.root.mu.Unlock()
	if ended {
		stop()
	}
}

// catch is deferred by turns.
func (s *Subscription) catch(fail func(error), returned *bool) {
	if p := recover(); p != nil {
		s.panicked(p, fail)
	} else if !*returned {
		s.panicked(errGoexit, nil)
	}
}

// panicked makes a panic an error of this stream: for the operators downstream
// of the source whose turn it is, or the end of all if the observer panicked. If
// the stream is over already, its Err is where it is found.
func (s *Subscription) panicked(value any, fail func(error)) {
	var err error = newPanicError(value)
	if !s.root.closed.Load() && fail != nil && !inObserver() {
		var again error
		attempt(&again, func() { fail(err) })
		if again == nil {
			return
		}
		err = errors.Join(err, again)
	}
	if !s.terminate(err, func() { s.tellError(err) }) {
		s.join(err)
	}
}
