package auth

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// earlyPart is the part of a token's lifetime, in percent, after which it is renewed although it is still good.
	earlyPart = 90
	// earlyPatience is how long a caller with a good token waits for a better one.
	earlyPatience = 5 * time.Second
	// earlyPause is how long an early renewal that failed is not tried again.
	earlyPause = time.Minute
	// maxRounds is how often a caller whose refused token is granted again tries for another: one flight may have been
	// under way that did not know of the refusal.
	maxRounds = 3
)

// cache keeps the grant of one user on one server and renews it, once for all who ask. The lock is held for none of the
// waiting.
type cache struct {
	mu     sync.Mutex
	grant  Grant
	early  time.Time // when to renew, and
	late   time.Time // when to stop using it; both zero if the lifetime is unknown
	flight *flight   // the renewal under way, or nil
}

// token gives the token that is kept, or waits for a renewal.
func (c *cache) token(ctx context.Context, refused string, renew renewal) (Token, error) {
	for range maxRounds {
		kept, f := c.enter(ctx, refused, renew)
		if f == nil {
			return kept, nil
		}
		if kept.Value != "" {
			return c.better(ctx, f, kept), nil
		}
		t, err := c.wait(ctx, f)
		if err != nil || t.Value != refused {
			return t, err
		}
	}
	return Token{}, fmt.Errorf("%w: the server grants the token that it refuses", ErrUnauthenticated)
}

// enter gives the token that is kept if it will do, the flight to wait for if it will not, and both to the one caller
// who renews it early.
func (c *cache) enter(ctx context.Context, refused string, renew renewal) (Token, *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if refused != "" && c.grant.Access.Value == refused {
		c.grant.Access = Token{} // nobody else need be refused with it
	}
	now := time.Now()
	if c.grant.Access.Value == "" || !c.late.IsZero() && !now.Before(c.late) {
		return Token{}, c.board(ctx, refused, renew)
	}
	if c.early.IsZero() || now.Before(c.early) {
		return c.grant.Access, nil
	}
	c.early = now.Add(earlyPause) // unless this one succeeds
	return c.grant.Access, c.board(ctx, refused, renew)
}

// better gives the outcome of an early renewal, or what is kept if that comes to nothing in time.
func (c *cache) better(ctx context.Context, f *flight, kept Token) Token {
	ctx, cancel := context.WithTimeout(ctx, earlyPatience)
	defer cancel()
	if t, err := c.wait(ctx, f); err == nil {
		return t
	}
	return kept
}

// keep stores a grant that came just now. The lock is held.
func (c *cache) keep(g Grant) {
	now := time.Now()
	c.grant, c.early, c.late = g, time.Time{}, time.Time{}
	if life := lifetime(g.Access, now); life > 0 {
		c.early = now.Add(life / 100 * earlyPart)
		c.late = now.Add(life)
	}
}
