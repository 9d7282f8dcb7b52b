package client

import (
	"fmt"
	"math"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// LiveEvents is a live query as the server tells it: an acknowledgement, the
// snapshot page by page, then changes, with rows unread. It is cold: every
// Subscribe opens a live query of its own on the client's shared socket, dialling
// if need be, and Unsubscribe closes it. Pages are asked for as they are taken.
//
// The query is one SELECT of columns of one namespace.table with at most a WHERE.
// It has no parameters: SQL writes values into it.
// It is only as exact as the server's push, which drops changes in silence when
// more than 128 wait on its side, and says nothing of a row that leaves the filter.
//
// Where something is known to be missing there is an EventGap: after a lost socket,
// behind which the live query begins anew with an acknowledgement and a snapshot,
// or under FastResume with the rows that are newer than those consumed; after a
// change that could not be read; where the observer fell behind by more than the
// queue. Nothing else is done about it; Changes and Live do.
//
// Events are delivered on a goroutine of the stream's own. It ends with an error:
// a *ServerError when the server refuses the query, a *LimitError when there are
// too many, a *ConnectError or *DisconnectedError when there is no socket and will be
// none, a *TimeoutError, a *FrameError for a frame without which it cannot go on,
// ErrLagged under the rule Fail. It completes when the client
// disconnects or closes; on a closed client it fails with ErrClosed.
func LiveEvents(c *Client, sql string, opts ...LiveOption) rx.Observable[Event] {
	return tracked(c, rx.Source(func(g *rx.Segment, out rx.Observer[Event]) {
		o, st, err := newLiveOptions(c, sql, opts)
		if err == nil {
			err = o.forEvents()
		}
		if err != nil {
			out.Error(err)
			return
		}
		c.openEvents(g, out, st, o, nil)
	}))
}

// openEvents starts the live query's life as a stream: its inbox, its place with
// the owner, and its end. decode is for an observer that keeps nothing of an event.
func (c *Client) openEvents(g *rx.Segment, out rx.Observer[Event], st livesql.Statement, o liveOptions, decode decodeChange) {
	up := g.Child()
	q := &live{c: c, sql: st.Text}
	f := &feed{q: q, opts: o, seg: g, up: up, out: out, counts: c.counts.child(st.Text), who: c.epoch(), decode: decode}
	q.handler = f
	q.plan.Store(firstPlan(o))
	q.inbox = &inbox{
		alive: c.alive, take: f.take, missed: f.missed, trays: &c.trays, keeps: decode == nil, most: o.queue, bytes: o.queueBytes, rule: o.overflow,
		drop: func(n int) { f.counts.dropped.Add(uint64(n)); g.CountDropped(uint64(n)) },
	}
	if err := c.tooLong(st, o); err != nil {
		out.Error(err)
		return
	}
	c.live.add(f.counts)
	up.Add(func() {
		q.inbox.close()
		c.owner.post(func() { c.owner.drop(q) })
		c.live.remove(f.counts)
	})
	c.owner.post(func() { c.owner.open(q) })
}

// tooLong is the error of a live query that the server would not take as one frame.
func (c *Client) tooLong(st livesql.Statement, o liveOptions) error {
	m := firstPlan(o).message(&live{sql: st.Text})
	m.ID, _ = c.owner.newID(0)
	if m.Options == nil {
		m.Options = &wire.SubscribeOptions{}
	}
	m.Options.From = wire.SeqOf(math.MaxInt64) // the longest it may become
	encoded, err := wire.AppendMessage(nil, m)
	if err == nil && len(encoded) > maxOutgoing {
		err = fmt.Errorf("%w: live query of %d bytes, the server takes %d", ErrConfig, len(encoded), maxOutgoing)
	}
	return err
}
