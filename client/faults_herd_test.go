package client_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// Row 9.
func herd(f *trial) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	f.serve(kalamtest.WithAuthRate(1 << 30))
	for range n {
		f.client()
	}
	var all sync.WaitGroup
	for _, c := range f.clients {
		all.Go(func() {
			if err := c.Connect(f.t.Context()); err != nil {
				f.t.Error(err)
			}
		})
	}
	all.Wait()
	f.sleep(15 * time.Second) // stable: none of them has seen a server that drops at once
	before := len(f.link.Dials())
	down := time.Now()
	f.srv.Stop()
	if err := f.srv.Restart(); err != nil {
		f.t.Fatal(err)
	}
	f.connectedAgain(2 * n)
	var at []time.Duration
	for _, d := range f.link.Dials()[before:] {
		at = append(at, d.At.Sub(down))
	}
	slices.Sort(at)
	note(f, "clients", n)
	note(f, "dials", len(at))
	note(f, "within", at[len(at)-1]-at[0])
	most, mean := crowd(at, 100*time.Millisecond)
	note(f, "most_in_100ms", most)
	atMost(f, "most_to_mean", float64(most*100/mean)/100, 3)
	note(f, "sockets", f.srv.Stats().ConnectionsTotal)
}

// connectedAgain waits for the server to have answered so many upgrades.
func (f *trial) connectedAgain(n int) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), f.d(time.Hour, 30*time.Second))
	defer cancel()
	if s, err := f.srv.Await(ctx, func(s kalamtest.Stats) bool { return s.ConnectionsTotal >= n }); err != nil {
		f.t.Fatalf("%d of %d upgrades: %v", s.ConnectionsTotal, n, err)
	}
}

// crowd is how many of sorted times lie in any window at most, and in the mean.
func crowd(at []time.Duration, window time.Duration) (most, mean int) {
	first := 0
	for i, t := range at {
		for at[first] < t-window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most, max(1, len(at)*int(window)/int(max(window, at[len(at)-1]-at[0])))
}

// Row 10.
func flapping(f *trial) {
	f.serve(kalamtest.WithAuthRate(1 << 30))
	f.client()
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Minute)
	defer cancel()
	var flap sync.WaitGroup
	drops := 0
	flap.Go(func() { // owner: the row; ends when ctx does
		for {
			if _, err := f.srv.Await(ctx, func(s kalamtest.Stats) bool { return s.ConnectionsOpen > 0 }); err != nil {
				return
			}
			f.sleep(50 * time.Millisecond) // how long the server lets a connection live
			f.srv.CutConnections()
			drops++
			if _, err := f.srv.Await(ctx, func(s kalamtest.Stats) bool { return s.ConnectionsOpen == 0 }); err != nil {
				return
			}
		}
	})
	l := f.watch(f.c, f.all(), nil)
	f.loads(l)
	flap.Wait()
	atMost(f, "dials", f.dials(), 40)
	note(f, "drops", drops)
	f.connected(uint64(drops) + 1)
	f.sleep(time.Minute) // a connection that lives for 10 s ends the outage
	dials := f.dials()
	f.srv.CutConnections()
	atMost(f, "next_delay", f.phase(client.Backoff).Delay, time.Second)
	f.connected(uint64(drops) + 2)
	equal(f, "next_dials", f.dials()-dials, 1)
	f.whole()
}

// Row 23.
func hundredResume(f *trial) {
	f.serve(kalamtest.WithSubscriptionLimits(100, 100))
	f.client()
	f.insert(0, 10)
	for i := range 100 {
		f.watch(f.c, fmt.Sprintf("%s WHERE qty < %d", f.all(), 1000+i), nil)
	}
	for _, l := range f.folds {
		f.loads(l)
	}
	f.link.Refuse(true)
	f.link.Cut()
	f.insert(100, 60)
	f.sleep(30 * time.Second) // the outage
	f.link.Refuse(false)
	began := f.c.Stats().Sent
	f.connect() // it hurries the dial, and returns when all are live
	live := f.phase(client.Ready).Since
	atMost(f, "t_all_live", live.Sub(f.lastDial()), 100*time.Second/45+time.Second)
	equal(f, "subs_sent", f.c.Stats().Sent-began, 100)
	for _, l := range f.folds {
		l.wait("the end of the gap", time.Minute, func() bool { return l.gaps > 0 && !l.open })
	}
	equal(f, "limit_errors", f.srv.Stats().RateLimited, 0)
	f.sleep(2 * time.Second) // what whole asks for is 100 queries, too
	f.whole()
	note(f, "dials", f.dials())
}

// lastDial is when the link was dialled last with success.
func (f *trial) lastDial() time.Time {
	f.states.mu.Lock()
	defer f.states.mu.Unlock()
	var at time.Time
	for _, s := range f.states.all {
		if s.Phase == client.Dialing {
			at = s.Since
		}
	}
	return at
}

// openConns counts connections of a dialer, and keeps nothing of those that are
// closed, as a Link does.
type openConns struct {
	f    *trial
	mu   sync.Mutex
	open int
}

type openConn struct {
	net.Conn
	once sync.Once
	done func()
}

func (c *openConn) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}

func (o *openConns) add(n int) {
	o.mu.Lock()
	o.open += n
	o.mu.Unlock()
}

func (o *openConns) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := o.f.srv.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	o.add(1)
	return &openConn{Conn: conn, done: func() { o.add(-1) }}, nil
}

// size is what the process holds.
type size struct{ goroutines, conns, heap int }

func (o *openConns) size() size {
	runtime.GC()
	runtime.GC() // pools let go in the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	o.mu.Lock()
	defer o.mu.Unlock()
	return size{runtime.NumGoroutine(), o.open, int(m.HeapAlloc)}
}

// Row 30.
func reconnects(f *trial) {
	few, many := 1000, 10_000
	switch {
	case !f.virtual:
		few, many = 50, 250
	case testing.Short():
		few, many = 100, 1000
	}
	f.serve(kalamtest.WithAuthRate(1 << 30))
	conns := &openConns{f: f}
	f.client(client.WithDialer(conns.dial), client.WithBackoff(time.Millisecond, 2*time.Millisecond), client.WithoutCompression())
	f.states.sub.Unsubscribe() // a recorder grows
	f.states.all = nil
	exactness := client.OnGap
	if !f.virtual {
		exactness = client.PushOnly // connections for HTTP come and go
	}
	f.loads(f.watch(f.c, f.all(), nil, client.WithExactness(exactness)))
	ready := make(chan struct{}, 1)
	last := uint64(0)
	watch := f.c.State().Subscribe(f.t.Context(), rx.OnNext(func(s client.State) {
		if s.Phase == client.Ready && s.Connects > last {
			last = s.Connects
			ready <- struct{}{}
		}
	}))
	defer watch.Unsubscribe()
	var at size
	for i := range many {
		<-ready
		if i == few {
			at = f.quiet(conns)
		}
		f.srv.CutConnections()
	}
	<-ready
	end := f.quiet(conns)
	note(f, "reconnects", many)
	equal(f, "goroutines_slope", end.goroutines-at.goroutines, 0)
	equal(f, "conns_slope", end.conns-at.conns, 0)
	atMost(f, "heap_bytes_each", (end.heap-at.heap)/(many-few), f.heapEach())
	note(f, "heap_KB", end.heap>>10)
}

// heapEach is what a reconnect may add to the heap: nothing, but a heap is never the
// same twice, and over few reconnects that is more for each.
func (f *trial) heapEach() int {
	if f.virtual {
		return 64
	}
	return 2048
}

// quiet is the size when all is at rest.
func (f *trial) quiet(conns *openConns) size {
	f.rest(5 * time.Minute) // idle connections for HTTP are closed
	now := conns.size()
	for tries, same := 0, 0; !f.virtual && tries < 100 && same < 3; tries++ {
		next := conns.size()
		if same++; next.goroutines != now.goroutines {
			same = 0
		}
		now = next
	}
	return now
}
