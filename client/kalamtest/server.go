package kalamtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
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
	files   fileStore
	queries *limiter // by user
	auths   *limiter // by address
	started time.Time
	bare    atomic.Bool // nobody has set it up yet

	addr    string        // set by the first open
	turn    chan struct{} // one token: who has it takes the server up or down
	up      bool          // guarded by turn
	era     atomic.Pointer[era]
	done    chan struct{} // closed when Close begins
	once    sync.Once
	running sync.WaitGroup // of the era: the accept loop, the sweep, and every connection
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
	db, err := engine.New(cfg.engine(engineClock(time.Now())))
	if err != nil {
		return nil, fmt.Errorf("kalam: opening the engine: %w", err)
	}
	s := &Server{
		cfg: cfg, db: db, started: time.Now(), done: make(chan struct{}), turn: make(chan struct{}, 1),
		signer:  signer{key: make([]byte, 32), leeway: cfg.leeway},
		queries: newLimiter(cfg.queryRate), auths: newLimiter(cfg.authRate),
	}
	_, _ = rand.Read(s.signer.key) // it never fails, by its documentation
	s.turn <- struct{}{}
	s.faults.frames = newFrameFaults(cfg.seed)
	s.faults.topics = newTopicFaults()
	s.hub.open(s)
	db.OnChange(s.hub.fanOut)
	s.bare.Store(cfg.bare)
	if err := s.admit(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.Restart(); err != nil {
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

// admit makes the users.
func (s *Server) admit() error {
	for _, u := range append([]account{{RootUser, RootPassword, string(engine.RoleSystem)}}, s.cfg.users...) {
		if err := s.AddUser(u.name, u.password, u.role); err != nil {
			return err
		}
	}
	return nil
}

// Addr gives the address that the server listens on, "host:port".
func (s *Server) Addr() string { return s.addr }

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
