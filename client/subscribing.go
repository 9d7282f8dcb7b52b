package client

import (
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
)

// maxTries is how often a live query that was accepted once is subscribed again in
// vain: after 1, 2, 4, 8 and 10 seconds, which is longer than a server counts a
// connection that is dead.
const maxTries = 6

// subscribe sends live queries, each under a new id; their frames are routed from
// before that on.
func (o *owner) subscribe(queries ...*live) {
	for _, q := range queries {
		q.id, q.epoch = o.newID(o.link.gen)
		q.gen = o.link.gen
		p := q.plan.Load()
		q.used = p
		epoch := q.epoch
		q.inbox.begin(epoch, func() {
			q.heard = epoch
			q.handler.began(p)
		})
	}
	o.reroute()
	for _, q := range queries {
		o.send(q, q.used.message(q), "subscribe", o.c.cfg.subscribe)
	}
}

// resubscribe replaces the subscription of a live query by another, by the plan
// its handler has made.
func (o *owner) resubscribe(q *live) {
	if !o.isIn(q) || !o.up() {
		return
	}
	o.unsubscribe(q)
	o.subscribe(q)
}

// unsubscribe ends the subscription of a live query on the present link, if it has
// one.
func (o *owner) unsubscribe(q *live) {
	o.settle(q)
	if o.link == nil || o.link.closing || q.gen != o.link.gen {
		return
	}
	if unopened := o.link.out.withdraw(q.id); !unopened {
		o.send(q, &wire.Unsubscribe{SubscriptionID: q.id}, "", 0)
	}
}

// tryAgain subscribes a live query later that the server did not take now; err is
// what it said.
func (o *owner) tryAgain(q *live, err error) {
	if !o.isIn(q) || !o.up() {
		return // the next link subscribes it
	}
	o.settle(q)
	q.tries++
	if q.tries >= maxTries {
		o.end(q, err)
		return
	}
	o.c.report(err)
	wait := min(time.Second<<(q.tries-1), 10*time.Second)
	var t *time.Timer
	t = time.AfterFunc(wait, func() {
		o.post(func() {
			if q.again == t {
				q.again = nil
				o.resubscribe(q)
			}
		})
	})
	q.again = t
}

// refused is told that the server has no subscription of a live query: there is none to
// end, and a word about it would give a place back that was not taken.
func (o *owner) refused(q *live, epoch uint64) {
	if q.epoch == epoch {
		q.gen = 0
	}
}

// once ends a live query that the server refused for now; one that it took before is
// tried again.
func (o *owner) once(q *live, err error) {
	if !q.acked {
		o.end(q, err)
		return
	}
	o.tryAgain(q, err)
}

// limited is told that the server threw a message away because there were too many:
// which one it does not say. Whoever waits for an answer asks again.
func (o *owner) limited(err error) {
	for _, q := range o.inOrder() {
		if q.waiting != "" && q.gen == o.state.Generation {
			o.tryAgain(q, err)
		}
	}
}

// send puts a message of a live query into the outbox. If an answer is due, the
// wait for it begins when the message is written: it may have to queue.
func (o *owner) send(q *live, m wire.ClientMessage, step string, wait time.Duration) {
	body, err := wire.AppendMessage(nil, m)
	if err != nil {
		o.end(q, err)
		return
	}
	out := outgoing{kind: websocket.TextMessage, sub: q.id, body: body, opens: m.MessageType() == wire.TypeSubscribe}
	if wait > 0 {
		id := q.id
		out.writing = func() {
			if o.isIn(q) && q.id == id {
				o.expect(q, step, wait)
			}
		}
	}
	o.link.out.put(out)
}

// drop lets a live query go: nobody listens any more. The server is told.
func (o *owner) drop(q *live) {
	if o.isIn(q) {
		o.leave(q)
		o.reroute()
	}
}

// leave is drop, but for the routes.
func (o *owner) leave(q *live) {
	o.unsubscribe(q)
	delete(o.lives, q)
	o.caughtUp(q)
	o.mayRest()
}

// end ends a live query with an error.
func (o *owner) end(q *live, err error) {
	if o.isIn(q) {
		o.drop(q)
		q.tell(func(h liveHandler) { h.ended(err) })
	}
}

// expect arms the live query's deadline for the answer to a step.
func (o *owner) expect(q *live, step string, after time.Duration) {
	o.await(q, after, &TimeoutError{Step: step, After: after})
}

// await has the live query be late, for the reason given, after a time.
func (o *owner) await(q *live, after time.Duration, err *TimeoutError) {
	o.settle(q)
	q.waiting = err.Step
	var t *time.Timer
	t = time.AfterFunc(after, func() {
		o.post(func() {
			if q.deadline == t && o.link != nil && q.gen == o.link.gen {
				o.late(q, err)
			}
		})
	})
	q.deadline = t
}

// late is told that a live query got no answer. A new one ends by it; but where the
// server has not even answered a ping since, or has accepted the live query before,
// it is the connection that is at fault.
func (o *owner) late(q *live, err *TimeoutError) {
	o.settle(q)
	ping := o.c.cfg.keepalive + time.Second // by then one is answered, if the server lives
	deaf := o.link.deaf()
	switch {
	case o.c.cfg.reconnect.off, !q.acked && (err.After < o.c.cfg.keepalive || deaf < err.After):
		o.end(q, err)
		return
	case !q.acked && deaf < ping:
		o.await(q, ping-deaf, err)
		return
	}
	o.c.report(err)
	o.link.hangUp()
}

// settle ends what a live query waits for.
func (o *owner) settle(q *live) {
	q.waiting = ""
	if q.deadline != nil {
		q.deadline.Stop()
		q.deadline = nil
	}
	if q.again != nil {
		q.again.Stop()
		q.again = nil
	}
}

// answered moves the deadline on: after an acknowledgement of a query with a
// snapshot the first page follows; further pages come when asked for.
func (o *owner) answered(q *live, id string, kind wire.MessageType) {
	if !o.isIn(q) || q.id != id {
		return
	}
	if kind == wire.TypeSubscriptionAck {
		q.acked, q.tries = true, 0
		o.caughtUp(q)
		if q.waiting == "subscribe" && q.used.paged() {
			o.expect(q, "snapshot", o.c.cfg.initialData)
			return
		}
	}
	o.settle(q)
}

// page asks for the next page of a snapshot.
func (o *owner) page(q *live, control wire.BatchControl) {
	if !o.isIn(q) || !o.up() || q.gen != o.link.gen {
		return
	}
	next := &wire.NextBatch{SubscriptionID: q.id, LastSeqID: control.LastSeqID, Form: control.LastSeqForm}
	o.send(q, next, "snapshot", o.c.cfg.initialData)
}
