package auth

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Token is a secret and when it ends. However it is printed, logged or marshalled,
// the secret does not show.
type Token struct {
	Value   string    // empty: no token
	Expires time.Time // zero: not known
}

// String shows whether there is a token and when it ends.
func (t Token) String() string {
	switch {
	case t.Value == "":
		return "auth.Token(none)"
	case t.Expires.IsZero():
		return "auth.Token(redacted)"
	}
	return "auth.Token(redacted, expires " + t.Expires.UTC().Format(time.RFC3339) + ")"
}

// GoString is String.
func (t Token) GoString() string { return t.String() }

// Format prints String for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue is String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText is String, for JSON and its like.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// renewal is the part of a token's life after which it is renewed.
const renewal = 0.9

// renewAt is when a token that was issued at a time should be renewed: at 90 % of
// its life. One whose end is not known is used until it is refused.
func (t Token) renewAt(issued time.Time) time.Time {
	if t.Expires.IsZero() {
		return time.Time{}
	}
	return issued.Add(time.Duration(float64(t.Expires.Sub(issued)) * renewal))
}
