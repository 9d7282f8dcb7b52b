package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/rx"
)

// errAborted is the outcome of foreign code that ended its goroutine.
var errAborted = errors.New("kalam: runtime.Goexit in a token source or dialer")

// errNoConn is what a dialer gets that gives neither connection nor error.
var errNoConn = errors.New("kalam: the dialer gave no connection")

// foreign runs code of the application that we wait for, a token source or a
// dialer, on a goroutine of its own: one that ignores its context holds nobody but
// itself, and a panic is an error of the call. What it gives after ctx has ended
// goes to late, if there is one; an error that it gives then says why ctx has ended, too,
// whichever of the two was first to be seen.
func foreign[T any](ctx context.Context, alive *lifetime, call func() (T, error), late func(T)) (T, error) {
	type outcome struct {
		v   T
		err error
	}
	got := make(chan outcome, 1)
	var decided atomic.Bool
	alive.add()
	go func() { // owner: the client, whose Done waits for it; ends when call returns
		defer alive.remove()
		o := outcome{err: errAborted}
		defer func() {
			if p := recover(); p != nil {
				o.err = &rx.PanicError{Value: p, Stack: debug.Stack()}
			}
			if decided.CompareAndSwap(false, true) {
				got <- o
			} else if o.err == nil && late != nil {
				late(o.v)
			}
		}()
		o.v, o.err = call()
	}()
	select {
	case o := <-got:
		return o.v, because(ctx, o.err)
	case <-ctx.Done():
	}
	if decided.CompareAndSwap(false, true) {
		var none T
		return none, context.Cause(ctx)
	}
	o := <-got
	return o.v, because(ctx, o.err)
}

// because adds to an error why ctx has ended, if it has: "operation was canceled" does not
// say that the client was closed.
func because(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, context.Cause(ctx)) {
		return err
	}
	return fmt.Errorf("%w: %w", context.Cause(ctx), err)
}

// token asks the token source, for a request or for a socket that is to be dialled.
func (c *Client) token(ctx context.Context, refused string, dial bool) (string, error) {
	ask := auth.Ask{Server: c.login, Refused: refused, Dial: dial, Life: c.life, Go: c.background, Report: c.report}
	token, err := foreign(ctx, c.alive, func() (auth.Token, error) {
		return c.asks(ctx).Token(ctx, ask)
	}, nil)
	return token.Value, err
}

// background runs a renewal that nobody need wait for but the client's Done.
func (c *Client) background(renewal func()) {
	c.alive.add() // whoever asks is counted, so that the client is not done
	go func() {   // owner: the client; ends with c.life, or by the renewal's own deadline
		defer c.alive.remove()
		renewal()
	}()
}

// dial opens a network connection, for HTTP and for the socket.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := c.within(ctx, "connect", c.cfg.connect)
	defer cancel()
	return foreign(ctx, c.alive, func() (net.Conn, error) {
		conn, err := c.cfg.dial(ctx, network, addr)
		if err == nil && conn == nil {
			err = errNoConn
		}
		return conn, err
	}, func(conn net.Conn) { _ = conn.Close() })
}

// within is ctx for one step: it ends with a *TimeoutError when the step takes
// longer than it may, and with ErrClosed when the client is closed.
func (c *Client) within(ctx context.Context, step string, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, giveUp := context.WithCancelCause(ctx)
	stop := func() bool { return true }
	if !isLast(ctx) {
		stop = context.AfterFunc(c.life, func() { giveUp(ErrClosed) })
	}
	ctx, cancel := context.WithTimeoutCause(ctx, d, &TimeoutError{Step: step, After: d})
	return ctx, func() {
		stop()
		cancel()
		giveUp(context.Canceled)
	}
}
