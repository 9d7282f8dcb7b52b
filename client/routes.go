package client

import (
	"bytes"

	"github.com/kalamdb/kalamrx/wire"
)

// routes is where the reader looks up live queries. The owner makes a new one
// whenever a live query comes or goes; the reader only reads.
type routes struct {
	byID map[string]route
}

// route is a subscription of a live query. It has a number of its own, by which the
// live query knows its frames from those of the one before.
type route struct {
	q     *live
	epoch uint64
}

// find looks for a live query by the id in a frame: its own, or as the end of the
// full one, <user>-<connection>-<id>, that servers know it by.
func (r *routes) find(id []byte) (route, bool) {
	if found, ok := r.byID[string(id)]; ok {
		return found, true
	}
	if i := bytes.LastIndexByte(id, '-'); i >= 0 {
		found, ok := r.byID[string(id[i+1:])]
		return found, ok
	}
	return route{}, false
}

// route hands a frame to the live query it is for. It never waits: the queue of a
// live query drops no frame, but ends the query's stream when it is full.
func (l *link) route(fr frame) {
	c := l.c
	env, err := scan(fr)
	l.handover.count(fr.size)
	c.tap(Received, env, fr.text, fr.size)
	if err != nil {
		l.unreadable(env, &FrameError{SubscriptionID: string(env.SubscriptionID), Size: fr.size, Err: err})
		return
	}
	switch env.Type {
	case wire.TypeChange, wire.TypeInitialDataBatch, wire.TypeSubscriptionAck:
		l.deliver(env, fr)
	case wire.TypeError:
		l.failure(env, fr)
	case wire.TypeAuthSuccess, wire.TypeAuthError: // an open socket is not authenticated again
	default:
		c.stats.unknown.Add(1)
	}
}

// received counts a message and shows it.
func (c *Client) received(env wire.Envelope, fr frame) {
	c.stats.received.Add(1)
	c.stats.bytes.Add(uint64(fr.size))
	c.tap(Received, env, fr.text, fr.size)
}

// scan finds whose frame it is, also of one that could not be read to its end. It
// looks no further than it must: the rest is read, and found to be broken if it
// is, where it is consumed.
func scan(fr frame) (wire.Envelope, error) {
	env, ok := wire.ScanPrefix(fr.text)
	switch {
	case fr.problem != nil || ok:
		return env, fr.problem
	default: // a message without a live query, or garbage
		return wire.Scan(fr.text)
	}
}

// find is that of the present routes; most frames are for the same live query as the
// one before.
func (l *link) find(id []byte) (route, bool) {
	all := l.routes.Load()
	if all == l.last.routes && bytes.Equal(id, l.last.id) {
		return l.last.route, true
	}
	found, ok := all.find(id)
	if ok {
		l.last = lastRoute{routes: all, id: append(l.last.id[:0], id...), route: found}
	}
	return found, ok
}

// lastRoute is what find found last. It is the reader's.
type lastRoute struct {
	routes *routes
	id     []byte
	route  route
}

func (l *link) deliver(env wire.Envelope, fr frame) {
	to, ok := l.find(env.SubscriptionID)
	if !ok {
		l.c.unrouted(l, env.SubscriptionID)
		return
	}
	q := to.q
	if kind := env.Type; kind != wire.TypeChange {
		// Before it can be taken out, and be answered by asking for the next page.
		id := string(env.SubscriptionID)
		l.c.owner.post(func() { l.c.owner.answered(q, id, kind) })
	}
	l.handover.add(to, env.Type, fr.text)
}

// unrouted counts a frame of a live query that has ended, or of a subscription on
// a former connection.
func (c *Client) unrouted(l *link, id []byte) {
	gen, ours := c.owner.isOurs(id)
	if ours && gen != generation(l.gen) {
		c.stats.stale.Add(1)
		return
	}
	c.stats.late.Add(1)
}

// failure hands the server's error to the live query it names, also to one that
// has ended; one that names none of ours is the connection's.
func (l *link) failure(env wire.Envelope, fr frame) {
	if _, ours := l.c.owner.isOurs(env.SubscriptionID); ours {
		l.deliver(env, fr)
		return
	}
	msg, err := wire.ParseServer(fr.text)
	if err != nil {
		l.c.unreadable(&FrameError{Size: fr.size, Err: err})
		return
	}
	e, ok := msg.(*wire.ErrorMessage)
	if !ok {
		return
	}
	if e.Code == wire.CodeRateLimitExceeded {
		l.c.owner.post(func() { l.c.owner.limited(e.Err()) })
	}
	l.c.report(e.Err())
}

// unreadable tells whoever may have lost something by it: a change of the live
// query that the frame was for, or its beginning, without which it cannot go on;
// if it cannot be known whose frame it was, all of the connection's get a gap.
func (l *link) unreadable(env wire.Envelope, err *FrameError) {
	l.handover.flush()
	l.c.unreadable(err)
	all := l.routes.Load()
	to, found := all.find(env.SubscriptionID)
	switch {
	case found && env.Type == wire.TypeChange:
		to.q.tell(func(h liveHandler) { h.gap(err) })
	case found:
		l.c.owner.post(func() { l.c.owner.end(to.q, err) })
	default:
		for _, to := range all.byID {
			to.q.tell(func(h liveHandler) { h.gap(err) })
		}
	}
}

// unreadable counts and shows a frame that could not be read.
func (c *Client) unreadable(err *FrameError) {
	c.stats.unreadable.Add(1)
	c.report(err)
}
