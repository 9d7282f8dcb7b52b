package wire

import (
	"reflect"
	"slices"
)

// Unmatched compares T with the columns of a result: the columns that there is no field for, and the fields that there
// is no column for, by the name in the tag or the field's own, sorted. Columns of the system, which begin with an
// underscore, may be without a field. A T that is no struct takes every column.
func (d *Decoder[T]) Unmatched(schema Schema) (columns, fields []string) {
	if d.shape.kind != shapeStruct {
		return nil, nil
	}
	met := map[*field]bool{}
	for _, col := range schema {
		f := d.shape.find(col.Name)
		met[f] = true
		if f == nil && (col.Name == "" || col.Name[0] != '_') {
			columns = append(columns, col.Name)
		}
	}
	for name, f := range d.shape.exact {
		if !met[f] {
			fields = append(fields, name)
		}
	}
	for _, f := range d.shape.folded {
		if !met[f] {
			fields = append(fields, reflect.TypeFor[T]().FieldByIndex(f.index).Name)
		}
	}
	slices.Sort(columns)
	slices.Sort(fields)
	return columns, fields
}
