package wire

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// CellOf writes a Go value as a server writes it in a column of type t: the inverse of Cell.Any. Nil and nil pointers
// are NULL. Timestamps are taken as time.Time or as microseconds, a Date as time.Time or days, a Time as time.Duration
// or microseconds, a Decimal as text or integer and given its full scale, JSON as text ([]byte, Raw, string) or any
// other value to be encoded. With an unknown type the value is encoded by its own kind. A value that the column cannot
// hold is ErrUnsupportedType or ErrCell.
func CellOf(v any, t DataType) (Cell, error) {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	if !rv.IsValid() || rv.Kind() == reflect.Pointer {
		return Null(), nil
	}
	v = rv.Interface()
	if c, ok := v.(Cell); ok {
		return c, nil
	}
	raw, err := appendCell(nil, rv, v, t)
	if err != nil {
		return Cell{}, err
	}
	return Cell{raw: raw}, nil
}

func appendCell(dst []byte, rv reflect.Value, v any, t DataType) ([]byte, error) {
	switch t {
	case SmallInt:
		return appendInt(dst, rv, 16)
	case Int:
		return appendInt(dst, rv, 32)
	case BigInt:
		return appendBigInt(dst, rv, v)
	case Timestamp, DateTime, Date, Time:
		return appendTime(dst, rv, v, t)
	case JSON:
		return appendJSONCell(dst, rv, v)
	case Bytes:
		return appendBytes(dst, rv)
	case File:
		return appendEncoded(dst, v)
	case Text, UUID:
		if rv.Kind() == reflect.String {
			return appendQuoted(dst, rv.String())
		}
		return dst, unfit(v, t)
	}
	if _, scale, ok := t.Decimal(); ok {
		return appendDecimal(dst, rv, v, t, scale)
	}
	if f := rv.Kind(); f == reflect.Float32 || f == reflect.Float64 {
		return appendFinite(dst, rv.Float(), rv.Type().Bits())
	}
	raw, err := encodeJSON(v)
	if err != nil {
		return dst, unfit(v, t)
	}
	return append(dst, raw...), nil
}

func unfit(v any, t DataType) error {
	return &typeError{what: "value of type " + reflect.TypeOf(v).String() + " for a column of type " + shorten(string(t))}
}

func appendInt(dst []byte, rv reflect.Value, bits int) ([]byte, error) {
	n, ok := integerOf(rv)
	if !ok {
		return dst, unfit(rv.Interface(), "integer")
	}
	if limit := int64(1) << (bits - 1); n >= limit || n < -limit {
		return dst, &CellError{Want: "int" + strconv.Itoa(bits), Got: KindNumber, Reason: "out of range"}
	}
	return strconv.AppendInt(dst, n, 10), nil
}

func integerOf(rv reflect.Value) (int64, bool) {
	switch {
	case rv.CanInt():
		return rv.Int(), true
	case rv.CanUint() && rv.Uint() <= math.MaxInt64:
		return int64(rv.Uint()), true
	}
	return 0, false
}

// appendBigInt writes 64 bits as a string, as every server does.
func appendBigInt(dst []byte, rv reflect.Value, v any) ([]byte, error) {
	dst = append(dst, '"')
	switch {
	case rv.CanInt():
		dst = strconv.AppendInt(dst, rv.Int(), 10)
	case rv.CanUint():
		dst = strconv.AppendUint(dst, rv.Uint(), 10)
	default:
		seq, ok := v.(Seq)
		if !ok {
			return dst, unfit(v, BigInt)
		}
		dst = strconv.AppendUint(dst, seq.n, 10)
	}
	return append(dst, '"'), nil
}

func appendTime(dst []byte, rv reflect.Value, v any, t DataType) ([]byte, error) {
	switch v := v.(type) {
	case time.Time:
		if t == Time {
			return dst, unfit(v, t)
		}
		return appendInstant(dst, v, t)
	case time.Duration:
		if t != Time || v < 0 || v > 24*time.Hour {
			return dst, unfit(v, t)
		}
		return strconv.AppendInt(dst, v.Microseconds(), 10), nil
	}
	n, ok := integerOf(rv)
	if !ok {
		return dst, unfit(v, t)
	}
	return strconv.AppendInt(dst, n, 10), nil
}

func appendInstant(dst []byte, v time.Time, t DataType) ([]byte, error) {
	if t == Date {
		days := v.Unix() / 86400
		if v.Unix()%86400 < 0 {
			days--
		}
		return strconv.AppendInt(dst, days, 10), nil
	}
	micros, ok := microsOf(v)
	if !ok {
		return dst, &CellError{Want: "time", Got: KindNumber, Reason: "out of range"}
	}
	return strconv.AppendInt(dst, micros, 10), nil
}

func appendJSONCell(dst []byte, rv reflect.Value, v any) ([]byte, error) {
	text := []byte(nil)
	switch {
	case rv.Kind() == reflect.String:
		text = []byte(rv.String())
	case rv.Kind() == reflect.Slice && rv.Type().Elem().Kind() == reflect.Uint8:
		text = rv.Bytes()
	default:
		return appendEncoded(dst, v)
	}
	if _, err := skipScalarOrContainer(trimSpace(text)); err != nil {
		return dst, &CellError{Want: "JSON", Got: KindString, Cause: err}
	}
	return appendQuoted(dst, string(text))
}

// appendEncoded writes the JSON of a value as a string.
func appendEncoded(dst []byte, v any) ([]byte, error) {
	text, err := encodeJSON(v)
	if err != nil {
		return dst, unfit(v, JSON)
	}
	return appendQuoted(dst, string(text))
}

func appendBytes(dst []byte, rv reflect.Value) ([]byte, error) {
	if rv.Kind() != reflect.Slice || rv.Type().Elem().Kind() != reflect.Uint8 {
		return dst, unfit(rv.Interface(), Bytes)
	}
	dst = append(dst, '[')
	for i, b := range rv.Bytes() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(b), 10)
	}
	return append(dst, ']'), nil
}

// appendDecimal writes text or an integer with exactly scale digits behind the point; more digits than that are refused.
func appendDecimal(dst []byte, rv reflect.Value, v any, t DataType, scale int) ([]byte, error) {
	text := ""
	if n, ok := integerOf(rv); ok {
		text = strconv.FormatInt(n, 10)
	} else if rv.Kind() == reflect.String {
		text = rv.String()
	} else {
		return dst, unfit(v, t)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if end, err := skipScalar([]byte(text), 0); err != nil || end != len(text) || kindOf([]byte(text)) != KindNumber ||
		strings.ContainsAny(text, "eE") || len(fraction) > scale {
		return dst, &CellError{Want: string(t), Got: KindString, Reason: "not a decimal of that scale"}
	}
	fraction += strings.Repeat("0", scale-len(fraction))
	if scale > 0 {
		whole += "." + fraction
	}
	return appendQuoted(dst, whole)
}
