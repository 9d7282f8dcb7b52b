package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// pushOnly is a live query as the server pushes it, as deltas: no row is kept, and
// none needs a key.
func (c *Client) pushOnly(up *rx.Segment, out rx.Observer[delta], st livesql.Statement, o liveOptions) {
	p := &pushing{up: up, out: out, live: o.liveOnly}
	c.openEvents(up, rx.Observer[Event]{Next: p.next, Error: out.Error, Complete: out.Complete}, st, o)
}

// pushing turns events into deltas.
type pushing struct {
	up   *rx.Segment
	out  rx.Observer[delta]
	live bool
}

func (p *pushing) next(e Event) {
	var err error
	switch e.Kind {
	case EventAck:
		if p.live {
			p.out.Next(delta{kind: startDelta, base: newTable().rows, schema: e.Schema})
		}
	case EventSnapshot:
		err = p.page(e)
	case EventInsert, EventUpdate:
		err = p.put(e)
	case EventDelete:
		err = p.remove(e)
	case EventReset:
		p.out.Next(delta{kind: resetDelta, cause: e.Cause})
	case EventGap:
		p.out.Next(delta{kind: gapDelta, cause: e.Cause, stale: true})
	}
	if err != nil {
		p.up.Close()
		p.out.Error(err)
	}
}

func (p *pushing) page(e Event) error {
	rows, last := e.Page()
	for row, err := range rows.All() {
		if p.up.Closed() {
			return nil
		}
		if err != nil {
			return err
		}
		p.out.Next(delta{origin: FromSnapshot, seq: row.Seq(), after: version{row: row}, has: true, schema: e.Schema})
	}
	if last && !p.up.Closed() {
		p.out.Next(delta{kind: startDelta, base: newTable().rows, schema: e.Schema})
	}
	return nil
}

func (p *pushing) put(e Event) error {
	m := e.Change()
	after, ok, err := m.After(e.Schema)
	if err != nil {
		return err
	}
	if !ok {
		return &wire.FieldError{Field: "rows", Want: "one row"}
	}
	d := delta{seq: after.Seq(), after: version{row: after}, has: true, schema: e.Schema}
	if e.Kind == EventUpdate {
		before, ok, err := m.Before(e.Schema)
		if err != nil {
			return err
		}
		if !ok {
			before = after
		}
		d.before, d.had = version{row: before}, true
	}
	p.out.Next(d)
	return nil
}

func (p *pushing) remove(e Event) error {
	m := e.Change()
	if seq, ok := m.StreamSeq(); ok {
		p.out.Next(delta{seq: seq, had: true, bare: true, schema: e.Schema})
		return nil
	}
	row, ok, err := m.Before(e.Schema)
	if err != nil {
		return err
	}
	if !ok {
		cause := fmt.Errorf("%w: the server did not say which row was deleted", ErrKey)
		p.out.Next(delta{kind: gapDelta, cause: cause, stale: true})
		return nil
	}
	p.out.Next(delta{seq: row.Seq(), before: version{row: row}, had: true, schema: e.Schema})
	return nil
}
