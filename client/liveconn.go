package client

import (
	"net"
	"sync/atomic"
	"time"
)

// liveConn counts life in bytes, not in messages: once armed, every Read moves
// the read deadline, so that pongs, slow large frames and single bytes all count,
// and only silence does not. A deadline per message, gorilla's usual recipe,
// would drop a healthy idle link and any frame slower than the deadline.
type liveConn struct {
	net.Conn
	quiet  atomic.Int64 // nanoseconds of silence allowed; 0 while not armed
	before func()       // the reader's: called on its goroutine before it waits; nil for nothing

	holding atomic.Bool // what is written waits for what follows
	held    []byte      // that; whoever writes has it, and gorilla, or TLS, sees to one at a time
}

func (c *liveConn) arm(quiet time.Duration) { c.quiet.Store(int64(quiet)) }

// hold has what is written from now on wait, or go with the next.
func (c *liveConn) hold(on bool) { c.holding.Store(on) }

// Write writes what was held and p in one piece, or holds p.
func (c *liveConn) Write(p []byte) (int, error) {
	holding := c.holding.Load()
	if !holding && len(c.held) == 0 {
		return c.Conn.Write(p)
	}
	c.held = append(c.held, p...)
	if holding {
		return len(p), nil
	}
	_, err := c.Conn.Write(c.held)
	c.held = nil
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// Read moves the deadline, then reads: gorilla has used up what it had.
func (c *liveConn) Read(p []byte) (int, error) {
	if c.before != nil {
		c.before()
	}
	if q := c.quiet.Load(); q > 0 {
		if err := c.Conn.SetReadDeadline(time.Now().Add(time.Duration(q))); err != nil {
			return 0, err
		}
	}
	return c.Conn.Read(p)
}
