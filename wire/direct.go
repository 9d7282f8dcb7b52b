package wire

import (
	"strings"
	"unicode/utf8"
)

// direct is one decoding of a row from its text, in one walk that checks what it reads. It has no errors: what it does
// not do is done again the slow way, which is what says what is wrong.
//
// The target goes from hand to hand and is never kept, so that what it is on the caller's stack stays there.
type direct struct {
	plan *plan
	seen columnSet // of the text that is walked
	over columnSet // of the text that stands over it
	late [maxLate]lateCell
	n    int
	text int // bytes of the strings among them
	left int // cells among them that are for setters

	version []byte // the cell of the version, by the last object; nil for none
}

// lateCell is a cell that cannot be dealt with by itself.
type lateCell struct {
	raw     []byte
	column  int16
	escaped bool
	setter  bool // for the field's setter; else a string, to be put in one allocation with the others
}

const maxLate = 16

// columnSet has a bit for each column of a schema.
type columnSet [maxNames / 64]uint64

func (s *columnSet) has(at int) bool { return s[at>>6]&(1<<(at&63)) != 0 }

func (s *columnSet) add(at int) { s[at>>6] |= 1 << (at & 63) }

// row decodes a row, but for what is late; false for one that has to be decoded the slow way.
func (d *direct) row(t target, row *Row) bool {
	switch {
	case row.text == nil:
		return d.cells(t, row.cells)
	case len(row.fill) > 0 && !d.plan.matches(row.fill):
		return false
	case row.over != nil:
		if d.object(t, row.over, 0) < 0 {
			return false
		}
		d.over, d.seen = d.seen, columnSet{}
	}
	return d.object(t, row.text, 0) >= 0 && (len(row.fill) == 0 || d.fill())
}

// object decodes the object at i and returns the offset behind it, -1 where the slow way has to.
func (d *direct) object(t target, b []byte, i int) int {
	if i = space(b, i); i >= len(b) || b[i] != '{' {
		return -1
	}
	if i = space(b, i+1); i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		end, _ := quoted(b, i)
		if end < 0 {
			return -1
		}
		from, to := i+1, end-1
		if i = space(b, end); i >= len(b) || b[i] != ':' {
			return -1
		}
		at, ok := d.column(b, from, to)
		if !ok {
			return -1
		}
		begin := space(b, i+1)
		if i = d.value(t, at, b, begin); i < 0 {
			return -1
		}
		if at == d.plan.version && at >= 0 {
			d.version = b[begin:i]
		}
		if i = space(b, i); i >= len(b) {
			return -1
		}
		switch b[i] {
		case ',':
			i = space(b, i+1)
		case '}':
			return i + 1
		default:
			return -1
		}
	}
}

// array decodes the positional row at i, which must have a cell for every column.
func (d *direct) array(t target, b []byte, i int) int {
	if i = space(b, i); i >= len(b) || b[i] != '[' {
		return -1
	}
	for at := range d.plan.steps {
		if i = d.value(t, at, b, space(b, i+1)); i < 0 {
			return -1
		}
		if i = space(b, i); i >= len(b) || b[i] != ',' && at < len(d.plan.steps)-1 {
			return -1
		}
	}
	if i >= len(b) || b[i] != ']' {
		return -1
	}
	return i + 1
}

// cells decodes cells that were read before.
func (d *direct) cells(t target, cells []namedCell) bool {
	for _, c := range cells {
		at, ok := d.column(c.name, 0, len(c.name))
		if !ok || d.value(t, at, c.cell.raw, 0) < 0 {
			return false
		}
	}
	return true
}

// column finds the column of a name as it is written, text[from:to]; -1 for one whose cell goes nowhere. Of a repeated
// name only the last cell counts, so that the first must not have been taken: that is for the slow way.
func (d *direct) column(text []byte, from, to int) (at int, ok bool) {
	at = d.plan.names.find(text, from, to)
	switch {
	case at < 0:
		name := text[from:to]
		return -1, !isOdd(name) && d.plan.shape.find(string(name)) == nil
	case d.seen.has(at):
		return -1, false
	}
	d.seen.add(at)
	if d.over.has(at) {
		return -1, true
	}
	return at, true
}

// value takes the value at i and returns the offset behind it, -1 where the slow way has to.
func (d *direct) value(t target, at int, b []byte, i int) int {
	if at < 0 {
		end, _ := valueEnd(b, i, fresh)
		return end
	}
	if s := &d.plan.steps[at]; s.integer {
		if n, end := integerAt(b, i); end >= 0 && s.putInteger(t, n) {
			return end
		}
	}
	end, escaped := valueEnd(b, i, fresh)
	if end < 0 || !d.cell(t, at, b[i:end:end], escaped) {
		return -1
	}
	return end
}

// cell takes the cell of a column.
func (d *direct) cell(t target, at int, raw []byte, escaped bool) bool {
	s := &d.plan.steps[at]
	switch {
	case s.kind == stepNone || raw[0] == 'n' && s.kind != stepScan:
		return true
	case s.kind <= stepScan:
		return d.leave(at, raw)
	case s.kind == stepString && raw[0] == '"' && d.n < maxLate:
		d.text += len(raw) - 2
		d.late[d.n] = lateCell{raw: raw, column: int16(at), escaped: escaped}
		d.n++
		return true
	}
	return s.put(t, raw) || d.leave(at, raw)
}

// leave leaves a cell to its field's setter.
func (d *direct) leave(at int, raw []byte) bool {
	if d.n == maxLate {
		return false
	}
	d.late[d.n] = lateCell{raw: raw, column: int16(at), setter: true}
	d.n++
	d.left++
	return true
}

// fill gives columns that were left out what they hold, where that is not what the field has anyway.
func (d *direct) fill() bool {
	for _, at := range d.plan.heeding {
		if !d.seen.has(at) && !d.over.has(at) && !d.leave(at, leftOut(d.plan.schema[at].Name).raw) {
			return false
		}
	}
	return true
}

// settle puts the row's strings into their fields, all in one allocation.
func (d *direct) settle(t target) bool {
	if d.n == d.left {
		return true
	}
	var b strings.Builder
	b.Grow(d.text)
	for i := range d.late[:d.n] {
		c := &d.late[i]
		if c.setter {
			continue
		}
		from := b.Len()
		if inner := c.raw[1 : len(c.raw)-1]; c.escaped {
			writeUnescaped(&b, inner)
		} else {
			b.Write(inner)
		}
		text := b.String()[from:]
		if len(text) > 0 && !utf8.RuneStart(text[0]) {
			return false
		}
		d.plan.steps[c.column].putString(t, text)
	}
	return utf8.ValidString(b.String())
}
