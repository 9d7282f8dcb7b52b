package wire

import (
	"encoding"
	"math"
	"reflect"
	"strconv"
	"time"
)

// ParseQueryRequest reads the body of POST /v1/api/sql as the server does: "sql" must be there. A parameter that is an
// array or object, which the server refuses with INVALID_PARAMETER, is read as Raw.
func ParseQueryRequest(body []byte) (*QueryRequest, error) {
	q := &QueryRequest{}
	found := false
	err := eachMember(body, func(key, value []byte) error {
		switch string(key) {
		case "sql":
			found = true
			return readString(value, &q.SQL)
		case "params":
			return q.readParams(value)
		case "namespace_id":
			return readOptionalString(value, &q.NamespaceID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, missing("sql", "string")
	}
	return q, nil
}

func (q *QueryRequest) readParams(raw []byte) error {
	q.Params = nil
	if kindOf(raw) == KindNull {
		return nil
	}
	q.Params = []any{}
	return eachElement(raw, func(value []byte) error {
		p, err := readParam(value)
		q.Params = append(q.Params, p)
		return err
	})
}

// readParam gives nil, bool, string, int64, float64, or Raw for arrays, objects and integers over 64 bits.
func readParam(raw []byte) (any, error) {
	switch kindOf(raw) {
	case KindNull:
		return nil, nil
	case KindBool:
		return raw[0] == 't', nil
	case KindString:
		return string(unquote(raw)), nil
	case KindNumber:
		return readNumber(raw), nil
	}
	return Raw(append([]byte(nil), raw...)), nil
}

// readNumber gives int64 for integers that fit, else float64 for numbers with a fraction or exponent, else Raw.
func readNumber(raw []byte) any {
	text := string(raw)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || integerReason(text) == "out of range" && text != "-0" {
		return Raw(append([]byte(nil), raw...))
	}
	return f
}

// UnmarshalJSON is ParseQueryRequest.
func (q *QueryRequest) UnmarshalJSON(text []byte) error {
	got, err := ParseQueryRequest(text)
	if err != nil {
		return err
	}
	*q = *got
	return nil
}

// MarshalJSON writes the request. A parameter that is not nil, bool, integer, finite float, string, Raw, or a named
// type of these is ErrUnsupportedType: the server takes no arrays and objects.
func (q QueryRequest) MarshalJSON() ([]byte, error) {
	w := &writer{dst: append([]byte(nil), `{"sql":`...)}
	w.value(q.SQL)
	if q.Params != nil {
		w.raw("params", []byte{'['})
		for i, p := range q.Params {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.param(i, p)
		}
		w.dst = append(w.dst, ']')
	}
	if q.NamespaceID != "" {
		w.text("namespace_id", q.NamespaceID)
	}
	return w.end()
}

func (w *writer) param(i int, p any) {
	dst, err := AppendParam(w.dst, p)
	w.dst = dst
	if err != nil && w.err == nil {
		w.err = &FieldError{Field: "params." + strconv.Itoa(i), Want: "a parameter", Cause: err}
	}
}

// AppendParam appends one query parameter as JSON. Pointers are followed, nil pointers are NULL. A time.Time is sent as
// RFC 3339 text in UTC, another encoding.TextMarshaler as its text, a Seq as a string, Raw as it is.
func AppendParam(dst []byte, p any) ([]byte, error) {
	switch p := p.(type) {
	case nil:
		return append(dst, "null"...), nil
	case Raw:
		return append(dst, p...), nil
	case Seq:
		return p.appendJSON(dst, SeqAsString), nil
	case time.Time:
		return appendQuoted(dst, p.UTC().Format(time.RFC3339Nano))
	case encoding.TextMarshaler:
		return appendMarshaled(dst, p)
	}
	v := reflect.ValueOf(p)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return append(dst, "null"...), nil
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case reflect.String:
		return appendQuoted(dst, v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(dst, v.Uint(), 10), nil
	case reflect.Float32:
		return appendFinite(dst, v.Float(), 32)
	case reflect.Float64:
		return appendFinite(dst, v.Float(), 64)
	}
	return append(dst, "null"...), &typeError{what: "parameter of type " + v.Type().String()}
}

func appendMarshaled(dst []byte, m encoding.TextMarshaler) ([]byte, error) {
	if v := reflect.ValueOf(m); v.Kind() == reflect.Pointer && v.IsNil() {
		return append(dst, "null"...), nil
	}
	text, err := m.MarshalText()
	if err != nil {
		return append(dst, "null"...), err
	}
	return appendQuoted(dst, string(text))
}

// appendFinite writes a float so that it stays one: 2 is written 2.0, for the server tells integers by their spelling.
func appendFinite(dst []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...), &typeError{what: "NaN or infinite number"}
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, bits)
	for _, c := range dst[start:] {
		if c == '.' || c == 'e' {
			return dst, nil
		}
	}
	return append(dst, ".0"...), nil
}

// typeError is ErrUnsupportedType with the type's name.
type typeError struct{ what string }

// Error names what is unsupported.
func (e *typeError) Error() string { return "kalam: unsupported " + e.what }

// Retryable is false: the type is the same the next time.
func (e *typeError) Retryable() bool { return false }

// Is reports whether target is ErrUnsupportedType.
func (e *typeError) Is(target error) bool { return target == ErrUnsupportedType }
