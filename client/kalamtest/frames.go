package kalamtest

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// maxInboundFrame is what the real server's WebSocket library takes in one frame; more costs the TCP connection.
const maxInboundFrame = 64 << 10

// errOversized ends a connection whose client sent a frame over 64 KiB: no close frame, as on the real server.
var errOversized = errors.New("kalam: client frame over 64 KiB")

// inboundConn is the server's end of a connection. Once armed (after the upgrade) it looks at the client's frame
// headers below gorilla and gives the stream two habits of the real server that gorilla does not have: a frame over
// 64 KiB ends the TCP connection without a close frame, and fragments are thrown away unread.
type inboundConn struct {
	net.Conn
	armed     atomic.Bool
	onFrag    func()
	onTooLong func()

	mu   sync.Mutex
	last time.Time // once set, no write may take longer

	// Owned by the reading goroutine.
	head []byte // a frame header that is not complete yet
	pass uint64 // payload bytes still to hand on
	drop uint64 // payload bytes of a fragment still to throw away
	out  []byte // header bytes to hand on before anything else
}

// Read hands on what the client sent, without its fragments.
func (c *inboundConn) Read(p []byte) (int, error) {
	if !c.armed.Load() || len(p) == 0 {
		return c.Conn.Read(p)
	}
	for {
		if len(c.out) > 0 {
			n := copy(p, c.out)
			c.out = c.out[n:]
			return n, nil
		}
		if c.pass > 0 {
			n, err := c.Conn.Read(p[:min(uint64(len(p)), c.pass)])
			c.pass -= uint64(n)
			return n, err
		}
		if err := c.advance(); err != nil {
			return 0, err
		}
	}
}

// advance throws away what is left of a fragment, or reads on in the next header.
func (c *inboundConn) advance() error {
	if c.drop > 0 {
		var sink [512]byte
		n, err := c.Conn.Read(sink[:min(uint64(len(sink)), c.drop)])
		c.drop -= uint64(n)
		return err
	}
	var buf [14]byte
	n, err := c.Conn.Read(buf[:headerNeeds(c.head)])
	c.head = append(c.head, buf[:n]...)
	if err != nil {
		return err
	}
	if headerNeeds(c.head) > 0 {
		return nil
	}
	return c.route()
}

// route decides about the frame whose header is complete.
func (c *inboundConn) route() error {
	size := payloadSize(c.head)
	if size > maxInboundFrame {
		c.onTooLong()
		cut(c.Conn)
		return errOversized
	}
	fin, opcode := c.head[0]&0x80 != 0, c.head[0]&0x0f
	if opcode == 0 || !fin && opcode < 8 {
		c.onFrag()
		c.drop, c.head = size, c.head[:0]
		return nil
	}
	c.out = append(c.out[:0], c.head...)
	c.pass, c.head = size, c.head[:0]
	return nil
}

// headerNeeds tells how many bytes a frame header (RFC 6455, 5.2) still lacks.
func headerNeeds(head []byte) int {
	if len(head) < 2 {
		return 2 - len(head)
	}
	need := 2
	switch head[1] & 0x7f {
	case 126:
		need += 2
	case 127:
		need += 8
	}
	if head[1]&0x80 != 0 {
		need += 4
	}
	return need - len(head)
}

func payloadSize(head []byte) uint64 {
	switch n := head[1] & 0x7f; n {
	case 126:
		return uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		return binary.BigEndian.Uint64(head[2:])
	default:
		return uint64(n)
	}
}

// cut ends a connection without ceremony: with a reset where the network knows one.
func cut(c net.Conn) {
	if in, ok := c.(*inboundConn); ok {
		c = in.Conn
	}
	if t, ok := c.(interface{ SetLinger(sec int) error }); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// SetWriteDeadline sets the deadline of writes, but never beyond the last one that unblock has set.
func (c *inboundConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.last.IsZero() && (t.IsZero() || t.After(c.last)) {
		t = c.last
	}
	return c.Conn.SetWriteDeadline(t)
}

// unblock makes every write fail that is not over in d, also one that is under way: the way out of a peer that does
// not read.
func unblock(c net.Conn, d time.Duration) {
	if in, ok := c.(*inboundConn); ok {
		in.mu.Lock()
		in.last = time.Now().Add(d)
		in.mu.Unlock()
	}
	_ = c.SetWriteDeadline(time.Now().Add(d))
}
