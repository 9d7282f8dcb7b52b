package client

import (
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// Stats counts what happened on the client's sockets and in its live queries since
// New.
type Stats struct {
	Received   uint64 // messages
	Bytes      uint64 // of their payloads, before unpacking
	Sent       uint64 // messages, without pings and pongs
	Errors     uint64 // emitted by Errors, observed or not
	Unknown    uint64 // messages of a type this client does not know, skipped
	Unreadable uint64 // frames that could not be read
	Late       uint64 // messages for live queries that have ended
	Stale      uint64 // messages for subscriptions of a former connection

	Cut uint64 // answers to Query, Batch and the like that may lack rows: 50 of them without a LIMIT, or 1,000

	Queries   uint64        // that audits and listings made over HTTP
	QueryTime time.Duration // that these took, all together

	All  LiveStats   // of all live queries, those that have ended included, without SQL, Mode and Rows
	Live []LiveStats // of those that run, the oldest first

	Consumers []ConsumerStats // streams of records that run, the oldest first
}

// LiveStats counts what happened in one live query of the server, which several
// streams may share, since it began.
type LiveStats struct {
	SQL       string
	Mode      string // how it is kept exact: "audit", "listing", "snapshot"; empty where it is not
	Observers uint64 // streams that share it
	Rows      int    // that it knows at present

	Received   uint64 // frames
	Delivered  uint64 // changes, markers among them, to all observers
	Dropped    uint64 // by the rules Latest and DropOldest, and of LiveEvents where there was no room
	Conflated  uint64 // states of rows that an observer which was behind was not told
	Duplicates uint64 // versions that were known already, or older
	Gaps       uint64 // opened
	Resyncs    uint64 // gaps closed

	Inserts uint64 // recovered: rows that came of which the push did not tell
	Updates uint64
	Deletes uint64

	Audits    uint64 // comparisons with the table
	AuditRows uint64 // rows that these read
}

type counters struct {
	received, bytes, sent, errors, unknown, unreadable, late, stale, cut atomic.Uint64
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
		Cut:        n.cut.Load(),
		Queries:    c.counts.queries.load(),
		QueryTime:  time.Duration(c.counts.queryTime.load()),
		All:        c.counts.stats(),
		Live:       c.live.stats(),
		Consumers:  c.consumerStats(),
	}
}

// WatchStats is Stats as a stream: the counts now, then every time after the given
// interval. It completes with the client. An interval that is not positive is
// ErrConfig.
func (c *Client) WatchStats(every time.Duration) rx.Observable[Stats] {
	if every <= 0 {
		return operators.Throw[Stats](errEvery(every))
	}
	ticks := operators.Concat(operators.Of(0), operators.Interval(every))
	closed := operators.TakeUntil[int](rx.Pipe1(c.states.Observable(), operators.Filter(isClosed)))
	return tracked(c, rx.Pipe2(ticks, closed, operators.Map(func(int) Stats { return c.Stats() })))
}

func isClosed(s State) bool { return s.Phase == Closed }
