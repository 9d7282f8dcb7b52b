package client

import (
	"github.com/kalamdb/kalamrx/wire"
	"github.com/tidwall/btree"
)

// version is one row as a live query knows it. It is not changed once others may have
// it.
type version struct {
	key Key
	seq wire.Seq
	row wire.Row
}

// table is the rows of a live query by key, each in its newest version, and the
// deletions of late: with them versions may come in any order, and any number of
// times, and the newest one counts. It belongs to one goroutine; copies of rows may
// be read by others.
type table struct {
	rows  *btree.BTreeG[*version]
	probe version // to look a key up with

	// Deletions by key, in two generations, of which the older is forgotten in
	// turn: nothing is on its way for longer than that.
	gone, older map[Key]wire.Seq

	// Keys by version, for tables whose deletions name nothing else; made by the
	// first such deletion.
	byVersion map[wire.Seq]Key
}

func newTable() table {
	less := func(a, b *version) bool { return a.key.Compare(b.key) < 0 }
	return table{
		rows: btree.NewBTreeGOptions(less, btree.Options{NoLocks: true, Degree: treeDegree}), // one writer; readers have copies
		gone: map[Key]wire.Seq{},
	}
}

// treeDegree makes nodes of 31 items at most: a copy of a tree costs as many nodes as
// it is deep at the next write.
const treeDegree = 16

// get gives the row of a key, or nil.
func (t *table) get(key Key) *version {
	t.probe.key = key
	v, _ := t.rows.Get(&t.probe)
	return v
}

// knows says whether a version of a row is no news: the table has it, or a newer
// one, or knows that the row went later.
func (t *table) knows(key Key, seq wire.Seq) bool {
	if seq.IsZero() {
		return false
	}
	if v := t.get(key); v != nil && !v.seq.Less(seq) {
		return true
	}
	return !t.deleted(key).Less(seq)
}

// deleted is the newest deletion of a key that is remembered; zero for none.
func (t *table) deleted(key Key) wire.Seq {
	if len(t.gone)+len(t.older) == 0 {
		return wire.Seq{}
	}
	a, b := t.gone[key], t.older[key]
	if a.Less(b) {
		return b
	}
	return a
}

// put takes a version in, which knows must have said to be news, and gives the one
// before it, or nil.
func (t *table) put(v *version) (before *version) {
	before, _ = t.rows.Set(v)
	if t.byVersion != nil {
		if before != nil {
			delete(t.byVersion, before.seq)
		}
		t.byVersion[v.seq] = v.key
	}
	return before
}

// remove takes a row out, by a deletion that knows said to be news, and remembers it. It
// gives the row, or nil.
func (t *table) remove(key Key, seq wire.Seq) (before *version) {
	if !seq.IsZero() {
		t.gone[key] = seq
	}
	t.probe.key = key
	before, _ = t.rows.Delete(&t.probe)
	if before != nil && t.byVersion != nil {
		delete(t.byVersion, before.seq)
	}
	return before
}

// keyOfVersion finds the row that a deletion names by its version only.
func (t *table) keyOfVersion(seq wire.Seq) (Key, bool) {
	if t.byVersion == nil {
		t.byVersion = make(map[wire.Seq]Key, t.rows.Len())
		t.rows.Scan(func(v *version) bool {
			t.byVersion[v.seq] = v.key
			return true
		})
	}
	key, ok := t.byVersion[seq]
	return key, ok
}

// forget lets the older generation of deletions go.
func (t *table) forget() {
	t.older = t.gone
	t.gone = map[Key]wire.Seq{}
}

// newest is the highest version among the rows. O(n).
func (t *table) newest() wire.Seq {
	var top wire.Seq
	t.rows.Scan(func(v *version) bool {
		if top.Less(v.seq) {
			top = v.seq
		}
		return true
	})
	return top
}
