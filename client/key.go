package client

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// Key is a row's primary key: comparable, and ordered as numbers where the column
// is of an integer type and as text otherwise.
type Key struct {
	numeric bool
	n       int64
	text    string
}

// KeyOf makes a key of a Go value: an integer, or a string. Other values go by
// what fmt prints of them.
func KeyOf(value any) Key {
	v := reflect.ValueOf(value)
	switch {
	case v.IsValid() && v.CanInt():
		return Key{numeric: true, n: v.Int()}
	case v.IsValid() && v.CanUint() && int64(v.Uint()) >= 0:
		return Key{numeric: true, n: int64(v.Uint())}
	case v.IsValid() && v.Kind() == reflect.String:
		return Key{text: v.String()}
	}
	return Key{text: fmt.Sprint(value)}
}

// Compare orders keys of one table: -1, 0 or +1.
func (k Key) Compare(l Key) int {
	if k.numeric && l.numeric {
		return cmp.Compare(k.n, l.n)
	}
	return strings.Compare(k.String(), l.String())
}

// String is the key as text.
func (k Key) String() string {
	if k.numeric {
		return fmt.Sprint(k.n)
	}
	return k.text
}

// keyColumn finds the one column that identifies a row.
func keyColumn(schema wire.Schema) (wire.Column, error) {
	pk := schema.PrimaryKey()
	if len(pk) != 1 {
		return wire.Column{}, fmt.Errorf("%w: the live query selects %d primary key columns, a view needs one",
			ErrKey, len(pk))
	}
	return pk[0], nil
}

// keyOf reads a row's key.
func keyOf(row wire.Row, column wire.Column) (Key, error) {
	cell := row.Get(column.Name)
	if cell.IsAbsent() || cell.IsNull() {
		return Key{}, fmt.Errorf("%w: a row without a value in %s", ErrKey, column.Name)
	}
	switch column.Type {
	case wire.SmallInt, wire.Int, wire.BigInt:
		n, err := cell.Int64()
		return Key{numeric: true, n: n}, err
	}
	if cell.Kind() == wire.KindString {
		text, err := cell.Text()
		return Key{text: text}, err
	}
	return Key{text: string(cell.Raw())}, nil
}
