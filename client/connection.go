package client

import (
	"errors"

	"github.com/kalamdb/kalamrx/wire"
)

// errLocal is the cause of a connection that we closed.
var errLocal = errors.New("client disconnected")

// established makes the socket ready: the reader has authenticated it.
func (o *owner) established(l *link, who *wire.AuthSuccess) {
	if l != o.link || l.closing { // given up while the reader was about to say so
		l.hangUp()
		return
	}
	o.publish(func(s *State) {
		s.Phase, s.Cause = Ready, nil
		s.User, s.Role = who.User, who.Role
		s.Connects++
	})
	o.answer(nil)
	o.subscribe(o.inOrder()...)
}

// ended clears up after a link: its reader has returned. Whoever depended on it
// is told why.
func (o *owner) ended(l *link, err error) {
	if l != o.link {
		return
	}
	wasReady := o.state.Connects > o.state.Disconnects
	o.link = nil
	phase := Failed
	if l.closing {
		phase, err = Idle, &DisconnectedError{Err: errLocal}
	}
	o.publish(func(s *State) {
		s.Phase, s.Cause, s.User, s.Role = phase, err, "", ""
		if wasReady {
			s.Disconnects++
		}
	})
	if !l.closing {
		o.c.report(err)
		o.fail(err)
		return
	}
	left := o.leaving
	o.leaving = nil
	for _, f := range left {
		f()
	}
	if len(o.lives) > 0 || len(o.waiting) > 0 { // they came while it was closing
		o.dial()
	}
}

// fail tells all that wait for the socket, or live on it, that it is gone.
func (o *owner) fail(err error) {
	o.answer(err)
	for _, q := range o.inOrder() {
		delete(o.lives, q.id)
		o.settle(q)
		q.inbox.Error(err)
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
	o.answer(&DisconnectedError{Err: errLocal})
	for _, q := range o.inOrder() {
		o.leave(q)
		q.inbox.Complete()
	}
	o.reroute()
	l := o.link
	if l == nil {
		if o.state.Phase == Failed {
			o.publish(func(s *State) { s.Phase = Idle })
		}
		done()
		return
	}
	o.leaving = append(o.leaving, done)
	if !l.closing {
		l.closing = true
		o.ready.Store(false)
		l.shut(o.state.Phase == Ready)
	}
}

// close is disconnect for good.
func (o *owner) close() {
	o.answer(ErrClosed)
	o.disconnect(o.finish)
}

// finish is the last act: the streams of the client itself complete.
func (o *owner) finish() {
	o.fail(ErrClosed)
	o.publish(func(s *State) { s.Phase = Closed })
	o.c.states.Complete()
	o.c.messages.Complete()
	o.c.errors.Complete()
	o.c.http.CloseIdleConnections()
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
