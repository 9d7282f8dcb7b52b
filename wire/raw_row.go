package wire

// Row gives the cells their names: those of schema, in its order. The row aliases
// r. A row with more or fewer cells than schema has columns is ErrField.
func (r RawRow) Row(schema Schema) (Row, error) {
	cells := make([]namedCell, 0, len(schema))
	names := namesOf(schema)
	err := eachElement(r, func(value []byte) error {
		if len(cells) < len(schema) {
			n := len(schema[len(cells)].Name)
			cells = append(cells, namedCell{name: names[:n:n], cell: Cell{raw: value}})
			names = names[n:]
			return nil
		}
		return &FieldError{Field: "rows", Want: "as many cells as columns"}
	})
	if err == nil && len(cells) < len(schema) {
		err = &FieldError{Field: "rows", Want: "as many cells as columns"}
	}
	if err != nil {
		return Row{}, err
	}
	return Row{cells: cells}, nil
}

// namesOf gives the names of all columns, one behind the other.
func namesOf(schema Schema) []byte {
	size := 0
	for _, col := range schema {
		size += len(col.Name)
	}
	names := make([]byte, 0, size)
	for _, col := range schema {
		names = append(names, col.Name...)
	}
	return names
}

// Size is the length of the row as text, which it keeps alive.
func (r Row) Size() int {
	n := len(r.text) + len(r.over)
	for _, c := range r.cells {
		n += len(c.name) + len(c.cell.raw)
	}
	return n
}
