package auth

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// label is embedded by what holds a secret: it is all that is ever printed of it.
type label struct{ text string }

// String gives the label.
func (l label) String() string { return l.text }

// GoString gives the label with the package's name.
func (l label) GoString() string { return "auth." + l.text }

// LogValue gives the label.
func (l label) LogValue() slog.Value { return slog.StringValue(l.text) }

// MarshalText gives the label.
func (l label) MarshalText() ([]byte, error) { return []byte(l.text), nil }

// MarshalJSON gives the label as a string.
func (l label) MarshalJSON() ([]byte, error) { return json.Marshal(l.text) }

// Format takes every verb, so that none falls back to printing fields.
func (l label) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		io.WriteString(f, l.GoString())
		return
	}
	io.WriteString(f, l.text)
}

// secret holds a password or token where fmt cannot look: it shows fields of fields without asking them.
type secret func() string

func hide(s string) secret { return func() string { return s } }

// called is what a source or store calls itself, if it does.
func called(v any) string {
	if n, ok := v.(fmt.Stringer); ok {
		return n.String()
	}
	return fmt.Sprintf("%T", v)
}
