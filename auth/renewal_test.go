package auth

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

// ask gives what a source answers, and fails the test on an error.
func ask(t *testing.T, source Source, server Server) string {
	t.Helper()
	got, err := source.Token(context.Background(), Ask{Server: server})
	if err != nil {
		t.Fatal(err)
	}
	return got.Value
}

func TestRenewal_At90PercentByTheNextCallerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: 100 * time.Second}
		source := Password(testUser, testPassword)
		is.Equal(ask(t, source, server), "login-1")
		time.Sleep(90*time.Second - time.Nanosecond)
		is.Equal(ask(t, source, server), "login-1")
		is.Equal(server.refreshes.Load(), int64(0))
		time.Sleep(time.Nanosecond)
		is.Equal(server.refreshes.Load(), int64(0)) // nobody asked
		is.Equal(ask(t, source, server), "refresh-1")
		time.Sleep(time.Hour) // long expired, and nothing happened meanwhile
		is.Equal(server.refreshes.Load(), int64(1))
		is.Equal(ask(t, source, server), "refresh-2")
		is.Equal(server.logins.Load(), int64(1))
	})
}

func TestRenewal_UnknownExpiryIsGoodUntilRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{}
		source := Password(testUser, testPassword)
		is.Equal(ask(t, source, server), "login-1")
		time.Sleep(365 * 24 * time.Hour)
		is.Equal(ask(t, source, server), "login-1")
	})
}

// TestRenewal_ClockOfThisSideIsWrong has a server whose clock is a day behind ours: its tokens seem to have expired
// before they come.
func TestRenewal_ClockOfThisSideIsWrong(t *testing.T) {
	for _, says := range []string{"a token that says when it was issued", "a token that does not"} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				server := &fakeServer{}
				server.onLogin = func(context.Context, int64) (Grant, error) {
					there := time.Now().Add(-24 * time.Hour)
					g := Grant{Access: Token{Value: "opaque", Expires: there.Add(time.Hour)}, Refresh: Token{Value: "r"}}
					if says == "a token that says when it was issued" {
						g.Access.Value = expiring(there, there.Add(time.Hour))
					}
					return g, nil
				}
				source := Password(testUser, testPassword)
				first := ask(t, source, server)
				time.Sleep(50 * time.Minute)
				is.Equal(ask(t, source, server), first) // no storm of renewals
				is.Equal(server.logins.Load()+server.refreshes.Load(), int64(1))
				time.Sleep(5 * time.Minute)
				ask(t, source, server)
				renewed := int64(0)
				if first != "opaque" {
					renewed = 1
				}
				is.Equal(server.refreshes.Load(), renewed)
			})
		})
	}
}

func TestRenewal_EarlyFailureKeepsTheGoodTokenAndPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: 1000 * time.Second}
		server.onRefresh = func(context.Context, int64, string) (Grant, error) { return Grant{}, io.ErrUnexpectedEOF }
		source := Password(testUser, testPassword)
		is.Equal(ask(t, source, server), "login-1")
		time.Sleep(900 * time.Second)
		for range 99 {
			is.Equal(ask(t, source, server), "login-1")
			time.Sleep(time.Second)
		}
		is.Equal(server.refreshes.Load(), int64(2)) // one a minute, and not one a call
		time.Sleep(time.Second)
		_, err := source.Token(context.Background(), Ask{Server: server}) // expired now
		is.True(errors.Is(err, io.ErrUnexpectedEOF))
	})
}

func TestRenewal_SlowEarlyRenewalHoldsUpOneCallerForFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: time.Hour}
		ended := make(chan error, 1)
		server.onRefresh = func(ctx context.Context, _ int64, _ string) (Grant, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return Grant{}, ctx.Err()
		}
		source := Password(testUser, testPassword)
		ask(t, source, server)
		time.Sleep(55 * time.Minute)
		start := time.Now()
		first := make(chan time.Duration, 1)
		go func() {
			_, _ = source.Token(context.Background(), Ask{Server: server})
			first <- time.Since(start)
		}()
		synctest.Wait()
		for range 100 {
			is.Equal(ask(t, source, server), "login-1")
		}
		is.Equal(time.Since(start), time.Duration(0)) // the others have not waited
		is.Equal(<-first, earlyPatience)
		is.Equal(<-ended, context.Canceled) // and the request was given up
	})
}

func TestRenewal_RefusedDuringEarlyRenewalJoinsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server := &fakeServer{life: time.Hour}
		server.onRefresh = func(_ context.Context, n int64, _ string) (Grant, error) {
			time.Sleep(3 * time.Second)
			if n == 1 {
				return Grant{Access: Token{Value: "login-1"}, Refresh: Token{Value: "r"}}, nil // of the same second
			}
			return Grant{Access: Token{Value: "new"}}, nil
		}
		source := Password(testUser, testPassword)
		ask(t, source, server)
		time.Sleep(55 * time.Minute)
		go func() { _, _ = source.Token(context.Background(), Ask{Server: server}) }()
		synctest.Wait()
		got, err := source.Token(context.Background(), Ask{Server: server, Refused: "login-1"})
		is.NoErr(err)
		is.Equal(got.Value, "new")
		is.Equal(server.refreshes.Load(), int64(2))
	})
}
