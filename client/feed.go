package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// feed turns the frames of one live query into events, in the right order, on
// the goroutine that drains its queue. It keeps back changes that come before
// the snapshot is complete, and asks for the next page when it takes one out.
type feed struct {
	q      *live
	out    rx.Observer[Event]
	link   *rx.Segment // what ends when nothing more is wanted of the server
	schema wire.Schema
	acked  bool
	ready  bool
	over   bool
	held   []Event
}

func (f *feed) next(a arrival) {
	switch {
	case f.over:
	case a.gap != nil:
		f.emit(Event{Kind: EventGap, Schema: f.schema, Cause: a.gap})
	default:
		f.read(a)
	}
}

func (f *feed) read(a arrival) {
	msg, err := wire.ParseServer(a.text)
	if err == nil {
		err = f.misplaced(msg)
	}
	if err != nil {
		broken := &FrameError{SubscriptionID: f.q.id, Size: len(a.text), Err: err}
		f.q.c.unreadable(broken)
		f.fail(broken)
		return
	}
	switch m := msg.(type) {
	case *wire.SubscriptionAck:
		f.acked = true
		f.schema = m.Schema
		f.emit(Event{Kind: EventAck, Schema: f.schema, Message: m})
		if f.q.opts.liveOnly {
			f.release()
		}
	case *wire.InitialDataBatch:
		f.page(m)
	case *wire.Change:
		f.change(m)
	case *wire.ErrorMessage:
		said := m.Err()
		said.Op = "live query"
		f.fail(said)
	}
}

// misplaced says whether a message cannot follow what came before: a second
// snapshot would make rows appear and vanish that nobody told of, and rows without
// a schema cannot be read. Changes before the acknowledgement are kept back as
// those before the snapshot are.
func (f *feed) misplaced(msg wire.ServerMessage) error {
	switch msg.(type) {
	case *wire.SubscriptionAck:
		if f.acked {
			return fmt.Errorf("%w: a second acknowledgement", errOrder)
		}
	case *wire.InitialDataBatch:
		if !f.acked {
			return fmt.Errorf("%w: a page before the acknowledgement", errOrder)
		}
		if f.ready {
			return fmt.Errorf("%w: a page after the last one", errOrder)
		}
	}
	return nil
}

// page asks for the page after this one first, so that it travels while this one
// is being worked on.
func (f *feed) page(m *wire.InitialDataBatch) {
	if m.BatchControl.HasMore {
		f.q.c.owner.post(func() { f.q.c.owner.page(f.q, m.BatchControl) })
	}
	f.emit(Event{Kind: EventSnapshot, Schema: f.schema, Message: m})
	if !m.BatchControl.HasMore {
		f.release()
	}
}

func (f *feed) change(m *wire.Change) {
	kind, ok := eventKind(m.ChangeType)
	if !ok {
		f.q.c.stats.unknown.Add(1)
		return
	}
	e := Event{Kind: kind, Schema: f.schema, Message: m}
	switch {
	case f.ready:
		f.emit(e)
	case len(f.held) >= f.q.opts.queue:
		f.fail(fmt.Errorf("%w: more than %d changes came before the snapshot was complete", ErrLagged, f.q.opts.queue))
	default:
		f.held = append(f.held, e)
	}
}

// release lets changes through: those that were kept back first.
func (f *feed) release() {
	f.ready = true
	held := f.held
	f.held = nil
	for _, e := range held {
		e.Schema = f.schema // it may have come before that
		f.emit(e)
	}
}

func (f *feed) emit(e Event) {
	if !f.over && !f.link.Closed() {
		f.out.Next(e)
	}
}

// fail ends the stream; the server is told by the end of the link.
func (f *feed) fail(err error) {
	if f.over {
		return
	}
	f.over = true
	f.link.Close()
	f.out.Error(f.q.lagged(err))
}
