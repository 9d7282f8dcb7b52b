package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// Row 6.
func expiredToken(f *trial) {
	f.serve(kalamtest.WithTokenLeeway(0))
	stale := f.srv.TokenFor("root", time.Second)
	f.sleep(5 * time.Second) // the token's life
	refreshes := 0
	source := sourceFunc(func(ask auth.Ask) (auth.Token, error) {
		if ask.Refused == "" {
			return auth.Token{Value: stale}, nil
		}
		refreshes++
		return auth.Token{Value: f.srv.Token("root")}, nil
	})
	f.client(client.WithAuth(source))
	f.connect()
	equal(f, "refreshes", refreshes, 1)
	equal(f, "dials", f.link.Stats().Dials, 2)
	if err := f.c.Disconnect(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}

	f.srv.RefuseAuth(true)
	before := f.link.Stats().Dials
	err := f.c.Connect(f.t.Context())
	if !errors.Is(err, auth.ErrUnauthenticated) {
		f.t.Errorf("refused twice: %v", err)
	}
	f.phase(client.Failed)
	equal(f, "dials_refused", f.link.Stats().Dials-before, 2)
	f.sleep(10 * time.Minute)
	equal(f, "dials_in_10min", f.link.Stats().Dials-before-2, 0)
}

// Row 7.
func loginDown(f *trial) {
	var down atomic.Bool
	var logins atomic.Int64
	down.Store(true)
	f.serve(kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		if !strings.HasSuffix(r.URL.Path, "/auth/login") {
			return 0, "", false
		}
		logins.Add(1)
		return http.StatusServiceUnavailable, "down", down.Load()
	}))
	f.client()
	l := f.watch(f.c, f.all(), nil)
	sockets := 0
	for range 10 * 60 * 10 {
		f.sleep(100 * time.Millisecond)
		sockets = max(sockets, f.srv.Stats().ConnectionsTotal)
	}
	note(f, "logins", logins.Load())
	atMost(f, "dials", f.dials(), 70) // 10 min of waits up to 30 s: 44 in the mean, 4 more or less
	equal(f, "sockets_open", sockets, 0)
	down.Store(false)
	up := time.Now()
	f.loads(l)
	atMost(f, "t_resume", time.Since(up), 31*time.Second)
	f.whole()
}

// slowGate makes a request take a time, and counts how many take it at once.
type slowGate struct {
	mu               sync.Mutex
	now, most, calls int
}

func (g *slowGate) pass(ctx context.Context, d time.Duration) {
	g.mu.Lock()
	g.now++
	g.calls++
	g.most = max(g.most, g.now)
	g.mu.Unlock()
	select { // the fault itself: a server that is slow, for as long as the caller waits
	case <-time.After(d):
	case <-ctx.Done():
	}
	g.mu.Lock()
	g.now--
	g.mu.Unlock()
}

// Row 8.
func slowRefresh(f *trial) {
	gate := &slowGate{}
	f.serve(kalamtest.WithTokenLifetime(time.Minute), kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		if strings.HasSuffix(r.URL.Path, "/auth/refresh") {
			gate.pass(r.Context(), 29*time.Second) // one call of package auth takes 30 s at most
		}
		return 0, "", false
	}))
	f.client(client.WithTimeout(time.Minute))
	const every = 100 * time.Millisecond
	var last time.Time
	var longest time.Duration
	l := f.watch(f.c, f.all(), func(x client.Change[item]) {
		if x.Op != client.Insert {
			return
		}
		if !last.IsZero() {
			longest = max(longest, time.Since(last))
		}
		last = time.Now()
	})
	f.loads(l)
	for i := range 1500 {
		f.insert(i, 1)
		f.sleep(every)
	}
	f.whole()
	atMost(f, "longest_gap", longest, every*3/2)
	equal(f, "refreshes_at_once", gate.most, 1)
	note(f, "refreshes", gate.calls)
	if gate.calls == 0 {
		f.t.Error("no refresh was asked for")
	}
	equal(f, "dials", f.dials(), 1)
}

// Row 29.
func untrusted(f *trial) {
	f.serve()
	elsewhere := &tattler{}
	for _, test := range []struct {
		figure, host string
		age          time.Duration // of the certificate's end
		known        bool          // the authority is
	}{
		{"unknown_ca", "kalamdb.localhost", -time.Hour, false},
		{"wrong_host", "other.test", -time.Hour, true},
		{"expired", "kalamdb.localhost", time.Hour, true},
	} {
		site := newSecureSite(f, test.host, test.age, f.srv)
		c := site.client(f, test.known)
		err := c.Connect(f.t.Context())
		if !errors.Is(err, client.ErrConnect) || strings.Contains(err.Error(), site.token) {
			f.t.Errorf("%s: %v", test.figure, err)
		}
		f.sleep(10 * time.Minute)
		equal(f, "dials_"+test.figure, site.dials(), 1)
		equal(f, "upgrades_"+test.figure, f.srv.Stats().ConnectionsTotal, 0)
		site.close()
	}

	mux := http.NewServeMux()
	mux.Handle("other.test/", elsewhere)
	mux.Handle("/", http.RedirectHandler("https://other.test/v1/stolen", http.StatusTemporaryRedirect))
	site := newSecureSite(f, "kalamdb.localhost", -time.Hour, mux)
	defer site.close()
	c := site.client(f, true)
	_, err := client.Query[int64](context.Background(), c, "SELECT 1")
	if err == nil || strings.Contains(err.Error(), site.token) {
		f.t.Errorf("redirected statement: %v", err)
	}
	if err := c.Connect(f.t.Context()); !errors.Is(err, client.ErrConnect) || strings.Contains(err.Error(), site.token) {
		f.t.Errorf("redirected socket: %v", err)
	}
	equal(f, "requests_elsewhere", elsewhere.n.Load(), 0)

	refused := 0
	for _, url := range []string{"ws://other.test", "http://other.test"} {
		if _, err := client.New(url, client.WithAuth(root())); errors.Is(err, client.ErrConfig) {
			refused++
		}
	}
	equal(f, "plaintext_refused", refused, 2)
}

// tattler counts who comes.
type tattler struct{ n atomic.Int64 }

func (h *tattler) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h.n.Add(1)
	w.WriteHeader(http.StatusOK)
}
