package wire

import (
	"strconv"
	"time"
)

// Any gives a cell as a Go value by its column's type: nil for NULL and absent, bool, int64 (uint64 above its range),
// float64, string (Decimal, Text, Uuid), time.Time (Timestamp, DateTime, Date), time.Duration (Time), []byte,
// []float32 (Embedding), FileRef, and for JSON what the text holds (see below). A type that is empty or unknown, or a
// cell that does not fit its type, as in system tables, is read by its kind: string, number or JSON.
//
// Inside JSON, integers are int64 where they fit, other numbers float64, objects map[string]any, arrays []any.
func (c Cell) Any(t DataType) (any, error) {
	if c.IsAbsent() || c.IsNull() {
		return nil, nil
	}
	if v, ok, err := c.typed(t); ok {
		return v, err
	}
	return decodeAny(c.raw)
}

// typed reads a cell by a known type; ok is false where the type says nothing.
func (c Cell) typed(t DataType) (v any, ok bool, err error) {
	switch t {
	case Boolean:
		v, err = c.Bool()
	case SmallInt, Int, BigInt:
		v, err = c.integer()
	case Float, Double:
		v, err = c.Float64()
	case Text, UUID:
		v, err = c.Text()
	case Timestamp, DateTime, Date:
		v, err = c.Time(t)
	case Time:
		v, err = c.Duration()
	case JSON:
		v, err = c.anyJSON()
	case Bytes:
		v, err = c.Bytes()
	case File:
		v, err = c.File()
	default:
		return c.typedByShape(t)
	}
	return v, true, err
}

func (c Cell) typedByShape(t DataType) (v any, ok bool, err error) {
	if _, is := t.Embedding(); is {
		v, err = c.Embedding()
		return v, true, err
	}
	if _, _, is := t.Decimal(); is {
		v, err = c.Decimal()
		return v, true, err
	}
	return nil, false, nil
}

// integer gives int64, or uint64 above its range.
func (c Cell) integer() (any, error) {
	n, err := c.Int64()
	if err == nil {
		return n, nil
	}
	if u, unsigned := c.Uint64(); unsigned == nil {
		return u, nil
	}
	return nil, err
}

func (c Cell) anyJSON() (any, error) {
	text, err := c.JSON()
	if err != nil {
		return nil, err
	}
	return decodeAny(text)
}

func anyNumber(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, _ := strconv.ParseFloat(text, 64) // beyond the range it is infinite
	return f
}

// driverValue gives a cell as one of the types that a Scan method expects: nil, bool, int64, float64, string, []byte,
// time.Time. A TIME is text, and what has no such type is its JSON text.
func (c Cell) driverValue(t DataType) (any, error) {
	v, err := c.Any(t)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string, []byte, time.Time:
		if t == JSON {
			return c.jsonText()
		}
		return v, nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	case time.Duration:
		return dayTime(v), nil
	}
	return c.jsonText()
}

func (c Cell) jsonText() (any, error) {
	if c.IsNull() || c.IsAbsent() {
		return nil, nil
	}
	text, err := c.JSON()
	return append([]byte(nil), text...), err
}
