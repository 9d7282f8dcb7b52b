package client_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestSession_BadSettingsAreErrorsThatNameThem(t *testing.T) {
	c, err := client.New("http://localhost:2900")
	is.New(t).NoErr(err)
	for _, test := range []struct {
		opt   client.CallOption
		names string
	}{
		{nil, "nil setting"},
		{client.CallTimeout(0), "CallTimeout"},
		{client.CallTimeout(-time.Second), "CallTimeout"},
		{client.Retries(-1), "Retries"},
		{client.Namespace(""), "Namespace"},
		{client.Namespace("a.b"), "Namespace"},
		{client.Namespace("1a"), "Namespace"},
		{client.Namespace("a'; DROP"), "Namespace"},
		{client.Namespace("é"), "Namespace"},
		{client.Namespace(strings.Repeat("n", 65)), "Namespace"},
		{client.ExecuteAs(""), "ExecuteAs"},
		{client.ExecuteAs("../root"), "ExecuteAs"},
		{client.ExecuteAs("a\x00b"), "ExecuteAs"},
		{client.ExecuteAs(`a\b`), "ExecuteAs"},
	} {
		is := is.New(t)
		s, err := c.With(test.opt)
		is.True(s == nil)
		is.True(errors.Is(err, client.ErrConfig))
		is.True(strings.Contains(err.Error(), test.names))
	}
	_, err = client.New("http://localhost:2900", client.WithNamespace("no-name"))
	is.New(t).True(errors.Is(err, client.ErrConfig) && strings.Contains(err.Error(), "WithNamespace"))
}

// Settings apply whatever their order is, to the session only, and each to what it is
// of: here all of them at once, in any order.
func TestSession_SettingsInAnyOrder(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.NoErr(w.srv.AddUser("lena", "Secret-lena-1", "user"))
		c := w.client(client.WithNamespace("nowhere"))
		w.table(c, "items", itemColumns, "TYPE = 'USER'")
		opts := []client.CallOption{
			client.Namespace(w.ns), client.ExecuteAs("lena"), client.CallTimeout(time.Second), client.Retries(0),
		}
		for range 8 {
			rand.Shuffle(len(opts), func(i, j int) { opts[i], opts[j] = opts[j], opts[i] })
			s, err := c.With(opts...)
			is.NoErr(err)
			r, err := s.Exec(t.Context(), "INSERT INTO items (id, color) VALUES ($1, $2);", rand.Int32(), "it's")
			is.NoErr(err)
			is.Equal(r.User, "lena")
		}
		s, err := c.With(client.Namespace(w.ns))
		is.NoErr(err)
		n, err := client.QueryOne[int64](t.Context(), s, "SELECT COUNT(*) AS n FROM items")
		is.NoErr(err)
		is.Equal(n, int64(0)) // the rows are lena's
		hers, err := s.With(client.ExecuteAs("lena"))
		is.NoErr(err)
		n, err = client.QueryOne[int64](t.Context(), hers, "SELECT COUNT(*) AS n FROM items")
		is.NoErr(err)
		is.Equal(n, int64(8))
		_, err = client.Query[item](t.Context(), c, "SELECT * FROM items") // the client's own namespace
		is.True(errors.Is(err, wire.CodeSQLExecutionError))
	})
}

func TestExecuteAs_WhatIsNotOneStatementIsNotSent(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		s, err := c.With(client.ExecuteAs("root"))
		is.NoErr(err)
		before := w.srv.Stats().HTTPRequests
		for _, sql := range []string{
			"", " -- nothing", "SELECT 1; SELECT 2", "SELECT 1); DROP TABLE a.b; (SELECT 1", "SELECT 'open", "SELECT `)`",
			"EXECUTE AS USER 'x' (SELECT 1)", "execute /* . */ as user x (SELECT 1)", "SELECT (1", "SELECT $$)$$",
		} {
			_, err := s.Exec(t.Context(), sql)
			is.True(errors.Is(err, client.ErrConfig))
		}
		_, err = client.Batch(t.Context(), s, "SELECT 1; SELECT 2")
		is.True(errors.Is(err, client.ErrConfig))
		is.Equal(w.srv.Stats().HTTPRequests, before)
		for _, sql := range []string{"SELECT 1", " SELECT 1 ; -- one", "SELECT /* ) */ (1) -- )", "SELECT ')--' AS x"} {
			_, err := s.Exec(t.Context(), sql)
			is.NoErr(err)
		}
	})
}

// Who is executed as is a value, whatever it is called.
func TestExecuteAs_NamesAreQuoted(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		for _, name := range []string{"o'hara", `x' (SELECT 1); DROP NAMESPACE x; --`, `"quoted"`, "naïve ☕", "a (b", "--"} {
			is.NoErr(w.srv.AddUser(name, "Secret-name-1", "user"))
			s, err := c.With(client.ExecuteAs(name))
			is.NoErr(err)
			r, err := s.Exec(t.Context(), "SELECT $1 AS x", 1)
			is.NoErr(err)
			is.Equal(r.User, name)
		}
	})
}

func TestSession_TimeoutAndRetriesAreItsOwn(t *testing.T) {
	f := &failing{status: 503, body: `busy`}
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithMaxRetries(7), client.WithTimeout(time.Hour))
		s, err := c.With(client.Retries(1), client.CallTimeout(time.Minute))
		is.NoErr(err)
		f.seen.Store(0)
		f.n = 1 << 40
		_, err = client.Query[int64](t.Context(), s, "SELECT 1")
		is.True(errors.Is(err, wire.ClassRetryable))
		is.Equal(f.seen.Load(), int64(2))
		f.n = 0
		start := time.Now()
		_, err = client.Query[string](t.Context(), s, "SELECT 'stuck'")
		is.True(errors.Is(err, client.ErrTimeout))
		is.Equal(time.Since(start), time.Minute)
	}, kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		if r.ContentLength == int64(len(`{"sql":"SELECT 'stuck'"}`)) {
			return stall(r)
		}
		return f.hook(r)
	}))
}

// stall answers a request no sooner than its client has gone.
func stall(r *http.Request) (int, string, bool) {
	_, _ = io.Copy(io.Discard, r.Body) // the server sees the client leave only when it has read the request
	<-r.Context().Done()
	return 500, "", true
}

func TestSession_OfAClosedClientIsClosed(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithAuth(auth.None()))
		s, err := c.With(client.Retries(0))
		is.NoErr(err)
		is.NoErr(c.Close(context.Background()))
		_, err = s.Exec(t.Context(), "SELECT 1")
		is.Equal(err, client.ErrClosed)
	})
}
