package auth

import (
	"context"
	"errors"

	"github.com/kalamdb/kalamrx/wire"
)

// Sentinels for errors.Is.
var (
	// ErrUnauthenticated says that the server does not let us in, and that asking
	// again will not change that.
	ErrUnauthenticated = errors.New("kalam: unauthenticated")
	// ErrSetupRequired says that the server has no root password yet.
	ErrSetupRequired = errors.New("kalam: server needs its setup")
	// ErrConfig marks a credential that cannot be one.
	ErrConfig = errors.New("kalam: bad credential")
)

// Source gives access tokens. It is called from many goroutines at once, and
// before every dial and every request, so it keeps what is still good. A token
// with an empty value means asking as nobody.
type Source interface {
	// Token gives a token that is believed to be good and is not ask.Refused. It
	// waits no longer than ctx. An error that is ErrUnauthenticated is final for
	// the caller; any other may pass.
	Token(ctx context.Context, ask Ask) (Token, error)
}

// Ask is what a source is asked with.
type Ask struct {
	Server  Server // to log in at, for sources that do
	Refused string // the token that the server has just refused, if it did
}

// Server exchanges credentials for tokens. NewServer makes one for a real server.
type Server interface {
	// Login exchanges a user's password for tokens.
	Login(ctx context.Context, user, password string) (Grant, error)
	// Refresh exchanges a refresh token for new tokens.
	Refresh(ctx context.Context, refreshToken string) (Grant, error)
}

// Grant is what a login gives.
type Grant struct {
	Access  Token
	Refresh Token
	User    wire.User
}

// None asks as nobody. A server lets nobody do little, and open no socket.
func None() Source { return none{} }

type none struct{}

func (none) Token(context.Context, Ask) (Token, error) { return Token{}, nil }
