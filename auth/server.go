package auth

import (
	"context"
	"fmt"
	"reflect"

	"github.com/kalamdb/kalamrx/wire"
)

// Server is where tokens are made. [NewServer] gives the one of a KalamDB server; a fake in a test is two methods.
//
// Tokens are kept by server. Two values are the same server if they have a method Identity() string that gives the same
// text, or else if they are equal.
type Server interface {
	// Login changes a user's password for tokens.
	Login(ctx context.Context, user, password string) (Grant, error)
	// Refresh changes a refresh token for new tokens.
	Refresh(ctx context.Context, refreshToken string) (Grant, error)
}

// Grant is what the server answers to login and refresh. Its tokens are not printed.
type Grant struct {
	Access  Token     // opens sockets and requests
	Refresh Token     // buys another grant; its Value is empty where the server gave none
	User    wire.User // who is logged in
}

// identity is the key by which tokens are kept for a server.
func identity(s Server) (any, error) {
	if s == nil {
		return nil, fmt.Errorf("%w: no server to log in to", ErrConfig)
	}
	if name, ok := spelled(s); ok {
		return name, nil
	}
	if !reflect.ValueOf(s).Comparable() {
		return nil, fmt.Errorf("%w: server of type %T has no identity", ErrConfig, s)
	}
	return s, nil
}

// spelled is the identity of a server that has one in letters.
func spelled(s Server) (string, bool) {
	named, ok := s.(interface{ Identity() string })
	if !ok {
		return "", false
	}
	return named.Identity(), true
}
