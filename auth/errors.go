package auth

import (
	"errors"

	"github.com/kalamdb/kalamrx/wire"
)

// Sentinels for errors.Is.
var (
	// ErrUnauthenticated marks credentials that the server refuses, or a token that has expired or was refused and
	// cannot be replaced. Asking again does not help.
	ErrUnauthenticated = errors.New("kalam: unauthenticated")
	// ErrSetupRequired marks a server that has no root password yet (HTTP 428).
	ErrSetupRequired = errors.New("kalam: server setup required")
	// ErrConfig marks credentials that cannot work, known without asking the server.
	ErrConfig = errors.New("kalam: bad credentials")
)

// said gives what the server answered, or nil where it did not come to an answer.
func said(err error) *wire.ServerError {
	var e *wire.ServerError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
