package client

import "sync/atomic"

// Stats counts what happened on the client's sockets since New.
type Stats struct {
	Received   uint64 // messages
	Bytes      uint64 // of their payloads, before unpacking
	Sent       uint64 // messages, without pings and pongs
	Errors     uint64 // emitted by Errors, observed or not
	Unknown    uint64 // messages of a type this client does not know, skipped
	Unreadable uint64 // frames that could not be read
	Late       uint64 // messages for live queries that have ended
	Stale      uint64 // messages of a former connection
}

type counters struct {
	received, bytes, sent, errors, unknown, unreadable, late, stale atomic.Uint64
}

// Stats gives the counts as they are now.
func (c *Client) Stats() Stats {
	n := &c.stats
	return Stats{
		Received:   n.received.Load(),
		Bytes:      n.bytes.Load(),
		Sent:       n.sent.Load(),
		Errors:     n.errors.Load(),
		Unknown:    n.unknown.Load(),
		Unreadable: n.unreadable.Load(),
		Late:       n.late.Load(),
		Stale:      n.stale.Load(),
	}
}
