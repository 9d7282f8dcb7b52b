package client

import (
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/tidwall/btree"
)

// Live is a live query as a stream of views: the first when the snapshot is
// complete, so that nobody sees half of it, then one for every change. Under
// LiveOnly it begins empty, and knows the rows that changed since. A change
// of a view of n rows costs O(log n). It is Changes folded by primary key; what
// that says of life, errors and exactness holds here: after a gap its views are
// Stale, and a row that left the filter stays, since the server says nothing.
//
// The live query must select the table's primary key, of one column; without it
// the stream ends with ErrKey.
func Live[T any](c *Client, sql string, opts ...LiveOption) rx.Observable[View[T]] {
	changes := Changes[T](c, sql, opts...)
	return rx.Source(func(g *rx.Segment, out rx.Observer[View[T]]) {
		up := g.Child()
		f := &fold[T]{up: up, out: out, rows: newRows[T]()}
		changes.Attach(up, rx.Observer[Change[T]]{Next: f.next, Error: out.Error, Complete: out.Complete})
	})
}

func newRows[T any]() *btree.BTreeG[viewRow[T]] {
	less := func(a, b viewRow[T]) bool { return a.key.Compare(b.key) < 0 }
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true}) // one writer; readers have copies
}

// fold keeps the rows of a live query.
type fold[T any] struct {
	up      *rx.Segment
	out     rx.Observer[View[T]]
	rows    *btree.BTreeG[viewRow[T]]
	keyed   bool
	key     wire.Column
	loaded  bool
	view    View[T]
	pending []Change[T] // of the snapshot, until it is complete

	// Keys by version, for tables whose deletes name nothing else; made by the
	// first such delete.
	byVersion map[wire.Seq]Key
}

func (f *fold[T]) next(c Change[T]) {
	f.view.schema = c.schema
	applied, err := f.apply(&c)
	if err != nil {
		f.up.Close()
		f.out.Error(err)
		return
	}
	switch {
	case c.Op == Loaded:
		f.loaded = true
		f.emit(f.pending)
		f.pending = nil
	case !applied:
	case !f.loaded:
		f.pending = append(f.pending, c)
	default:
		f.emit([]Change[T]{c})
	}
}

func (f *fold[T]) emit(changes []Change[T]) {
	f.view.rows = f.rows.Copy()
	f.view.changes = changes
	f.out.Next(f.view)
}

// apply takes a change in, and says whether it changed anything: one that is
// older than what the view has does not.
func (f *fold[T]) apply(c *Change[T]) (bool, error) {
	switch {
	case c.Op == Loaded:
		return false, nil
	case c.Op == Gap:
		if f.view.status != Stale {
			f.view.status, f.view.cause = Stale, c.Cause
		}
		return true, nil
	case c.Bare:
		return f.removeVersion(c), nil
	}
	key, err := f.keyOf(c)
	if err != nil {
		return false, err
	}
	old, found := f.rows.Get(viewRow[T]{key: key})
	if found && !c.Seq.IsZero() && !old.seq.Less(c.Seq) {
		return false, nil // a page that repeats a row, or a change that the snapshot has
	}
	if f.view.checkpoint.Less(c.Seq) {
		f.view.checkpoint = c.Seq
	}
	if c.Op == Delete {
		f.remove(key)
		return found, nil
	}
	f.put(key, c)
	return true, nil
}

func (f *fold[T]) keyOf(c *Change[T]) (Key, error) {
	if !f.keyed {
		column, err := keyColumn(c.schema)
		if err != nil {
			return Key{}, err
		}
		f.key, f.keyed = column, true
	}
	return keyOf(c.row, f.key)
}

func (f *fold[T]) put(key Key, c *Change[T]) {
	old, replaced := f.rows.Set(viewRow[T]{key: key, seq: c.Seq, row: c.Row})
	if f.byVersion == nil {
		return
	}
	if replaced {
		delete(f.byVersion, old.seq)
	}
	f.byVersion[c.Seq] = key
}

func (f *fold[T]) remove(key Key) {
	if old, ok := f.rows.Delete(viewRow[T]{key: key}); ok && f.byVersion != nil {
		delete(f.byVersion, old.seq)
	}
}

// removeVersion resolves a delete that names only the version of a row, and
// completes it with what the row was.
func (f *fold[T]) removeVersion(c *Change[T]) bool {
	if f.byVersion == nil {
		f.byVersion = make(map[wire.Seq]Key, f.rows.Len())
		f.rows.Scan(func(r viewRow[T]) bool {
			f.byVersion[r.seq] = r.key
			return true
		})
	}
	key, ok := f.byVersion[c.Seq]
	if !ok {
		return false
	}
	old, _ := f.rows.Get(viewRow[T]{key: key})
	c.Row, c.Bare = old.row, false
	f.remove(key)
	return true
}
