package client

import (
	"fmt"
	"time"
	"unicode/utf8"
)

const (
	// maxParams is the server's limit.
	maxParams = 50
	// maxParamSize is the longest text that it takes as one, in bytes.
	maxParamSize = 512 << 10
)

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
	v, err := plainOf(p, 0)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case time.Time:
		return microsOf(v)
	case uint64:
		return nil, fmt.Errorf("%T is above the largest BIGINT", p)
	case string:
		if len(v) > maxParamSize {
			return nil, fmt.Errorf("text of %d bytes, the server takes %d", len(v), maxParamSize)
		}
		if !utf8.ValidString(v) {
			return nil, errNoText
		}
	}
	return v, nil
}

// microsOf is a time as TIMESTAMP counts it, in microseconds.
func microsOf(t time.Time) (int64, error) {
	const most = 1<<63/1_000_000 - 1
	if s := t.Unix(); s > most || s < -most {
		return 0, fmt.Errorf("time is out of the range of TIMESTAMP")
	}
	return t.UnixMicro(), nil
}
