package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sameJSON compares two texts as JSON values: numbers as text, and by value where one is a float.
func sameJSON(a, b []byte) error {
	x, err := decodeStd(a)
	if err != nil {
		return err
	}
	y, err := decodeStd(b)
	if err != nil {
		return fmt.Errorf("re-encoded text: %w: %s", err, b)
	}
	if !sameValue(x, y) {
		return fmt.Errorf("re-encoded as another value:\n%s\n%s", a, b)
	}
	return nil
}

func decodeStd(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if w, ok := b[k]; !ok || !sameValue(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameValue(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		return ok && (a == b || sameFloat(string(a), string(b)))
	}
	return a == b
}

// sameFloat compares numbers of which one is spelled as a float; integers must be spelled the same.
func sameFloat(a, b string) bool {
	if !strings.ContainsAny(a+b, ".eE") {
		return false
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Float64bits(x) == math.Float64bits(y)
}
