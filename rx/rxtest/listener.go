package rxtest

import (
	"context"
	"net"
	"sync"
)

// listener is one open address of a Network.
type listener struct {
	network *Network
	addr    address

	mu     sync.Mutex
	moved  sync.Cond // a connection came or was taken, or the listener closed
	queue  []*conn
	closed bool
}

// Addr is the address listened on.
func (l *listener) Addr() net.Addr { return l.addr }

// Accept waits for the next connection. After Close its error is net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 && !l.closed {
		l.moved.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: "mem", Addr: l.addr, Err: net.ErrClosed}
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	l.moved.Broadcast()
	return c, nil
}

// Close frees the address. Connections that nobody accepted are closed, those
// that were accepted live on.
func (l *listener) Close() error {
	l.mu.Lock()
	was, queue := l.closed, l.queue
	l.closed, l.queue = true, nil
	l.mu.Unlock()
	if was {
		return &net.OpError{Op: "close", Net: "mem", Addr: l.addr, Err: net.ErrClosed}
	}
	l.network.forget(l)
	l.moved.Broadcast()
	for _, c := range queue {
		c.reset()
	}
	return nil
}

// offer queues c to be accepted, waiting for room while ctx lasts.
func (l *listener) offer(ctx context.Context, c *conn) error {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock() // so that the wake-up does not fall between check and wait
		defer l.mu.Unlock()
		l.moved.Broadcast()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) >= Backlog && !l.closed && ctx.Err() == nil {
		l.moved.Wait()
	}
	if l.closed {
		return errRefused()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.queue = append(l.queue, c)
	l.moved.Broadcast()
	return nil
}
