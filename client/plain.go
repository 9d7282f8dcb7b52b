package client

import (
	"database/sql/driver"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// maxIndirect bounds pointers and Valuers that give others: `type P *P` has no end.
const maxIndirect = 8

var (
	errEndless = errors.New("pointers or driver.Valuers without end")
	errNoText  = errors.New("text is not valid UTF-8")
	errBytes   = errors.New("bytes have no form in the protocol: put them into a FILE, or as hexadecimal or base64 text")
	errFinite  = errors.New("not a finite number")
)

// plainOf brings a Go value to one that SQL has: nil, bool, int64, uint64 where int64
// is too small, float64, string or time.Time.
func plainOf(p any, depth int) (any, error) {
	if depth > maxIndirect {
		return nil, errEndless
	}
	v := reflect.ValueOf(p)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nil
	}
	if v.Kind() == reflect.Pointer && (speaks(v.Elem()) || !speaks(v)) {
		return plainOf(v.Elem().Interface(), depth+1)
	}
	if v.Kind() != reflect.Pointer && !speaks(v) && speaks(reflect.Zero(reflect.PointerTo(v.Type()))) {
		copied := reflect.New(v.Type()) // its methods want a pointer
		copied.Elem().Set(v)
		return plainOf(copied.Interface(), depth+1)
	}
	return spoken(p, v, depth)
}

// speaks says whether a value knows by itself what it is in SQL.
func speaks(v reflect.Value) bool {
	switch v.Interface().(type) {
	case time.Time, driver.Valuer, encoding.TextMarshaler, json.Marshaler:
		return true
	}
	return false
}

// spoken asks a value what it is, or takes it for what its kind is.
func spoken(p any, v reflect.Value, depth int) (any, error) {
	switch p := p.(type) {
	case time.Time:
		return p, nil
	case driver.Valuer:
		value, err := p.Value()
		if err != nil {
			return nil, err
		}
		return plainOf(value, depth+1)
	case json.RawMessage:
		if p == nil {
			return nil, nil
		}
		return jsonText(p)
	case wire.Seq:
		if p.IsZero() {
			return nil, nil
		}
		return strconv.ParseInt(p.String(), 10, 64)
	case *big.Rat:
		return ratText(p)
	case *big.Float:
		if p.IsInf() {
			return nil, errFinite
		}
		return p.Text('g', -1), nil
	case encoding.TextMarshaler:
		return marshaled(p.MarshalText())
	case json.Marshaler:
		text, err := p.MarshalJSON()
		if err != nil || string(text) == "null" {
			return nil, err
		}
		return jsonText(text)
	}
	return plainKind(v)
}

// plainKind takes named types for what they are underneath.
func plainKind(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return v.Uint(), nil
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, errFinite
		}
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Array, reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return uuidText(v)
		}
		fallthrough
	case reflect.Map, reflect.Struct:
		return nil, fmt.Errorf("%s has no form in the protocol: for a JSON column use json.Marshal, and the json.RawMessage of that", v.Type())
	}
	return nil, fmt.Errorf("%s has no form in the protocol", v.Type())
}

// uuidText writes 16 bytes of an array as the text of a UUID.
func uuidText(v reflect.Value) (any, error) {
	if v.Kind() != reflect.Array || v.Len() != 16 {
		return nil, errBytes
	}
	var b [16]byte
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:], nil
}

func marshaled(text []byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return string(text), nil
}

func jsonText(text []byte) (any, error) {
	if !json.Valid(text) {
		return nil, errors.New("not JSON")
	}
	return string(text), nil
}

// ratText writes a fraction as a decimal, if it is one.
func ratText(r *big.Rat) (any, error) {
	digits, exact := r.FloatPrec()
	if !exact {
		return nil, errors.New("a fraction that has no end as a decimal")
	}
	return r.FloatString(digits), nil
}
