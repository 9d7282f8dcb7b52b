package auth

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestPassword_BadInputIsKnownWithoutAsking(t *testing.T) {
	tests := []struct {
		name, user, password string
		ok                   bool
	}{
		{"fine", "lena", "Secret-lena-1", true},
		{"the longest", strings.Repeat("ü", 128), strings.Repeat("ß", 256), true},
		{"no user", "", "Secret-lena-1", false},
		{"no password", "lena", "", false},
		{"user too long", strings.Repeat("u", 129), "Secret-lena-1", false},
		{"password too long", "lena", strings.Repeat("p", 257), false},
		{"user is not text", "le\xffna", "Secret-lena-1", false},
		{"password is not text", "lena", "Secret\xff", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			server := &fakeServer{}
			source := Password(tt.user, tt.password)
			is.Equal(Check(source) == nil, tt.ok)
			_, err := source.Token(context.Background(), Ask{Server: server})
			is.Equal(errors.Is(err, ErrConfig), !tt.ok)
			is.Equal(server.logins.Load() == 0, !tt.ok) // asked only what can be true
		})
	}
}

func TestCheck_OfOtherSources(t *testing.T) {
	is := is.New(t)
	is.True(errors.Is(Check(nil), ErrConfig))
	is.NoErr(Check(None()))
	source, err := JWT(signed(`{}`))
	is.NoErr(err)
	is.NoErr(Check(source))
}

func TestPassword_ServerThatCannotBeKept(t *testing.T) {
	is := is.New(t)
	_, err := Password(testUser, testPassword).Token(context.Background(), Ask{})
	is.True(errors.Is(err, ErrConfig))
	_, err = Password(testUser, testPassword).Token(context.Background(), Ask{Server: unhashable{names: []string{"a"}}})
	is.True(errors.Is(err, ErrConfig))
}

// unhashable is a Server that cannot be a key of a map.
type unhashable struct {
	fakeless
	names []string
}

type fakeless struct{}

func (fakeless) Login(context.Context, string, string) (Grant, error) { return Grant{}, io.EOF }
func (fakeless) Refresh(context.Context, string) (Grant, error)       { return Grant{}, io.EOF }

// TestPassword_Renewal has every course that the replacement of a refused token may take. The first login is always
// granted; then its token is refused, and what follows is the case.
func TestPassword_Renewal(t *testing.T) {
	limited := &wire.ServerError{Op: "login", HTTPStatus: 429, Code: wire.CodeLoginRateLimited, RetryAfter: 7 * time.Second}
	refusedAll := func(string) (Grant, error) { return Grant{}, refusal("") }
	gives := func(value string) func(string) (Grant, error) {
		return func(string) (Grant, error) { return Grant{Access: Token{Value: value}}, nil }
	}
	fails := func(err error) func(string) (Grant, error) {
		return func(string) (Grant, error) { return Grant{}, err }
	}
	tests := []struct {
		name              string
		refresh, login    func(string) (Grant, error)
		want              string
		wantErr           error
		final             bool
		refreshes, logins int64
	}{
		{"refreshed", gives("second"), nil, "second", nil, false, 1, 1},
		{"refresh refused", refusedAll, gives("second"), "second", nil, false, 1, 2},
		{"refresh not there", fails(&wire.ServerError{HTTPStatus: 404}), gives("second"), "second", nil, false, 1, 2},
		{"refresh gives the same", gives("first"), gives("second"), "second", nil, false, 1, 2},
		{"refresh gives nothing", gives(""), gives("second"), "second", nil, false, 1, 2},
		{"refused twice", refusedAll, refusedAll, "", wire.CodeLoginUnauthorized, true, 1, 2},
		{"locked", refusedAll, fails(&wire.ServerError{HTTPStatus: 401, Code: wire.CodeLoginAccountLocked}), "", wire.CodeLoginAccountLocked, true, 1, 2},
		{"login gives the same", gives("first"), gives("first"), "", ErrUnauthenticated, true, 1, 2},
		{"login gives nothing", refusedAll, gives(""), "", errNoToken, false, 1, 2},
		{"setup required", refusedAll, fails(errors.Join(ErrSetupRequired, &wire.ServerError{HTTPStatus: 428})), "", ErrSetupRequired, true, 1, 2},
		{"refresh: no network", fails(io.ErrUnexpectedEOF), nil, "", io.ErrUnexpectedEOF, false, 1, 1},
		{"refresh: unavailable", fails(&wire.ServerError{HTTPStatus: 503}), nil, "", wire.ClassRetryable, false, 1, 1},
		{"login: no network", refusedAll, fails(io.ErrUnexpectedEOF), "", io.ErrUnexpectedEOF, false, 1, 2},
		{"login: limited", refusedAll, fails(limited), "", limited, false, 1, 2},
		{"login: a wrong request", refusedAll, fails(&wire.ServerError{HTTPStatus: 400}), "", wire.ClassFatal, false, 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			server := &fakeServer{
				onRefresh: func(_ context.Context, _ int64, token string) (Grant, error) { return tt.refresh(token) },
				onLogin: func(_ context.Context, n int64) (Grant, error) {
					if n == 1 {
						return Grant{Access: Token{Value: "first"}, Refresh: Token{Value: "r"}}, nil
					}
					return tt.login("")
				},
			}
			source, ctx := Password(testUser, testPassword), context.Background()
			first, err := source.Token(ctx, Ask{Server: server})
			is.NoErr(err)
			got, err := source.Token(ctx, Ask{Server: server, Refused: first.Value})
			is.Equal(got.Value, tt.want)
			is.True(errors.Is(err, tt.wantErr))
			is.Equal(errors.Is(err, ErrUnauthenticated), tt.final)
			is.Equal(server.refreshes.Load(), tt.refreshes)
			is.Equal(server.logins.Load(), tt.logins)
		})
	}
}

func TestPassword_WrongPasswordIsFinalAndSaysWhatTheServerSaid(t *testing.T) {
	is := is.New(t)
	source := Password(testUser, "Wrong-lena-1")
	_, err := source.Token(context.Background(), Ask{Server: &fakeServer{}})
	is.True(errors.Is(err, ErrUnauthenticated))
	var e *wire.ServerError
	is.True(errors.As(err, &e))
	is.Equal(e.HTTPStatus, 401)
	is.Equal(e.Message, "Invalid credentials")
}

func TestPassword_OldRefusalDoesNotCostAnotherLogin(t *testing.T) {
	is := is.New(t)
	server := &fakeServer{}
	source, ctx := Password(testUser, testPassword), context.Background()
	first, err := source.Token(ctx, Ask{Server: server})
	is.NoErr(err)
	for range 5 { // five requests were under way with the first token when it was refused
		got, err := source.Token(ctx, Ask{Server: server, Refused: first.Value})
		is.NoErr(err)
		is.Equal(got.Value, "refresh-1")
	}
	is.Equal(server.refreshes.Load(), int64(1))
}

func TestPassword_RefreshWithoutSuccessorKeepsTheRefreshToken(t *testing.T) {
	is := is.New(t)
	var used []string
	server := &fakeServer{onRefresh: func(_ context.Context, n int64, token string) (Grant, error) {
		used = append(used, token)
		return Grant{Access: Token{Value: strings.Repeat("a", int(n))}}, nil
	}}
	source, refused := Password(testUser, testPassword), ""
	for range 3 {
		got, err := source.Token(context.Background(), Ask{Server: server, Refused: refused})
		is.NoErr(err)
		refused = got.Value
	}
	is.Equal(used, []string{"r-login-1", "r-login-1"})
}

// named is a Server that says which it is.
type named struct {
	*fakeServer
	name string
}

func (n named) Identity() string { return n.name }

func TestPassword_KeepsOneGrantForEachServer(t *testing.T) {
	is := is.New(t)
	source, ctx := Password(testUser, testPassword), context.Background()
	one, two := &fakeServer{}, &fakeServer{}
	for range 3 {
		for _, s := range []Server{one, two} {
			_, err := source.Token(ctx, Ask{Server: s})
			is.NoErr(err)
		}
	}
	is.Equal(one.logins.Load(), int64(1))
	is.Equal(two.logins.Load(), int64(1))

	_, err := source.Token(ctx, Ask{Server: one, Refused: "login-1"}) // both have granted a token of that name
	is.NoErr(err)
	got, err := source.Token(ctx, Ask{Server: two})
	is.NoErr(err)
	is.Equal(got.Value, "login-1") // the other server's is not touched

	again, anew := named{&fakeServer{}, "http://db"}, named{&fakeServer{}, "http://db"} // two clients of one server
	for _, s := range []Server{again, anew, again} {
		_, err := source.Token(ctx, Ask{Server: s})
		is.NoErr(err)
	}
	is.Equal(again.logins.Load()+anew.logins.Load(), int64(1))
}
