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
	before *version // as it was; nil if it was not there
	after  *version // as it is; nil if it is not there

	mark  wire.Seq // of start and mark: all up to it has been told
	cause error    // of gap and reset
	stale bool     // of gap: nothing can be done about it yet
	lag   bool     // of gap and sync: of the observer's own queue
	start *start   // of start
}

// start is the rows as they are.
type start struct {
	base   *btree.BTreeG[*version]
	schema wire.Schema
	scope  string // what checkpoints are good for; empty without checkpoints
}

// size is roughly what a delta keeps in memory.
func (d *delta) size() int {
	const fixed = 256
	return fixed + d.before.size() + d.after.size()
}

// size is that of the row's text; 0 of none.
func (v *version) size() int {
	if v == nil {
		return 0
	}
	return v.row.Size()
}

// op is what a row's delta is to those who see rows.
func (d *delta) op() Op {
	switch {
	case d.after == nil:
		return Delete
	case d.before != nil:
		return Update
	}
	return Insert
}

// merge makes one delta of two of the same row; nothing remains of a row that came
// and went.
func (d *delta) merge(next *delta) (remains bool) {
	d.after = next.after
	d.seq, d.origin, d.reason = next.seq, next.origin, next.reason
	return d.before != nil || d.after != nil
}
