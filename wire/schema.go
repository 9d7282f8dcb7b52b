package wire

import (
	"slices"
	"strconv"
)

// Column describes one column of a result or a live query.
type Column struct {
	Name  string   `json:"name"`
	Type  DataType `json:"data_type"`
	Index int      `json:"index"`           // position of its cell in HTTP rows
	Flags []string `json:"flags,omitempty"` // of "pk", "nn", "uq", in this order
}

// Schema lists the columns in order of Index. A schema given to a Decoder must not be changed afterwards.
type Schema []Column

// PrimaryKey reports whether the column is (part of) the primary key.
func (c Column) PrimaryKey() bool { return slices.Contains(c.Flags, "pk") }

// NotNull reports whether the column refuses NULL.
func (c Column) NotNull() bool { return slices.Contains(c.Flags, "nn") }

// Unique reports whether the column's values are unique.
func (c Column) Unique() bool { return slices.Contains(c.Flags, "uq") }

// Find gives the column of exactly this name.
func (s Schema) Find(name string) (Column, bool) {
	for _, c := range s {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// PrimaryKey gives the columns of the primary key; none when the query does not project it.
func (s Schema) PrimaryKey() []Column {
	var key []Column
	for _, c := range s {
		if c.PrimaryKey() {
			key = append(key, c)
		}
	}
	return key
}

// VersionColumn gives the name of the column that holds the row's version: "_version" where the schema has it
// (0.8), else "_seq".
func (s Schema) VersionColumn() string {
	if _, ok := s.Find(versionColumn); ok {
		return versionColumn
	}
	return seqColumn
}

// System columns.
const (
	seqColumn     = "_seq"
	versionColumn = "_version"
	deletedColumn = "_deleted"
)

func (s Schema) appendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, '[')
	for i, c := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = c.appendJSON(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (c Column) appendJSON(dst []byte) ([]byte, error) {
	dst, err := appendQuoted(append(dst, `{"name":`...), c.Name)
	if err != nil {
		return dst, err
	}
	if dst, err = c.Type.appendJSON(append(dst, `,"data_type":`...)); err != nil {
		return dst, err
	}
	dst = strconv.AppendInt(append(dst, `,"index":`...), int64(c.Index), 10)
	if len(c.Flags) > 0 {
		dst = append(dst, `,"flags":[`...)
		for i, flag := range c.Flags {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendQuoted(dst, flag); err != nil {
				return dst, err
			}
		}
		dst = append(dst, ']')
	}
	return append(dst, '}'), nil
}

func readSchema(raw []byte, dst *Schema) error {
	if kindOf(raw) == KindNull {
		*dst = nil
		return nil
	}
	*dst = Schema{}
	return eachElement(raw, func(value []byte) error {
		var c Column
		err := eachMember(value, func(key, value []byte) error {
			switch string(key) {
			case "name":
				return readString(value, &c.Name)
			case "data_type":
				var err error
				c.Type, err = readDataType(value)
				return err
			case "index":
				return readInt(value, &c.Index)
			case "flags":
				return readStrings(value, &c.Flags)
			}
			return nil
		})
		*dst = append(*dst, c)
		return err
	})
}
