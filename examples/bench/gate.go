package main

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// window is how many frames the reader may be ahead of the observers. A live query that keeps rows has room for 8,192.
	window = 4096
	// stall is after how long without a change the frames that are ahead count as what is none: pages, say.
	stall = time.Second
)

// gate keeps a socket's reader from running away from the observers, by not reading from the network meanwhile, so that
// TCP makes the server wait. A client should not: a real server drops what waits for it. But one that is made to push as
// fast as it can drops nothing, and neither does the client then, in bounded memory. Bytes that are encrypted are not
// understood and not held up.
type gate struct {
	frames atomic.Int64 // that were read; the reader's
	taken  atomic.Int64 // changes that observers were given
	stalls atomic.Int64
	waits  atomic.Bool
	wake   chan struct{} // of capacity 1
}

func newGate() *gate { return &gate{wake: make(chan struct{}, 1)} }

// dial is a client.DialFunc.
func (g *gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &gatedConn{Conn: conn, gate: g, closed: make(chan struct{})}, nil
}

func (g *gate) ahead() int64 { return g.frames.Load() - g.taken.Load() }

// took is told that observers were given changes.
func (g *gate) took(n int) {
	g.taken.Add(int64(n))
	if g.waits.Load() && g.ahead() <= window/2 && g.waits.Swap(false) {
		select {
		case g.wake <- struct{}{}:
		default:
		}
	}
}

// wait returns when the reader may read.
func (g *gate) wait(closed <-chan struct{}) {
	for g.ahead() > window {
		g.waits.Store(true)
		if g.ahead() <= window/2 { // and nobody saw that it waits
			continue
		}
		if !g.woken(closed) {
			return
		}
	}
}

// woken waits until somebody catches up. Where nobody does, all are waiting for more.
func (g *gate) woken(closed <-chan struct{}) bool {
	before := g.taken.Load()
	t := time.NewTimer(stall)
	defer t.Stop()
	select {
	case <-g.wake:
		return true
	case <-closed:
		return false
	case <-t.C:
	}
	if now := g.taken.Load(); now == before {
		g.stalls.Add(1)
		g.frames.Store(now)
	}
	return true
}

// gatedConn is a connection behind the gate, once it is a WebSocket.
type gatedConn struct {
	net.Conn
	gate   *gate
	count  frameCount
	once   sync.Once
	closed chan struct{}
}

func (c *gatedConn) Read(p []byte) (int, error) {
	c.gate.wait(c.closed)
	n, err := c.Conn.Read(p)
	if begun := c.count.feed(p[:n]); begun > 0 {
		c.gate.frames.Add(int64(begun))
	}
	return n, err
}

func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
