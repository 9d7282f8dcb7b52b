package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/wire"
)

// subsASocket is how many live queries share a socket: a client may send 45 messages at once.
const subsASocket = 40

// way is how the live queries are asked for. Servers that only push differ in whether they begin with a page of rows,
// asked or not, and in how they write times; what does not work is tried the other way.
type way struct {
	snapshot bool // with the rows that are there
	spelled  bool // times are text
}

var (
	errNoRows  = errors.New("changes came, and before them no page of the rows that are there")
	errMissing = errors.New("changes are missing")
	errEarly   = errors.New("the stream ended early")
)

// measure counts n changes of each live query. An error says how many came.
func measure(ctx context.Context, o options) (figures, error) {
	w := way{snapshot: o.mode == modeView || o.exact}
	tried := map[way]bool{}
	for {
		tried[w] = true
		r := newRunning(o, w)
		err := r.run(ctx)
		if err == nil {
			return r.figures(), nil
		}
		w = w.other(err)
		if tried[w] || r.counted() > 0 {
			return figures{}, fmt.Errorf("%d of %d changes: %w", r.counted(), o.n*o.subs, err)
		}
	}
}

// other is the way to try after err.
func (w way) other(err error) way {
	switch {
	case errors.Is(err, errNoRows):
		w.snapshot = false
	case errors.Is(err, wire.ErrCell):
		w.spelled = true
	case errors.Is(err, client.ErrFrame):
		w.snapshot = true
	}
	return w
}

// running is one count of n changes on each of some live queries.
type running struct {
	meter
	o    options
	way  way
	gate *gate

	clients []*client.Client
	left    atomic.Int64 // live queries that have not been given all
	ready   atomic.Bool  // one has been given the rows that are there
	gaps    atomic.Int64
	ignored atomic.Int64 // changes that were no news to a view
	err     chan error   // of capacity 1: what ended a stream first
	once    sync.Once
	done    chan struct{}

	crossing sync.WaitGroup // what reads from RxGo
}

func newRunning(o options, w way) *running {
	r := &running{o: o, way: w, gate: newGate(), err: make(chan error, 1), done: make(chan struct{})}
	r.left.Store(int64(o.subs))
	return r
}

func (r *running) counted() int { return int(r.gate.taken.Load()) }

// run subscribes, waits, and closes; what it started has ended when it returns.
func (r *running) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, r.close()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for i := range r.o.subs {
		if i%subsASocket == 0 {
			c, err := r.client()
			if err != nil {
				return err
			}
			r.clients = append(r.clients, c)
		}
		r.subscribe(ctx, r.clients[len(r.clients)-1], i%subsASocket)
	}
	return r.wait(ctx)
}

func (r *running) client() (*client.Client, error) {
	opts := []client.Option{
		client.WithDialer(r.gate.dial), client.WithoutReconnect(), client.WithQueueLength(4 * window), client.WithQueueBytes(1 << 30),
		client.WithSubscribeTimeout(r.o.timeout), client.WithInitialDataTimeout(r.o.timeout), client.WithPeerTimeout(r.o.timeout + time.Minute),
	}
	if r.o.token != "" {
		opts = append(opts, client.WithAuth(auth.Func(func(context.Context) (auth.Token, error) { return auth.Token{Value: r.o.token}, nil })))
	}
	if r.o.insecure {
		opts = append(opts, client.WithInsecureToken())
	}
	return client.New(r.o.url, opts...)
}

func (r *running) close() error {
	var all []error
	for _, c := range r.clients {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		all = append(all, c.Close(ctx))
		cancel()
		<-c.Done()
	}
	r.crossing.Wait()
	return errors.Join(all...)
}

// wait returns when all changes are counted, or none will come.
func (r *running) wait(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	w := watch{running: r, moved: time.Now()}
	for {
		select {
		case <-r.done:
			return nil
		case err := <-r.err:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case now := <-tick.C:
			if err := w.look(now); err != nil {
				return err
			}
		}
	}
}

// fail ends the count with what ended a stream.
func (r *running) fail(err error) {
	select {
	case r.err <- err:
	default: // another was first
	}
}
