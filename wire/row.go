package wire

import "iter"

// Row is one row by column name. The server writes the columns of every frame in another order: look them up by name.
// A Row is a value and never changed; its cells alias the text it was read from. The zero Row is empty.
//
// A row that came as an object is that text, checked and unread: making it costs nothing, and every lookup walks it. Use
// Pick for some columns at once, a Decoder for all.
type Row struct {
	cells []namedCell // of a row that is not text

	text []byte // one object, checked
	over []byte // one object, checked: its cells stand in place of those in text; nil for none
	fill Schema // its columns that text lacks are NULL; see absentCell
}

type namedCell struct {
	name []byte
	cell Cell
}

// Field is one named cell, to make rows of.
type Field struct {
	Name string
	Cell Cell
}

// NewRow makes a row of fields; of a repeated name the last cell counts. Absent cells are left out.
func NewRow(fields ...Field) Row {
	b := rowBuilder{cells: make([]namedCell, 0, len(fields))}
	for _, f := range fields {
		if !f.Cell.IsAbsent() {
			b.add([]byte(f.Name), f.Cell)
		}
	}
	return Row{cells: b.cells}
}

// ParseRow reads one JSON object. Of a repeated name the last cell counts.
func ParseRow(text []byte) (Row, error) { return parseRow(trimSpace(text), false) }

func parseRow(text []byte, known bool) (Row, error) {
	if err := wantKind(text, KindObject, "object"); err != nil {
		return Row{}, err
	}
	if !known {
		if err := checkObject(text); err != nil {
			return Row{}, err
		}
	}
	return Row{text: text}, nil
}

// checkObject refuses what is not one object, with nothing behind it.
func checkObject(text []byte) error {
	if end, ok := shallow(text, 0); ok && end == len(text) {
		return nil
	}
	return eachMemberOf(text, false, func(_, _ []byte) error { return nil })
}

// rowBuilder collects cells and lets a repeated name replace the earlier one.
type rowBuilder struct {
	cells []namedCell
	index map[string]int // only for wide rows
}

// wideRow is where looking for a repeated name turns from comparing to hashing.
const wideRow = 32

func (b *rowBuilder) add(name []byte, cell Cell) {
	if at := b.find(name); at >= 0 {
		b.cells[at].cell = cell
		return
	}
	b.cells = append(b.cells, namedCell{name: name, cell: cell})
	if b.index != nil {
		b.index[string(name)] = len(b.cells) - 1
	}
}

func (b *rowBuilder) find(name []byte) int {
	if len(b.cells) < wideRow {
		return find(b.cells, name)
	}
	if b.index == nil {
		b.index = make(map[string]int, 2*wideRow)
		for i, c := range b.cells {
			b.index[string(c.name)] = i
		}
	}
	if at, ok := b.index[string(name)]; ok {
		return at
	}
	return -1
}

func find[N string | []byte](cells []namedCell, name N) int {
	for i := range cells {
		if string(cells[i].name) == string(name) {
			return i
		}
	}
	return -1
}

// Get gives the cell of a column; the zero Cell, which IsAbsent, when the row has none of that name.
func (r Row) Get(name string) Cell {
	if r.text != nil {
		var c [1]Cell
		r.pick(c[:], name)
		return c[0]
	}
	if at := find(r.cells, name); at >= 0 {
		return r.cells[at].cell
	}
	return Cell{}
}

// Len is the number of cells.
func (r Row) Len() int { return len(r.read()) }

// All gives the cells in the order of the text.
func (r Row) All() iter.Seq2[string, Cell] {
	return func(yield func(string, Cell) bool) {
		for _, c := range r.read() {
			if !yield(string(c.name), c.cell) {
				return
			}
		}
	}
}

// Names gives the names in the order of the text.
func (r Row) Names() []string {
	cells := r.read()
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = string(c.name)
	}
	return names
}

// With gives a row with one cell set; an absent cell takes the column away.
func (r Row) With(name string, cell Cell) Row {
	old := r.read()
	cells := make([]namedCell, 0, len(old)+1)
	found := false
	for _, c := range old {
		if string(c.name) == name {
			found = true
			c.cell = cell
		}
		if !c.cell.IsAbsent() {
			cells = append(cells, c)
		}
	}
	if !found && !cell.IsAbsent() {
		cells = append(cells, namedCell{name: []byte(name), cell: cell})
	}
	return Row{cells: cells}
}

// Overlay gives r with every cell that over has in place of its own.
func (r Row) Overlay(over Row) Row {
	below, above := r.read(), over.read()
	b := rowBuilder{cells: make([]namedCell, 0, len(below)+len(above))}
	b.cells = append(b.cells, below...)
	for _, c := range above {
		b.add(c.name, c.cell)
	}
	return Row{cells: b.cells}
}

// Seq gives the row's version: `_version` (0.8), else `_seq`; zero when it has none or it is unreadable.
func (r Row) Seq() Seq {
	var cells [2]Cell
	r.pick(cells[:], versionColumn, seqColumn)
	for _, c := range cells {
		if !c.IsAbsent() {
			seq, err := c.Seq()
			if err == nil && !seq.IsZero() {
				return seq
			}
		}
	}
	return Seq{}
}

// Deleted reports whether the row is a tombstone: `_deleted` is true.
func (r Row) Deleted() bool {
	deleted, err := r.Get(deletedColumn).Bool()
	return err == nil && deleted
}

// AppendJSON appends the row as a JSON object, its cells as they were written.
func (r Row) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	for i, c := range r.read() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendQuoted(dst, string(c.name)); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		dst = append(dst, c.cell.raw...)
	}
	return append(dst, '}'), nil
}

// MarshalJSON gives the row as a JSON object.
func (r Row) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil) }

// UnmarshalJSON reads a JSON object, from a copy of the text.
func (r *Row) UnmarshalJSON(text []byte) error {
	row, err := ParseRow(append([]byte(nil), text...))
	if err != nil {
		return err
	}
	*r = row
	return nil
}

// Clone gives a row that keeps nothing of the text it was read from.
func (r Row) Clone() Row {
	size := len(r.text) + len(r.over)
	for _, c := range r.cells {
		size += len(c.name) + len(c.cell.raw)
	}
	slab := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		slab = append(slab, b...)
		return slab[len(slab)-len(b) : len(slab) : len(slab)]
	}
	cells := make([]namedCell, len(r.cells))
	for i, c := range r.cells {
		cells[i] = namedCell{name: keep(c.name), cell: Cell{raw: keep(c.cell.raw)}}
	}
	return Row{cells: cells, text: keep(r.text), over: keep(r.over), fill: r.fill}
}
