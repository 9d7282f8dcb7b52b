package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// earlyLeast and earlyMost are the part of a token's lifetime, in percent, after which it is renewed although it is
	// still good: each process draws its own, so that those started together do not renew together.
	earlyLeast, earlyMost = 85, 95
	// earlyPause is how long an early renewal that failed is not tried again.
	earlyPause = time.Minute
	// maxRounds is how often a caller tries whose refused token is granted again, as one flight may have been under way
	// that did not know of the refusal, or whose flight has ended with the client that began it.
	maxRounds = 3
)

// errItself is what a renewal gets that asks the source which it is the renewal of, and would wait for itself.
var errItself = fmt.Errorf("%w: the source was asked by its own renewal", ErrConfig)

// cache keeps the grant of one source on one server and renews it, once for all who ask. The lock is held for none of
// the waiting, and for no call of other code.
type cache struct {
	guarded bool // a refusal by the server is not provoked again soon

	mu      sync.Mutex
	grant   Grant
	good    bool    // the access token may be given
	early   due     // when to renew, and
	late    due     // when to stop using it; both never if the lifetime is unknown
	flight  *flight // the renewal under way, or nil
	setback setback
}

// need is what one caller wants.
type need struct {
	ask   Ask
	anew  bool // rather than the token that is kept
	renew renewal
}

// entry is what a caller gets at once: a token, or an error and for how long it stands, or a flight to wait for. The
// flight to begin is one that nobody has begun yet.
type entry struct {
	token Token
	err   error
	rest  time.Duration
	wait  *flight
	begin *flight
}

// token gives the token that is kept, or waits for a renewal.
func (c *cache) token(ctx context.Context, n need) (Token, error) {
	if ctx.Value(within{c}) != nil {
		return Token{}, errItself
	}
	var last error
	for range maxRounds {
		e := c.enter(ctx, n)
		if e.begin != nil {
			c.begin(e.begin, n)
		}
		switch {
		case e.err != nil && n.ask.Dial && e.rest <= longestPause:
			if err := pause(ctx, e.rest); err != nil {
				return Token{}, err
			}
			last = e.err
			continue
		case e.wait == nil:
			return e.token, e.err
		}
		t, err := c.wait(ctx, e.wait)
		switch {
		case errors.Is(err, errHomeless) && alive(n.ask.Life):
			last = err
		case err != nil || t.Value != n.ask.Refused || t.Value == "":
			return t, err
		default:
			last = fmt.Errorf("%w: the server grants the token that it refuses", ErrUnauthenticated)
		}
	}
	return Token{}, last
}

// enter looks at what there is for a caller.
func (c *cache) enter(ctx context.Context, n need) entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n.ask.Refused != "" && c.grant.Access.Value == n.ask.Refused {
		c.good = false // nobody else need be refused with it
	}
	now := time.Now()
	if c.good && !n.anew && !c.late.come(now) {
		return entry{token: c.grant.Access, begin: c.ahead(ctx, n, now)}
	}
	if f := c.flight; f != nil {
		f.waiting++
		return entry{wait: f}
	}
	if rest, err := c.setback.still(now); err != nil {
		return entry{err: err, rest: rest}
	}
	c.flight = newFlight(ctx, c, n, false)
	return entry{wait: c.flight, begin: c.flight}
}

// ahead makes the flight of an early renewal where it is time for one, which no caller waits for while the token is
// good. The lock is held.
func (c *cache) ahead(ctx context.Context, n need, now time.Time) *flight {
	if !c.early.come(now) || c.flight != nil || !alive(n.ask.Life) {
		return nil
	}
	if _, err := c.setback.still(now); err != nil {
		return nil
	}
	c.early = in(now, between(earlyPause/10*8, earlyPause/10*12)) // unless this one succeeds
	c.flight = newFlight(ctx, c, n, true)
	return c.flight
}

// keep stores a grant. The lock is held.
func (c *cache) keep(l lease) {
	now := time.Now()
	c.grant, c.good, c.early, c.late, c.setback = l.grant, true, due{}, due{}, setback{}
	if life := l.life(now); life > 0 {
		c.early = in(now, between(life/100*earlyLeast, life/100*earlyMost))
		c.late = in(now, life)
	}
}

// alive says whether a life, which may be nil, goes on.
func alive(life context.Context) bool { return life == nil || life.Err() == nil }

// pause waits until d is over, for as long as ctx lets it.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return waiting(ctx)
	}
}
