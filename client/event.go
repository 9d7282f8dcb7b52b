package client

import (
	"fmt"

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
	// EventReset: the server knows us as another user, see Client.SetAuth: all before is
	// void. An acknowledgement and a snapshot follow.
	EventReset
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
	case EventReset:
		return "reset"
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
	Cause   error              // of a gap or reset

	seq     wire.Seq // of a change
	decoded bool     // its row was, by who passes it on
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
