package auth

import (
	"fmt"
	"log/slog"
	"time"
)

// redacted stands for a secret wherever a value is printed or logged.
const redacted = "[redacted]"

// Token is a bearer token. Every printed form of it, by the verbs of fmt, in JSON, text or a log, leaves Value out. (Two
// forms cannot be helped: %p, and a token in an unexported field of another struct, which fmt shows without asking.)
type Token struct {
	Value   string    // as sent after "Bearer "; empty is anonymous
	Expires time.Time // by the server's clock; zero is unknown
}

// String tells whether there is a token and when it expires.
func (t Token) String() string {
	switch {
	case t.Value == "":
		return "token(none)"
	case t.Expires.IsZero():
		return "token(" + redacted + ")"
	}
	return "token(" + redacted + ", expires " + t.Expires.UTC().Format(time.RFC3339) + ")"
}

// GoString is String.
func (t Token) GoString() string { return t.shown().GoString() }

// Format is String for every verb, also for those that show fields and bytes.
func (t Token) Format(f fmt.State, verb rune) { t.shown().Format(f, verb) }

// LogValue is String.
func (t Token) LogValue() slog.Value { return t.shown().LogValue() }

// MarshalJSON is String; a token cannot be read back from it.
func (t Token) MarshalJSON() ([]byte, error) { return t.shown().MarshalJSON() }

// MarshalText is String; a token cannot be read back from it.
func (t Token) MarshalText() ([]byte, error) { return t.shown().MarshalText() }

func (t Token) shown() label { return label{t.String()} }
