package wire

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
)

// Bytes reads an array of numbers from 0 to 255, as servers write it, or base64 text with or without padding.
func (c Cell) Bytes() ([]byte, error) {
	switch c.Kind() {
	case KindString:
		return c.base64()
	case KindArray:
	default:
		return nil, c.fail("bytes", "")
	}
	out := make([]byte, 0, len(c.raw)/3)
	err := eachElement(c.raw, func(value []byte) error {
		n, err := strconv.ParseUint(string(value), 10, 8)
		if err != nil {
			return c.fail("bytes", "element is not a number from 0 to 255")
		}
		out = append(out, byte(n))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c Cell) base64() ([]byte, error) {
	text := strings.TrimRight(string(unquote(c.raw)), "=")
	out, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, c.fail("bytes", "not base64")
	}
	return out, nil
}

// Embedding reads an array of numbers, each rounded to the nearest float32.
func (c Cell) Embedding() ([]float32, error) {
	out := make([]float32, 0, len(c.raw)/4)
	err := c.floats(32, func(f float64) { out = append(out, float32(f)) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// floats reads an array of numbers of so many bits.
func (c Cell) floats(bits int, add func(float64)) error {
	if c.Kind() != KindArray {
		return c.fail("embedding", "")
	}
	return eachElement(c.raw, func(value []byte) error {
		f, err := strconv.ParseFloat(string(value), bits)
		if kindOf(value) != KindNumber || err != nil || math.IsInf(f, 0) {
			return c.fail("embedding", "element is not a number in range")
		}
		add(f)
		return nil
	})
}

// JSON gives the JSON text of a JSON column: what the string holds, which must be JSON, or the value itself where the
// server nested it. The result aliases the cell where it can.
func (c Cell) JSON() ([]byte, error) {
	switch c.Kind() {
	case KindAbsent, KindNull:
		return nil, c.fail("JSON", "")
	case KindString:
		text := trimSpace(unquote(c.raw))
		if _, err := skipScalarOrContainer(text); err != nil {
			return nil, c.fail("JSON", "text is not JSON")
		}
		return text, nil
	}
	return c.raw, nil
}

// JSONInto decodes the JSON text of a JSON column into v.
func (c Cell) JSONInto(v any) error {
	text, err := c.JSON()
	if err != nil {
		return err
	}
	if err := decodeJSON(text, v); err != nil {
		return &CellError{Want: "JSON for " + typeName(v), Got: c.Kind(), Cause: err}
	}
	return nil
}

// File reads a file reference.
func (c Cell) File() (FileRef, error) {
	text, err := c.JSON()
	if err != nil || kindOf(text) != KindObject {
		return FileRef{}, c.fail("file", "")
	}
	var f FileRef
	if err := f.read(text); err != nil {
		return FileRef{}, &CellError{Want: "file", Got: c.Kind(), Cause: err}
	}
	return f, nil
}
