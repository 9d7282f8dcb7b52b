package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/tidwall/btree"
)

// Live is a live query as a stream of views: the first when all rows that are there
// are known, so that nobody sees half of it, then one for every change. Under
// LiveOnly it begins empty, and knows the rows that changed since. A change
// of a view of n rows costs O(log n). It is Changes folded by primary key; what that
// says of life, errors, sharing and exactness holds here.
//
// After a gap the rows stay, and the views are Stale, then Resyncing, until what was
// missing is known: it comes as one view. Nobody sees an empty view in between, nor a
// row that is no more.
//
// Under Latest and DropOldest an observer that is behind sees fewer views, each whole,
// with all that changed since the one before it.
//
// The server takes no ORDER BY, LIMIT, join or group in a live query: there are OrderBy
// and Limit, and views are joined by operators.CombineLatest2.
func Live[T any](c *Client, sql string, opts ...LiveOption) rx.Observable[View[T]] {
	return tracked(c, rx.Source(func(g *rx.Segment, out rx.Observer[View[T]]) {
		o, st, err := newLiveOptions(c, sql, opts)
		f := &fold[T]{up: g.Child(), out: out, latest: o.overflow == Latest}
		if err == nil {
			f.decoder, err = decoderOf[T](c)
		}
		if err == nil {
			err = f.configure(o)
		}
		if err != nil {
			out.Error(err)
			return
		}
		quiet := o.overflow == Latest || o.overflow == DropOldest
		switch o.overflow {
		case Latest:
			o.overflow = Conflate
		case DropOldest:
			o.overflow = Lossless
		}
		c.watch(f.up, st, o, watching{deliver: f.all, fail: out.Error, end: out.Complete, quiet: quiet})
	}))
}

// fold keeps the rows of a live query, decoded.
type fold[T any] struct {
	decoder *wire.Decoder[T]
	compare func(a, b T) int // nil for the order of keys
	limit   int
	latest  bool
	up      *rx.Segment
	out     rx.Observer[View[T]]

	rows    *btree.BTreeG[*viewRow[T]]
	ordered *btree.BTreeG[*viewRow[T]] // rows where there is no order
	view    View[T]
	window  []*viewRow[T] // what the last view held, under Limit
	progress
	pending []Change[T]
	due     bool // there is something to emit
}

func (f *fold[T]) configure(o liveOptions) error {
	if o.from != nil || o.acks != nil {
		return fmt.Errorf("%w: FromCheckpoint and WithCheckpoints are for Changes: a view needs all rows", ErrConfig)
	}
	if o.order != nil {
		var ok bool
		if f.compare, ok = o.order.(func(a, b T) int); !ok {
			return fmt.Errorf("%w: OrderBy compares other values than %T", ErrConfig, *new(T))
		}
	}
	f.limit = o.limit
	return nil
}

func (f *fold[T]) less(a, b *viewRow[T]) bool { return a.key.Compare(b.key) < 0 }

func (f *fold[T]) inOrder(a, b *viewRow[T]) bool {
	if c := f.compare(a.row, b.row); c != 0 {
		return c < 0
	}
	return f.less(a, b)
}

// all takes in deltas: a view for each that was pushed, one for those that were
// recovered together; one for all under Latest.
func (f *fold[T]) all(deltas []delta, may func() bool) (taken int) {
	for i := range deltas {
		if f.up.Closed() || !may() {
			return i
		}
		x := &deltas[i]
		if f.due && !f.latest && (x.kind == gapDelta || x.kind == rowDelta && x.origin == FromPush) {
			f.emit()
		}
		if err := f.take(x); err != nil {
			f.up.Close()
			f.out.Error(err)
			return i
		}
		if f.due && !f.latest && (x.kind == resetDelta || x.kind == rowDelta && x.origin == FromPush) {
			f.emit()
		}
	}
	if f.due && !f.up.Closed() && may() { // else later, if at all
		f.emit()
	}
	return len(deltas)
}

func (f *fold[T]) take(x *delta) error {
	switch x.kind {
	case startDelta:
		return f.start(x)
	case rowDelta:
		return f.row(x)
	case resetDelta:
		f.reset(x)
		return nil
	case goOnDelta:
		return nil
	case markDelta:
		f.passed(x.mark)
		exact := x.verified && f.view.status == ViewReady
		f.due = f.due || exact != f.view.exact
		f.view.exact = exact
		return nil
	}
	for _, op := range f.sign(x) {
		f.due = true
		f.pending = append(f.pending, Change[T]{Op: op, Cause: x.cause, at: f.trail.here()})
	}
	status, cause := f.status()
	f.due = f.due || status != f.view.status
	f.view.status, f.view.cause = status, cause
	f.view.exact = f.view.exact && status == ViewReady
	return nil
}

// reset forgets all rows.
func (f *fold[T]) reset(x *delta) {
	f.progress = progress{}
	f.empty()
	f.window = nil
	f.view = View[T]{limit: f.limit, status: ViewLoading, cause: x.cause}
	f.pending = []Change[T]{{Op: Reset, Cause: x.cause}}
	f.due = true
}

func (f *fold[T]) empty() {
	f.rows = btree.NewBTreeGOptions(f.less, btree.Options{NoLocks: true, Degree: treeDegree}) // one writer; readers have copies
	f.ordered = f.rows
	if f.compare != nil {
		f.ordered = btree.NewBTreeGOptions(f.inOrder, btree.Options{NoLocks: true, Degree: treeDegree})
	}
}

// start takes in the rows that are there.
func (f *fold[T]) start(x *delta) error {
	f.begin(x)
	f.empty()
	f.view = View[T]{schema: x.start.schema, limit: f.limit, status: ViewReady, exact: x.verified}
	var err error
	x.start.base.Scan(func(v *version) bool {
		r := &viewRow[T]{key: v.key, seq: v.seq}
		if err = f.decoder.Into(&r.row, v.row, x.start.schema); err != nil {
			return false
		}
		f.put(r)
		f.told(v.seq)
		f.pending = append(f.pending, Change[T]{
			Op: Insert, Origin: FromSnapshot, Row: r.row, Seq: v.seq, key: v.key, at: f.trail.early(),
		})
		return true
	})
	f.due = true
	return err
}

// put takes a row in, and gives the one before it, or nil.
func (f *fold[T]) put(r *viewRow[T]) (before *viewRow[T]) {
	before, _ = f.rows.Set(r)
	if f.compare != nil {
		if before != nil {
			f.ordered.Delete(before)
		}
		f.ordered.Set(r)
	}
	return before
}

// row takes in a change of one row.
func (f *fold[T]) row(x *delta) error {
	c := Change[T]{Op: x.op(), Origin: x.origin, Reason: x.reason, Seq: x.seq, key: x.key, at: f.told(x.seq)}
	f.view.exact = f.view.exact && x.origin == Recovered
	if x.after == nil {
		before, _ := f.rows.Delete(&viewRow[T]{key: x.key})
		if before == nil {
			return nil
		}
		if f.compare != nil {
			f.ordered.Delete(before)
		}
		c.Op, c.Row = Delete, before.row
		f.changed(c)
		return nil
	}
	r := &viewRow[T]{key: x.key, seq: x.seq}
	if err := f.decoder.Into(&r.row, x.after.row, f.view.schema); err != nil {
		return err
	}
	before := f.put(r)
	c.Op, c.Row = Insert, r.row
	if before != nil {
		c.Op, c.Before = Update, &before.row
	} else if x.before != nil { // a row that was not among those asked for
		old, err := f.decoder.Object(x.before.row, f.view.schema)
		if err != nil {
			return err
		}
		c.Op, c.Before = Update, &old
	}
	f.changed(c)
	return nil
}

func (f *fold[T]) changed(c Change[T]) {
	f.pending = append(f.pending, c)
	f.due = true
}

// emit makes a view of what there is.
func (f *fold[T]) emit() {
	f.due = false
	v := f.view
	v.rows = f.rows.Copy()
	v.ordered = v.rows
	if f.compare != nil {
		v.ordered = f.ordered.Copy()
	}
	v.changes, f.pending = f.pending, nil
	v.at = f.trail.here()
	if f.limit > 0 {
		v.changes = f.windowed(v)
	}
	f.out.Next(v)
}

// windowed is what changed among the first rows of a limit, in their order: those
// that left, then those that came or are other than they were.
func (f *fold[T]) windowed(v View[T]) []Change[T] {
	was := make(map[Key]*viewRow[T], len(f.window))
	for _, r := range f.window {
		was[r.key] = r
	}
	said := make(map[Key]Change[T], len(v.changes))
	var left, changes []Change[T]
	for _, c := range v.changes {
		if c.Op >= Loaded {
			left = append(left, c)
			continue
		}
		said[c.key] = c
	}
	now := make([]*viewRow[T], 0, v.Len())
	v.scan(func(r *viewRow[T]) bool {
		now = append(now, r)
		before, had := was[r.key]
		delete(was, r.key)
		if had && before.seq == r.seq {
			return true
		}
		c := Change[T]{Op: Insert, Origin: said[r.key].Origin, Row: r.row, Seq: r.seq, key: r.key, at: v.at}
		if had {
			c.Op, c.Before = Update, &before.row
		}
		changes = append(changes, c)
		return true
	})
	for _, r := range f.window {
		if _, gone := was[r.key]; gone {
			c := said[r.key]
			if c.Op != Delete {
				c = Change[T]{Op: Delete, Origin: c.Origin, Reason: Beyond, Seq: r.seq, key: r.key, at: v.at}
			}
			c.Row = r.row // as this observer knew it
			left = append(left, c)
		}
	}
	f.window = now
	return append(left, changes...)
}
