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
	// ViewLoading: the rows are not there yet. The zero View is; Live emits one after
	// a Reset only, see Client.SetAuth.
	ViewLoading ViewStatus = iota
	// ViewReady: no gap is known; see View.Exact for whether all is confirmed.
	ViewReady
	// ViewResyncing: there was a gap, and what it hid is being found out.
	ViewResyncing
	// ViewStale: there was a gap, and nothing can be done about it for the time being, or at
	// all; see View.Cause.
	ViewStale
)

// String is the status's name.
func (s ViewStatus) String() string {
	switch s {
	case ViewLoading:
		return "Loading"
	case ViewReady:
		return "Ready"
	case ViewResyncing:
		return "Resyncing"
	case ViewStale:
		return "Stale"
	}
	return fmt.Sprintf("ViewStatus(%d)", uint8(s))
}

// View is the rows of a live query at one moment, in order of their primary key or
// of OrderBy. It is immutable: keeping one costs memory only for what has changed
// since, and it may be read from any goroutine.
type View[T any] struct {
	rows    *btree.BTreeG[*viewRow[T]] // by key
	ordered *btree.BTreeG[*viewRow[T]] // as All gives them; rows where there is no order
	limit   int                        // 0 for none
	changes []Change[T]
	status  ViewStatus
	cause   error
	exact   bool
	at      point
	schema  wire.Schema
}

// viewRow is a row of views. It is not changed.
type viewRow[T any] struct {
	key Key
	seq wire.Seq
	row T
}

// Len is the number of rows, at most that of Limit.
func (v View[T]) Len() int {
	n := v.Total()
	if v.limit > 0 {
		n = min(n, v.limit)
	}
	return n
}

// Total is the number of rows of the live query, those beyond Limit included.
func (v View[T]) Total() int {
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
		k = Key{numeric: true, n: n, more: k.more}
	}
	found, ok := v.rows.Get(&viewRow[T]{key: k})
	if !ok || !v.isWithin(found) {
		return row, false
	}
	return found.row, true
}

// isWithin says whether a row is among the first of Limit.
func (v View[T]) isWithin(r *viewRow[T]) bool {
	if v.limit == 0 || v.rows.Len() <= v.limit {
		return true
	}
	last, _ := v.ordered.GetAt(v.limit - 1)
	return !v.ordered.Less(last, r)
}

// All gives the rows in their order.
func (v View[T]) All() iter.Seq2[Key, T] {
	return func(yield func(Key, T) bool) {
		v.scan(func(r *viewRow[T]) bool { return yield(r.key, r.row) })
	}
}

func (v View[T]) scan(yield func(*viewRow[T]) bool) {
	if v.rows == nil {
		return
	}
	left := v.Len()
	v.ordered.Scan(func(r *viewRow[T]) bool {
		left--
		return left >= 0 && yield(r) && left > 0
	})
}

// Slice gives the rows in their order, as a new slice. O(n).
func (v View[T]) Slice() []T {
	rows := make([]T, 0, v.Len())
	for _, row := range v.All() {
		rows = append(rows, row)
	}
	return rows
}

// Changes is what changed since the view before it in the same stream; of the
// first view, all its rows as Inserts. Recovered changes of one audit come together,
// and a view that only says that its status changed, or that it is exact now, has
// none but a Gap or Resynced. It must not be changed.
func (v View[T]) Changes() []Change[T] { return v.changes }

// Status says how far the view can be trusted, and Cause why no further.
func (v View[T]) Status() ViewStatus { return v.status }

// Cause is the cause of the gap of a Resyncing or Stale view, and of the Reset of a
// Loading one, else nil.
func (v View[T]) Cause() error { return v.cause }

// Exact says that the view is confirmed: it is Ready, and an audit that began after
// the last change was taken in has found nothing that is missing. A view that is
// not exact becomes so, as a view without changes, when the next audit says so: see
// WithExactness. Under PushOnly none is.
func (v View[T]) Exact() bool { return v.exact }

// Checkpoint is the point behind the view: all up to it has been told. It is
// cumulative, and zero unless the stream is Audited.
func (v View[T]) Checkpoint() Checkpoint { return v.at.checkpoint() }

// Schema is the schema of the live query's rows.
func (v View[T]) Schema() wire.Schema { return v.schema }
