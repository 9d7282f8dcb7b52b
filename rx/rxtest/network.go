package rxtest

import (
	"context"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
)

const (
	// BufferSize is how many bytes wait in each direction of a connection before
	// its writer has to wait: 64 KiB.
	BufferSize = 64 << 10
	// Backlog is how many connections wait to be accepted by a listener before
	// dialling has to wait: 128, as Linux had it for long.
	Backlog = 128
)

// Network is a network in memory. Every wait in it, for data, room, connections
// or deadlines, is one that testing/synctest understands: so a client and a
// server that talk over it run in virtual time. Make it inside the bubble.
//
// Its connections behave like TCP on a host: they are buffered ([BufferSize] each
// way), closing one lets the peer read what is on its way and then io.EOF, and
// writing to a closed one fails with syscall.EPIPE. They have deadlines and
// CloseWrite. Nothing runs in the background: there is no goroutine to leak, and
// a connection nobody closed is just memory.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	lastPort  int
}

// NewNetwork makes a network on which nobody listens.
func NewNetwork() *Network {
	return &Network{listeners: map[string]*listener{}, lastPort: 49151}
}

// address is a "host:port" of a Network.
type address string

// Network is "mem".
func (address) Network() string { return "mem" }

// String is the "host:port".
func (a address) String() string { return string(a) }

// Listen opens addr, a "host:port". Names are compared as written, there is no
// resolver; without a host it answers to every host, and port 0 or none is
// replaced by a free one, see the listener's Addr. An address in use is an error
// that is syscall.EADDRINUSE.
func (n *Network) Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "mem", Addr: address(addr), Err: err}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == "" || port == "0" {
		port = n.freePort()
	}
	if host == "0.0.0.0" || host == "::" {
		host = ""
	}
	key := net.JoinHostPort(host, port)
	if n.listeners[key] != nil {
		in := os.NewSyscallError("bind", syscall.EADDRINUSE)
		return nil, &net.OpError{Op: "listen", Net: "mem", Addr: address(key), Err: in}
	}
	l := &listener{network: n, addr: address(key)}
	l.moved.L = &l.mu
	n.listeners[key] = l
	return l, nil
}

// freePort is a port that was never given out; n.mu is held.
func (n *Network) freePort() string {
	n.lastPort++
	return strconv.Itoa(n.lastPort)
}

// DialContext connects to whoever listens on addr. It fits http.Transport and
// gorilla's Dialer. As with TCP it does not wait to be accepted, unless [Backlog]
// connections do already. Where nobody listens the error is syscall.ECONNREFUSED,
// where ctx ends it is ctx's. network is "tcp", "tcp4", "tcp6" or "mem".
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: address(addr), Err: err}
	}
	switch network {
	case "tcp", "tcp4", "tcp6", "mem":
	default:
		return fail(net.UnknownNetworkError(network))
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	l, from, err := n.find(addr)
	if err != nil {
		return fail(err)
	}
	client, server := newConns(from, address(addr))
	if err := l.offer(ctx, server); err != nil {
		return fail(err)
	}
	return client, nil
}

// find is the listener of addr, and an address for who asks.
func (n *Network) find(addr string) (*listener, address, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, "", err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.listeners[addr]
	if l == nil {
		l = n.listeners[net.JoinHostPort("", port)]
	}
	if l == nil {
		return nil, "", errRefused()
	}
	// An address of the range reserved for documentation, RFC 5737.
	return l, address(net.JoinHostPort("192.0.2.1", n.freePort())), nil
}

func (n *Network) forget(l *listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners, l.addr.String())
}

func errRefused() error { return os.NewSyscallError("connect", syscall.ECONNREFUSED) }
