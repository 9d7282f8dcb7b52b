package auth

import (
	"context"
	"errors"
	"fmt"
)

// errAborted is the outcome of a renewal that ended its goroutine without an answer.
var errAborted = errors.New("kalam: renewal of the token was aborted")

// renewal makes a new grant of the old one, none of whose access tokens may be refused.
type renewal func(ctx context.Context, old Grant, refused string) (Grant, error)

// flight is one renewal under way, which any number of callers wait for. It ends with the renewal, or when the last of
// them has left.
type flight struct {
	cancel  context.CancelFunc
	waiting int           // guarded by the cache's lock
	landed  chan struct{} // closed by the flight's goroutine; the outcome is there from then on
	token   Token
	err     error
}

// board joins the flight under way, or starts one. The lock is held.
func (c *cache) board(ctx context.Context, refused string, renew renewal) *flight {
	if f := c.flight; f != nil {
		f.waiting++
		return f
	}
	// The flight is for all who wait for it, so that the first caller's ctx lends it its values but not its end.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{cancel: cancel, waiting: 1, landed: make(chan struct{})}
	c.flight = f
	old := c.grant
	// owner: the flight; ends when: renew returns, which its ctx makes it do once nobody waits any more.
	go c.fly(ctx, f, old, refused, renew)
	return f
}

// fly renews, keeps what came, and tells who waits.
func (c *cache) fly(ctx context.Context, f *flight, old Grant, refused string, renew renewal) {
	defer f.cancel()
	grant, err := Grant{}, errAborted
	defer func() { c.land(f, grant, err) }()
	grant, err = renew(ctx, old, refused)
}

func (c *cache) land(f *flight, grant Grant, err error) {
	c.mu.Lock()
	if c.flight == f {
		c.flight = nil
		if err == nil {
			c.keep(grant)
		}
	}
	c.mu.Unlock()
	if f.err = err; err == nil {
		f.token = grant.Access
	}
	close(f.landed)
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

// leave cancels a flight that nobody waits for any more; a caller who comes later starts another.
func (c *cache) leave(f *flight) {
	c.mu.Lock()
	f.waiting--
	last := f.waiting == 0
	if last && c.flight == f {
		c.flight = nil
	}
	c.mu.Unlock()
	if last {
		f.cancel()
	}
}
