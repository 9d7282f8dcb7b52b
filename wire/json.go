package wire

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// This file is the only importer of a JSON library: github.com/go-json-experiment/json, which is the standard library's
// encoding/json/v2 from Go 1.27 on. It serves HTTP bodies and JSON cells; frames and rows are read by the lexer.

// Raw is one JSON value as text, unread. The zero value is absent.
type Raw []byte

// MarshalJSON gives the text itself, or null when absent.
func (r Raw) MarshalJSON() ([]byte, error) {
	if len(r) == 0 {
		return []byte("null"), nil
	}
	return r, nil
}

// UnmarshalJSON keeps a copy of the text.
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0:0], text...)
	return nil
}

// String gives the text.
func (r Raw) String() string { return string(r) }

// jsonOptions agree with the lexer: the last of repeated names wins, invalid UTF-8 is read as U+FFFD.
func jsonOptions() json.Options {
	return json.JoinOptions(
		jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true),
		json.WithUnmarshalers(json.UnmarshalFromFunc(unmarshalInt64)),
	)
}

// unmarshalInt64 takes a number or a numeric string for every 64-bit member of a body.
func unmarshalInt64(dec *jsontext.Decoder, n *int64) error {
	if dec.PeekKind() != '"' {
		return errors.ErrUnsupported
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	return readInt64(raw, n)
}

// Unmarshal decodes an HTTP body into one of the body types of this package. Unknown members are ignored (but by the
// requests that the server reads strictly); text that is not JSON is ErrSyntax, a member of the wrong kind ErrField.
func Unmarshal(body []byte, v any) error {
	if _, err := skipScalarOrContainer(trimSpace(body)); err != nil {
		return err
	}
	return bodyError(json.Unmarshal(body, v, jsonOptions()))
}

// Marshal encodes one of the body types of this package.
func Marshal(v any) ([]byte, error) {
	text, err := json.Marshal(v, jsonOptions(), json.Deterministic(true))
	return text, bodyError(err)
}

// bodyError turns the library's errors into ours: ours from inside come out as they were.
func bodyError(err error) error {
	if err == nil {
		return nil
	}
	if own := ownError(err); own != nil {
		return own
	}
	field, got := "", KindAbsent
	if e := (*json.SemanticError)(nil); errors.As(err, &e) {
		field, got = pointerPath(string(e.JSONPointer)), kindOfToken(byte(e.JSONKind))
	}
	return &FieldError{Field: field, Want: "another kind", Got: got, Cause: errKind}
}

// appendQuoted appends s as a JSON string; invalid UTF-8 is refused.
func appendQuoted(dst []byte, s string) ([]byte, error) {
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return dst, &FieldError{Want: "valid UTF-8", Got: KindString, Cause: errUTF8}
	}
	return dst, nil
}

// decodeJSON decodes JSON text of a cell into any Go value, by the rules of encoding/json/v2.
func decodeJSON(text []byte, v any) error {
	return json.Unmarshal(text, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// decodeAny reads JSON text in one pass: nil, bool, int64, float64, string, []any, map[string]any.
func decodeAny(text []byte) (any, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return nextAny(dec)
}

func nextAny(dec *jsontext.Decoder) (any, error) {
	token, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 't', 'f':
		return token.Bool(), nil
	case '0':
		return anyNumber(token.String()), nil
	case '"':
		return token.String(), nil
	case '[':
		return nextArray(dec)
	case '{':
		return nextObject(dec)
	}
	return nil, nil
}

func nextArray(dec *jsontext.Decoder) (any, error) {
	list := []any{}
	for dec.PeekKind() != ']' {
		v, err := nextAny(dec)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.ReadToken()
	return list, err
}

func nextObject(dec *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		if object[name], err = nextAny(dec); err != nil {
			return nil, err
		}
	}
	_, err := dec.ReadToken()
	return object, err
}

// encodeJSON encodes any Go value.
func encodeJSON(v any) ([]byte, error) {
	return json.Marshal(v, jsontext.AllowInvalidUTF8(true), json.Deterministic(true))
}

// isRawJSON reports whether t is a type that holds JSON text unread.
func isRawJSON(t reflect.Type) bool {
	return t == reflect.TypeFor[Raw]() || t == reflect.TypeFor[stdjson.RawMessage]() || t == reflect.TypeFor[jsontext.Value]()
}
