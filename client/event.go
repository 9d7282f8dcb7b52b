package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// EventKind says what an Event tells.
type EventKind uint8

// The kinds of events, in the order in which a live query begins.
const (
	// EventAck: the server accepted the live query; Schema is known from here on.
	EventAck EventKind = iota
	// EventSnapshot: a page of the rows that were there; the last one has no more.
	EventSnapshot
	// EventInsert, EventUpdate and EventDelete: one row changed.
	EventInsert
	EventUpdate
	EventDelete
	// EventGap: something may be missing here; Cause says why.
	EventGap
)

// String is the kind's name.
func (k EventKind) String() string {
	switch k {
	case EventAck:
		return "ack"
	case EventSnapshot:
		return "snapshot"
	case EventInsert:
		return "insert"
	case EventUpdate:
		return "update"
	case EventDelete:
		return "delete"
	case EventGap:
		return "gap"
	}
	return fmt.Sprintf("EventKind(%d)", uint8(k))
}

func eventKind(t wire.ChangeType) (EventKind, bool) {
	switch t {
	case wire.Insert:
		return EventInsert, true
	case wire.Update:
		return EventUpdate, true
	case wire.Delete:
		return EventDelete, true
	}
	return 0, false
}

// Event is one thing the server said about a live query, with its rows unread.
type Event struct {
	Kind    EventKind
	Schema  wire.Schema
	Message wire.ServerMessage // *wire.SubscriptionAck, *wire.InitialDataBatch or *wire.Change; nil for a gap
	Cause   error              // of a gap
}

// Page gives the rows of a snapshot page, and whether it is the last.
func (e Event) Page() (rows wire.Rows, last bool) {
	if m, ok := e.Message.(*wire.InitialDataBatch); ok {
		return m.Rows, !m.BatchControl.HasMore
	}
	return wire.Rows{}, false
}

// Change gives the change of an insert, update or delete, else nil.
func (e Event) Change() *wire.Change {
	m, _ := e.Message.(*wire.Change)
	return m
}

// LiveEvents is a live query as the server tells it: an acknowledgement, the
// snapshot page by page, then changes, with rows unread. It is cold: every
// Subscribe opens a live query of its own on the client's shared socket, dialling
// if need be, and Unsubscribe closes it. Pages are asked for as they are taken.
//
// The query is one SELECT of columns of one namespace.table with at most a WHERE.
// It is only as exact as the server's push, which drops changes in silence when
// more than 128 wait on its side, and says nothing of a row that leaves the filter.
//
// Events are delivered on a goroutine of the stream's own. It ends with an error:
// a *ServerError when the server refuses the query, a *ConnectError or
// *DisconnectedError when the socket fails, a *TimeoutError, a *FrameError for a
// frame of it that cannot be read or does not follow what came before, ErrLagged
// when the observer falls behind by more than the queue. A frame that cannot be
// read and is of unknown destination is an EventGap. It completes when the client
// disconnects or closes; on a closed client it fails with ErrClosed.
func LiveEvents(c *Client, sql string, opts ...LiveOption) rx.Observable[Event] {
	return tracked(c, rx.Source(func(g *rx.Segment, out rx.Observer[Event]) {
		o, err := newLiveOptions(c, opts)
		if err != nil {
			out.Error(err)
			return
		}
		sql, err := liveSQL(sql)
		if err != nil {
			out.Error(err)
			return
		}
		c.open(g, out, sql, o)
	}))
}
