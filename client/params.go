package client

import (
	"database/sql/driver"
	"fmt"
	"math"
	"reflect"
	"time"
)

// maxParams is the server's limit.
const maxParams = 50

// encodeParams makes the parameters of a query what the protocol has: null,
// booleans, 64-bit integers, floats and strings. What cannot be sent exactly is
// an error that names the parameter and not its value.
func encodeParams(params []any) ([]any, error) {
	if len(params) > maxParams {
		return nil, fmt.Errorf("%w: %d parameters, the server takes %d", ErrParam, len(params), maxParams)
	}
	if len(params) == 0 {
		return nil, nil
	}
	out := make([]any, len(params))
	for i, p := range params {
		v, err := encodeParam(p)
		if err != nil {
			return nil, fmt.Errorf("%w: $%d: %w", ErrParam, i+1, err)
		}
		out[i] = v
	}
	return out, nil
}

func encodeParam(p any) (any, error) {
	switch p := p.(type) {
	case nil:
		return nil, nil
	case time.Time:
		return p.UnixMicro(), nil // TIMESTAMP counts microseconds
	case []byte:
		return nil, fmt.Errorf("bytes cannot be a parameter; the protocol has no form for them")
	case driver.Valuer:
		v, err := p.Value()
		if err != nil {
			return nil, err
		}
		if _, again := v.(driver.Valuer); again {
			return nil, fmt.Errorf("%T gives another driver.Valuer", p)
		}
		return encodeParam(v)
	}
	return encodeReflected(reflect.ValueOf(p))
}

// encodeReflected takes named types for what they are underneath.
func encodeReflected(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return encodeParam(v.Elem().Interface())
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%s is above the largest BIGINT", v.Type())
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("not a finite number")
		}
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	}
	return nil, fmt.Errorf("%s cannot be a parameter", v.Type())
}
