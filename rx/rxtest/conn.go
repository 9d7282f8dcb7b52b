package rxtest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// conn is one end of a connection: it reads from one pipe and writes to another.
type conn struct {
	local, remote address
	in, out       *pipe
	abrupt        atomic.Bool // Close resets
}

// newConns makes both ends of a connection.
func newConns(client, server address) (*conn, *conn) {
	up, down := newPipe(), newPipe()
	return &conn{local: client, remote: server, in: down, out: up}, &conn{local: server, remote: client, in: up, out: down}
}

// Read waits for data. It gives what is there, at least a byte.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write waits until all of p is on its way. Writes from several goroutines do not
// mix their bytes.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// Close ends both directions. Data on its way can still be read by the peer; data
// from the peer that was not read is lost. Calls that wait fail.
func (c *conn) Close() error {
	if c.abrupt.Swap(false) {
		c.reset()
	}
	wrote, read := c.out.closeWriter(net.ErrClosed), c.in.closeReader()
	if !wrote && !read {
		return c.wrap("close", net.ErrClosed)
	}
	return nil
}

// SetLinger with 0 makes the next Close reset the connection, as that of a
// net.TCPConn does: what is on its way is lost, and the peer's calls fail with
// syscall.ECONNRESET. With other figures Close is the usual one.
func (c *conn) SetLinger(sec int) error {
	c.abrupt.Store(sec == 0)
	return nil
}

// CloseWrite says that nothing more will be written: the peer reads io.EOF behind
// what is on its way. Reading goes on.
func (c *conn) CloseWrite() error {
	if !c.out.closeWriter(syscall.EPIPE) {
		return c.wrap("close", net.ErrClosed)
	}
	return nil
}

// reset ends the connection in the way of a host that has no use for it: the peer
// finds it reset, without reading anything more.
func (c *conn) reset() {
	c.out.fail(syscall.ECONNRESET)
	c.in.fail(syscall.ECONNRESET)
}

// LocalAddr is this end's address.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the peer's address.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline bounds reads, those that wait already included. Past it they
// fail with os.ErrDeadlineExceeded; the zero time is no deadline.
func (c *conn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.in.setReadDeadline(t))
}

// SetWriteDeadline bounds writes like SetReadDeadline reads.
func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.out.setWriteDeadline(t))
}

func (c *conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if errno, ok := err.(syscall.Errno); ok {
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: "mem", Source: c.local, Addr: c.remote, Err: err}
}
