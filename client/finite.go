package client

import "github.com/kalamdb/kalamrx/rx"

// overError is ErrClosed to who tries again: operators.Retry does not repeat it.
type overError struct{}

// Error is that of ErrClosed.
func (overError) Error() string { return ErrClosed.Error() }

// Is reports whether target is ErrClosed, or rx.ErrConfig.
func (overError) Is(target error) bool { return target == ErrClosed || target == rx.ErrConfig }

// finite is o as a stream of the client, as tracked is, which completes only when all of
// it was told: one that comes again when the client is closed, to retry, fails.
func finite[T any](c *Client, o rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if again := c.alive.follow(g.Subscription()); again && c.closed.Load() {
			out.Error(overError{})
			return
		}
		o.Attach(g, out)
	})
}
