package wire

import (
	"errors"
	"strings"
)

var (
	errKind = errors.New("value of the wrong kind or out of range")
	errUTF8 = errors.New("invalid UTF-8")
)

// ownError finds an error of this package inside another library's error.
func ownError(err error) error {
	if e := (*FieldError)(nil); errors.As(err, &e) {
		return e
	}
	if e := (*SyntaxError)(nil); errors.As(err, &e) {
		return e
	}
	if e := (*seqError)(nil); errors.As(err, &e) {
		return &FieldError{Want: "sequence id", Cause: e}
	}
	return nil
}

// pointerPath turns a JSON pointer (RFC 6901) into the dotted path of a FieldError.
func pointerPath(pointer string) string {
	return strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
}

func kindOfToken(k byte) Kind {
	if k == '0' {
		return KindNumber
	}
	if k == 0 {
		return KindAbsent
	}
	return kindOf([]byte{k})
}
