package wire

import (
	"reflect"
	"slices"
)

// plan is how the columns of one schema go into a shape.
type plan struct {
	shape  *shape
	schema Schema
	slots  []slot          // by position in the schema
	byName map[string]slot // by name, for rows of the WebSocket

	quick   bool // rows can be decoded directly
	version int  // of the columns, the one that holds the row's version; -1 if none does
	names   columnNames
	steps   []step // by position in the schema
	heeding []int  // columns whose field heeds being left out
}

// slot is where one column goes: its field (nil for none) and the column's type.
type slot struct {
	field *field
	typ   DataType
}

func newPlan(s *shape, schema Schema) *plan {
	p := &plan{shape: s, schema: schema, slots: make([]slot, len(schema)), byName: make(map[string]slot, len(schema))}
	for i, col := range schema {
		p.slots[i] = slot{field: s.find(col.Name), typ: col.Type}
		p.byName[col.Name] = p.slots[i]
	}
	versioned := schema.VersionColumn()
	p.version = slices.IndexFunc(schema, func(c Column) bool { return c.Name == versioned })
	p.quick = s.kind == shapeStruct && p.takeSteps()
	return p
}

// takeSteps makes the steps; false where two columns go into one field, or the columns cannot be told apart quickly.
func (p *plan) takeSteps() (ok bool) {
	if p.names, ok = newColumnNames(p.schema); !ok {
		return false
	}
	taken := map[*field]bool{}
	for i, slot := range p.slots {
		if slot.field != nil && taken[slot.field] {
			return false
		}
		taken[slot.field] = true
		s := newStep(slot.field, slot.typ)
		p.steps = append(p.steps, s)
		if s.kind == stepScan || s.kind != stepNone && p.schema[i].Name == deletedColumn {
			p.heeding = append(p.heeding, i)
		}
	}
	return true
}

// matches tells whether the plan was made for this schema: the same slice, or one that says the same.
func (p *plan) matches(schema Schema) bool {
	if len(p.schema) != len(schema) {
		return false
	}
	if len(schema) == 0 || &p.schema[0] == &schema[0] {
		return true
	}
	return slices.EqualFunc(p.schema, schema, func(a, b Column) bool { return a.Name == b.Name && a.Type == b.Type })
}

func (p *plan) slot(name []byte) slot {
	if s, ok := p.byName[string(name)]; ok {
		return s
	}
	return slot{field: p.shape.find(string(name))}
}

func (p *plan) object(dst reflect.Value, row Row) error {
	switch p.shape.kind {
	case shapeRow:
		dst.Set(reflect.ValueOf(Row{cells: row.read()}))
		return nil
	case shapeMap:
		return p.fillMap(dst, row)
	case shapeList:
		return p.fillList(dst, row)
	case shapeValue:
		return p.single(dst, row)
	}
	cells := row.read()
	for _, c := range cells {
		s := p.slot(c.name)
		if s.field == nil {
			continue
		}
		if err := s.field.set(dst, c.cell, s.typ); err != nil {
			return inColumn(string(c.name), err)
		}
	}
	return nil
}

func (p *plan) fillMap(dst reflect.Value, row Row) error {
	cells := row.read()
	m := make(map[string]any, len(cells))
	for _, c := range cells {
		v, err := c.cell.Any(p.slot(c.name).typ)
		if err != nil {
			return inColumn(string(c.name), err)
		}
		m[string(c.name)] = v
	}
	dst.Set(reflect.ValueOf(m).Convert(dst.Type()))
	return nil
}

// fillList puts the cells into the order of the schema.
func (p *plan) fillList(dst reflect.Value, row Row) error {
	list := make([]any, len(p.schema))
	for i, col := range p.schema {
		v, err := row.Get(col.Name).Any(col.Type)
		if err != nil {
			return inColumn(col.Name, err)
		}
		list[i] = v
	}
	dst.Set(reflect.ValueOf(list).Convert(dst.Type()))
	return nil
}

// single decodes the one column that is not a system column; the only one if there is but one.
func (p *plan) single(dst reflect.Value, row Row) error {
	cells, at := row.read(), -1
	for i, c := range cells {
		system := len(c.name) > 0 && c.name[0] == '_'
		if system && len(cells) > 1 {
			continue
		}
		if at >= 0 {
			return &CellError{Want: "a single column", Got: KindObject, Reason: "more than one"}
		}
		at = i
	}
	if at < 0 {
		return &CellError{Want: "a single column", Got: KindObject, Reason: "none"}
	}
	c := cells[at]
	return inColumn(string(c.name), p.shape.set(dst, c.cell, p.slot(c.name).typ))
}

func (p *plan) array(dst reflect.Value, raw []byte) error {
	if p.shape.kind == shapeList {
		return p.arrayList(dst, raw)
	}
	if p.shape.kind != shapeStruct {
		row, err := p.positional(raw)
		if err != nil {
			return err
		}
		return p.object(dst, row)
	}
	return p.eachCell(raw, func(i int, c Cell) error {
		s := p.slots[i]
		if s.field == nil {
			return nil
		}
		return inColumn(p.schema[i].Name, s.field.set(dst, c, s.typ))
	})
}

// arrayList takes the cells as they stand: columns may have the same name.
func (p *plan) arrayList(dst reflect.Value, raw []byte) error {
	list := make([]any, len(p.schema))
	err := p.eachCell(raw, func(i int, c Cell) (err error) {
		list[i], err = c.Any(p.schema[i].Type)
		return inColumn(p.schema[i].Name, err)
	})
	dst.Set(reflect.ValueOf(list).Convert(dst.Type()))
	return err
}

// positional makes a row by name of a row by position.
func (p *plan) positional(raw []byte) (Row, error) {
	b := rowBuilder{cells: make([]namedCell, 0, len(p.schema))}
	err := p.eachCell(raw, func(i int, c Cell) error {
		b.add([]byte(p.schema[i].Name), c)
		return nil
	})
	return Row{cells: b.cells}, err
}

// eachCell walks a positional row, which must be as long as the schema.
func (p *plan) eachCell(raw []byte, f func(i int, c Cell) error) error {
	i := 0
	err := eachElement(raw, func(value []byte) error {
		if i >= len(p.schema) {
			return p.wrongLength("more cells than columns")
		}
		i++
		return f(i-1, Cell{raw: value})
	})
	if err == nil && i < len(p.schema) {
		return p.wrongLength("fewer cells than columns")
	}
	return err
}

func (p *plan) wrongLength(reason string) error {
	return &CellError{Want: "a cell a column", Got: KindArray, Reason: reason}
}

// inColumn names the column in a cell's error.
func inColumn(name string, err error) error {
	if e, ok := err.(*CellError); ok && e.Column == "" {
		named := *e
		named.Column = name
		return &named
	}
	return err
}
