package engine

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/wire"
)

// appendCell writes a stored value (nil, int64, float64, string, []byte) as the JSON that the protocol has for the type.
func appendCell(dst []byte, t columnType, v any) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	switch t {
	case wire.Boolean:
		return strconv.AppendBool(dst, asInt(v) != 0)
	case wire.SmallInt, wire.Int, wire.Timestamp, wire.DateTime, wire.Date, wire.Time:
		return strconv.AppendInt(dst, asInt(v), 10)
	case wire.BigInt:
		return append(strconv.AppendInt(append(dst, '"'), asInt(v), 10), '"')
	case wire.Float:
		return appendFloat(dst, asFloat(v), 32)
	case wire.Double:
		return appendFloat(dst, asFloat(v), 64)
	case wire.Bytes:
		return appendByteArray(dst, asText(v))
	}
	if _, ok := t.Embedding(); ok {
		return append(dst, asText(v)...)
	}
	if _, scale, ok := t.Decimal(); ok {
		return appendDecimal(dst, asText(v), scale)
	}
	return appendString(dst, asText(v))
}

// appendDecimal repeats a fault of 0.4.3: between -1 and 0 the sign is lost.
func appendDecimal(dst []byte, text string, scale int) []byte {
	fixed, err := fixDecimal(text, 1000, scale)
	if err != nil {
		return append(dst, "null"...)
	}
	if strings.HasPrefix(fixed, "-0.") {
		fixed = fixed[1:]
	}
	return appendString(dst, fixed)
}

func appendByteArray(dst []byte, text string) []byte {
	dst = append(dst, '[')
	for i := range len(text) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(text[i]), 10)
	}
	return append(dst, ']')
}

// appendFloat writes as serde_json does: always with a point or an exponent, exponents without plus or zeros.
func appendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-5 || abs >= 1e16) {
		text := strconv.FormatFloat(f, 'e', -1, bits)
		mantissa, exponent, _ := strings.Cut(text, "e")
		sign := ""
		if exponent[0] == '-' {
			sign = "-"
		}
		dst = append(append(dst, mantissa...), 'e')
		return append(append(dst, sign...), strings.TrimLeft(exponent[1:], "0")...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
	if strings.IndexByte(string(dst[start:]), '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendString writes a JSON string, escaping what JSON demands and no more. Broken UTF-8 becomes U+FFFD.
func appendString(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		i++
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			if c < ' ' {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
				continue
			}
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

func asInt(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	}
	n, _ := strconv.ParseInt(asText(v), 10, 64)
	return n
}

func asFloat(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	f, _ := strconv.ParseFloat(asText(v), 64)
	return f
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return string(appendFloat(nil, v, 64))
	}
	return ""
}
