package wire

import "math/bits"

// columnNames finds the columns of a schema by perfect hashing: the first and the last eight bytes of a name, multiplied by a
// number that was tried out to give every column a slot of its own. Servers write columns in an order that is another
// one in every frame, so that guessing the next one does not pay.
type columnNames struct {
	columns []columnName
	multi   uint64
	shift   uint8
	slots   []int16 // by hash: the column's position, or -1
}

// columnName is a name with its first and last eight bytes, which are all of it up to sixteen.
type columnName struct {
	first, last uint64
	name        string
}

const (
	maxNames   = 256 // columns of a schema
	namesTries = 64  // multipliers tried at each size
)

// newColumnNames is false where names are the same, or differ only in the middle, and where one may be written in
// several ways.
func newColumnNames(schema Schema) (columnNames, bool) {
	n := columnNames{columns: make([]columnName, len(schema))}
	for i, col := range schema {
		name := []byte(col.Name)
		if isOdd(name) || len(schema) > maxNames {
			return n, false
		}
		n.columns[i].name = col.Name
		n.columns[i].first, n.columns[i].last = ends(name, 0, len(name))
	}
	return n, n.spread()
}

// spread looks for a multiplier, in more slots if it must.
func (n *columnNames) spread() bool {
	least := bits.Len(uint(2*len(n.columns))) + 1
	for size := least; size <= least+4; size++ {
		n.shift, n.slots = uint8(64-size), make([]int16, 1<<size)
		for try := range uint64(namesTries) {
			n.multi = multiplier(try)
			if n.place() {
				return true
			}
		}
	}
	return false
}

// multiplier is the try-th of numbers that have little to do with each other (Steele, Lea, Flood, SplitMix, OOPSLA 2014):
// multiples of one number put names that it does not tell apart together again.
func multiplier(try uint64) uint64 {
	z := (try + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31 | 1
}

// place gives every column its slot; false where two want the same.
func (n *columnNames) place() bool {
	for i := range n.slots {
		n.slots[i] = -1
	}
	for i, col := range n.columns {
		slot := &n.slots[n.hash(col.first, col.last, len(col.name))]
		if *slot >= 0 {
			return false
		}
		*slot = int16(i)
	}
	return true
}

func (n *columnNames) hash(first, last uint64, length int) uint64 {
	key := first*0xff51afd7ed558ccd ^ last ^ uint64(length)<<56
	return (key ^ key>>29) * n.multi >> n.shift
}

// find gives the position of the column whose name is exactly text[from:to], or -1.
func (n *columnNames) find(text []byte, from, to int) int {
	first, last := ends(text, from, to)
	at := n.slots[n.hash(first, last, to-from)]
	if at < 0 {
		return -1
	}
	c := &n.columns[at]
	if c.first != first || c.last != last || len(c.name) != to-from || to-from > 16 && c.name != string(text[from:to]) {
		return -1
	}
	return int(at)
}

// ends gives the first and the last eight bytes of the name text[from:to]; of one that has no more than eight, all of it
// is last. What stands before the name is read with it, where there is enough, and shifted out.
func ends(text []byte, from, to int) (first, last uint64) {
	n := to - from
	if to < 8 {
		for _, c := range text[from:to] {
			last = last<<8 | uint64(c)
		}
		return 0, bits.ReverseBytes64(last) >> (64 - 8*uint(n))
	}
	if n > 8 {
		first = load(text, from)
	}
	return first, load(text, to-8) >> (64 - 8*uint(min(n, 8)))
}

// isOdd tells whether a name, as it is written, may be another one than its bytes: it has escapes, or is not ASCII.
func isOdd(name []byte) bool {
	first, last := ends(name, 0, len(name))
	if (first|last|backslash(first)|backslash(last))&highs != 0 {
		return true
	}
	for i := 8; i < len(name)-8; i++ {
		if c := name[i]; c == '\\' || c >= 0x80 {
			return true
		}
	}
	return false
}
