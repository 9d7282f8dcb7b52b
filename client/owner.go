package client

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
)

// owner holds what the shared socket is about: its state, its live queries, who
// waits for it. All of it is touched by commands only, see mailbox.
type owner struct {
	mailbox
	c      *Client
	prefix string        // of the ids of this client's live queries
	number atomic.Uint64 // of the last id
	ready  atomic.Bool   // the state is Ready, and the link is not closing
	gone   chan struct{} // closed by finish

	state   State
	link    *link // the present one; nil when there is none
	lives   map[string]*live
	waiting []chan<- error // calls of Connect
	leaving []func()       // calls of Disconnect, and finish
}

func newOwner(c *Client) *owner {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails, says its documentation
	o := &owner{
		c:      c,
		prefix: hex.EncodeToString(random[:]),
		gone:   make(chan struct{}),
		lives:  map[string]*live{},
	}
	o.alive = c.alive
	return o
}

// newID is an id for a live query. All have the same length, since servers match
// them as suffixes of longer ones.
func (o *owner) newID() string { return fmt.Sprintf("%s%08x", o.prefix, o.number.Add(1)) }

// enter publishes that a link reached a phase.
func (o *owner) enter(l *link, p Phase) {
	if l == o.link && !l.closing && o.state.Phase != p {
		o.publish(func(s *State) { s.Phase = p })
	}
}

func (o *owner) publish(change func(*State)) {
	change(&o.state)
	o.state.Since = time.Now()
	o.ready.Store(o.state.Phase == Ready)
	o.c.states.Next(o.state)
}

// connect answers when the socket is ready or cannot be.
func (o *owner) connect(answer chan<- error) {
	switch {
	case o.state.Phase == Closed:
		answer <- ErrClosed
	case o.ready.Load():
		answer <- nil
	default:
		o.waiting = append(o.waiting, answer)
		o.dial()
	}
}

// dial starts a link unless there is one; one that is closing is waited for, and
// its end dials again if somebody still wants it.
func (o *owner) dial() {
	if o.link != nil {
		return
	}
	o.link = newLink(o.c, o.state.Generation+1)
	o.publish(func(s *State) { s.Phase, s.Generation = Dialing, o.link.gen })
	o.c.alive.add()
	go o.link.run() // owner: the client; ends when the connection does
}

// open takes a live query in, and dials for it if need be.
func (o *owner) open(q *live) {
	if o.state.Phase == Closed {
		q.inbox.Error(ErrClosed)
		return
	}
	o.lives[q.id] = q
	if o.ready.Load() {
		o.subscribe(q)
		return
	}
	o.dial()
}

// subscribe sends live queries; their frames are routed from before that on.
func (o *owner) subscribe(queries ...*live) {
	for _, q := range queries {
		q.gen.Store(o.link.gen)
	}
	o.reroute()
	for _, q := range queries {
		o.send(q, q.subscribeMessage(), "subscribe", o.c.cfg.subscribe)
	}
}

// inOrder is the live queries in the order in which they were opened.
func (o *owner) inOrder() []*live {
	all := slices.Collect(maps.Values(o.lives))
	slices.SortFunc(all, func(a, b *live) int { return strings.Compare(a.id, b.id) })
	return all
}

// reroute publishes the live queries that are on the present link.
func (o *owner) reroute() {
	if o.link == nil {
		return
	}
	next := &routes{byID: make(map[string]*live, len(o.lives))}
	for id, q := range o.lives {
		if q.gen.Load() == o.link.gen {
			next.byID[id] = q
		}
	}
	o.link.routes.Store(next)
}

// send puts a message of a live query into the outbox. If an answer is due, the
// wait for it begins when the message is written: it may have to queue.
func (o *owner) send(q *live, m wire.ClientMessage, step string, wait time.Duration) {
	body, err := wire.AppendMessage(nil, m)
	if err != nil {
		q.inbox.Error(err)
		return
	}
	out := outgoing{kind: websocket.TextMessage, sub: q.id, body: body, opens: m.MessageType() == wire.TypeSubscribe}
	if wait > 0 {
		out.writing = func() {
			if o.lives[q.id] == q {
				o.expect(q, step, wait)
			}
		}
	}
	o.link.out.put(out)
}

// drop lets a live query go: its stream ended. The server is told.
func (o *owner) drop(q *live) {
	if o.lives[q.id] == q {
		o.leave(q)
		o.reroute()
	}
}

// leave is drop, but for the routes.
func (o *owner) leave(q *live) {
	delete(o.lives, q.id)
	o.settle(q)
	if o.link == nil || o.link.closing || q.gen.Load() != o.link.gen {
		return
	}
	if unopened := o.link.out.withdraw(q.id); !unopened {
		o.send(q, &wire.Unsubscribe{SubscriptionID: q.id}, "", 0)
	}
}

// expect arms the live query's deadline for the answer to a step.
func (o *owner) expect(q *live, step string, after time.Duration) {
	o.settle(q)
	q.waiting = step
	var t *time.Timer
	t = time.AfterFunc(after, func() {
		o.post(func() {
			if q.deadline == t {
				q.inbox.Error(&TimeoutError{Step: step, After: after})
			}
		})
	})
	q.deadline = t
}

func (o *owner) settle(q *live) {
	if q.deadline != nil {
		q.deadline.Stop()
		q.deadline = nil
	}
}

// answered moves the deadline on: after an acknowledgement of a query with a
// snapshot the first page follows; further pages come when asked for.
func (o *owner) answered(q *live, kind wire.MessageType) {
	if o.lives[q.id] != q {
		return
	}
	if kind == wire.TypeSubscriptionAck && !q.opts.liveOnly && q.waiting == "subscribe" {
		o.expect(q, "snapshot", o.c.cfg.initialData)
		return
	}
	o.settle(q)
}

// page asks for the next page of a snapshot.
func (o *owner) page(q *live, control wire.BatchControl) {
	if o.lives[q.id] != q || o.link == nil || o.link.closing {
		return
	}
	next := &wire.NextBatch{SubscriptionID: q.id, LastSeqID: control.LastSeqID, Form: control.LastSeqForm}
	o.send(q, next, "snapshot", o.c.cfg.initialData)
}
