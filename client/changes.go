package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// Changes is a live query as a stream of changes, decoded into T: a struct with
// `kalam` tags, a map[string]any, a wire.Row, see wire.Decoder. It survives lost
// sockets, and by default it is Audited: the rows it tells of are those that SELECT
// gives, whatever the push loses; what that is follows as Recovered changes, which
// tell what a row has become and not the states in between. Streams with the same
// SQL and options share one live query of the server, and one that comes later is
// told the rows at once.
//
// The live query must select what identifies a row: the primary key, or the columns
// that Keys names. Otherwise it ends with ErrKey, unless it is PushOnly: then it is
// LiveEvents with rows read, and what that says of gaps holds.
//
// A T that rows cannot be decoded into, and a row that does not fit T, end the stream
// with an error; so does what ends LiveEvents. What that says of the query holds here.
// While the server cannot be reached nothing is told: State and Errors say why. A lost
// socket is dialled again without operators.Retry.
func Changes[T any](c *Client, sql string, opts ...LiveOption) rx.Observable[Change[T]] {
	return tracked(c, rx.Source(func(g *rx.Segment, out rx.Observer[Change[T]]) {
		o, st, err := newLiveOptions(c, sql, opts)
		if err == nil {
			err = o.forChanges()
		}
		decoder, badType := decoderOf[T](c)
		if err == nil {
			err = badType
		}
		if err != nil {
			out.Error(err)
			return
		}
		p := &pushing[T]{changing: changing[T]{decoder: decoder, up: g.Child(), out: out, from: o.from, acks: o.acks}}
		d := &p.changing
		to := watching{deliver: d.all, fail: out.Error, end: out.Complete}
		switch {
		case o.exactness == PushOnly:
			p.pushOnly(c, st, o)
		case o.acks != nil:
			o.acks.restore(c, d.up, to, func(from Checkpoint) {
				o.from = from.orNil()
				d.from = o.from
				c.watch(d.up, st, o, to)
			})
		default:
			c.watch(d.up, st, o, to)
		}
	}))
}

// changing turns deltas into changes of T.
type changing[T any] struct {
	decoder *wire.Decoder[T]
	up      *rx.Segment
	out     rx.Observer[Change[T]]
	schema  wire.Schema
	from    *Checkpoint // nil for the beginning
	acks    *acks       // nil without a store
	progress
}

// all takes deltas for as long as it may, and says how many it took.
func (d *changing[T]) all(deltas []delta, may func() bool) (taken int) {
	for i := range deltas {
		if d.up.Closed() || !may() {
			return i
		}
		d.next(deltas[i])
	}
	return len(deltas)
}

func (d *changing[T]) next(x delta) {
	var err error
	switch x.kind {
	case startDelta:
		err = d.start(&x)
	case rowDelta:
		err = d.row(&x)
	case markDelta:
		d.passed(x.mark)
	case resetDelta:
		err = d.reset(&x)
	case goOnDelta:
	default:
		for _, op := range d.sign(&x) {
			d.out.Next(Change[T]{Op: op, Cause: x.cause, at: d.trail.here()})
		}
	}
	if err != nil {
		d.up.Close()
		d.out.Error(err)
	}
}

// start tells the rows that are there.
func (d *changing[T]) start(x *delta) error {
	d.schema = x.start.schema
	d.begin(x)
	d.goOn(d.from, d.acks)
	var err error
	x.start.base.Scan(func(v *version) bool {
		var row T
		if row, err = d.decoder.Object(v.row, d.schema); err != nil || d.up.Closed() {
			return false
		}
		d.told(v.seq)
		d.out.Next(Change[T]{Op: Insert, Origin: FromSnapshot, Row: row, Seq: v.seq, key: v.key, at: d.trail.early()})
		return true
	})
	if err == nil && !d.up.Closed() {
		d.out.Next(Change[T]{Op: Loaded, Origin: FromSnapshot, at: d.trail.here()})
	}
	return err
}

// reset has the observer forget what it was told. A store would not: its checkpoint is
// of what is void.
func (d *changing[T]) reset(x *delta) error {
	if d.acks != nil {
		return fmt.Errorf("%w: %w", ErrCheckpoint, x.cause)
	}
	d.progress = progress{}
	d.out.Next(Change[T]{Op: Reset, Cause: x.cause})
	return nil
}

func (d *changing[T]) tell(c Change[T]) {
	c.at = d.told(c.Seq)
	d.out.Next(c)
}

func (d *changing[T]) row(x *delta) error {
	c := Change[T]{Op: x.op(), Origin: x.origin, Reason: x.reason, Seq: x.seq, key: x.key}
	var err error
	if c.Op == Delete {
		c.Row, err = d.decoder.Object(x.before.row, d.schema)
	} else {
		c.Row, err = d.decoder.Object(x.after.row, d.schema)
	}
	if c.Op == Update && err == nil {
		before, failed := d.decoder.Object(x.before.row, d.schema)
		c.Before, err = &before, failed
	}
	if err == nil {
		d.tell(c)
	}
	return err
}

// watching is how an observer of a source takes what it is told.
type watching struct {
	deliver func(deltas []delta, may func() bool) (taken int)
	fail    func(error)
	end     func()
	quiet   bool // conflated changes are no gap
}

// watch has an observer watch the source of a live query, which others may share.
func (c *Client) watch(up *rx.Segment, st livesql.Statement, o liveOptions, to watching) {
	if c.closed.Load() {
		to.fail(ErrClosed)
		return
	}
	if err := c.tooLong(st, o); err != nil {
		to.fail(err)
		return
	}
	s, isNew := c.sources.join(c, st, o)
	if isNew {
		s.start()
	}
	w := &watcher{
		seg: up, alive: c.alive, epoch: c.epoch, counts: s.counts, deliver: to.deliver, fail: to.fail, end: to.end, resumed: s.resume,
		backlog:   newBacklog(o.overflow, to.quiet, o.queue, o.queueBytes),
		conflates: o.overflow == Conflate || o.overflow == Lossless && !to.quiet,
	}
	s.counts.observers.Add(1)
	up.Add(func() {
		w.close()
		s.counts.observers.Add(^uint64(0))
		if c.sources.leave(s) {
			s.end()
			return
		}
		s.inbox.post(func() { s.detach(w) })
	})
	s.inbox.post(func() { s.attach(w) })
}
