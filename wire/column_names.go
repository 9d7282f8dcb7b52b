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
		n.columns[i].first, n.columns[i].last = ends(name)
	}
	return n, n.spread()
}

// spread looks for a multiplier, in more slots if it must.
func (n *columnNames) spread() bool {
	least := bits.Len(uint(2*len(n.columns))) + 1
	for size := least; size <= least+4; size++ {
		n.shift, n.slots = uint8(64-size), make([]int16, 1<<size)
		for try := range uint64(namesTries) {
			n.multi = (try*2 + 1) * 0x9e3779b97f4a7c15
			if n.place() {
				return true
			}
		}
	}
	return false
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
	return (first ^ bits.RotateLeft64(last, 29) ^ uint64(length)<<56) * n.multi >> n.shift
}

// find gives the position of the column of exactly this name, or -1.
func (n *columnNames) find(name []byte) int {
	first, last := ends(name)
	at := n.slots[n.hash(first, last, len(name))]
	if at < 0 {
		return -1
	}
	c := &n.columns[at]
	if c.first != first || c.last != last || len(c.name) != len(name) || len(name) > 16 && c.name != string(name) {
		return -1
	}
	return int(at)
}

// ends gives the first and the last eight bytes of a name; of a shorter one, all its bytes in some order.
func ends(name []byte) (first, last uint64) {
	switch n := len(name); {
	case n >= 8:
		return load(name, 0), load(name, n-8)
	case n >= 4:
		return uint64(load32(name, 0)), uint64(load32(name, n-4))
	case n > 0:
		return uint64(name[0]) | uint64(name[n/2])<<8 | uint64(name[n-1])<<16, 0
	}
	return 0, 0
}

// isOdd tells whether a name, as it is written, may be another one than its bytes: it has escapes, or is not ASCII.
func isOdd(name []byte) bool {
	first, last := ends(name)
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
