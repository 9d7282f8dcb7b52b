package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
// with the refresh token, or by another login where the server refuses that. With [WithStore] a later run of the program
// goes on with them.
//
// However many callers ask at once, one request is made, and each caller waits for it no longer than its own ctx. It is
// given up when nobody waits for it any more, or with the life of who began it ([Ask].Life).
//
// Login refused is [ErrUnauthenticated] with the server's [*wire.ServerError]. It is remembered, so that no account gets
// locked by requests that keep coming: for 30 s every caller gets the same error, and twice as long after each further
// refusal in a row, up to 5 min, give or take a fifth. Other failures are remembered for 100 ms to 5 s, see the package.
// An empty user or password, or one that is longer than the server reads (128 and 256 characters), and an option with a
// bad value, is [ErrConfig], from [Check] and from every call.
func Password(user, password string, opts ...PasswordOption) Source {
	l := &login{
		label: label{"password(" + clip(user) + ")"}, account: account{user: user}, password: hide(password),
		servers: servers{guarded: true},
	}
	for _, opt := range opts {
		if opt == nil {
			l.bad = errors.Join(l.bad, fmt.Errorf("%w: Password: an option is nil", ErrConfig))
			continue
		}
		l.bad = errors.Join(l.bad, opt(l))
	}
	return l
}

// PasswordOption is an option of [Password].
type PasswordOption func(*login) error

// WithStore makes a [Password] keep its grants in a store: one that is there is used, and refreshed, before the password
// is. The password is not stored, nor is it compared to anything: who can read the store needs none. Default: grants last
// as long as the source. A nil store is [ErrConfig].
//
// A store that fails keeps nobody from logging in. What went wrong with it is told to [Ask].Report, which a client has, and
// is in the error of a login that fails as well. The server must have a method Identity() string, as that of [NewServer]
// has; one without is such a failure.
func WithStore(store Store) PasswordOption {
	return func(l *login) error {
		if err := checkStore(store); err != nil {
			return fmt.Errorf("WithStore: %w", err)
		}
		l.store = store
		return nil
	}
}

func checkStore(store Store) error {
	if store == nil {
		return fmt.Errorf("%w: no store", ErrConfig)
	}
	if c, ok := store.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}

type login struct {
	label
	account
	password secret
	bad      error // of the options
	servers  servers
}

// Check tells what no server would take.
func (l *login) Check() error {
	password := l.password()
	switch {
	case l.bad != nil:
		return l.bad
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
	key, err := identity(ask.Server)
	if err != nil {
		return Token{}, err
	}
	return l.servers.token(ctx, key, need{ask: ask, renew: func(ctx context.Context, old Grant, refused string) (lease, error) {
		return l.renew(ctx, ask, old, refused)
	}})
}

// renew refreshes where there is something to refresh with, and logs in where that comes to nothing.
func (l *login) renew(ctx context.Context, ask Ask, old Grant, refused string) (lease, error) {
	got, trouble, err := l.revive(ctx, ask, old, refused)
	if errors.Is(err, errUnrefreshed) {
		g, failed := ask.Server.Login(ctx, l.user, l.password())
		got, err = lease{grant: g}, l.verdict(g, failed, refused)
	}
	if err != nil {
		return lease{}, beside(err, trouble)
	}
	if !got.aged {
		l.save(ctx, ask, got.grant)
	}
	return got, nil
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
