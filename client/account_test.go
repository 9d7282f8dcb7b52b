package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// inAccounts runs a test with a client of nobody, of a server in memory that knows lena.
func inAccounts(t *testing.T, test func(t *testing.T, srv *kalamtest.Server, c *client.Client), opts ...kalamtest.Option) {
	synctest.Test(t, func(t *testing.T) {
		srv := kalamtest.Start(t, append(opts, kalamtest.WithNetwork(rxtest.NewNetwork()), kalamtest.WithUser("lena", "Secret-lena-1", "user"))...)
		c, err := client.New(srv.URL(), client.WithDialer(srv.Dial))
		if err != nil {
			t.Fatal(err)
		}
		test(t, srv, c)
		_ = c.Close(t.Context())
		<-c.Done()
	})
}

func TestLogin_GrantsTokensAndLeavesTheClientWhoItIs(t *testing.T) {
	inAccounts(t, func(t *testing.T, srv *kalamtest.Server, c *client.Client) {
		is := is.New(t)
		g, err := c.Login(t.Context(), "lena", "Secret-lena-1")
		is.NoErr(err)
		is.Equal(g.User.ID, "lena")
		is.Equal(time.Until(g.Access.Expires).Round(time.Hour), 24*time.Hour)
		_, err = c.Me(t.Context())
		var said *client.ServerError
		is.True(errors.As(err, &said)) // still nobody
		is.Equal(said.HTTPStatus, 401)

		again, err := c.Refresh(t.Context(), g.Refresh.Value)
		is.NoErr(err)
		source, err := auth.JWT(again.Access.Value)
		is.NoErr(err)
		lena, err := client.New(srv.URL(), client.WithDialer(srv.Dial), client.WithAuth(source))
		is.NoErr(err)
		defer lena.Close(t.Context())
		me, err := lena.Me(t.Context())
		is.NoErr(err)
		is.Equal(me.ID, "lena")
		is.Equal(me.Role, "user")
		is.True(!me.AdminUI)
		is.NoErr(lena.Logout(t.Context()))
		_, err = lena.Me(t.Context())
		is.NoErr(err) // it clears cookies, no more
	})
}

func TestLogin_WhatIsRefused(t *testing.T) {
	for _, test := range []struct {
		name           string
		user, password string
		prepare        func(srv *kalamtest.Server)
		want           error
		after          time.Duration
	}{
		{"wrong password", "lena", "Wrong-lena-1", nil, auth.ErrUnauthenticated, 0},
		{"nobody", "max", "Wrong-max-1", nil, wire.CodeLoginUnauthorized, 0},
		{"no user", "", "Secret-lena-1", nil, client.ErrConfig, 0},
		{"no password", "lena", "", nil, client.ErrConfig, 0},
		{"too long a password", "lena", strings.Repeat("p", 257), nil, client.ErrConfig, 0},
		{"busy", "lena", "Secret-lena-1", func(srv *kalamtest.Server) { srv.RefuseRequests(1, 429, 9*time.Second) }, wire.ClassRetryable, 9 * time.Second},
		{"down", "lena", "Secret-lena-1", func(srv *kalamtest.Server) { srv.RefuseRequests(1, 503, time.Minute) }, wire.ClassRetryable, time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			inAccounts(t, func(t *testing.T, srv *kalamtest.Server, c *client.Client) {
				is := is.New(t)
				if test.prepare != nil {
					test.prepare(srv)
				}
				_, err := c.Login(t.Context(), test.user, test.password)
				is.True(errors.Is(err, test.want))
				is.True(!strings.Contains(fmt.Sprintf("%v %+v", err, err), "lena-1"))
				var said *client.ServerError
				is.Equal(errors.As(err, &said), test.want != client.ErrConfig)
				if said != nil {
					is.Equal(said.RetryAfter, test.after)
				}
			})
		})
	}
}

func TestLogin_TooManyAreRateLimited(t *testing.T) {
	inAccounts(t, func(t *testing.T, _ *kalamtest.Server, c *client.Client) {
		is := is.New(t)
		for range 2 {
			_, err := c.Login(t.Context(), "lena", "Secret-lena-1")
			is.NoErr(err)
		}
		_, err := c.Login(t.Context(), "lena", "Secret-lena-1")
		is.True(errors.Is(err, wire.CodeLoginRateLimited))
		is.True(errors.Is(err, wire.ClassRetryable))
	}, kalamtest.WithAuthRate(2))
}

func TestSetup_MakesAServerUsable(t *testing.T) {
	inAccounts(t, func(t *testing.T, srv *kalamtest.Server, c *client.Client) {
		is := is.New(t)
		status, err := c.SetupStatus(t.Context())
		is.NoErr(err)
		is.True(status.NeedsSetup)
		_, err = c.Login(t.Context(), "root", kalamtest.RootPassword)
		is.True(errors.Is(err, client.ErrSetupRequired))
		is.True(errors.Is(err, wire.CodeLoginSetupRequired))

		token, err := auth.JWT(srv.Token("root"))
		is.NoErr(err)
		for _, source := range []auth.Source{token, auth.Password("root", kalamtest.RootPassword)} {
			asked, err := client.New(srv.URL(), client.WithDialer(srv.Dial), client.WithAuth(source), client.WithoutReconnect())
			is.NoErr(err)
			_, err = asked.Exec(t.Context(), "SELECT 1")
			is.True(errors.Is(err, client.ErrSetupRequired)) // a token with SETUP_REQUIRED, a login with 428
			is.NoErr(asked.Close(t.Context()))
		}

		for _, test := range []struct {
			s    wire.SetupRequest
			code wire.Code
		}{
			{wire.SetupRequest{User: "admin", Password: "weak-1!", RootPassword: "Secret-root-1"}, wire.CodeLoginWeakPassword},
			{wire.SetupRequest{Password: "Secret-admin-1", RootPassword: "Secret-root-1"}, wire.CodeLoginInvalidUser},
			{wire.SetupRequest{User: "lena", Password: "Secret-admin-1", RootPassword: "Secret-root-1"}, wire.CodeLoginUserExists},
		} {
			_, err := c.Setup(t.Context(), test.s)
			is.True(errors.Is(err, test.code))
		}
		admin, err := c.Setup(t.Context(), wire.SetupRequest{User: "admin", Password: "Secret-admin-1", RootPassword: "Secret-root-1", Email: "a@b.example"})
		is.NoErr(err)
		is.Equal(admin.ID, "admin")
		is.Equal(*admin.Email, "a@b.example")
		_, err = c.Setup(t.Context(), wire.SetupRequest{User: "other", Password: "Secret-admin-1", RootPassword: "Secret-root-1"})
		is.True(errors.Is(err, wire.CodeLoginAlreadyConfigured))
		_, err = c.Login(t.Context(), "admin", "Secret-admin-1")
		is.NoErr(err)
	}, kalamtest.WithoutRootPassword())
}

func TestSetup_OnAnotherMachineIsForbidden(t *testing.T) {
	inAccounts(t, func(t *testing.T, _ *kalamtest.Server, c *client.Client) {
		is := is.New(t)
		_, err := c.SetupStatus(t.Context())
		is.True(errors.Is(err, wire.CodeLoginForbidden))
		_, err = c.Setup(t.Context(), wire.SetupRequest{User: "admin", Password: "Secret-admin-1", RootPassword: "Secret-root-1"})
		is.True(errors.Is(err, wire.CodeLoginForbidden))
	}, kalamtest.WithRemoteCallers(), kalamtest.WithoutRootPassword())
}

func TestSetup_ShowsNoPasswordThatTheServerSendsBack(t *testing.T) {
	inAccounts(t, func(t *testing.T, _ *kalamtest.Server, c *client.Client) {
		is := is.New(t)
		_, err := c.Setup(t.Context(), wire.SetupRequest{User: "admin", Password: "Secret-admin-1", RootPassword: "Secret-root-1"})
		is.True(err != nil)
		var said *client.ServerError
		is.True(errors.As(err, &said))
		for _, text := range []string{err.Error(), said.Message, fmt.Sprintf("%+v", *said)} {
			is.True(!strings.Contains(text, "Secret-admin-1") && !strings.Contains(text, "Secret-root-1"))
		}
	}, kalamtest.WithHTTPHook(func(*http.Request) (int, string, bool) {
		return 400, `{"error":"weak_password","message":"Secret-admin-1 and Secret-root-1 are weak"}`, true
	}))
}

func TestHealth_SaysWhatTheServerSays(t *testing.T) {
	inAccounts(t, func(t *testing.T, _ *kalamtest.Server, c *client.Client) {
		is := is.New(t)
		h, err := c.Health(t.Context())
		is.NoErr(err)
		is.Equal(h.Status, "healthy")
		is.Equal(h.APIVersion, "v1")
		is.True(!h.Restricted)
		cluster, err := c.ClusterHealth(t.Context())
		is.NoErr(err)
		is.Equal(cluster.Status, "healthy")
		is.Equal(len(cluster.Nodes), 1)
		is.True(cluster.Nodes[0].IsLeader && !cluster.Restricted)
	})
}

func TestHealth_OfAServerOnAnotherMachineIsRestrictedAndNoError(t *testing.T) {
	inAccounts(t, func(t *testing.T, _ *kalamtest.Server, c *client.Client) {
		is := is.New(t)
		h, err := c.Health(t.Context())
		is.NoErr(err)
		is.Equal(h, client.Health{Restricted: true})
		cluster, err := c.ClusterHealth(t.Context())
		is.NoErr(err)
		is.True(cluster.Restricted)
	}, kalamtest.WithRemoteCallers())
}

func TestCalls_ThatOnlyReadAreTriedAgainOthersAreNot(t *testing.T) {
	for _, test := range []struct {
		name string
		call func(ctx context.Context, c *client.Client) error
		ok   bool
		sent int64
	}{
		{"health", func(ctx context.Context, c *client.Client) error { _, err := c.Health(ctx); return err }, true, 3},
		{"cluster health", func(ctx context.Context, c *client.Client) error { _, err := c.ClusterHealth(ctx); return err }, true, 3},
		{"setup status", func(ctx context.Context, c *client.Client) error { _, err := c.SetupStatus(ctx); return err }, true, 3},
		{"login", func(ctx context.Context, c *client.Client) error {
			_, err := c.Login(ctx, "lena", "Secret-lena-1")
			return err
		}, false, 1},
		{"refresh", func(ctx context.Context, c *client.Client) error { _, err := c.Refresh(ctx, "x.y.z"); return err }, false, 1},
		{"logout", func(ctx context.Context, c *client.Client) error { return c.Logout(ctx) }, false, 1},
		{"setup", func(ctx context.Context, c *client.Client) error {
			_, err := c.Setup(ctx, wire.SetupRequest{User: "a", Password: "Secret-admin-1", RootPassword: "Secret-root-1"})
			return err
		}, false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			inAccounts(t, func(t *testing.T, srv *kalamtest.Server, c *client.Client) {
				is := is.New(t)
				srv.RefuseRequests(2, 503, 5*time.Second)
				start := time.Now()
				err := test.call(t.Context(), c)
				is.Equal(err == nil, test.ok)
				is.Equal(int64(srv.Stats().HTTPRequests), test.sent)
				if test.ok {
					is.True(time.Since(start) >= 10*time.Second) // as the server asked for, twice
				}
			})
		})
	}
}

func TestCalls_EndWithTheirContextTheirTimeoutAndTheClient(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, c *client.Client) error{
		"health": func(ctx context.Context, c *client.Client) error { _, err := c.Health(ctx); return err },
		"login": func(ctx context.Context, c *client.Client) error {
			_, err := c.Login(ctx, "lena", "Secret-lena-1")
			return err
		},
		"logout": func(ctx context.Context, c *client.Client) error { return c.Logout(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			var entered atomic.Int64
			inAccounts(t, func(t *testing.T, _ *kalamtest.Server, c *client.Client) {
				is := is.New(t)
				start := time.Now()
				var late *client.TimeoutError
				is.True(errors.As(call(t.Context(), c), &late))
				is.Equal(*late, client.TimeoutError{Step: name, After: 30 * time.Second})
				is.Equal(time.Since(start), 30*time.Second)

				why := errors.New("no longer wanted")
				ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Second, why)
				defer cancel()
				is.True(errors.Is(call(ctx, c), why))

				done := make(chan error, 1)
				go func() { done <- call(t.Context(), c) }()
				synctest.Wait()
				is.NoErr(c.Close(t.Context()))
				is.True(errors.Is(<-done, client.ErrClosed))
				is.True(errors.Is(call(t.Context(), c), client.ErrClosed))
				is.Equal(entered.Load(), int64(3))
			}, kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
				entered.Add(1)
				_, _ = r.Body.Read(make([]byte, 1<<10))
				_, _ = r.Body.Read(make([]byte, 1))
				<-r.Context().Done()
				return 500, "", true
			}))
		})
	}
}
