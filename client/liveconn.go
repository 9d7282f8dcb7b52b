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
}

func (c *liveConn) arm(quiet time.Duration) { c.quiet.Store(int64(quiet)) }

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
