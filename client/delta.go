package client

import (
	"github.com/kalamdb/kalamrx/wire"
	"github.com/tidwall/btree"
)

// deltaKind says what a delta is.
type deltaKind uint8

const (
	rowDelta    deltaKind = iota // a row: before, after, or both are there
	startDelta                   // the rows as they are, in base; changes follow
	gapDelta                     // something may be missing from here on, until the next syncDelta
	resyncDelta                  // it is being recovered
	syncDelta                    // nothing is missing any more
	markDelta                    // a checkpoint; verified says that an audit found no more
	resetDelta                   // all that was told is void: it is another user's
	goOnDelta                    // nothing; what was told goes on
)

// delta is one step of a live query's rows, with rows unread. Deltas are what a
// source hands to its observers.
type delta struct {
	kind     deltaKind
	origin   Origin
	reason   Reason
	verified bool // of start and mark

	key    Key
	seq    wire.Seq
	before version // its row was there
	after  version // its row is there
	had    bool    // before is set
	has    bool    // after is set
	bare   bool    // a row that went, of which nothing but the version is known

	base   *btree.BTreeG[version] // of start
	mark   wire.Seq               // of start and mark: all up to it has been told
	schema wire.Schema            // of start, and of rows where there is none
	scope  string                 // of start: what checkpoints are good for; empty without checkpoints
	cause  error                  // of gap
	stale  bool                   // of gap: nothing can be done about it yet
	lag    bool                   // of gap and sync: of the observer's own queue
}

// size is roughly what a delta keeps in memory.
func (d *delta) size() int {
	const fixed = 256
	return fixed + d.before.row.Size() + d.after.row.Size()
}

// op is what a row's delta is to those who see rows.
func (d *delta) op() Op {
	switch {
	case !d.has:
		return Delete
	case d.had:
		return Update
	}
	return Insert
}

// merge makes one delta of two of the same row; nothing remains of a row that came
// and went.
func (d *delta) merge(next *delta) (remains bool) {
	d.after, d.has = next.after, next.has
	d.seq, d.origin, d.reason = next.seq, next.origin, next.reason
	return d.had || d.has
}
