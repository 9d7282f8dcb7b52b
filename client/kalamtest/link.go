package kalamtest

import (
	"context"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// Link is a faulty network between clients and any server: give its Dial to a client in place of the dialer that it
// wraps. All faults are switches that may be turned by any goroutine while connections are open, and concern all
// connections of the link; several may be on at a time. It works over TCP and, in a synctest bubble, over an
// rxtest.Network: every wait in it is one that synctest knows, deadlines and Close end each of them.
//
// On a healthy link Read and Write go straight to the connection below. A stall, a latency or a bandwidth puts a queue
// of up to 64 KiB and one goroutine into the directions concerned of each connection that is used meanwhile, for as
// long as that is open.
type Link struct {
	dial  DialFunc
	sky   atomic.Pointer[weather]
	tally tally[LinkStats]

	running sync.WaitGroup // the pumps of the connections
	done    chan struct{}  // closed by Close

	mu       sync.Mutex
	closed   bool
	changed  chan struct{} // closed and replaced when the weather changes
	last     int
	open     map[int]*linkConn
	stranded []*linkConn // closed by the client in a black hole: the server does not know yet
	dials    []Dial
	rnd      *rand.Rand // of the jitter
}

// Dial is one attempt to connect over a Link.
type Dial struct {
	At   time.Time // when it began
	Addr string
	Err  error // nil when it was connected; else as it was returned
}

// LinkStats count what a link did. All but Open only grow.
type LinkStats struct {
	Open         int // connections that the client has not closed and nobody cut
	Dials        int // attempts that have ended
	Refused      int // attempts that Refuse turned away
	Cut          int // connections that Cut ended
	Reset        int // connections that ResetAfter ended
	HalfClosed   int // connections that HalfClose closed by half
	VanishedUp   int // bytes that a black hole took on the way up
	VanishedDown int // bytes that a black hole took on the way down
	Queued       int // bytes that a stall, a latency or a bandwidth held back, both ways
}

// NewLink makes a healthy link over a dialer; nil stands for a plain net.Dialer. The seed is that of the jitter.
func NewLink(dial DialFunc, seed uint64) *Link {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	l := &Link{
		dial: dial, done: make(chan struct{}), changed: make(chan struct{}),
		open: make(map[int]*linkConn), rnd: rand.New(rand.NewPCG(seed, 0)),
	}
	l.sky.Store(&weather{})
	return l
}

// Dial connects through the link. It fits http.Transport, gorilla's NetDialContext and client.WithDialer. Its errors
// are those of the dialer below, or a *net.OpError of syscall.ECONNREFUSED, of the context's error, or of net.ErrClosed
// after Close.
func (l *Link) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	began := time.Now()
	c, err := l.connect(ctx, network, addr)
	l.mu.Lock()
	l.dials = append(l.dials, Dial{At: began, Addr: addr, Err: err})
	l.mu.Unlock()
	l.tally.add(func(n *LinkStats) {
		n.Dials++
		if err == nil {
			n.Open++
		}
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (l *Link) connect(ctx context.Context, network, addr string) (*linkConn, error) {
	fail := func(err error) (*linkConn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: linkAddr(addr), Err: err}
	}
	if err := l.passage(ctx); err != nil {
		return fail(err)
	}
	if l.sky.Load().refuse {
		l.tally.add(func(n *LinkStats) { n.Refused++ })
		return fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	}
	below, err := l.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := newLinkConn(l, below)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		cut(below)
		return fail(net.ErrClosed)
	}
	l.last++
	c.id = l.last
	l.open[c.id] = c
	return c, nil
}

// passage waits for a black hole to be over, and for as long as a slow accept takes.
func (l *Link) passage(ctx context.Context) error {
	for {
		l.mu.Lock()
		hole, changed, closed := l.sky.Load().hole, l.changed, l.closed
		l.mu.Unlock()
		if closed {
			return net.ErrClosed
		}
		if hole == Neither {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.done:
		}
	}
	d := l.sky.Load().slowAccept
	if d == 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.done:
		return net.ErrClosed
	}
}

// linkAddr is the address in an error.
type linkAddr string

// Network is "link".
func (linkAddr) Network() string { return "link" }

// String is the address as it was dialled.
func (a linkAddr) String() string { return string(a) }

// all gives the open connections, the oldest first; l.mu is held.
func (l *Link) all() []*linkConn {
	out := make([]*linkConn, 0, len(l.open))
	for _, id := range slices.Sorted(maps.Keys(l.open)) {
		out = append(out, l.open[id])
	}
	return out
}

func (l *Link) conns() []*linkConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all()
}

// leave forgets a connection; with stranded its server side is kept until the black hole is over.
func (l *Link) leave(c *linkConn, stranded bool) {
	l.mu.Lock()
	_, there := l.open[c.id]
	delete(l.open, c.id)
	keep := stranded && !l.closed && l.sky.Load().hole.has(Up)
	if keep {
		l.stranded = append(l.stranded, c)
	}
	l.mu.Unlock()
	if stranded && !keep {
		cut(c.Conn)
	}
	if there {
		l.tally.add(func(n *LinkStats) { n.Open-- })
	}
}

// spread draws from 0 to d.
func (l *Link) spread(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Duration(l.rnd.Int64N(int64(d) + 1))
}

// start runs a pump, unless the link is closed.
func (l *Link) start(pump func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.running.Go(pump) // owner: the link, which waits in Close. ends when: its connection is closed or reset
	}
}

// Dials gives every attempt to connect that has ended, in the order of their ends.
func (l *Link) Dials() []Dial {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.dials)
}

// Stats gives the counters as they stand.
func (l *Link) Stats() LinkStats { return l.tally.snapshot() }

// Await waits until the counters satisfy ok, or the context or the link ends (ErrClosed). It returns the counters that
// it saw last. ok is called on the caller's goroutine, without any lock held.
func (l *Link) Await(ctx context.Context, ok func(LinkStats) bool) (LinkStats, error) {
	return l.tally.await(ctx, l.done, ok)
}

// Close cuts every connection, ends every dial that waits, and returns when no goroutine of the link is left. Later
// dials fail with net.ErrClosed. Further calls do nothing.
func (l *Link) Close() {
	l.mu.Lock()
	was := l.closed
	l.closed = true
	conns, stranded := l.all(), l.stranded
	l.stranded = nil
	l.mu.Unlock()
	if !was {
		close(l.done)
	}
	for _, c := range conns {
		c.reset()
	}
	for _, c := range stranded {
		cut(c.Conn)
	}
	l.running.Wait()
}
