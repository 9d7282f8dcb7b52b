package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/kalamdb/kalamrx/auth"
)

// ErrIdentity marks that the server knows us as another user than before; see
// [*IdentityError].
var ErrIdentity = errors.New("kalam: another user")

// IdentityError says that what was read is another user's: the cause of a Reset.
type IdentityError struct {
	Before, After string // who the server said we are
}

// Error names both users.
func (e *IdentityError) Error() string {
	return fmt.Sprintf("kalam: the server knows us as %q, and knew us as %q", e.After, e.Before)
}

// Is reports whether target is ErrIdentity.
func (e *IdentityError) Is(target error) bool { return target == ErrIdentity }

// SocketPolicy says what SetAuth does with the socket that is open.
type SocketPolicy uint8

// The policies.
const (
	// Redial closes the socket and dials at once with the new credentials; live queries
	// go on. Until the server has said who we are, observers are told nothing.
	Redial SocketPolicy = iota
	// KeepSocket leaves the socket as it is: the server asks for a token at the dial
	// only. It is for new credentials of the same user: the server is asked over HTTP, once
	// and as a statement that reads is, whose they are. Should it answer that, an audit, or
	// what else a live query asks, as another user, the socket is dialled again; until then
	// what is pushed over it is the old one's. That nobody answers is emitted by Errors.
	KeepSocket
	// CloseSocket completes all live queries and closes the socket, as Disconnect does;
	// the next live query dials with the new credentials.
	CloseSocket
)

// String is the policy's name.
func (p SocketPolicy) String() string {
	switch p {
	case Redial:
		return "Redial"
	case KeepSocket:
		return "KeepSocket"
	case CloseSocket:
		return "CloseSocket"
	}
	return fmt.Sprintf("SocketPolicy(%d)", uint8(p))
}

// credentials are who asks, and since when: each SetAuth makes an epoch, and so does a
// server that knows us as another user.
type credentials struct {
	source auth.Source
	epoch  uint64
}

// asker is the key by which the ctx of a call knows who asks a client.
type asker struct{ c *Client }

// as has a call be one user's to its end: what it sends again goes with the credentials
// that it began with.
func (c *Client) as(ctx context.Context) context.Context {
	if ctx.Value(asker{c}) != nil {
		return ctx
	}
	return context.WithValue(ctx, asker{c}, c.creds.Load())
}

// asks is the token source of a call, or the present one.
func (c *Client) asks(ctx context.Context) auth.Source {
	if by, ok := ctx.Value(asker{c}).(*credentials); ok {
		return by.source
	}
	return c.creds.Load().source
}

// SetAuth replaces the token source for all users of the client, from the next call on;
// policy says what happens to the open socket. Calls that run go on with the credentials
// they began with, also where they are tried again or read another page.
//
// When it returns, observers of live queries are told nothing more of what was read with
// the old credentials, but for a call in progress, until the server has said who we are.
// If it is the same user, they go on where they were, and what happened meanwhile
// follows. If it is another, a Reset comes first, which has no rows: all that the
// stream told before is void; the rows of the new user follow as in the beginning. A
// view is empty until then. A stream that has gone on from a checkpoint ends with
// ErrCheckpoint and ErrIdentity instead. The same holds where the server knows us as
// another user after a reconnect without a SetAuth.
//
// A source that New would refuse is ErrConfig, and changes nothing. SetAuth waits for
// no I/O; the end of ctx ends the wait, not the change. It may be called from anywhere,
// an observer included.
func (c *Client) SetAuth(ctx context.Context, source auth.Source, policy SocketPolicy) error {
	if c.closed.Load() {
		return ErrClosed
	}
	if policy > CloseSocket {
		return fmt.Errorf("%w: SetAuth: no policy %v", ErrConfig, policy)
	}
	if err := auth.Check(source); err != nil {
		return fmt.Errorf("%w: SetAuth: %w", ErrConfig, err)
	}
	if err := c.cfg.mayCarry(c.addr, source); err != nil {
		return fmt.Errorf("%w; SetAuth", err)
	}
	c.replace(source, policy != KeepSocket)
	done := make(chan struct{})
	c.owner.post(func() {
		switch policy {
		case Redial:
			c.owner.switchUser()
		case KeepSocket:
			c.owner.recognise()
		case CloseSocket:
			c.owner.disconnect(func() {})
		}
		close(done)
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// replace has the next to ask for a token ask source; in a new epoch, if what was read
// before may be another user's.
func (c *Client) replace(source auth.Source, anew bool) {
	for {
		old := c.creds.Load()
		next := &credentials{source: source, epoch: old.epoch}
		if anew {
			next.epoch++
		}
		if c.creds.CompareAndSwap(old, next) {
			return
		}
	}
}

// epoch is the present epoch of credentials.
func (c *Client) epoch() uint64 { return c.creds.Load().epoch }

// renew begins another epoch with the same credentials, unless the one given has passed.
func (c *Client) renew(epoch uint64) (uint64, bool) {
	old := c.creds.Load()
	if old.epoch != epoch {
		return 0, false
	}
	return epoch + 1, c.creds.CompareAndSwap(old, &credentials{source: old.source, epoch: epoch + 1})
}
