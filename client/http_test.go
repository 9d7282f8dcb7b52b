package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// failing answers the first n statements with a status and a body, and counts all.
type failing struct {
	n      int64
	status int
	body   string
	seen   atomic.Int64
}

func (f *failing) hook(r *http.Request) (int, string, bool) {
	if r.URL.Path != "/v1/api/sql" {
		return 0, "", false
	}
	if f.seen.Add(1) <= f.n {
		return f.status, f.body, true
	}
	return 0, "", false
}

const busyBody = `{"error":"RATE_LIMIT_EXCEEDED","message":"slow down","retry_after_seconds":7}`

func TestRetry_ReadsAreSentAgainWritesAreNot(t *testing.T) {
	for _, test := range []struct {
		name, sql string
		failures  int64
		status    int
		body      string
		opts      []client.Option
		sent      int64
		ok        bool
		least     time.Duration
	}{
		{"a read, three failures", "SELECT 1", 3, 503, `{"error":"busy","code":"CLUSTER_UNAVAILABLE"}`, nil, 4, true, 0},
		{"a read, four failures", "SELECT 1", 4, 503, `{"error":"busy","code":"CLUSTER_UNAVAILABLE"}`, nil, 4, false, 0},
		{"a read, told to wait", "SELECT 1", 1, 429, busyBody, nil, 2, true, 7 * time.Second},
		{"a read, told to wait longer than the timeout", "SELECT 1", 1, 429, busyBody, []client.Option{client.WithTimeout(5 * time.Second)}, 1, false, 5 * time.Second},
		{"a read, no retries", "SELECT 1", 1, 503, `busy`, []client.Option{client.WithMaxRetries(0)}, 1, false, 0},
		{"a read, refused for what it is", "SELECT 1", 1, 400, `{"status":"error","results":[],"took":1,"error":{"code":"INVALID_SQL","message":"no"}}`, nil, 1, false, 0},
		{"a write", "INSERT INTO a.b (id) VALUES (1)", 1, 503, `{"error":"busy","code":"CLUSTER_UNAVAILABLE"}`, nil, 1, false, 0},
		{"a read, and a write behind it", "SELECT 1; DELETE FROM a.b WHERE id = 1", 1, 503, `busy`, nil, 1, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &failing{status: test.status, body: test.body}
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client(test.opts...)
				f.n, f.status = test.failures, test.status
				f.seen.Store(0)
				start := time.Now()
				_, err := client.Query[int64](t.Context(), c, test.sql)
				is.Equal(err == nil, test.ok)
				var said *client.ServerError
				is.Equal(errors.As(err, &said), !test.ok) // whatever ended the wait, the last answer is kept
				is.Equal(f.seen.Load(), test.sent)
				is.True(time.Since(start) >= test.least)
				is.True(time.Since(start) <= 30*time.Second)
			}, kalamtest.WithHTTPHook(f.hook))
		})
	}
}

// Nothing was sent where nobody answered the dial: a write is tried again, too.
func TestRetry_ARefusedPortIsTriedAgain(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		var dials, refuse atomic.Int64
		c := w.client(client.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials.Add(1); refuse.Add(-1) >= 0 {
				return nil, syscall.ECONNREFUSED
			}
			return w.dial(ctx, network, addr)
		}), client.WithAuth(auth.None()))
		for _, sql := range []string{"SELECT 1", "DELETE FROM a.b WHERE id = 1"} {
			time.Sleep(2 * time.Minute) // connections that idle are closed
			dials.Store(0)
			refuse.Store(2)
			_, err := c.Exec(t.Context(), sql)
			is.True(errors.Is(err, wire.CodeMissingAuthorization)) // the third dial got through, and was answered
			is.Equal(dials.Load(), int64(3))
		}
	})
}

func TestQuery_TheContextEndsTheWait(t *testing.T) {
	stuck := func(r *http.Request) (int, string, bool) {
		if r.ContentLength != int64(len(`{"sql":"SELECT 'stuck'"}`)) {
			return 0, "", false
		}
		_, _ = io.Copy(io.Discard, r.Body) // the server sees the client leave only when it has read the request
		<-r.Context().Done()
		return 500, "", true
	}
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithTimeout(time.Minute))
		why := errors.New("no longer wanted")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Second, why)
		defer cancel()
		start := time.Now()
		_, err := client.Query[string](ctx, c, "SELECT 'stuck'")
		is.True(errors.Is(err, why))
		is.True(errors.Is(err, context.DeadlineExceeded))
		is.Equal(time.Since(start), 3*time.Second)
		start = time.Now()
		_, err = client.Query[string](t.Context(), c, "SELECT 'stuck'")
		is.True(errors.Is(err, context.DeadlineExceeded))
		is.Equal(time.Since(start), time.Minute) // the client's own timeout
	}, kalamtest.WithHTTPHook(stuck))
}

func TestToken_ExpiredOneIsRenewedOnceForAll(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.NoErr(w.srv.AddUser("lena", "Secret-lena-1", "user"))
		c := w.client(client.WithAuth(auth.Password("lena", "Secret-lena-1")))
		_, err := client.Query[int64](t.Context(), c, "SELECT 1")
		is.NoErr(err)
		before := w.srv.Stats()
		time.Sleep(2 * time.Hour) // the token lived for one
		results := make(chan error, 50)
		for range 50 {
			go func() {
				_, err := client.Query[int64](t.Context(), c, "SELECT 1")
				results <- err
			}()
		}
		for range 50 {
			is.NoErr(<-results)
		}
		after := w.srv.Stats()
		is.Equal(after.Refreshes-before.Refreshes, 1)
		is.Equal(after.Logins, before.Logins)
	}, kalamtest.WithTokenLifetime(time.Hour), kalamtest.WithTokenLeeway(0))
}

func TestToken_RefusedTwiceIsFinalAndSaysWhatTheServerSaid(t *testing.T) {
	refuse := func(r *http.Request) (int, string, bool) {
		if r.URL.Path != "/v1/api/sql" || !strings.Contains(r.Header.Get("Authorization"), "Bearer x") {
			return 0, "", false
		}
		return 401, `{"status":"error","results":[],"took":0,"error":{"code":"TOKEN_EXPIRED","message":"Invalid credentials"}}`, true
	}
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		asked := 0
		c := w.client(client.WithAuth(sourceFunc(func(ask auth.Ask) (auth.Token, error) {
			asked++
			return auth.Token{Value: fmt.Sprintf("x%d", asked)}, nil
		})))
		_, err := client.Query[int64](t.Context(), c, "SELECT 1")
		is.True(errors.Is(err, auth.ErrUnauthenticated))
		is.True(errors.Is(err, wire.CodeTokenExpired))
		is.Equal(asked, 2)
	}, kalamtest.WithHTTPHook(refuse))
}

type sourceFunc func(ask auth.Ask) (auth.Token, error)

func (f sourceFunc) Token(_ context.Context, ask auth.Ask) (auth.Token, error) { return f(ask) }

func TestHTTP_RedirectsAreNotFollowedAndBadAnswersAreErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		check  func(is *is.I, err error)
	}{
		{"redirect", 307, `moved`, func(is *is.I, err error) {
			var said *client.ServerError
			is.True(errors.As(err, &said))
			is.Equal(said.HTTPStatus, 307)
		}},
		{"not JSON", 200, `<html>`, func(is *is.I, err error) { is.True(errors.Is(err, wire.ErrSyntax)) }},
		{"error with status 200", 200, `{"status":"error","results":[],"took":1,"error":{"code":"INTERNAL_ERROR","message":"oh"}}`,
			func(is *is.I, err error) { is.True(errors.Is(err, wire.CodeInternalError)) }},
		{"error with status 200 and without a reason", 200, `{"status":"error","results":[],"took":1}`, func(is *is.I, err error) {
			var said *client.ServerError
			is.True(errors.As(err, &said))
		}},
		{"a row too short", 200, `{"status":"success","results":[{"schema":[{"name":"a","data_type":"Int","index":0}],"rows":[[]],"row_count":1,"as_user":"u"}],"took":1}`,
			func(is *is.I, err error) { is.True(err != nil) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &failing{status: test.status, body: test.body}
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				f.n = 1 << 40
				_, err := client.Query[int64](t.Context(), w.client(client.WithMaxRetries(0)), "SELECT 1")
				test.check(is, err)
				f.n = 0
			}, kalamtest.WithHTTPHook(f.hook))
		})
	}
}

// The server drops what is beyond 128 waiting notifications. Until the audit is
// there, a stream is as exact as the push: this holds the loss to what the server
// lost, and the client adds none.
func TestBurst_TheClientLosesNothingOfWhatIsPushed(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		r := recording(t, client.Changes[item](c, "SELECT * FROM "+table, client.QueueLength(10000)))
		r.until(loaded)
		values := make([]string, 1000)
		for i := range values {
			values[i] = fmt.Sprintf("(%d, 'c')", i)
		}
		w.srv.HoldDelivery()
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES "+strings.Join(values, ", "))
		w.srv.Release()
		pushed := 1000 - w.srv.Stats().Dropped
		is.True(pushed < 1000)
		all := r.until(atLeast[client.Change[item]](1 + pushed))
		is.Equal(len(all), 1+pushed)
	})
}
