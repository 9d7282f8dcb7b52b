package auth

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is the error of every caller who waited for a token while the code that was to make it panicked: the function
// of [Func] or [Refreshing], a source, server or store of the application. The next caller runs it again, after the pause
// of any other failure.
//
// Printed it tells a runtime error, and of any other value the type alone, for that may hold a secret. If the value is an
// error, errors.Is and errors.As see through to it.
type PanicError struct {
	label
	value func() any // not as a field that fmt would show
	stack []byte
}

func newPanicError(value any) *PanicError {
	shown := fmt.Sprintf("a %T", value)
	if err, ok := value.(runtime.Error); ok {
		shown = err.Error()
	}
	return &PanicError{label{"kalam: panic while making a token: " + shown}, func() any { return value }, debug.Stack()}
}

// Error is what String shows.
func (e *PanicError) Error() string { return e.text }

// Value is what was panicked with.
func (e *PanicError) Value() any { return e.value() }

// Stack is that of the goroutine at the panic. It names code, and no values.
func (e *PanicError) Stack() []byte { return e.stack }

// Unwrap gives the panic's value if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.value().(error)
	return err
}
