package engine

import (
	"encoding/json"
	"math"
	"net/http"
	"reflect"
	"strconv"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	maxParams    = 50
	maxParamSize = 512 << 10 // bytes of one string
)

// checkParams brings parameters to nil, bool, int64, float64 and string.
func checkParams(params []any, statements int) ([]any, error) {
	if len(params) == 0 {
		return nil, nil
	}
	if statements > 1 {
		return nil, refuse(http.StatusBadRequest, wire.CodeParamsWithBatch, "Parameters not supported with multi-statement batches")
	}
	if len(params) > maxParams {
		return nil, refuse(http.StatusBadRequest, wire.CodeInvalidParameter, "Too many parameters: ", itoa(len(params)), " (max ", itoa(maxParams), ")")
	}
	out := make([]any, len(params))
	for i, p := range params {
		v, problem := paramValue(p)
		if problem != "" {
			return nil, refuse(http.StatusBadRequest, wire.CodeInvalidParameter, "Parameter $", itoa(i+1), " invalid: ", problem)
		}
		out[i] = v
	}
	return out, nil
}

func paramValue(p any) (any, string) {
	switch p := p.(type) {
	case nil, bool:
		return p, ""
	case string:
		if len(p) > maxParamSize {
			return nil, "Parameter size " + itoa(len(p)) + " exceeds the limit of " + itoa(maxParamSize) + " bytes"
		}
		return p, ""
	case json.Number:
		return numberParam(p.String())
	}
	v := reflect.ValueOf(p)
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), ""
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return numberParam(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, ""
		}
		return nil, "Unsupported number format"
	case reflect.String:
		return paramValue(v.String())
	case reflect.Slice, reflect.Array:
		return nil, "Array parameters not yet supported"
	}
	return nil, "Object parameters not yet supported"
}

func numberParam(text string) (any, string) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, ""
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, "Unsupported number format"
	}
	return f, ""
}
