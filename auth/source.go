package auth

import (
	"context"
	"fmt"
	"log/slog"
)

// Source says who is asking. The client asks it before every dial and every request, from many goroutines at once, so
// that it must be quick where it can. It waits no longer than ctx. The sources of this package may also be asked by code
// that they run, but not for the very token which that is to make: that is [ErrConfig].
//
// A token with an empty Value is anonymous. An error that is [ErrUnauthenticated] ends the client's attempts; after any
// other it asks again.
type Source interface {
	Token(ctx context.Context, ask Ask) (Token, error)
}

// Ask is what a source is told about the token that is wanted, and about who wants it. Only Server and Refused matter
// to every source; the rest may stay zero.
type Ask struct {
	// Server is where the token is for, and where it can be had. One source may serve several servers.
	Server Server
	// Refused is the token that this server has just refused, empty on a first try. It must not be given again.
	Refused string
	// Dial says that a socket is about to be dialled with the token, rather than a request made. A source that runs
	// application code runs it anew then; those that have just failed wait out their pause (5 s or so at most), where a
	// request is told of the failure at once.
	Dial bool
	// Life is that of who asks, a client for example, which outlasts the call. A renewal that this ask begins ends with it;
	// others who wait for it begin another. nil is a life without end: renewals then end by their own deadlines alone.
	Life context.Context
	// Go runs a renewal that this ask begins on a goroutine of who asks, so that it can wait for its end; nil is the go
	// statement. It must return at once, and run the function unless Life has ended.
	Go func(renewal func())
	// Report is told of failures that keep nobody from getting a token, each an [ErrStore], and so are in no error of Token
	// alone. It is called by the renewal that this ask begins, and must not wait. nil is told nothing; a client emits them
	// by its Errors.
	Report func(error)
}

// String shows the server and whether a token was refused, not the token. So does every other printed form.
func (a Ask) String() string {
	if a.Refused == "" {
		return fmt.Sprintf("ask(%v)", a.Server)
	}
	return fmt.Sprintf("ask(%v, refused %s)", a.Server, redacted)
}

// GoString is String.
func (a Ask) GoString() string { return a.shown().GoString() }

// Format is String for every verb.
func (a Ask) Format(f fmt.State, verb rune) { a.shown().Format(f, verb) }

// LogValue is String.
func (a Ask) LogValue() slog.Value { return a.shown().LogValue() }

// MarshalJSON is String.
func (a Ask) MarshalJSON() ([]byte, error) { return a.shown().MarshalJSON() }

// MarshalText is String.
func (a Ask) MarshalText() ([]byte, error) { return a.shown().MarshalText() }

func (a Ask) shown() label { return label{a.String()} }

// Check tells, without any I/O, what is known to be wrong with a source: an error that is [ErrConfig], or nil. A source
// of your own takes part by a method Check() error.
func Check(source Source) error {
	if source == nil {
		return fmt.Errorf("%w: no source", ErrConfig)
	}
	if c, ok := source.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}
