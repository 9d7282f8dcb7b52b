package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// together makes n queries at once and gives their errors.
func together(t *testing.T, c *client.Client, n int) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { _, errs[i] = client.Query[int64](t.Context(), c, "SELECT 1 AS one") })
	}
	all.Wait()
	return errs
}

// A thousand requests that find the token expired make one renewal, whichever it is.
func TestAuth_AThousandExpiredRequestsMakeOneRefresh(t *testing.T) {
	for _, test := range []struct {
		name string
		wait time.Duration // behind the login; the token lives for 1 h, and 1 min longer on the server
	}{
		{"known to be expired", 2 * time.Hour},
		{"the refresh token, too", 8 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				f := &trial{t: t, virtual: true}
				f.serve(kalamtest.WithTokenLifetime(time.Hour), kalamtest.WithTokenLeeway(0), kalamtest.WithQueryRate(5000))
				f.client(client.WithTimeout(time.Minute))
				is.Equal(errors.Join(together(t, f.c, 1000)...), nil)
				is.Equal(f.srv.Stats().Logins, 1)
				before := f.srv.Stats()
				time.Sleep(test.wait)
				is.Equal(errors.Join(together(t, f.c, 1000)...), nil)
				after := f.srv.Stats()
				is.Equal(after.Refreshes-before.Refreshes+after.Logins-before.Logins, 1)
				f.clear()
			})
		})
	}
}

// A server that revokes the token of a thousand requests under way sees one renewal,
// and each request once more.
func TestAuth_AThousandRefusedRequestsMakeOneRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		f := &trial{t: t, virtual: true}
		var first, refused atomic.Pointer[string]
		var asked atomic.Int64
		f.serve(kalamtest.WithQueryRate(5000), kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
			if !strings.HasSuffix(r.URL.Path, "/sql") {
				return 0, "", false
			}
			asked.Add(1)
			token := r.Header.Get("Authorization")
			first.CompareAndSwap(nil, &token)
			if bad := refused.Load(); bad != nil && token == *bad {
				return http.StatusUnauthorized, `{"status":"error","results":[],"took":0.1,"error":{"code":"TOKEN_EXPIRED","message":"Invalid credentials"}}`, true
			}
			return 0, "", false
		}))
		f.client(client.WithTimeout(time.Minute))
		is.Equal(errors.Join(together(t, f.c, 1)...), nil)
		refused.Store(first.Load())
		time.Sleep(2 * time.Second) // a token is made of whole seconds
		asked.Store(0)
		before := f.srv.Stats()
		is.Equal(errors.Join(together(t, f.c, 1000)...), nil)
		after := f.srv.Stats()
		is.Equal(after.Refreshes-before.Refreshes, 1)
		is.Equal(after.Logins-before.Logins, 0)
		is.True(asked.Load() <= 2000)
		f.clear()
	})
}

// Credentials that are wrong do not hammer the login, which locks accounts.
func TestAuth_WrongPasswordsAreNotRepeatedForEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		f := &trial{t: t, virtual: true}
		f.serve()
		f.client(client.WithAuth(auth.Password("root", "not-the-password")))
		for _, err := range together(t, f.c, 1000) {
			is.True(errors.Is(err, auth.ErrUnauthenticated))
		}
		is.Equal(f.srv.Stats().LoginFailures, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		is.True(errors.Is(f.c.Connect(ctx), auth.ErrUnauthenticated))
		is.True(f.srv.Stats().LoginFailures <= 2)
		f.clear()
	})
}
