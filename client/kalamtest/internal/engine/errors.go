package engine

import "github.com/kalamdb/kalamrx/wire"

// Error is a failed request as the server tells it: already redacted for the session's role.
type Error struct {
	Status  int // HTTP status
	Code    wire.Code
	Message string
	Details string // offending SQL, for roles dba and system only
}

// Error gives code and message.
func (e *Error) Error() string { return "kalamtest: " + string(e.Code) + ": " + e.Message }

// Unwrap gives the code, so that errors.Is(err, wire.CodeInvalidSQL) works.
func (e *Error) Unwrap() error { return e.Code }

// LiveError is a refused subscription or failed snapshot page: code and message of the error frame.
type LiveError struct {
	Code    wire.Code
	Message string
}

// Error gives code and message.
func (e *LiveError) Error() string { return "kalamtest: " + string(e.Code) + ": " + e.Message }

// Unwrap gives the code, so that errors.Is(err, wire.CodeNotFound) works.
func (e *LiveError) Unwrap() error { return e.Code }
