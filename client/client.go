package client

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/rx"
)

// Client is a handle on one KalamDB server: HTTP calls at once, and one socket
// that all live queries share, opened by the first of them or by Connect. It may
// be shared freely between goroutines. Close ends it.
type Client struct {
	cfg   config
	addr  address
	http  *http.Client
	login auth.Server

	states   *rx.ReplaySubject[State]
	messages *rx.Subject[Message]
	journal  *journal
	errors   *rx.Subject[error]

	owner  *owner
	alive  *lifetime
	closed atomic.Bool
	life   context.Context // ends when Close is called; statements and dials end with it
	end    context.CancelFunc
	stats  counters

	counts   *sourceCounts // of all live queries
	live     liveList
	sources  sources
	auditors auditors
	pace     *auditPace
	pages    pageLimit
	creds    atomic.Pointer[credentials]
	decoders sync.Map // by type, see decoderOf
	trays    trays
	schemas  schemas
	user     atomic.Pointer[string] // who the server says we are; nil before it has
	trouble  atomic.Pointer[error]  // why there is no socket; nil while there is one

	consumers *consumers
}

// New makes a client of the server at a base URL such as
// http://localhost:2900. It does no I/O; whatever can be known to be wrong now
// is an error that is [ErrConfig] and names the option.
func New(baseURL string, opts ...Option) (*Client, error) { return layered(baseURL, opts) }

// layered is New with layers of options, each of which holds against those before it.
func layered(baseURL string, layers ...[]Option) (*Client, error) {
	cfg, err := newConfig(layers...)
	if err != nil {
		return nil, err
	}
	addr, err := parseAddress(baseURL, cfg.compress)
	if err != nil {
		return nil, err
	}
	if err := cfg.mayCarry(addr, cfg.auth); err != nil {
		return nil, err
	}
	c := &Client{
		cfg:      cfg,
		addr:     addr,
		states:   rx.NewReplaySubject[State](1),
		messages: rx.NewSubject[Message](),
		errors:   rx.NewSubject[error](),
		alive:    newLifetime(),
		counts:   &sourceCounts{},
		pace:     newAuditPace(cfg.auditRate),
	}
	c.creds.Store(&credentials{source: cfg.auth, epoch: 1})
	c.consumers = newConsumers()
	c.life, c.end = context.WithCancel(context.Background())
	c.http = c.newHTTPClient()
	c.login = auth.NewServer(addr.base, c.http, auth.AllowPlaintext()) // mayCarry and mayTell see to that
	c.owner = newOwner(c)
	c.states.Next(State{Phase: Idle, Since: time.Now()})
	c.journal = newJournal(c, cfg.logger)
	for _, h := range cfg.handlers {
		h.subscribe(c)
	}
	return c, nil
}

// URL is the server's base URL. It holds no credentials.
func (c *Client) URL() string { return c.addr.base.String() }

// Connect opens the shared socket, and returns when it is ready, or has failed for
// good. An attempt that fails is repeated, see WithBackoff; in the time between two it
// begins the next at once, and after Failed it begins anew. Concurrent calls, and
// live queries that wait, share one dial. On a ready client it returns at once. The
// end of ctx ends the wait, not the attempts: until Disconnect the client keeps a
// socket, whether there is a live query or not.
func (c *Client) Connect(ctx context.Context) error {
	if c.closed.Load() {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	answer := make(chan error, 1)
	c.owner.post(func() { c.owner.connect(answer) })
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return c.unconnected(ctx)
	}
}

// unconnected says that nobody waits any more, and why there was no socket yet.
func (c *Client) unconnected(ctx context.Context) error {
	ended := context.Cause(ctx)
	if last := c.trouble.Load(); last != nil {
		return fmt.Errorf("%w: %w", ended, *last)
	}
	return ended
}

// IsConnected says whether the socket is ready now.
func (c *Client) IsConnected() bool { return c.owner.ready.Load() }

// Disconnect completes all live queries and closes the socket; HTTP calls and
// new live queries go on working, the latter by dialling again. It returns when
// the socket is closed, at most a second later, or when ctx ends.
func (c *Client) Disconnect(ctx context.Context) error {
	if c.closed.Load() {
		return ErrClosed
	}
	gone := make(chan struct{})
	c.owner.post(func() { c.owner.disconnect(func() { close(gone) }) })
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close ends the client in order: statements that run fail with ErrClosed, live
// queries are unsubscribed and their streams complete, then streams of records commit
// and complete, which takes a second at most, then the socket is closed, then State,
// Messages and Errors complete. Of many live queries only as many are unsubscribed one
// by one as the server's limit of messages a second allows: it drops the others with
// the socket. It returns when the socket is closed, at most a second later, or when ctx
// ends, and may be called again and from anywhere, an observer included: it does not
// wait for observers, Done does.
func (c *Client) Close(ctx context.Context) error {
	if c.closed.CompareAndSwap(false, true) {
		c.owner.post(c.owner.close) // first, so that a dial that ends is known to be given up
		c.end()
	}
	select {
	case <-c.owner.gone:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Done is closed when a closed client is over: no observer is in a call any
// more, nothing is delivered, and no goroutine is left, those included that run
// the application's token source and dialer. A stream that waits to try again, as
// under operators.Retry, is over at its next try. Waiting for Done inside an
// observer waits for ever.
func (c *Client) Done() <-chan struct{} { return c.alive.over }

// finish completes the client's own streams.
func (c *Client) finish() {
	c.states.Complete()
	c.messages.Complete()
	c.errors.Complete()
	c.journal.end()
	c.http.CloseIdleConnections()
}

// tracked is o as a stream of the client: the client is done after it. A stream
// that comes again when the client is closed, to retry, completes as those did
// that were live then.
func tracked[T any](c *Client, o rx.Observable[T]) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		if again := c.alive.follow(g.Subscription()); again && c.closed.Load() {
			out.Complete()
			return
		}
		o.Attach(g, out)
	})
}
