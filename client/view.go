package client

import (
	"fmt"
	"iter"
	"strconv"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/tidwall/btree"
)

// ViewStatus says how far a view can be trusted.
type ViewStatus uint8

// The states of a view.
const (
	// Current: the view holds what the server has told.
	Current ViewStatus = iota
	// Stale: there was a gap; the view may lack changes, see View.Cause.
	Stale
)

// String is the status's name.
func (s ViewStatus) String() string {
	switch s {
	case Current:
		return "Current"
	case Stale:
		return "Stale"
	}
	return fmt.Sprintf("ViewStatus(%d)", uint8(s))
}

// View is the rows of a live query at one moment, in order of their primary key.
// It is immutable: keeping one costs memory only for what has changed since, and
// it may be read from any goroutine.
type View[T any] struct {
	rows       *btree.BTreeG[viewRow[T]]
	changes    []Change[T]
	status     ViewStatus
	cause      error
	checkpoint wire.Seq
	schema     wire.Schema
}

type viewRow[T any] struct {
	key Key
	seq wire.Seq
	row T
}

// Len is the number of rows.
func (v View[T]) Len() int {
	if v.rows == nil {
		return 0
	}
	return v.rows.Len()
}

// Get finds a row by its primary key: an integer or a string, or a Key. Where the
// keys are numbers, the text of one will do. O(log n).
func (v View[T]) Get(key any) (row T, ok bool) {
	k, isKey := key.(Key)
	if !isKey {
		k = KeyOf(key)
	}
	if v.rows == nil {
		return row, false
	}
	if first, any := v.rows.Min(); any && first.key.numeric && !k.numeric {
		n, err := strconv.ParseInt(k.text, 10, 64)
		if err != nil {
			return row, false
		}
		k = Key{numeric: true, n: n}
	}
	found, ok := v.rows.Get(viewRow[T]{key: k})
	return found.row, ok
}

// All gives the rows in order of their key.
func (v View[T]) All() iter.Seq2[Key, T] {
	return func(yield func(Key, T) bool) {
		if v.rows != nil {
			v.rows.Scan(func(r viewRow[T]) bool { return yield(r.key, r.row) })
		}
	}
}

// Slice gives the rows in order of their key, as a new slice. O(n).
func (v View[T]) Slice() []T {
	rows := make([]T, 0, v.Len())
	for _, row := range v.All() {
		rows = append(rows, row)
	}
	return rows
}

// Changes is what changed since the view before it in the same stream; of the
// first view, all its rows as Inserts, and the gaps among them. It must not be
// changed.
func (v View[T]) Changes() []Change[T] { return v.changes }

// Status says how far the view can be trusted, and Cause why no further.
func (v View[T]) Status() ViewStatus { return v.status }

// Cause is the cause of the first gap of a Stale view, else nil.
func (v View[T]) Cause() error { return v.cause }

// Checkpoint is the newest row version the view has taken in.
func (v View[T]) Checkpoint() wire.Seq { return v.checkpoint }

// Schema is the schema of the live query's rows.
func (v View[T]) Schema() wire.Schema { return v.schema }
