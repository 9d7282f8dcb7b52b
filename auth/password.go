package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/wire"
)

// The longest user name and password, in characters, that a server reads.
const (
	maxUser     = 128
	maxPassword = 256
)

// errNoToken is a grant without an access token.
var errNoToken = errors.New("kalam: the server granted no token")

// Password is the source of those who log in with a user name and a password, where and when a token is first needed.
// It keeps the tokens, one grant for each server, so that it may be shared by any number of clients, and renews them
// with the refresh token, or by another login where the server refuses that.
//
// However many callers ask at once, one request is made, and each caller waits for it no longer than its own ctx. It is
// given up when nobody waits for it any more.
//
// Login refused is [ErrUnauthenticated] with the server's [*wire.ServerError]. Other failures are given as they came and
// the next call tries again. An empty user or password, or one that is longer than the server reads (128 and 256
// characters), is [ErrConfig], from [Check] and from every call.
func Password(user, password string) Source {
	return &login{
		label: label{"password(" + clip(user) + ")"}, user: user, password: hide(password), servers: map[any]*cache{},
	}
}

type login struct {
	label
	user     string
	password secret

	mu      sync.Mutex
	servers map[any]*cache // by identity
}

// Check tells what no server would take.
func (l *login) Check() error {
	password := l.password()
	switch {
	case l.user == "":
		return fmt.Errorf("%w: Password: user is empty", ErrConfig)
	case utf8.RuneCountInString(l.user) > maxUser:
		return fmt.Errorf("%w: Password: user is longer than %d characters", ErrConfig, maxUser)
	case password == "":
		return fmt.Errorf("%w: Password: password is empty", ErrConfig)
	case utf8.RuneCountInString(password) > maxPassword:
		return fmt.Errorf("%w: Password: password is longer than %d characters", ErrConfig, maxPassword)
	case !utf8.ValidString(l.user) || !utf8.ValidString(password):
		return fmt.Errorf("%w: Password: user or password is not UTF-8", ErrConfig)
	}
	return nil
}

// Token gives the token that is kept for the server, or waits for one.
func (l *login) Token(ctx context.Context, ask Ask) (Token, error) {
	if err := l.Check(); err != nil {
		return Token{}, err
	}
	if ctx.Err() != nil {
		return Token{}, waiting(ctx)
	}
	key, err := identity(ask.Server)
	if err != nil {
		return Token{}, err
	}
	return l.kept(key).token(ctx, ask.Refused, func(ctx context.Context, old Grant, refused string) (Grant, error) {
		return l.renew(ctx, ask.Server, old, refused)
	})
}

func (l *login) kept(key any) *cache {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.servers[key]
	if c == nil {
		c = &cache{}
		l.servers[key] = c
	}
	return c
}

// renew refreshes where there is something to refresh with, and logs in where that is refused or gives the refused token
// again, as it can within one second: a token is made of whole seconds.
func (l *login) renew(ctx context.Context, server Server, old Grant, refused string) (Grant, error) {
	if old.Refresh.Value != "" {
		g, err := server.Refresh(ctx, old.Refresh.Value)
		if err == nil && g.Access.Value != "" && g.Access.Value != refused {
			if g.Refresh.Value == "" {
				g.Refresh = old.Refresh
			}
			return g, nil
		}
		if e := said(err); err != nil && (e == nil || e.Temporary()) {
			return Grant{}, err
		}
	}
	g, err := server.Login(ctx, l.user, l.password())
	return g, l.verdict(g, err, refused)
}

// verdict says what the outcome of a login means.
func (l *login) verdict(g Grant, err error, refused string) error {
	switch e := said(err); {
	case e != nil && e.Class() == wire.ClassAuth:
		return fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	case err != nil:
		return err
	case g.Access.Value == "":
		return errNoToken
	case g.Access.Value == refused:
		return fmt.Errorf("%w: the server grants the token that it refuses", ErrUnauthenticated)
	}
	return nil
}

// clip keeps a name from filling a log.
func clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:64], "") + "…"
}
