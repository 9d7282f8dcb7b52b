package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// Op says what a Change is.
type Op uint8

// The operations, and the markers between them.
const (
	Insert Op = iota // a row came: it is in Row
	Update           // a row changed: from Before to Row
	Delete           // a row went: Row is what it was
	Loaded           // the snapshot is complete, under LiveOnly at once; changes follow
	Gap              // something may be missing here: Cause says why
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
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// Origin says how we know of a change.
type Origin uint8

// The origins.
const (
	FromPush     Origin = iota // the server pushed it
	FromSnapshot               // it was there when the live query began
)

// String is "push" or "snapshot".
func (o Origin) String() string {
	if o == FromSnapshot {
		return "snapshot"
	}
	return "push"
}

// Change is one change of a live query's rows, decoded. Folding all changes gives
// the rows: an Insert or Update puts Row, a Delete takes it away; the rows of the
// snapshot come as Inserts from FromSnapshot, then a Loaded. Under LiveOnly, where
// there is no snapshot, the Loaded says that the live query runs.
type Change[T any] struct {
	Op     Op
	Origin Origin
	Row    T        // Insert, Update: as it is; Delete: as it was, see Bare
	Before *T       // Update: as it was
	Seq    wire.Seq // version of the row; of a Delete, of the tombstone
	Cause  error    // Gap: why

	// Bare is a Delete of a row of a STREAM table: the server names the row by
	// its version, in Seq, and does not say what it was. Row is zero.
	Bare bool

	row    wire.Row // what T was decoded from
	schema wire.Schema
}

// Changes is a live query as a stream of changes, decoded into T: a struct with
// `kalam` tags, a map[string]any, a wire.Row, see wire.Decoder. It is LiveEvents
// with rows read; what that says of life, errors and exactness holds here. A T
// that rows cannot be decoded into, and a row that does not fit T, end the stream
// with an error.
//
// The server leaves out of an update what is NULL and what is unchanged; Row and
// Before are whole all the same.
func Changes[T any](c *Client, sql string, opts ...LiveOption) rx.Observable[Change[T]] {
	events := LiveEvents(c, sql, opts...)
	return rx.Source(func(g *rx.Segment, out rx.Observer[Change[T]]) {
		decoder, err := wire.NewDecoder[T]()
		if err != nil {
			out.Error(err)
			return
		}
		o, _ := newLiveOptions(c, opts) // LiveEvents judges them
		up := g.Child()
		d := &decoding[T]{decoder: decoder, up: up, out: out, liveOnly: o.liveOnly}
		events.Attach(up, rx.Observer[Event]{Next: d.next, Error: out.Error, Complete: out.Complete})
	})
}

// decoding turns events into changes.
type decoding[T any] struct {
	decoder  *wire.Decoder[T]
	up       *rx.Segment
	out      rx.Observer[Change[T]]
	liveOnly bool
}

func (d *decoding[T]) next(e Event) {
	var err error
	switch e.Kind {
	case EventAck:
		if d.liveOnly {
			d.out.Next(Change[T]{Op: Loaded, Origin: FromSnapshot, schema: e.Schema})
		}
	case EventSnapshot:
		err = d.page(e)
	case EventInsert, EventUpdate:
		err = d.put(e)
	case EventDelete:
		err = d.remove(e)
	case EventGap:
		d.out.Next(Change[T]{Op: Gap, Cause: e.Cause, schema: e.Schema})
	}
	if err != nil {
		d.up.Close()
		d.out.Error(err)
	}
}

func (d *decoding[T]) page(e Event) error {
	rows, last := e.Page()
	for row, err := range rows.All() {
		if d.up.Closed() {
			return nil
		}
		if err != nil {
			return err
		}
		v, err := d.decoder.Object(row, e.Schema)
		if err != nil {
			return err
		}
		d.out.Next(Change[T]{
			Op: Insert, Origin: FromSnapshot, Row: v, Seq: row.Seq(), row: row, schema: e.Schema,
		})
	}
	if last && !d.up.Closed() {
		d.out.Next(Change[T]{Op: Loaded, Origin: FromSnapshot, schema: e.Schema})
	}
	return nil
}

func (d *decoding[T]) put(e Event) error {
	m := e.Change()
	after, ok, err := m.After(e.Schema)
	if err != nil {
		return err
	}
	if !ok {
		return &wire.FieldError{Field: "rows", Want: "one row"}
	}
	c := Change[T]{Op: Insert, Seq: after.Seq(), row: after, schema: e.Schema}
	if c.Row, err = d.decoder.Object(after, e.Schema); err != nil {
		return err
	}
	if e.Kind == EventUpdate {
		c.Op = Update
		if c.Before, err = d.before(m, e.Schema); err != nil {
			return err
		}
	}
	d.out.Next(c)
	return nil
}

func (d *decoding[T]) before(m *wire.Change, schema wire.Schema) (*T, error) {
	row, ok, err := m.Before(schema)
	if err != nil || !ok {
		return nil, err
	}
	v, err := d.decoder.Object(row, schema)
	return &v, err
}

func (d *decoding[T]) remove(e Event) error {
	m := e.Change()
	if seq, ok := m.StreamSeq(); ok {
		d.out.Next(Change[T]{Op: Delete, Bare: true, Seq: seq, schema: e.Schema})
		return nil
	}
	row, ok, err := m.Before(e.Schema)
	if err != nil {
		return err
	}
	if !ok {
		cause := fmt.Errorf("%w: the server did not say which row was deleted", ErrKey)
		d.out.Next(Change[T]{Op: Gap, Cause: cause, schema: e.Schema})
		return nil
	}
	v, err := d.decoder.Object(row, e.Schema)
	if err != nil {
		return err
	}
	d.out.Next(Change[T]{Op: Delete, Row: v, Seq: row.Seq(), row: row, schema: e.Schema})
	return nil
}
