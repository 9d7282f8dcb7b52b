package engine

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// hexBytes is a value that was written as X'…': see debugBytes.
type hexBytes []byte

var (
	errOutOfRange = errors.New("value out of range")
	errWrongType  = errors.New("cannot cast value")
)

// coerce turns a value (nil, bool, int64, float64, string, []byte, hexBytes) into what is stored for the type.
func coerce(v any, t columnType) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch t {
	case wire.Boolean:
		return coerceBool(v)
	case wire.SmallInt:
		return coerceInt(v, math.MinInt16, math.MaxInt16)
	case wire.Int:
		return coerceInt(v, math.MinInt32, math.MaxInt32)
	case wire.BigInt:
		return coerceInt(v, math.MinInt64, math.MaxInt64)
	case wire.Float, wire.Double:
		return coerceFloat(v, t)
	case wire.Timestamp, wire.DateTime, wire.Date, wire.Time:
		return coerceTime(v, t)
	case wire.UUID:
		return coerceUUID(v)
	case wire.Bytes:
		return coerceBytes(v)
	}
	if n, ok := t.Embedding(); ok {
		return coerceEmbedding(v, n)
	}
	if p, s, ok := t.Decimal(); ok {
		return fixDecimal(plainText(v), p, s)
	}
	return plainText(v), nil
}

// plainText is a value cast to text.
func plainText(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case hexBytes:
		return string(v)
	}
	return asText(v)
}

func coerceBool(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case int64:
		return coerceBool(v != 0)
	case float64:
		return coerceBool(v != 0)
	}
	switch strings.ToLower(plainText(v)) {
	case "true", "t", "1", "yes", "y", "on":
		return int64(1), nil
	case "false", "f", "0", "no", "n", "off":
		return int64(0), nil
	}
	return nil, errWrongType
}

func coerceInt(v any, low, high int64) (any, error) {
	var n int64
	switch v := v.(type) {
	case int64:
		n = v
	case float64:
		if v != math.Trunc(v) || math.Abs(v) >= 1<<63 {
			return nil, errWrongType
		}
		n = int64(v)
	case bool:
		return coerceBool(v)
	default:
		var err error
		if n, err = strconv.ParseInt(strings.TrimSpace(plainText(v)), 10, 64); err != nil {
			return nil, errWrongType
		}
	}
	if n < low || n > high {
		return nil, errOutOfRange
	}
	return n, nil
}

func coerceFloat(v any, t columnType) (any, error) {
	f, ok := v.(float64)
	if n, isInt := v.(int64); isInt {
		f, ok = float64(n), true
	}
	if !ok {
		var err error
		if f, err = strconv.ParseFloat(strings.TrimSpace(plainText(v)), 64); err != nil {
			return nil, errWrongType
		}
	}
	if t == wire.Float {
		f = float64(float32(f))
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errOutOfRange
	}
	return f, nil
}

// coerceTime stores microseconds since 1970 (TIMESTAMP, DATETIME), days since 1970 (DATE), microseconds of the day (TIME).
func coerceTime(v any, t columnType) (any, error) {
	if _, isText := v.(string); !isText {
		return coerceInt(v, math.MinInt64, math.MaxInt64)
	}
	text := strings.TrimSpace(v.(string))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	if t == wire.Time {
		at, err := time.Parse("15:04:05.999999999", text)
		if err != nil {
			if at, err = time.Parse("15:04", text); err != nil {
				return nil, errWrongType
			}
		}
		return at.Sub(at.Truncate(24 * time.Hour)).Microseconds(), nil
	}
	at, err := parseTime(text)
	if err != nil {
		return nil, err
	}
	if t == wire.Date {
		return int64(math.Floor(float64(at.Unix()) / 86400)), nil
	}
	return at.UnixMicro(), nil
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errWrongType
}

func coerceUUID(v any) (any, error) {
	text := strings.ToLower(strings.TrimSpace(plainText(v)))
	plain := strings.ReplaceAll(text, "-", "")
	if len(plain) != 32 || strings.Trim(plain, "0123456789abcdef") != "" {
		return nil, errWrongType
	}
	return plain[:8] + "-" + plain[8:12] + "-" + plain[12:16] + "-" + plain[16:20] + "-" + plain[20:], nil
}

func coerceBytes(v any) (any, error) {
	switch v := v.(type) {
	case []byte:
		return v, nil
	case hexBytes:
		return debugBytes(v), nil
	}
	return []byte(plainText(v)), nil
}

// debugBytes repeats a fault of 0.4.3: what is written as X'00FF10' is stored as the debug text of an Arrow array.
func debugBytes(b []byte) []byte {
	text := []byte("BinaryArray\n[\n  [")
	for i, c := range b {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = strconv.AppendUint(text, uint64(c), 10)
	}
	return append(text, "],\n]"...)
}

// coerceEmbedding reads a JSON array of n numbers and stores it with 32-bit precision.
func coerceEmbedding(v any, n int) (any, error) {
	text := strings.TrimSpace(plainText(v))
	inner, ok := strings.CutPrefix(text, "[")
	if inner, ok2 := strings.CutSuffix(inner, "]"); ok && ok2 {
		parts := strings.Split(inner, ",")
		if len(parts) != n {
			return nil, errors.New("expected " + strconv.Itoa(n) + " dimensions")
		}
		out := []byte{'['}
		for i, part := range parts {
			f, err := strconv.ParseFloat(strings.TrimSpace(part), 32)
			if err != nil {
				return nil, errWrongType
			}
			if i > 0 {
				out = append(out, ',')
			}
			out = appendFloat(out, f, 32)
		}
		return string(append(out, ']')), nil
	}
	return nil, errWrongType
}
