package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// shop is a server with a name, so that its credentials can be stored.
func shop(life time.Duration) named { return named{&fakeServer{life: life}, testBase} }

// stock makes a store that holds one grant.
func stock(t *testing.T, g Grant) *MemoryStore {
	t.Helper()
	s := NewMemoryStore()
	if err := s.Put(context.Background(), testKey(), g); err != nil {
		t.Fatal(err)
	}
	return s
}

// have gives the access token in the store.
func have(t *testing.T, s Store) string {
	t.Helper()
	g, err := s.Get(context.Background(), testKey())
	if err != nil {
		t.Fatal(err)
	}
	return g.Access.Value
}

// TestStored_WhatIsMadeOfWhatIsThere has every kind of stored credentials, for a Password and for a Stored, which has no
// other way.
func TestStored_WhatIsMadeOfWhatIsThere(t *testing.T) {
	const none = "-"
	in := func(d time.Duration) time.Time { return time.Now().Add(d) }
	tests := []struct {
		name           string
		kept           Grant
		refresh        error
		want, password string
		refreshes      int64
	}{
		{"nothing", Grant{}, nil, none, "login-1", 0},
		{"both good", Grant{Access: Token{"a", in(time.Hour)}, Refresh: Token{"r", in(2 * time.Hour)}}, nil, "a", "a", 0},
		{"access token of unknown life", Grant{Access: Token{Value: "a"}}, nil, "a", "a", 0},
		{"access token of which half a minute is left", Grant{Access: Token{"a", in(30 * time.Second)}, Refresh: Token{Value: "r"}}, nil, "refresh-1", "refresh-1", 1},
		{"access token expired", Grant{Access: Token{"a", in(-time.Hour)}, Refresh: Token{"r", in(-time.Minute)}}, nil, "refresh-1", "refresh-1", 1},
		{"expired by its claims", Grant{Access: Token{Value: expiring(in(-2*time.Hour), in(-time.Hour))}, Refresh: Token{Value: "r"}}, nil, "refresh-1", "refresh-1", 1},
		{"expired, and nothing to refresh with", Grant{Access: Token{"a", in(-time.Hour)}}, nil, none, "login-1", 0},
		{"refresh refused", Grant{Access: Token{"a", in(-time.Hour)}, Refresh: Token{Value: "r"}}, refusal("refresh"), none, "login-1", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			for _, kind := range []string{"stored", "password"} {
				server, store, want := shop(time.Hour), NewMemoryStore(), tt.want
				if tt.kept != (Grant{}) {
					store = stock(t, tt.kept)
				}
				if tt.refresh != nil {
					server.onRefresh = func(context.Context, int64, string) (Grant, error) { return Grant{}, tt.refresh }
				}
				source := Stored(store, testUser)
				if kind == "password" {
					source, want = Password(testUser, testPassword, WithStore(store)), tt.password
				}
				got, err := source.Token(context.Background(), Ask{Server: server})
				is.Equal(server.refreshes.Load(), tt.refreshes)
				if want == none {
					is.True(errors.Is(err, ErrUnauthenticated))
					is.Equal(errors.Is(err, ErrNotStored), tt.kept == Grant{})
					is.Equal(errors.Is(err, wire.CodeLoginUnauthorized), tt.refresh != nil)
					continue
				}
				is.NoErr(err)
				is.Equal(got.Value, want)
				is.Equal(have(t, store), want) // written back
			}
		})
	}
}

// TestStored_RestartedProcessDoesNotLogIn is the use of it all, with a file.
func TestStored_RestartedProcessDoesNotLogIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server, store := shop(time.Hour), fileStore(t)
		for range 5 {
			is.Equal(ask(t, Password(testUser, testPassword, WithStore(store)), server), "login-1")
			time.Sleep(10 * time.Minute)
		}
		time.Sleep(24 * time.Hour)
		is.Equal(ask(t, Password(testUser, testPassword, WithStore(store)), server), "refresh-1")
		is.Equal(ask(t, Stored(store, testUser), server), "refresh-1")
		_, err := Stored(store, "max").Token(context.Background(), Ask{Server: server})
		is.True(errors.Is(err, ErrNotStored))
		is.Equal(server.logins.Load(), int64(1))
		is.Equal(server.refreshes.Load(), int64(1))
	})
}

func TestStored_RefusedAccessTokenIsRefreshed(t *testing.T) {
	is := is.New(t)
	server, store := shop(time.Hour), stock(t, Grant{Access: Token{Value: "a"}, Refresh: Token{Value: "r"}})
	source := Stored(store, testUser)
	is.Equal(ask(t, source, server), "a")
	got, err := source.Token(context.Background(), Ask{Server: server, Refused: "a"})
	is.NoErr(err)
	is.Equal(got.Value, "refresh-1")
	is.Equal(have(t, store), "refresh-1")
}

// TestStored_OtherProcessHasRenewed has two processes with one store: what one has renewed the other takes, early and when
// refused, and does not ask the server. A refresh token that was refused is not the end if another is there by then.
func TestStored_OtherProcessHasRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server, store := shop(time.Hour), NewMemoryStore()
		one, two := Password(testUser, testPassword, WithStore(store)), Password(testUser, testPassword, WithStore(store))
		is.Equal(ask(t, one, server), "login-1")
		is.Equal(ask(t, two, server), "login-1")
		time.Sleep(58 * time.Minute)
		ask(t, one, server)
		synctest.Wait()
		ask(t, two, server)
		synctest.Wait()
		is.Equal(ask(t, two, server), "refresh-1")
		is.Equal(server.refreshes.Load(), int64(1))

		is.NoErr(store.Put(context.Background(), testKey(), Grant{Access: Token{"stale", time.Now()}, Refresh: Token{Value: "newer"}}))
		var used []string
		server.onRefresh = func(_ context.Context, _ int64, token string) (Grant, error) {
			if used = append(used, token); token == "newer" {
				return Grant{}, refusal("refresh")
			}
			return server.grant("by the own one"), nil
		}
		got, err := two.Token(context.Background(), Ask{Server: server, Refused: "refresh-1"})
		is.NoErr(err)
		is.Equal(got.Value, "by the own one")
		is.Equal(used, []string{"newer", "r-refresh-1"})
		is.Equal(server.logins.Load(), int64(1))
	})
}

// TestStored_LoginElsewhereIsNoticed has a Stored that was refused, and somebody who then logs in.
func TestStored_LoginElsewhereIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		server, store := shop(time.Hour), NewMemoryStore()
		source := Stored(store, testUser)
		is.True(errors.Is(hammer(source, Ask{Server: server}, time.Minute), ErrUnauthenticated))
		is.Equal(ask(t, Password(testUser, testPassword, WithStore(store)), server), "login-1")
		time.Sleep(longestPause / 10 * 12)
		is.Equal(ask(t, source, server), "login-1")
		is.Equal(server.logins.Load(), int64(1))
	})
}

// TestStored_StoreThatFailsKeepsNobodyFromLoggingIn has stores that fail, panic and hang: a login takes what they take,
// 5 s for each call at most, and their word is in the error of one that fails as well.
func TestStored_StoreThatFailsKeepsNobodyFromLoggingIn(t *testing.T) {
	tests := []struct {
		name  string
		store faultyStore
		want  error
		takes time.Duration
	}{
		{"fails", faultyStore{fails: io.ErrClosedPipe}, io.ErrClosedPipe, 0},
		{"exposed", faultyStore{fails: fmt.Errorf("f: %w", ErrExposed)}, ErrExposed, 0},
		{"panics", faultyStore{panics: io.ErrNoProgress}, io.ErrNoProgress, 0},
		{"hangs", faultyStore{}, context.DeadlineExceeded, storePatience},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				server, store := shop(time.Hour), tt.store
				start := time.Now()
				is.Equal(ask(t, Password(testUser, testPassword, WithStore(&store)), server), "login-1")
				is.Equal(time.Since(start), 2*tt.takes)
				is.Equal(store.calls, 2)

				server.onLogin = func(context.Context, int64) (Grant, error) { return Grant{}, refusal("login") }
				_, err := Password(testUser, testPassword, WithStore(&store)).Token(context.Background(), Ask{Server: server})
				is.True(errors.Is(err, ErrUnauthenticated))
				is.True(errors.Is(err, wire.CodeLoginUnauthorized))
				is.True(errors.Is(err, tt.want))

				_, err = Stored(&store, testUser).Token(context.Background(), Ask{Server: server})
				is.True(errors.Is(err, tt.want))
				is.Equal(errors.Is(err, ErrUnauthenticated), tt.want == ErrExposed) // the others may pass
			})
		})
	}
}

func TestStored_ServerWithoutAName(t *testing.T) {
	is := is.New(t)
	store := NewMemoryStore()
	_, err := Stored(store, testUser).Token(context.Background(), Ask{Server: &fakeServer{}})
	is.True(errors.Is(err, ErrConfig))
	is.Equal(ask(t, Password(testUser, testPassword, WithStore(store)), &fakeServer{}), "login-1") // a failure like others
	_, err = Password(testUser, "Wrong-lena-1", WithStore(store)).Token(context.Background(), Ask{Server: &fakeServer{}})
	is.True(errors.Is(err, ErrUnauthenticated) && errors.Is(err, ErrConfig))
}

func TestStored_NoNetworkIsNotTheEnd(t *testing.T) {
	is := is.New(t)
	server, store := shop(time.Hour), stock(t, Grant{Access: Token{"a", time.Now()}, Refresh: Token{Value: "r"}})
	server.onRefresh = func(context.Context, int64, string) (Grant, error) { return Grant{}, io.ErrUnexpectedEOF }
	_, err := Stored(store, testUser).Token(context.Background(), Ask{Server: server})
	is.Equal(err, io.ErrUnexpectedEOF)
	is.Equal(have(t, store), "a")
}
