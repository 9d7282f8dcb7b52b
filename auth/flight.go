package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// earlyPatience is how long an early renewal may take. Nobody waits for it while the token is good.
	earlyPatience = time.Minute
	// longestFlight is how long any other may take, however patient its callers: somebody may have to type.
	longestFlight = 15 * time.Minute
)

var (
	// errAborted is the outcome of a renewal that ended its goroutine without an answer.
	errAborted = errors.New("kalam: renewal of the token was aborted")
	// errLeft is the outcome of one that nobody waits for any more.
	errLeft = errors.New("kalam: nobody waits for the token any more")
	// errHomeless is the outcome of one whose client was closed.
	errHomeless = errors.New("kalam: renewal of the token ended with the client that began it")
	// errSlow is the outcome of one that takes too long.
	errSlow = fmt.Errorf("kalam: renewal of the token takes too long: %w", context.DeadlineExceeded)
)

// renewal makes a new grant of the old one. It must not give the access token that was refused.
type renewal func(ctx context.Context, old Grant, refused string) (lease, error)

// within is the key by which the ctx of a renewal knows whose renewal it is.
type within struct{ c *cache }

// flight is one renewal under way, which any number of callers wait for. It lands when the renewal returns or its ctx
// ends, whichever is first: one that does not heed its ctx holds up nobody who comes later.
type flight struct {
	ctx     context.Context // of the renewal
	end     context.CancelCauseFunc
	free    []func() // releases what watches ctx
	old     Grant
	early   bool          // goes on although nobody waits
	waiting int           // guarded by the cache's lock
	over    bool          // guarded by the cache's lock
	landed  chan struct{} // closed by land, once; the outcome is there from then on
	token   Token
	err     error
}

// newFlight prepares a flight. It is for all who come to wait for it, so that the first caller's ctx lends it its values
// but not its end: that is the end of the life of who began it, the departure of the last who waits, or that it takes
// too long. The lock is held.
func newFlight(ctx context.Context, c *cache, n need, early bool) *flight {
	longest := longestFlight
	if early {
		longest = earlyPatience
	}
	ctx = context.WithValue(context.WithoutCancel(ctx), within{c}, true)
	ctx, end := context.WithCancelCause(ctx)
	timed, cancel := context.WithTimeoutCause(ctx, longest, errSlow)
	f := &flight{ctx: timed, end: end, old: c.grant, early: early, landed: make(chan struct{})}
	if !early {
		f.waiting = 1
	}
	f.free = []func(){cancel}
	if life := n.ask.Life; life != nil {
		leave := func() { end(fmt.Errorf("%w: %w", errHomeless, context.Cause(life))) }
		if life.Err() != nil {
			leave() // now, rather than soon
		}
		stop := context.AfterFunc(life, leave)
		f.free = append(f.free, func() { stop() })
	}
	stop := context.AfterFunc(timed, func() { c.land(f, lease{}, context.Cause(timed)) })
	f.free = append(f.free, func() { stop() })
	return f
}

// begin runs the renewal of a flight, on the goroutine that the asker gives for it if there is one.
func (c *cache) begin(f *flight, n need) {
	run := func() { c.fly(f, n) }
	if n.ask.Go != nil {
		n.ask.Go(run)
		return
	}
	// owner: the flight; ends when: renew returns, which its ctx makes it do: it ends with the asker's life, when nobody
	// waits any more, and after earlyPatience or longestFlight at the latest.
	go run()
}

// fly renews and lands with what came of it.
func (c *cache) fly(f *flight, n need) {
	got, err := lease{}, errAborted
	defer func() {
		if p := recover(); p != nil {
			err = newPanicError(p)
		}
		if err != nil && f.ctx.Err() != nil {
			err = context.Cause(f.ctx)
		}
		c.land(f, got, err)
	}()
	if f.ctx.Err() == nil {
		got, err = n.renew(f.ctx, f.old, n.ask.Refused)
	}
}

// land keeps what came, or remembers what went wrong, and tells who waits. What comes after the flight's ctx has ended
// is too late, and not used.
func (c *cache) land(f *flight, got lease, err error) {
	c.mu.Lock()
	first := !f.over
	f.over = true
	if first {
		c.settle(f, got, err)
	}
	c.mu.Unlock()
	if !first {
		return
	}
	if f.err = err; err == nil {
		f.token = got.grant.Access
	}
	close(f.landed)
	for _, free := range f.free {
		free()
	}
	f.end(nil)
}

// settle is the part of landing that concerns the cache. The lock is held. A flight that was given up says nothing about
// the next.
func (c *cache) settle(f *flight, got lease, err error) {
	if c.flight != f {
		return
	}
	c.flight = nil
	switch {
	case err == nil:
		c.keep(got)
	case !errors.Is(err, errLeft) && !errors.Is(err, errHomeless):
		c.setback = c.setback.after(err, c.guarded)
	}
}

// wait waits for the outcome, for as long as ctx lets it.
func (c *cache) wait(ctx context.Context, f *flight) (Token, error) {
	select {
	case <-f.landed:
		return f.token, f.err
	case <-ctx.Done():
		c.leave(f)
		return Token{}, waiting(ctx)
	}
}

// waiting is the error of a caller whose ctx ended first.
func waiting(ctx context.Context) error {
	return fmt.Errorf("kalam: waiting for a token: %w", context.Cause(ctx))
}

// leave ends a flight that nobody waits for any more, unless it is an early one; a caller who comes later starts another.
func (c *cache) leave(f *flight) {
	c.mu.Lock()
	f.waiting--
	last := f.waiting == 0 && !f.early
	if last && c.flight == f {
		c.flight = nil
	}
	c.mu.Unlock()
	if last {
		f.end(errLeft)
	}
}
