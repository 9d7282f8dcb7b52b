package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	testUser     = "lena"
	testPassword = "Secret-lena-1"
)

// fakeServer is a Server in memory. Its grants are named by their number and live for life; a hook may answer instead.
type fakeServer struct {
	life              time.Duration
	logins, refreshes atomic.Int64
	onLogin           func(ctx context.Context, n int64) (Grant, error)
	onRefresh         func(ctx context.Context, n int64, token string) (Grant, error)
}

func (s *fakeServer) Login(ctx context.Context, user, password string) (Grant, error) {
	n := s.logins.Add(1)
	if user != testUser || password != testPassword {
		return Grant{}, refusal("login")
	}
	if s.onLogin != nil {
		return s.onLogin(ctx, n)
	}
	return s.grant(fmt.Sprintf("login-%d", n)), nil
}

func (s *fakeServer) Refresh(ctx context.Context, token string) (Grant, error) {
	n := s.refreshes.Add(1)
	if s.onRefresh != nil {
		return s.onRefresh(ctx, n, token)
	}
	return s.grant(fmt.Sprintf("refresh-%d", n)), nil
}

func (s *fakeServer) grant(name string) Grant {
	g := Grant{Access: Token{Value: name}, Refresh: Token{Value: "r-" + name}}
	if s.life != 0 {
		g.Access.Expires = time.Now().Add(s.life)
	}
	return g
}

// refusal is what a KalamDB server says to wrong credentials.
func refusal(op string) error {
	return &wire.ServerError{Op: op, HTTPStatus: 401, Code: wire.CodeLoginUnauthorized, Message: "Invalid credentials"}
}

// signed makes a token of a payload; its signature is no signature.
func signed(payload string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + part([]byte(payload)) + "." + part([]byte("not a signature, but long enough"))
}

// expiring makes a token that was issued and expires at the given times.
func expiring(issued, expires time.Time) string {
	return signed(fmt.Sprintf(`{"sub":"lena","exp":%d,"iat":%d,"token_type":"access"}`, expires.Unix(), issued.Unix()))
}

// roundTripper is a network that needs no socket.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
