package wire

import (
	"encoding/hex"
	"reflect"
	"strings"
)

const (
	uuidSize = 16
	uuidText = 36 // with its hyphens
)

// setUUID reads the text of a UUID, in the form that the server writes or without its hyphens, or 16 bytes of BYTES.
func setUUID(dst reflect.Value, c Cell, _ DataType) error {
	var id []byte
	var err error
	switch c.Kind() {
	case KindString:
		id = uuidBytes(string(unquote(c.raw)))
	case KindArray:
		if id, err = c.Bytes(); err != nil {
			return err
		}
	}
	if len(id) != uuidSize {
		return c.fail(dst.Type().String(), "not a UUID")
	}
	reflect.Copy(dst, reflect.ValueOf(id))
	return nil
}

// uuidBytes gives nil for what is no UUID.
func uuidBytes(text string) []byte {
	if len(text) == uuidText && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		text = strings.ReplaceAll(text, "-", "")
	}
	id, err := hex.DecodeString(text)
	if err != nil || len(text) != 2*uuidSize {
		return nil
	}
	return id
}
