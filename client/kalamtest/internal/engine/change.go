package engine

import (
	"strconv"
	"strings"
)

// TableID names a table.
type TableID struct{ Namespace, Name string }

// String gives "namespace.name".
func (t TableID) String() string { return t.Namespace + "." + t.Name }

// TableKind is USER, SHARED, STREAM or SYSTEM.
type TableKind string

// The kinds of table.
const (
	UserTable   TableKind = "user"
	SharedTable TableKind = "shared"
	StreamTable TableKind = "stream"
	SystemTable TableKind = "system"
)

// Op is what was done to a row; its text is the change_type of the wire.
type Op string

// The operations.
const (
	OpInsert Op = "insert"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
)

// Version is one version of a row. It is immutable.
type Version struct {
	Seq     uint64
	Deleted bool
	Cells   [][]byte // raw JSON by the table's own columns; nil for the end of a STREAM row
	values  []any    // as stored: cells of decimals may have lost their sign
}

// RowChange is one committed row version.
type RowChange struct {
	Table TableID
	Kind  TableKind
	Owner string // user id of the row's scope; empty for SHARED
	Op    Op
	Seq   uint64   // of the new version; for a STREAM delete that of the removed row
	New   *Version // for a delete the tombstone: last values, Deleted
	Old   *Version // nil for an insert
	More  bool     // further changes of the same commit follow
	left  bool     // a delete that is none: the row left a filter
	table *table
}

// object writes one JSON object member by member.
type object []byte

func newObject() object { return append(make(object, 0, 128), '[', '{') }

func (o object) put(name string, raw []byte) object {
	if o[len(o)-1] != '{' {
		o = append(o, ',')
	}
	o = append(appendString(o, name), ':')
	return append(o, raw...)
}

func (o object) putSeq(name string, seq uint64) object {
	raw := strconv.AppendUint([]byte{'"'}, seq, 10)
	return o.put(name, append(raw, '"'))
}

func (o object) done() []byte { return append(o, '}', ']') }

// ChangeRows gives the members rows and old_values of the change frame as raw JSON arrays of one object; a member that the
// frame does not have is nil. An insert has all projected columns; an update the key, what is not NULL and the changed columns'
// old values; a delete the last values.
func (q *LiveQuery) ChangeRows(c RowChange) (rows, old []byte) {
	switch c.Op {
	case OpInsert:
		return q.whole(c.New), nil
	case OpUpdate:
		return q.updated(c)
	}
	if c.left {
		return nil, q.identity(c.New)
	}
	if c.Kind != StreamTable {
		return nil, q.whole(c.New)
	}
	if q.columns != nil {
		return nil, []byte("[{}]")
	}
	id := appendString(nil, c.Owner+":"+strconv.FormatUint(c.Seq, 10))
	return nil, newObject().put("row_id", id).done()
}

// identity writes the key and the system columns.
func (q *LiveQuery) identity(v *Version) []byte {
	o := newObject()
	if pk := q.tbl.pk; pk >= 0 {
		o = o.put(q.tbl.columns[pk].name, v.Cells[pk])
	}
	o = o.putSeq(q.tbl.version, v.Seq)
	return o.put(deletedColumn, strconv.AppendBool(nil, v.Deleted)).done()
}

// whole writes all projected columns; SELECT * has _deleted too.
func (q *LiveQuery) whole(v *Version) []byte {
	o := newObject()
	for _, at := range q.shown() {
		o = o.put(q.tbl.columns[at].name, v.Cells[at])
	}
	o = o.putSeq(q.tbl.version, v.Seq)
	if q.columns == nil {
		o = o.put(deletedColumn, strconv.AppendBool(nil, v.Deleted))
	}
	return o.done()
}

func (q *LiveQuery) updated(c RowChange) (rows, old []byte) {
	now, before := newObject(), newObject()
	if pk := q.tbl.pk; pk >= 0 {
		name := q.tbl.columns[pk].name
		now, before = now.put(name, c.New.Cells[pk]), before.put(name, c.Old.Cells[pk])
	}
	for _, at := range q.shown() {
		if at == q.tbl.pk {
			continue
		}
		name, fresh, was := q.tbl.columns[at].name, c.New.Cells[at], c.Old.Cells[at]
		if string(fresh) != "null" {
			now = now.put(name, fresh)
		}
		if !sameValue(c.New.values[at], c.Old.values[at]) {
			before = before.put(name, was)
		}
	}
	return now.putSeq(q.tbl.version, c.New.Seq).done(), before.putSeq(q.tbl.version, c.Old.Seq).done()
}

// shown gives the indexes of the table's own columns that the projection shows.
func (q *LiveQuery) shown() []int {
	var list []int
	if q.columns == nil {
		for i := range q.tbl.columns {
			list = append(list, i)
		}
		return list
	}
	for _, name := range q.columns {
		if at := q.tbl.find(name[strings.LastIndexByte(name, '.')+1:]); at >= 0 {
			list = append(list, at)
		}
	}
	return list
}
