package client

import (
	"reflect"

	"github.com/kalamdb/kalamrx/wire"
)

// payloads makes values of payloads.
type payloads[T any] func(payload []byte) (T, error)

// newPayloads is how payloads become values of T: rows, by the rules of wire.Decoder, or
// bytes as they are.
func newPayloads[T any]() (payloads[T], error) {
	if reflect.TypeFor[T]() == reflect.TypeFor[[]byte]() {
		return func(payload []byte) (T, error) { return any(payload).(T), nil }, nil
	}
	decoder, err := wire.NewDecoder[T]()
	if err != nil {
		return nil, err
	}
	return func(payload []byte) (v T, err error) {
		row, err := wire.ParseRow(payload)
		if err != nil {
			return v, err
		}
		return decoder.Object(row, nil)
	}, nil
}
