package kalamtest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// linkConn is the client's end of a connection over a link.
type linkConn struct {
	net.Conn // towards the server
	link     *Link
	id       int
	up, down *lane
	ending   sync.Once
}

func newLinkConn(l *Link, below net.Conn) *linkConn {
	return &linkConn{Conn: below, link: l, up: newLane(l, Up), down: newLane(l, Down)}
}

// Read gives what came down. One goroutine may read at a time.
func (c *linkConn) Read(p []byte) (int, error) {
	for {
		if err := c.down.fault(); err != nil {
			return 0, c.wrap("read", err)
		}
		if c.down.piped.Load() {
			n, err := c.down.take(p)
			return c.spend(c.down, n), c.wrap("read", err)
		}
		q := c.down.window(p)
		n, err := c.Conn.Read(q)
		if n, err, over := c.arrived(q, n, err); over {
			return n, err
		}
	}
}

// arrived decides about what was read straight from below: to be handed on, or vanished, or queued.
func (c *linkConn) arrived(q []byte, n int, err error) (int, error, bool) {
	w := c.link.sky.Load()
	late := errors.Is(err, os.ErrDeadlineExceeded)
	switch {
	case w.fair(Down) || late:
	case w.hole.has(Down):
		c.link.vanish(Down, n)
		if err != nil {
			c.pipeDown(nil, err)
		}
		return 0, nil, len(q) == 0
	case w.queues(Down):
		c.pipeDown(q[:n], err)
		return 0, nil, false
	}
	if fault := c.down.fault(); err != nil && fault != nil {
		err = c.wrap("read", fault)
	}
	return c.spend(c.down, n), err, true
}

// Write sends p up. On a link that queues it returns when p is on its way.
func (c *linkConn) Write(p []byte) (int, error) {
	if c.up.straight() {
		n, err := c.Conn.Write(p)
		return n, c.explain(err)
	}
	if err := c.up.begin(); err != nil {
		return 0, c.wrap("write", err)
	}
	defer c.up.finish()
	done := 0
	for done < len(p) {
		n, err := c.writeSome(p[done:])
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (c *linkConn) writeSome(p []byte) (int, error) {
	if err := c.up.fault(); err != nil {
		return 0, c.wrap("write", err)
	}
	w := c.link.sky.Load()
	switch {
	case w.hole.has(Up):
		c.link.vanish(Up, len(p))
		return len(p), nil
	case c.up.piped.Load() || w.queues(Up):
		c.pipeUp()
		n, err := c.up.put(p)
		return n, c.wrap("write", err)
	}
	n, err := c.Conn.Write(c.up.window(p))
	c.spend(c.up, n)
	return n, c.explain(err)
}

// explain gives the reason why the connection was ended under a writer.
func (c *linkConn) explain(err error) error {
	if fault := c.up.fault(); err != nil && fault != nil {
		return c.wrap("write", fault)
	}
	return err
}

// spend takes bytes from what ResetAfter allowed and tells how many of them pass.
func (c *linkConn) spend(la *lane, n int) int {
	passed, last := la.spend(n)
	if last {
		c.link.tally.add(func(s *LinkStats) { s.Reset++ }) // first: who sees the reset finds it counted
		c.reset()
	}
	return passed
}

// pipeDown puts a queue between the server and the reader, beginning with what was read already.
func (c *linkConn) pipeDown(b []byte, err error) {
	if c.down.piped.Swap(true) {
		return // there is one reader, and it saw that it was not
	}
	_ = c.Conn.SetReadDeadline(time.Time{}) // from here on the lane keeps it
	c.down.arrive(b, err)
	if err == nil {
		c.link.start(c.pumpDown)
	}
}

// pumpDown moves what comes from below into the queue. owner: the link. ends when: the connection does.
func (c *linkConn) pumpDown() {
	buf := make([]byte, 4096)
	for c.down.room() {
		n, err := c.Conn.Read(buf)
		if c.link.sky.Load().hole.has(Down) {
			c.link.vanish(Down, n)
			n = 0
		}
		if errors.Is(err, os.ErrDeadlineExceeded) { // set while the pump began, or the end
			_ = c.Conn.SetReadDeadline(time.Time{})
			err = nil
		}
		c.down.arrive(buf[:n], err)
		if err != nil {
			return
		}
	}
}

// pipeUp puts a queue between the writer and the server.
func (c *linkConn) pipeUp() {
	if !c.up.piped.Swap(true) {
		_ = c.Conn.SetWriteDeadline(time.Time{}) // from here on the lane keeps it
		c.link.start(c.pumpUp)
	}
}

// pumpUp writes what waited long enough. owner: the link. ends when: the connection does, and after what a Close or a
// HalfClose left to be written.
func (c *linkConn) pumpUp() {
	for {
		b, ok := c.up.due()
		if !ok || !c.deliver(b) {
			break
		}
	}
	switch c.up.flushed() {
	case net.ErrClosed:
		_ = c.Conn.Close()
	case syscall.EPIPE:
		closeWrite(c.Conn)
	}
}

func (c *linkConn) deliver(b []byte) bool {
	for len(b) > 0 {
		n, err := c.Conn.Write(c.up.window(b))
		c.spend(c.up, n)
		b = b[n:]
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && c.up.fault() == nil: // set while the pump began
			_ = c.Conn.SetWriteDeadline(time.Time{})
		default:
			c.up.fail(err)
			return false
		}
	}
	return true
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// flushWait is how long Close lets the bytes on their way up take to get into the connection below.
const flushWait = 250 * time.Millisecond

// Close ends the connection. What a latency or a bandwidth held back goes to the server at once; what is stalled is
// lost. In a black hole the server does not learn of it before that is over.
func (c *linkConn) Close() error {
	err := c.wrap("close", net.ErrClosed)
	c.ending.Do(func() { err = c.close() })
	return err
}

func (c *linkConn) close() error {
	stranded := c.link.sky.Load().hole.has(Up)
	flush := c.up.shut(net.ErrClosed, !stranded && !c.link.sky.Load().stall.has(Up))
	c.down.end(net.ErrClosed)
	var err error
	switch {
	case stranded:
		_ = c.Conn.SetDeadline(time.Now()) // frees a pump, and who waits below
	case flush:
		_ = c.Conn.SetReadDeadline(time.Now())
		_ = c.Conn.SetWriteDeadline(time.Now().Add(flushWait))
	default:
		err = c.Conn.Close()
	}
	c.link.leave(c, stranded)
	return err
}

// reset ends the connection at both ends.
func (c *linkConn) reset() {
	c.up.end(syscall.ECONNRESET)
	c.down.end(syscall.ECONNRESET)
	cut(c.Conn)
	c.link.leave(c, false)
}

// halfClose ends one direction, or both one after the other.
func (c *linkConn) halfClose(d Direction) {
	if d.has(Up) {
		if !c.up.shut(syscall.EPIPE, true) {
			closeWrite(c.Conn)
		}
	}
	if d.has(Down) {
		c.down.end(io.EOF)
		_ = c.Conn.SetReadDeadline(time.Now()) // who waits below finds the end
	}
}

// SetDeadline sets both deadlines.
func (c *linkConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline bounds reads, those that wait already included.
func (c *linkConn) SetReadDeadline(t time.Time) error {
	c.down.bound(t)
	if c.down.piped.Load() || c.down.fault() != nil {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline bounds writes, those that wait already included.
func (c *linkConn) SetWriteDeadline(t time.Time) error {
	c.up.bound(t)
	if c.up.piped.Load() || c.up.fault() != nil {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

func (c *linkConn) wrap(op string, err error) error {
	var done *net.OpError
	if err == nil || err == io.EOF || errors.As(err, &done) {
		return err
	}
	if errno, ok := err.(syscall.Errno); ok {
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: "link", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

func (l *Link) vanish(d Direction, bytes int) {
	if bytes == 0 {
		return
	}
	l.tally.add(func(n *LinkStats) {
		if d == Up {
			n.VanishedUp += bytes
		} else {
			n.VanishedDown += bytes
		}
	})
}
