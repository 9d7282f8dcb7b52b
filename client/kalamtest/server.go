package kalamtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// Server is an in-process KalamDB. Its methods may be called from any goroutine.
type Server struct {
	cfg     *config
	db      *engine.Engine
	signer  signer
	hub     hub
	tally   tally[Stats]
	faults  faults
	queries *limiter // by user
	auths   *limiter // by address
	started time.Time

	listener net.Listener
	web      *http.Server
	done     chan struct{} // closed when Close begins
	once     sync.Once
	running  sync.WaitGroup // the accept loop, the sweep, and every connection
}

// Start is New for tests: an error fails the test at once, and the server is closed when the test ends.
// In a synctest bubble the test's own cleanup runs in the bubble too.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := New(opts...)
	if err != nil {
		t.Fatalf("kalamtest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// New starts a server on a free loopback port, or where the options say. The caller closes it.
func New(opts ...Option) (*Server, error) {
	cfg := defaults()
	for _, o := range opts {
		if err := o(cfg); err != nil {
			return nil, err
		}
	}
	if cfg.refresh == 0 {
		cfg.refresh = 7 * cfg.access
	}
	db, err := engine.New(engine.Options{Now: engineClock(time.Now())})
	if err != nil {
		return nil, fmt.Errorf("kalam: opening the engine: %w", err)
	}
	s := &Server{
		cfg: cfg, db: db, started: time.Now(), done: make(chan struct{}),
		signer:  signer{key: make([]byte, 32), leeway: cfg.leeway},
		queries: newLimiter(cfg.queryRate), auths: newLimiter(cfg.authRate),
	}
	_, _ = rand.Read(s.signer.key) // it never fails, by its documentation
	s.hub.open(s)
	db.OnChange(s.hub.fanOut)
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// engineClock is the clock of NOW() and of sequence ids. In a synctest bubble, where time begins in 2000 and thus before
// the epoch of sequence ids, it runs 26 years ahead, so that sequence ids are as large there as real ones.
func engineClock(now time.Time) func() time.Time {
	if now.Year() >= 2024 {
		return time.Now
	}
	ahead := now.AddDate(26, 0, 0).Sub(now)
	return func() time.Time { return time.Now().Add(ahead) }
}

// listen makes the users, then opens the door.
func (s *Server) listen() error {
	for _, u := range append([]account{{RootUser, RootPassword, string(engine.RoleSystem)}}, s.cfg.users...) {
		if err := s.AddUser(u.name, u.password, u.role); err != nil {
			return err
		}
	}
	l, err := s.bind()
	if err != nil {
		return fmt.Errorf("kalam: listening: %w", err)
	}
	s.listener = &door{Listener: l, s: s}
	s.web = &http.Server{Handler: s, ConnState: s.countConn, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 75 * time.Second}
	s.running.Go(func() { _ = s.web.Serve(s.listener) }) // owner: s. ends when: Close closes the listener
	s.running.Go(s.sweep)                                // owner: s. ends when: Close
	return nil
}

func (s *Server) bind() (net.Listener, error) {
	addr := s.cfg.addr
	if s.cfg.network != nil {
		if addr == "" {
			addr = "kalamdb.test:2900"
		}
		return s.cfg.network.Listen(addr)
	}
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	return net.Listen("tcp", addr)
}

// countConn makes Close wait for HTTP connections too. A hijacked one is a session and counted there.
func (s *Server) countConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.running.Done()
	}
}

// Close ends the server: sockets get a close frame 1001 "Server shutting down", and it returns when the last goroutine
// has ended, within about a second even where a client does not answer. Further calls wait for the same end.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.done)
		s.hub.closeAll()
		_ = s.web.Close()
		s.running.Wait()
		_ = s.db.Close()
	})
}

// Addr gives the address that the server listens on, "host:port".
func (s *Server) Addr() string {
	if s.cfg.network != nil {
		if s.cfg.addr != "" {
			return s.cfg.addr
		}
		return "kalamdb.test:2900"
	}
	return s.listener.Addr().String()
}

// URL gives the base URL, "http://host:port".
func (s *Server) URL() string { return "http://" + s.Addr() }

// Dial connects to the server, over its own network when it has one: for http.Transport.DialContext and gorilla's
// NetDialContext. With an in-memory network the name in addr is looked up there.
func (s *Server) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if s.cfg.network != nil {
		return s.cfg.network.DialContext(ctx, network, addr)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

// Exec runs SQL for a user, past HTTP, tokens and rate limits: for setting up a test. params stand for $1, $2, … and are
// what wire.QueryRequest takes. Live subscriptions hear of it as of any other write. Errors are those that the server
// would tell the user.
func (s *Server) Exec(ctx context.Context, user, sql string, params ...any) error {
	u, ok := s.db.User(user)
	if !ok {
		return fmt.Errorf("kalam: no user %q", user)
	}
	body, err := wire.QueryRequest{SQL: sql, Params: params}.MarshalJSON()
	if err != nil {
		return err
	}
	q, err := wire.ParseQueryRequest(body)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, engine.Session{User: u.ID, Role: u.Role}, q.SQL, engineParams(q.Params))
	return err
}
