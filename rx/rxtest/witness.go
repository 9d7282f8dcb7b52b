package rxtest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// witness is an observer that notes what is against the law.
type witness[T any] struct {
	t       *testing.T
	subject subject[T]
	sub     *rx.Subscription
	seg     *rx.Segment // its root: known before Subscribe returns
	raced   bool        // the end comes from another goroutine
	step    int
	act     func()        // at the step-th value
	done    chan struct{} // as sub.Done, but known before Subscribe returns

	inside  atomic.Int64 // calls under way
	values  atomic.Int64
	reached atomic.Bool // the step
	told    atomic.Bool // a terminal
	enough  atomic.Bool // it unsubscribed by itself
	torn    atomic.Int64

	mu     sync.Mutex
	closed string // after which nothing may come
	err    error
}

func newWitness[T any](t *testing.T, s subject[T]) *witness[T] {
	return &witness[T]{t: t, subject: s, act: func() {}, done: make(chan struct{})}
}

// at has something done inside the k-th Next.
func (p *witness[T]) at(k int, act func()) { p.step, p.act = k, act }

// subscribe runs the stream. Downstream of it a teardown is registered.
func (p *witness[T]) subscribe(ctx context.Context) {
	p.sub = rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		p.seg = g
		g.Add(func() { p.torn.Add(1) })
		g.Subscription().OnDone(func() { close(p.done) })
		p.subject.o.Attach(g, out)
	}).Subscribe(ctx, p.observer())
}

func (p *witness[T]) observer() rx.Observer[T] {
	return rx.Observer[T]{
		Next: func(T) {
			defer p.enter("Next")()
			k := int(p.values.Add(1)) - 1
			if k == manyValues {
				p.enough.Store(true)
				p.unsubscribe()
			}
			if k == p.step {
				p.reached.Store(true)
				p.act()
			}
		},
		Error: func(err error) {
			defer p.enter("Error")()
			p.mu.Lock()
			p.err = err
			p.mu.Unlock()
			p.told.Store(true)
			p.close("a terminal")
		},
		Complete: func() {
			defer p.enter("Complete")()
			p.told.Store(true)
			p.close("a terminal")
		},
	}
}

func (p *witness[T]) enter(call string) (leave func()) {
	if p.inside.Add(1) > 1 {
		p.complain("%s while another call is under way", call)
	}
	p.mu.Lock()
	after := p.closed
	p.mu.Unlock()
	if after != "" {
		p.complain("%s after %s", call, after)
	}
	return func() { p.inside.Add(-1) }
}

func (p *witness[T]) unsubscribe() {
	start := time.Now()
	p.seg.Close()
	p.close("Unsubscribe")
	if d := time.Since(start); d > 0 { // in virtual time
		p.complain("Unsubscribe waited for %v", d)
	}
}

// close says that nothing may come any more, because of what.
func (p *witness[T]) close(because string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed == "" {
		p.closed = because
	}
}

func (p *witness[T]) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// wait waits for the end of the stream, with patience.
func (p *witness[T]) wait() {
	select {
	case <-p.sub.Done():
	case <-time.After(patience):
	}
}

func (p *witness[T]) notDone() {
	synctest.Wait()
	select {
	case <-p.done:
		p.complain("Done is closed while the observer is in a call")
	default:
	}
}

// over checks what must hold when a stream has ended.
func (p *witness[T]) over() {
	p.t.Helper()
	p.wait() // a call may be under way
	select {
	case <-p.sub.Done():
	default:
		p.complain("Done is not closed although the stream has ended")
		return
	}
	p.close("Done")
	synctest.Wait()
	if n := p.torn.Load(); n != 1 {
		p.complain("teardown ran %d times", n)
	}
	p.subject.check(p.t, !p.raced)
	time.Sleep(patience) // what is left over has time to show
}
