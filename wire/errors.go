package wire

import (
	"errors"
	"strconv"
)

// Sentinels of this package; every error it returns is one of them by errors.Is, or a [*ServerError].
var (
	// ErrSyntax marks text that is not JSON (RFC 8259); see [*SyntaxError] for the place.
	ErrSyntax = errors.New("kalam: invalid JSON")
	// ErrField marks JSON whose members are not those of the protocol; see [*FieldError].
	ErrField = errors.New("kalam: invalid message")
	// ErrCell marks a cell that does not hold what was asked of it; see [*CellError].
	ErrCell = errors.New("kalam: invalid cell")
	// ErrSeq marks a sequence id that is not a decimal from 1 to 2^64-1.
	ErrSeq = errors.New("kalam: invalid sequence id")
	// ErrTooLarge marks a frame over the size limit; see [*SizeError].
	ErrTooLarge = errors.New("kalam: frame too large")
	// ErrBadGzip marks a gzip frame that is damaged or cut short.
	ErrBadGzip = errors.New("kalam: bad gzip frame")
	// ErrUnsupportedType marks a Go type that rows cannot be decoded into, or a value that no cell can hold.
	ErrUnsupportedType = errors.New("kalam: unsupported type")
)

// SyntaxError says where a text stops being JSON. It holds nothing of the text, so that it is safe to log.
type SyntaxError struct {
	Offset int64  // byte offset at which reading failed
	Reason string // what was expected or found there
}

// Error gives the reason and the offset.
func (e *SyntaxError) Error() string {
	return "kalam: invalid JSON at offset " + strconv.FormatInt(e.Offset, 10) + ": " + e.Reason
}

// Is reports whether target is ErrSyntax.
func (e *SyntaxError) Is(target error) bool { return target == ErrSyntax }

// FieldError says which member of a message or body is missing or of the wrong kind. It holds no value.
type FieldError struct {
	Field   string // path of the member, as in "batch_control.batch_num"
	Want    string // what the protocol wants there
	Got     Kind   // what was found; KindAbsent when it is missing
	Unknown bool   // the member is not known where unknown members are refused
	Cause   error  // further reason, or nil
}

// Error names the member, what was wanted and what was found.
func (e *FieldError) Error() string {
	field := e.Field
	if field == "" {
		field = "(whole)"
	}
	switch {
	case e.Unknown:
		return "kalam: invalid message: unknown field " + shorten(field)
	case e.Cause != nil:
		return "kalam: invalid message: field " + field + ": " + e.Cause.Error()
	case e.Got == KindAbsent:
		return "kalam: invalid message: missing field " + field
	}
	return "kalam: invalid message: field " + field + ": want " + e.Want + ", got " + e.Got.String()
}

// Is reports whether target is ErrField.
func (e *FieldError) Is(target error) bool { return target == ErrField }

// Unwrap gives the further reason, so that errors.Is finds ErrSeq and the like.
func (e *FieldError) Unwrap() error { return e.Cause }

// CellError says which column could not be read as what. It holds no value.
type CellError struct {
	Column string // name of the column; empty when the cell was read by itself
	Want   string // what was asked for: "int8", "time", …
	Got    Kind   // what the cell holds
	Reason string // further reason: "out of range", "not an integer"; may be empty
	Cause  error  // error of a user's Scan or UnmarshalText, or nil
}

// Error names the column, what was wanted, what the cell holds and why that does not do.
func (e *CellError) Error() string {
	text := "kalam: "
	if e.Column != "" {
		text += "column " + shorten(e.Column) + ": "
	}
	text += "want " + e.Want + ", got " + e.Got.String()
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Is reports whether target is ErrCell.
func (e *CellError) Is(target error) bool { return target == ErrCell }

// Unwrap gives the error of a user's Scan or UnmarshalText.
func (e *CellError) Unwrap() error { return e.Cause }

// SizeError says which limit a frame passed.
type SizeError struct {
	Limit int // bytes of JSON text allowed
}

// Error gives the limit in bytes.
func (e *SizeError) Error() string {
	return "kalam: frame too large: over " + strconv.Itoa(e.Limit) + " bytes"
}

// Is reports whether target is ErrTooLarge.
func (e *SizeError) Is(target error) bool { return target == ErrTooLarge }

// shorten keeps texts that came over the wire from filling a log.
func shorten(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "…"
}
