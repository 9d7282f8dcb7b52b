package client

import (
	"errors"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// errLocal is the cause of a connection that we closed.
var errLocal = errors.New("client disconnected")

// established makes the socket usable: the reader has authenticated it. Live queries
// that had been accepted on another are taken up first; until the server has
// accepted them again, the state is Resyncing.
func (o *owner) established(l *link, who *wire.AuthSuccess) {
	if l != o.link || l.closing { // given up while the reader was about to say so
		l.hangUp()
		return
	}
	l.since = time.Now()
	o.identified(l, who.User)
	all := o.inOrder()
	clear(o.behind)
	for _, q := range all {
		if q.acked {
			o.behind[q] = struct{}{}
		}
	}
	o.publish(func(s *State) {
		s.Phase, s.Cause, s.Attempt = Ready, nil, 0
		if s.Of = len(o.behind); s.Of > 0 {
			s.Phase = Resyncing
		}
		s.User, s.Role = who.User, who.Role
		s.Connects++
	})
	if len(o.behind) == 0 {
		o.answer(nil)
	}
	o.subscribe(all...)
	o.mayRest()
}

// caughtUp is told that a live query is accepted again, or not wanted any more.
func (o *owner) caughtUp(q *live) {
	if _, was := o.behind[q]; !was {
		return
	}
	delete(o.behind, q)
	if o.state.Phase != Resyncing {
		return
	}
	o.publish(func(s *State) {
		s.Done++
		if len(o.behind) == 0 {
			s.Phase = Ready
		}
	})
	if len(o.behind) == 0 {
		o.answer(nil)
	}
}

// ended clears up after a link: its reader has returned. Whoever depended on it
// is told why.
func (o *owner) ended(l *link, err error) {
	if l != o.link {
		return
	}
	o.link = nil
	o.stopResting()
	clear(o.behind)
	wasUp := o.state.Connects > o.state.Disconnects
	switch {
	case l.switching:
		err = &DisconnectedError{Err: errSwitched}
	case l.closing:
		err = &DisconnectedError{Err: errLocal}
	}
	o.state.User, o.state.Role = "", ""
	if wasUp {
		o.state.Disconnects++
	}
	switch {
	case l.switching:
		o.lost(l, err, true) // they go on under another
		o.left(err)
		return
	case l.closing:
		o.left(err)
		return
	}
	o.c.report(err)
	o.lost(l, err, !o.c.cfg.reconnect.off)
	o.retire(l, err)
}

// lost has the live queries of a link wait for nothing more from it. They are told, if
// they may have another.
func (o *owner) lost(l *link, err error, tell bool) {
	for _, q := range o.inOrder() {
		o.settle(q)
		if tell && q.gen == l.gen {
			q.tell(func(h liveHandler) { h.lost(err) })
		}
	}
}

// left is the end of a link that we closed.
func (o *owner) left(err error) {
	o.outage = nil
	o.publish(func(s *State) { s.Phase, s.Cause = Idle, err })
	left := o.leaving
	o.leaving = nil
	for _, f := range left {
		f()
	}
	if o.state.Phase != Closed && o.wanted() { // they came while it was closing
		o.dial()
	}
}

// fail tells all that wait for the socket, or live on it, that there will be none.
func (o *owner) fail(err error) {
	o.answer(err)
	for _, q := range o.inOrder() {
		o.settle(q)
		delete(o.lives, q)
		q.tell(func(h liveHandler) { h.ended(err) })
	}
}

func (o *owner) answer(err error) {
	for _, w := range o.waiting {
		w <- err
	}
	o.waiting = nil
}

// disconnect completes the live queries, closes the socket by handshake, and
// calls done when it is closed.
func (o *owner) disconnect(done func()) {
	o.held = false
	o.rest()
	o.answer(&DisconnectedError{Err: errLocal})
	o.endLives()
	o.reroute()
	l := o.link
	if l == nil {
		o.outage = nil
		if o.state.Phase == Failed || o.state.Phase == Backoff {
			o.publish(func(s *State) { s.Phase = Idle })
		}
		done()
		return
	}
	o.leaving = append(o.leaving, done)
	if !l.closing {
		o.ready.Store(false)
		wasUp := o.isUp()
		l.closing = true
		l.shut(wasUp)
	}
}

// close is disconnect for good: live queries, then consumers, then the socket.
func (o *owner) close() {
	o.answer(ErrClosed)
	o.endLives()
	o.c.closeConsumers(func() { o.post(func() { o.disconnect(o.finish) }) })
}

// endLives completes the live queries.
func (o *owner) endLives() {
	for _, q := range o.inOrder() {
		o.leave(q)
		q.tell(func(h liveHandler) { h.ended(nil) })
	}
}

// finish is the last act: the streams of the client itself complete.
func (o *owner) finish() {
	o.held = false
	o.fail(ErrClosed)
	o.publish(func(s *State) { s.Phase = Closed })
	o.c.finish()
	close(o.gone)
	o.c.alive.close()
}

// report shows an error to the observers of Errors.
func (c *Client) report(err error) {
	c.stats.errors.Add(1)
	if c.errors.HasObservers() {
		c.errors.Next(err)
	}
}
