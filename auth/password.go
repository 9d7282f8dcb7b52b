package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// Password is a source that logs in with user and password when it is first
// asked, keeps the token until 90 % of its life are over or the server refuses
// it, and then renews it with the refresh token, or by another login where that
// is refused. A refused login is ErrUnauthenticated, with what the server said.
//
// However many ask at once, there is one login. Each waits no longer than its own
// context; the login is given up when nobody waits for it any more. A source may
// be used with several servers: it logs in at each.
func Password(user, password string) Source {
	return &login{user: user, password: password, at: map[Server]*session{}}
}

type login struct {
	user, password string

	mu sync.Mutex // guards at and all sessions; not held while waiting
	at map[Server]*session
}

// String names the user only.
func (l *login) String() string { return fmt.Sprintf("auth.Password(%q, redacted)", l.user) }

// GoString is String.
func (l *login) GoString() string { return l.String() }

// session is what a source has from one server.
type session struct {
	grant  Grant
	renew  time.Time // zero: not before it is refused
	flight *flight   // the renewal under way, or nil
}

// good says whether the access token can be given out.
func (s *session) good(refused string) bool {
	t := s.grant.Access
	return t.Value != "" && t.Value != refused && (s.renew.IsZero() || time.Now().Before(s.renew))
}

// flight is one renewal that several callers wait for.
type flight struct {
	session *session
	cancel  context.CancelFunc
	waiting int
	landed  chan struct{} // closed by the goroutine that flies
	token   Token
	err     error
}

func (l *login) Token(ctx context.Context, ask Ask) (Token, error) {
	if ask.Server == nil {
		return Token{}, fmt.Errorf("%w: no server to log in at", ErrConfig)
	}
	l.mu.Lock()
	s := l.at[ask.Server]
	if s == nil {
		s = &session{}
		l.at[ask.Server] = s
	}
	if s.good(ask.Refused) {
		defer l.mu.Unlock()
		return s.grant.Access, nil
	}
	f := s.flight
	if f == nil {
		f = l.take(ctx, ask, s)
	}
	f.waiting++
	l.mu.Unlock()
	return l.wait(ctx, f)
}

// take starts a renewal; l.mu is held.
func (l *login) take(ctx context.Context, ask Ask, s *session) *flight {
	// The flight serves all who wait, so it outlives the caller it began with.
	flying, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{session: s, cancel: cancel, landed: make(chan struct{})}
	s.flight = f
	refresh := s.grant.Refresh
	go func() { // owner: those who wait for f; ends with the login, or when nobody waits
		defer cancel()
		grant, err := l.renew(flying, ask, refresh)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil {
			s.grant, s.renew = grant, grant.Access.renewAt(time.Now())
		}
		f.token, f.err = grant.Access, err
		f.leave()
		close(f.landed)
	}()
	return f
}

func (l *login) wait(ctx context.Context, f *flight) (Token, error) {
	select {
	case <-f.landed:
		return f.token, f.err
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		f.leave()
	}
	return Token{}, context.Cause(ctx)
}

// leave lets the next caller begin another flight; the source's lock is held.
func (f *flight) leave() {
	if f.session.flight == f {
		f.session.flight = nil
	}
}

// renew gets new tokens: by the refresh token if there is one, else, or if that
// is refused, by the password.
func (l *login) renew(ctx context.Context, ask Ask, refresh Token) (Grant, error) {
	if refresh.Value != "" && (refresh.Expires.IsZero() || time.Now().Before(refresh.Expires)) {
		grant, err := ask.Server.Refresh(ctx, refresh.Value)
		if !isRefusal(err) && (err != nil || grant.Access.Value != ask.Refused) {
			return grant, err
		}
	}
	grant, err := ask.Server.Login(ctx, l.user, l.password)
	switch {
	case isRefusal(err):
		return Grant{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	case err == nil && grant.Access.Value == ask.Refused:
		return Grant{}, fmt.Errorf("%w: the login gave the token that was refused", ErrUnauthenticated)
	}
	return grant, err
}

// isRefusal says whether the server knows us and does not want us, rather than
// being too busy or broken to say.
func isRefusal(err error) bool {
	var said *wire.ServerError
	if !errors.As(err, &said) {
		return false
	}
	return said.HTTPStatus == http.StatusUnauthorized || said.HTTPStatus == http.StatusForbidden
}
