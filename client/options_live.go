package client

import (
	"fmt"
	"time"
)

// WithQueueLength is how many changes may wait for the observer of a live query
// unless its own options say otherwise. Default 1024. Beyond it the rule of OnOverflow
// holds.
func WithQueueLength(n int) Option {
	return countOption("WithQueueLength", n, 1, 1<<30, func(c *config) { c.queue = n })
}

// WithQueueBytes is how many bytes of changes may wait for the observer of a live
// query unless its own options say otherwise. Default 16 MiB. Beyond it the rule of
// OnOverflow holds.
func WithQueueBytes(n int) Option {
	return bytesOption("WithQueueBytes", n, func(c *config) { c.queueBytes = n })
}

// WithMaxLiveQueries is how many live queries may be on the socket. Default 100,
// which is what the server allows a connection. One more ends at once with a
// *LimitError.
func WithMaxLiveQueries(n int) Option {
	return countOption("WithMaxLiveQueries", n, 1, 1<<30, func(c *config) { c.maxLive = n })
}

// WithMessageRate is how many messages a second are sent on the socket, at once if
// there were none before. Default 45: the server allows 50 and throws away what is
// beyond, and clocks differ. At most 50.
func WithMessageRate(n int) Option {
	return countOption("WithMessageRate", n, 1, 50, func(c *config) { c.messageRate = n })
}

// WithBackoff is how long to wait before a lost socket is dialled again: any time up
// to base at first, up to twice as long after every attempt that fails, and up to
// longest at most. A socket that lived for 10 s ends the outage: the next begins with
// base. Default 1 s and 30 s.
func WithBackoff(base, longest time.Duration) Option {
	return func(c *config) error {
		if base <= 0 || longest <= 0 {
			return fmt.Errorf("%w: WithBackoff: %v and %v must be positive", ErrConfig, base, longest)
		}
		c.reconnect.base, c.reconnect.cap = base, longest
		return nil
	}
}

// WithReconnectAttempts is how many attempts to connect are made in an outage before
// the client has Failed. Default any number; 0 stands for that.
func WithReconnectAttempts(n int) Option {
	return countOption("WithReconnectAttempts", n, 0, 1<<30, func(c *config) { c.reconnect.attempts = n })
}

// WithImmediateReconnect has the first attempt of an outage begin at once. Many
// clients that do so come back to a restarted server all at the same time.
func WithImmediateReconnect() Option {
	return func(c *config) error {
		c.reconnect.immediate = true
		return nil
	}
}

// WithoutReconnect has the client not dial again by itself: a lost socket, and one
// that cannot be made, ends the live queries with the reason.
func WithoutReconnect() Option {
	return func(c *config) error {
		c.reconnect.off = true
		return nil
	}
}

// WithAuditInterval is how long it is at most between two audits of a table while
// nothing happens: what the server says nothing of, such as a row that leaves a
// filter, is known after that time at the latest. Default 30 s; after changes it
// begins with 2 s and doubles.
func WithAuditInterval(longest time.Duration) Option {
	return duration("WithAuditInterval", longest, func(c *config) { c.auditInterval = longest })
}

// WithAuditRate is how many queries a second audits may make, all tables together.
// Default 20, of the 100 that the server allows a user; at most 100.
func WithAuditRate(n int) Option {
	return countOption("WithAuditRate", n, 1, 100, func(c *config) { c.auditRate = n })
}

func countOption(name string, n, least, most int, set func(*config)) Option {
	return func(c *config) error {
		if n < least || n > most {
			return fmt.Errorf("%w: %s: %d is not in %d…%d", ErrConfig, name, n, least, most)
		}
		set(c)
		return nil
	}
}
