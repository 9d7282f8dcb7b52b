package wire

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// memberAt finds the member whose name's quote is at i in a checked text: the end of the name, and the value. At is -1
// where there is none.
func memberAt(text []byte, i int) (name int, odd bool, at, end int) {
	name, odd = quoted(text, i)
	if name < 0 {
		return 0, false, -1, 0
	}
	at = space(text, space(text, name)+1) // behind the colon
	if end, _ = valueEnd(text, at, checked); end < 0 {
		return 0, false, -1, 0
	}
	return name, odd, at, end
}

// eachCell calls f with the members of a checked object: the name's characters, and the value.
func eachCell(text []byte, f func(name, value []byte)) {
	for i := space(text, space(text, 0)+1); ; { // behind the brace
		name, _, at, end := memberAt(text, i)
		if at < 0 {
			return
		}
		f(plainName(text[i+1:name-1]), text[at:end:end])
		i = space(text, space(text, end)+1) // behind the comma
	}
}

// plainName gives the characters of a name as it is written; it aliases the name where it can.
func plainName(written []byte) []byte {
	if !isOdd(written) || bytes.IndexByte(written, '\\') < 0 && utf8.Valid(written) {
		return written
	}
	return unescape(written)
}

// Pick finds the cells of some columns in one walk: cells[i] is what Get(names[i]) gives. It allocates nothing, but for
// names with escapes and for what the server left out. Cells must have room for all names, which must differ.
func (r Row) Pick(cells []Cell, names ...string) { r.pick(cells[:len(names)], names...) }

func (r Row) pick(cells []Cell, names ...string) {
	clear(cells)
	known := r.cells
	if r.text != nil && mayBeReplaced(names) {
		known = r.read()
	}
	if r.text == nil || len(known) > 0 {
		for i, name := range names {
			if at := find(known, name); at >= 0 {
				cells[i] = known[at].cell
			}
		}
		return
	}
	pickFrom(r.text, 0, checked, cells, names)
	if r.over != nil {
		pickFrom(r.over, 0, checked, cells, names)
	}
	for i, name := range names {
		if r.fill != nil && cells[i].IsAbsent() {
			cells[i] = absentCell(r.fill, name)
		}
	}
}

// mayBeReplaced tells whether a name could have U+FFFD in it, which is how other bytes are read that are no UTF-8.
func mayBeReplaced(names []string) bool {
	for _, name := range names {
		if strings.IndexByte(name, "\ufffd"[0]) >= 0 {
			return true
		}
	}
	return false
}

// pickFrom lets the cells of the object at i replace what was found so far; of a repeated name the last one does. It
// checks the object and returns the offset behind it, -1 where there is none.
func pickFrom(text []byte, i, outer int, cells []Cell, names []string) int {
	i = space(text, i) + 1
	if i = space(text, i); i < len(text) && text[i] == '}' {
		return i + 1
	}
	for {
		end, odd := quoted(text, i)
		if end < 0 {
			return -1
		}
		written := text[i+1 : end-1]
		if i = space(text, end); i >= len(text) || text[i] != ':' {
			return -1
		}
		i = space(text, i+1)
		if end, _ = valueEnd(text, i, outer); end < 0 {
			return -1
		}
		if at := nameAmong(names, written, odd); at >= 0 {
			cells[at] = Cell{raw: text[i:end:end]}
		}
		if i = space(text, end); i >= len(text) || text[i] != ',' {
			break
		}
		i = space(text, i+1)
	}
	if i >= len(text) || text[i] != '}' {
		return -1
	}
	return i + 1
}

// nameAmong gives the position among names of a name as it is written, or -1.
func nameAmong(names []string, written []byte, escaped bool) int {
	if escaped {
		written = unescape(written)
	}
	for i, name := range names {
		if len(name) == len(written) && (len(name) == 0 || name[0] == written[0]) && name == string(written) {
			return i
		}
	}
	return -1
}

// absentCell is what a column of schema holds where the server left it out: NULL, but `_deleted`, which an update never
// carries, is false.
func absentCell(schema Schema, name string) Cell {
	if _, ok := schema.Find(name); !ok {
		return Cell{}
	}
	return leftOut(name)
}

func leftOut(name string) Cell {
	if name == deletedColumn {
		return Cell{raw: []byte("false")}
	}
	return Null()
}

// read gives the row's cells, of which there is one a name.
func (r Row) read() []namedCell {
	if r.text == nil {
		return r.cells
	}
	b := rowBuilder{cells: make([]namedCell, 0, max(8, len(r.fill)))}
	b.addText(r.text)
	for _, col := range r.fill {
		if name := []byte(col.Name); b.find(name) < 0 {
			b.add(name, leftOut(col.Name))
		}
	}
	if r.over != nil {
		b.addText(r.over)
	}
	return b.cells
}

func (b *rowBuilder) addText(text []byte) {
	eachCell(text, func(name, value []byte) { b.add(name, Cell{raw: value}) })
}
