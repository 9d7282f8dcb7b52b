package wire

import (
	"encoding"
	"reflect"
	"time"
)

// The setters. Each is given a cell that is neither absent nor NULL, but setScanner.

func setTime(dst reflect.Value, c Cell, t DataType) error {
	v, err := c.Time(t)
	dst.Set(reflect.ValueOf(v))
	return err
}

func setDuration(dst reflect.Value, c Cell, t DataType) error {
	v, err := durationOf(c, t)
	dst.SetInt(int64(v))
	return err
}

// durationOf reads a TIME; an integer column is nanoseconds, as any other int64.
func durationOf(c Cell, t DataType) (time.Duration, error) {
	switch t {
	case SmallInt, Int, BigInt:
		n, err := c.Int64()
		return time.Duration(n), err
	}
	return c.Duration()
}

func setFile(dst reflect.Value, c Cell, _ DataType) error {
	v, err := c.File()
	dst.Set(reflect.ValueOf(v))
	return err
}

func setSeq(dst reflect.Value, c Cell, _ DataType) error {
	v, err := c.Seq()
	dst.Set(reflect.ValueOf(v))
	return err
}

func setCell(dst reflect.Value, c Cell, _ DataType) error {
	dst.Set(reflect.ValueOf(c))
	return nil
}

func setRawJSON(dst reflect.Value, c Cell, t DataType) error {
	text, err := rawJSONOf(c, t)
	if err == nil {
		dst.SetBytes(text)
	}
	return err
}

// rawJSONOf copies the text of a JSON column, and the cell itself of any other.
func rawJSONOf(c Cell, t DataType) ([]byte, error) {
	text := c.raw
	if t == JSON || t == File {
		var err error
		if text, err = c.JSON(); err != nil {
			return nil, err
		}
	}
	return append([]byte(nil), text...), nil
}

func setAny(dst reflect.Value, c Cell, t DataType) error {
	v, err := c.Any(t)
	if err != nil {
		return err
	}
	if v != nil {
		dst.Set(reflect.ValueOf(v))
	}
	return nil
}

func setBool(dst reflect.Value, c Cell, _ DataType) error {
	v, err := c.Bool()
	dst.SetBool(v)
	return err
}

// setString takes strings, and numbers as their digits.
func setString(dst reflect.Value, c Cell, _ DataType) error {
	if c.Kind() == KindNumber {
		dst.SetString(string(c.raw))
		return nil
	}
	v, err := c.Text()
	dst.SetString(v)
	return err
}

func setInt(dst reflect.Value, c Cell, _ DataType) error {
	v, err := c.Int64()
	if err == nil && dst.OverflowInt(v) {
		err = c.fail(dst.Kind().String(), "out of range")
	}
	if err == nil {
		dst.SetInt(v)
	}
	return err
}

func setUint(dst reflect.Value, c Cell, _ DataType) error {
	v, err := c.Uint64()
	if err == nil && dst.OverflowUint(v) {
		err = c.fail(dst.Kind().String(), "out of range")
	}
	if err == nil {
		dst.SetUint(v)
	}
	return err
}

func setFloat(dst reflect.Value, c Cell, _ DataType) error {
	v, err := c.Float64()
	if err == nil && dst.OverflowFloat(v) {
		err = c.fail(dst.Kind().String(), "out of range")
	}
	if err == nil {
		dst.SetFloat(v)
	}
	return err
}

func setBytes(dst reflect.Value, c Cell, t DataType) error {
	v, err := bytesOf(c, t)
	if err == nil {
		dst.SetBytes(v)
	}
	return err
}

// bytesOf reads BYTES; the bytes of a text are those of its characters, but base64 in a column of bytes.
func bytesOf(c Cell, t DataType) ([]byte, error) {
	if c.Kind() == KindString && t != Bytes {
		return append([]byte(nil), unquote(c.raw)...), nil
	}
	return c.Bytes()
}

func setFloats(dst reflect.Value, c Cell, _ DataType) error {
	elem := dst.Type().Elem()
	out := reflect.MakeSlice(dst.Type(), 0, len(c.raw)/4)
	err := c.floats(elem.Bits(), func(f float64) {
		v := reflect.New(elem).Elem()
		v.SetFloat(f)
		out = reflect.Append(out, v)
	})
	if err != nil {
		return err
	}
	dst.Set(out)
	return nil
}

func setJSON(dst reflect.Value, c Cell, _ DataType) error { return c.JSONInto(dst.Addr().Interface()) }

// setText gives a string's text, or a number's digits, to UnmarshalText.
func setText(dst reflect.Value, c Cell, _ DataType) error {
	var text []byte
	switch c.Kind() {
	case KindString:
		text = unquote(c.raw)
	case KindNumber:
		text = c.raw
	default:
		return c.fail(dst.Type().String(), "")
	}
	if err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(text); err != nil {
		return &CellError{Want: dst.Type().String(), Got: c.Kind(), Cause: err}
	}
	return nil
}

// setScanner gives the cell, NULL as nil, to Scan. An absent column is left alone.
func setScanner(dst reflect.Value, c Cell, t DataType) error {
	if c.IsAbsent() {
		return nil
	}
	v, err := c.driverValue(t)
	if err != nil {
		return err
	}
	if err := dst.Addr().Interface().(scanner).Scan(v); err != nil {
		return &CellError{Want: dst.Type().String(), Got: c.Kind(), Cause: err}
	}
	return nil
}

// typeName names the type behind a pointer.
func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t == nil {
		return "nil"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.String()
}
