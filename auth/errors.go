package auth

import (
	"errors"

	"github.com/kalamdb/kalamrx/wire"
)

// Sentinels for errors.Is.
var (
	// ErrUnauthenticated marks credentials that the server refuses, or a token that has expired or was refused and
	// cannot be replaced. Asking again does not help.
	ErrUnauthenticated error = final("kalam: unauthenticated")
	// ErrSetupRequired marks a server that has no root password yet (HTTP 428).
	ErrSetupRequired error = final("kalam: server setup required")
	// ErrConfig marks credentials that cannot work, known without asking the server.
	ErrConfig error = final("kalam: bad credentials")
)

// final is an error that another attempt would meet again.
type final string

// Error is the text.
func (f final) Error() string { return string(f) }

// Retryable is false, for operators.Retry.
func (f final) Retryable() bool { return false }

// said gives what the server answered, or nil where it did not come to an answer.
func said(err error) *wire.ServerError {
	var e *wire.ServerError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
