package client

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// Key is a row's primary key: comparable, and ordered as numbers where the column
// is of an integer type and as text otherwise; keys of several columns by the
// first of them that differs.
type Key struct {
	numeric bool
	n       int64
	text    string
	more    string // the further columns, see appendPart; empty for one
}

// KeyOf makes a key of Go values, one for each column of the key: integers, and
// strings. Other values go by what fmt prints of them.
func KeyOf(value any, more ...any) Key {
	k := keyPart(value)
	for _, v := range more {
		k.more = appendPart(k.more, keyPart(v))
	}
	return k
}

func keyPart(value any) Key {
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

// appendPart writes a further column so that texts are equal exactly where parts
// are: its length, a colon, the part.
func appendPart(more string, part Key) string {
	kind, text := "t", part.text
	if part.numeric {
		kind, text = "n", strconv.FormatInt(part.n, 10)
	}
	return more + strconv.Itoa(len(text)) + ":" + kind + text
}

// parts takes the further columns apart again.
func (k Key) parts() []Key {
	all := []Key{{numeric: k.numeric, n: k.n, text: k.text}}
	for rest := k.more; rest != ""; {
		length, body, _ := strings.Cut(rest, ":")
		n, _ := strconv.Atoi(length)
		text := body[1 : 1+n]
		part := Key{text: text}
		if body[0] == 'n' {
			part = Key{numeric: true}
			part.n, _ = strconv.ParseInt(text, 10, 64)
		}
		all = append(all, part)
		rest = body[1+n:]
	}
	return all
}

// Compare orders keys of one table: -1, 0 or +1.
func (k Key) Compare(l Key) int {
	if c := k.compareFirst(l); c != 0 || k.more == l.more {
		return c
	}
	a, b := k.parts(), l.parts()
	for i := 1; i < len(a) && i < len(b); i++ {
		if c := a[i].compareFirst(b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func (k Key) compareFirst(l Key) int {
	if k.numeric && l.numeric {
		return cmp.Compare(k.n, l.n)
	}
	return strings.Compare(k.first(), l.first())
}

func (k Key) first() string {
	if k.numeric {
		return strconv.FormatInt(k.n, 10)
	}
	return k.text
}

// String is the key as text; one of several columns stands in parentheses.
func (k Key) String() string {
	if k.more == "" {
		return k.first()
	}
	var texts []string
	for _, part := range k.parts() {
		texts = append(texts, part.first())
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// keyColumns finds the columns that identify a row: those that the option Keys
// names, else the schema's primary key.
func keyColumns(schema wire.Schema, named []string) ([]wire.Column, error) {
	if len(named) == 0 {
		if pk := schema.PrimaryKey(); len(pk) > 0 {
			return pk, nil
		}
		return nil, fmt.Errorf("%w: the live query selects no primary key column; see Keys and WithExactness(PushOnly)", ErrKey)
	}
	var columns []wire.Column
	for _, name := range named {
		column, ok := schema.Find(name)
		if !ok {
			return nil, fmt.Errorf("%w: the live query selects no column %q", ErrKey, name)
		}
		columns = append(columns, column)
	}
	return columns, nil
}

// keyOf reads a row's key.
func keyOf(row wire.Row, columns []wire.Column) (Key, error) {
	if len(columns) == 1 {
		return keyCell(row.Get(columns[0].Name), columns[0])
	}
	cells := make([]wire.Cell, len(columns))
	for i, column := range columns {
		cells[i] = row.Get(column.Name)
	}
	return keyOfCells(cells, columns)
}

// keyOfCells makes a key of the cells of its columns.
func keyOfCells(cells []wire.Cell, columns []wire.Column) (Key, error) {
	k, err := keyCell(cells[0], columns[0])
	for i, column := range columns[1:] {
		if err != nil {
			break
		}
		var part Key
		if part, err = keyCell(cells[i+1], column); err == nil {
			k.more = appendPart(k.more, part)
		}
	}
	return k, err
}

func keyCell(cell wire.Cell, column wire.Column) (Key, error) {
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
