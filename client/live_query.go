package client

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// arrival is a frame, or a gap, on its way from the reader to a live query.
type arrival struct {
	kind wire.MessageType
	text []byte
	gap  error
}

// live is one live query: what the owner knows of it, and the bounded queue in
// which its frames wait for its observer.
type live struct {
	c     *Client
	id    string
	sql   string
	opts  liveOptions
	inbox *rx.Boundary[arrival]
	gen   atomic.Uint64 // generation of the connection it was sent on; 0 before

	// The owner's:
	deadline *time.Timer
	waiting  string // what the deadline is for
}

// subscribeMessage is the message that opens the query.
func (q *live) subscribeMessage() *wire.Subscribe {
	m := &wire.Subscribe{ID: q.id, SQL: q.sql}
	if q.opts.liveOnly {
		return m
	}
	m.Options = &wire.SubscribeOptions{}
	if q.opts.batchSize > 0 {
		m.Options.BatchSize = &q.opts.batchSize
	}
	if q.opts.lastRows > 0 {
		m.Options.LastRows = &q.opts.lastRows
	}
	return m
}

// open starts the live query's life as a stream: its queue, its place with the
// owner, and its end.
func (c *Client) open(g *rx.Segment, out rx.Observer[Event], sql string, opts liveOptions) {
	q := &live{c: c, id: c.owner.newID(), sql: sql, opts: opts}
	encoded, err := wire.AppendMessage(nil, q.subscribeMessage())
	if err == nil && len(encoded) > maxOutgoing {
		err = fmt.Errorf("%w: live query of %d bytes, the server takes %d", ErrConfig, len(encoded), maxOutgoing)
	}
	if err != nil {
		out.Error(err)
		return
	}
	up := g.Child()
	f := &feed{q: q, out: out, link: up}
	q.inbox, err = rx.NewBoundary(g, up, rx.Observer[arrival]{
		Next: f.next, Error: f.fail, Complete: out.Complete,
	}, opts.queue, rx.Fail)
	if err != nil {
		out.Error(err)
		return
	}
	c.owner.post(func() { c.owner.open(q) })
	up.Add(func() { c.owner.post(func() { c.owner.drop(q) }) })
}

// lagged is the error of a queue that overflowed, in our words.
func (q *live) lagged(err error) error {
	if !errors.Is(err, rx.ErrOverflow) {
		return err
	}
	return fmt.Errorf("%w: more than %d frames waited: %w", ErrLagged, q.opts.queue, err)
}
