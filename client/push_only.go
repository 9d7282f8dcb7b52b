package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// pushing turns the events of a live query into changes of T, as the server pushes
// them: no row is kept, and none needs a key.
type pushing[T any] struct {
	changing[T]
	liveOnly bool
	row      T // the last that was decoded
}

// decode reads a change with its row.
func (p *pushing[T]) decode(m *wire.Change, text []byte, schema wire.Schema) (version wire.Seq, decoded bool, err error) {
	return p.decoder.Change(&p.row, m, text, schema)
}

// pushOnly has the changes of a live query pushed to an observer.
func (p *pushing[T]) pushOnly(c *Client, st livesql.Statement, o liveOptions) {
	p.liveOnly = o.liveOnly
	out := rx.Observer[Event]{Next: p.next, Error: p.out.Error, Complete: p.out.Complete}
	if p.decoder.Aliases() { // rows keep the text that they came in
		c.openEvents(p.up, out, st, o, nil)
		return
	}
	c.openEvents(p.up, out, st, o, p.decode)
}

func (p *pushing[T]) next(e Event) {
	var err error
	switch e.Kind {
	case EventAck:
		if p.liveOnly {
			p.loaded()
		}
	case EventSnapshot:
		err = p.page(e)
	case EventInsert, EventUpdate:
		err = p.put(&e)
	case EventDelete:
		err = p.remove(&e)
	case EventGap:
		p.lapse(e.Cause)
	case EventReset:
		err = p.reset(&delta{kind: resetDelta, cause: e.Cause})
	}
	if err != nil {
		p.up.Close()
		p.out.Error(err)
	}
}

func (p *pushing[T]) loaded() {
	p.progress = progress{}
	p.out.Next(Change[T]{Op: Loaded, Origin: FromSnapshot})
}

func (p *pushing[T]) lapse(cause error) {
	p.sign(&delta{kind: gapDelta, cause: cause, stale: true})
	p.out.Next(Change[T]{Op: Gap, Cause: cause})
}

// page tells the rows of one page of the snapshot, and behind the last that it was.
func (p *pushing[T]) page(e Event) error {
	rows, last := e.Page()
	for row, err := range rows.All() {
		if p.up.Closed() {
			return nil
		}
		if err == nil {
			err = p.read(row, e.Schema)
		}
		if err != nil {
			return err
		}
		p.out.Next(Change[T]{Op: Insert, Origin: FromSnapshot, Row: p.row, Seq: row.Seq()})
	}
	if last && !p.up.Closed() {
		p.loaded()
	}
	return nil
}

// read decodes a row into p.row, which unlike a variable is not made anew for each.
func (p *pushing[T]) read(row wire.Row, schema wire.Schema) error {
	p.row = *new(T)
	return p.decoder.Into(&p.row, row, schema)
}

func (p *pushing[T]) put(e *Event) error {
	if !e.decoded {
		after, err := rowOf(e.Change(), e.Schema)
		if err == nil {
			err = p.read(after, e.Schema)
		}
		if err != nil {
			return err
		}
	}
	c := Change[T]{Op: Insert, Row: p.row, Seq: e.seq}
	if e.Kind == EventUpdate {
		c.Op, c.Before = Update, new(T)
		if err := p.before(c.Before, e); err != nil {
			return err
		}
	}
	p.out.Next(c)
	return nil
}

// before decodes the row as it was before an update; where that is not said, as it is.
func (p *pushing[T]) before(row *T, e *Event) error {
	before, ok, err := e.Change().Before(e.Schema)
	if err == nil && !ok {
		before, _, err = e.Change().After(e.Schema)
	}
	if err == nil {
		err = p.decoder.Into(row, before, e.Schema)
	}
	return err
}

func (p *pushing[T]) remove(e *Event) error {
	m := e.Change()
	if seq, ok := m.StreamSeq(); ok {
		p.out.Next(Change[T]{Op: Delete, Seq: seq, Bare: true})
		return nil
	}
	row, ok, err := m.Before(e.Schema)
	if err != nil {
		return err
	}
	if !ok {
		p.lapse(fmt.Errorf("%w: the server did not say which row was deleted", ErrKey))
		return nil
	}
	if err := p.read(row, e.Schema); err != nil {
		return err
	}
	p.out.Next(Change[T]{Op: Delete, Row: p.row, Seq: e.seq})
	return nil
}
