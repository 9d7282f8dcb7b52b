package client

import (
	"context"
	"fmt"

	"github.com/kalamdb/kalamrx/wire"
)

// Op says what a Change is.
type Op uint8

// The operations, and the markers between them.
const (
	Insert   Op = iota // a row came: it is in Row
	Update             // a row changed: from Before to Row
	Delete             // a row went: Row is what it was
	Loaded             // the rows that were there are told, under LiveOnly at once; changes follow
	Gap                // something may be missing from here on: Cause says why
	Resynced           // what was missing has been told: nothing is any more
	Reset              // all that was told is void: it was another user's, see Client.SetAuth; rows and a Loaded follow
)

// String is the operation's name.
func (o Op) String() string {
	switch o {
	case Insert:
		return "insert"
	case Update:
		return "update"
	case Delete:
		return "delete"
	case Loaded:
		return "loaded"
	case Gap:
		return "gap"
	case Resynced:
		return "resynced"
	case Reset:
		return "reset"
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// Origin says how we know of a change.
type Origin uint8

// The origins.
const (
	FromPush     Origin = iota // the server pushed it
	FromSnapshot               // it was there when the stream began
	Recovered                  // an audit, a new snapshot or a full queue told of it: states in between are not told
)

// String is "push", "snapshot" or "recovered".
func (o Origin) String() string {
	switch o {
	case FromSnapshot:
		return "snapshot"
	case Recovered:
		return "recovered"
	}
	return "push"
}

// Reason says why a row went.
type Reason uint8

// The reasons of a Delete.
const (
	Deleted    Reason = iota // it was deleted
	LeftFilter               // it changed, and the live query's condition holds no more; Row is what it was before
	Missing                  // it is not among the rows any more, and nothing says why
	Beyond                   // it is there, but not among the first rows of Limit any more
)

// String is "deleted", "left filter", "missing" or "beyond".
func (r Reason) String() string {
	switch r {
	case LeftFilter:
		return "left filter"
	case Missing:
		return "missing"
	case Beyond:
		return "beyond"
	}
	return "deleted"
}

// Change is one change of a live query's rows, decoded. Folding all changes gives
// the rows: an Insert or Update puts Row, a Delete takes it away; the rows of the
// snapshot come as Inserts from FromSnapshot, then a Loaded. Under LiveOnly, where
// there is no snapshot, the Loaded says that the live query runs. Between a Gap and
// the Resynced after it the fold may lack something. At a Reset it begins anew, empty.
type Change[T any] struct {
	Op     Op
	Origin Origin
	Reason Reason   // Delete: why
	Row    T        // Insert, Update: as it is; Delete: as it was, see Bare
	Before *T       // Update: as it was
	Seq    wire.Seq // version of the row; of a Delete, of the tombstone
	Cause  error    // Gap, Reset: why

	// Bare is a Delete of a row of a STREAM table under PushOnly: the server names the
	// row by its version, in Seq, and does not say what it was. Row is zero.
	Bare bool

	at  point
	key Key
}

// Checkpoint is the point behind the change: all up to and with it has been told. It
// is zero unless the stream is Audited, and zero before Loaded: whoever goes on from
// there begins anew. O(1).
func (c Change[T]) Checkpoint() Checkpoint { return c.at.checkpoint() }

// Ack acknowledges the change, and all of its stream before it: their checkpoint is
// in the store of [WithCheckpoints] when it returns nil. It waits for the store until
// ctx ends, and may be called on any goroutine, in any order: one that comes after
// that of a later change saves nothing. Nor does that of a row of the snapshot, which
// the Loaded behind it acknowledges. Without WithCheckpoints it is ErrConfig; else
// errors are the store's, and the next acknowledgement tries again.
func (c Change[T]) Ack(ctx context.Context) error { return c.at.ack(ctx) }

// Key is the row's primary key; the zero Key under PushOnly, and of what is no row.
func (c Change[T]) Key() Key { return c.key }
