package client_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// world is a server to test against, and a namespace of the test's own on it.
type world struct {
	t     *testing.T
	url   string
	dial  client.DialFunc // nil: the default
	admin auth.Source
	ns    string
	srv   *kalamtest.Server // nil for a real server
}

// inWorlds runs a test against an emulator in virtual time, against one over
// loopback, and against the real server that KALAMDB_URL names, if it names one.
func inWorlds(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { inMemory(t, test) })
	t.Run("loopback", func(t *testing.T) {
		srv := kalamtest.Start(t)
		test(t, newWorld(t, &world{url: srv.URL(), admin: root(), srv: srv}))
	})
	if url := os.Getenv("KALAMDB_URL"); url != "" {
		t.Run("real", func(t *testing.T) { test(t, newWorld(t, &world{url: url, admin: fromEnvironment(t)})) })
	}
}

// inMemory runs a test against an emulator in a synctest bubble.
func inMemory(t *testing.T, test func(t *testing.T, w *world), opts ...kalamtest.Option) {
	synctest.Test(t, func(t *testing.T) {
		srv := kalamtest.Start(t, append(opts, kalamtest.WithNetwork(rxtest.NewNetwork()))...)
		test(t, newWorld(t, &world{url: srv.URL(), dial: srv.Dial, admin: root(), srv: srv}))
	})
}

func root() auth.Source { return auth.Password("root", "kalamdb-root") }

func fromEnvironment(t *testing.T) auth.Source {
	if token := os.Getenv("KALAMDB_TOKEN"); token != "" {
		source, err := auth.JWT(token)
		if err != nil {
			t.Fatal(err)
		}
		return source
	}
	return auth.Password(os.Getenv("KALAMDB_USER"), os.Getenv("KALAMDB_PASSWORD"))
}

func newWorld(t *testing.T, w *world) *world {
	w.t = t
	w.ns = fmt.Sprintf("kalamrx_%08x", rand.Uint32())
	c := w.client()
	w.exec(c, "CREATE NAMESPACE "+w.ns)
	t.Cleanup(func() { _, _ = w.client().Exec(context.Background(), "DROP NAMESPACE "+w.ns+" CASCADE") })
	return w
}

// client is a client of the world; it is closed, and waited for, with the test.
func (w *world) client(opts ...client.Option) *client.Client {
	w.t.Helper()
	all := []client.Option{client.WithAuth(w.admin)}
	if w.dial != nil {
		all = append(all, client.WithDialer(w.dial))
	}
	c, err := client.New(w.url, append(all, opts...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	return c
}

func (w *world) exec(c *client.Client, sql string, params ...any) {
	w.t.Helper()
	if _, err := c.Exec(w.t.Context(), sql, params...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// table makes a table and gives its full name.
func (w *world) table(c *client.Client, name, columns, options string) string {
	w.t.Helper()
	full := w.ns + "." + name
	w.exec(c, fmt.Sprintf("CREATE TABLE %s (%s) WITH (%s)", full, columns, options))
	return full
}

// recorder keeps what a stream emits, and lets a test wait for it.
type recorder[T any] struct {
	t     *testing.T
	sub   *rx.Subscription
	mu    sync.Mutex
	moved sync.Cond
	all   []T
	over  bool
}

func recording[T any](t *testing.T, o rx.Observable[T]) *recorder[T] {
	r := &recorder[T]{t: t}
	r.moved.L = &r.mu
	r.sub = o.Subscribe(t.Context(), rx.OnNext(func(v T) { r.change(func() { r.all = append(r.all, v) }) }))
	r.sub.OnDone(func() { r.change(func() { r.over = true }) })
	t.Cleanup(r.sub.Unsubscribe)
	return r
}

func (r *recorder[T]) change(f func()) {
	r.mu.Lock()
	f()
	r.mu.Unlock()
	r.moved.Broadcast()
}

// until waits until ok holds of what came, and gives it. A stream that ends
// before, or ten seconds, fail the test.
func (r *recorder[T]) until(ok func(all []T) bool) []T {
	r.t.Helper()
	late := false
	timer := time.AfterFunc(10*time.Second, func() { r.change(func() { late = true }) })
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for !ok(r.all) {
		if r.over || late {
			r.t.Fatalf("waiting in vain (ended %v, %v) with %d: %+v", r.over, r.sub.Err(), len(r.all), r.all)
		}
		r.moved.Wait()
	}
	return append([]T(nil), r.all...)
}

// forget lets go of all that came but the last.
func (r *recorder[T]) forget() {
	r.change(func() { r.all = append([]T(nil), r.all[len(r.all)-1]) })
}

// ended waits until the stream is over, and gives its error.
func (r *recorder[T]) ended() error {
	<-r.sub.Done()
	return r.sub.Err()
}

func atLeast[T any](n int) func([]T) bool { return func(all []T) bool { return len(all) >= n } }

func TestWorlds_AreEmptyToBeginWith(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.table(c, "items", "id BIGINT PRIMARY KEY", "TYPE = 'USER'")
		n, err := client.Query[int64](t.Context(), c, "SELECT COUNT(*) AS n FROM "+table)
		is.NoErr(err)
		is.Equal(n, []int64{0})
		is.NoErr(c.Connect(t.Context()))
		is.True(c.IsConnected())
	})
}
