package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// errSwitched is the cause of a connection that we closed to have one with other
// credentials.
var errSwitched = errors.New("credentials were replaced")

// switchUser replaces the socket by one that is dialled with the present credentials.
func (o *owner) switchUser() {
	l := o.link
	switch {
	case o.state.Phase == Closed:
	case l != nil && !l.closing:
		o.unblock()
		wasUp := o.isUp()
		o.ready.Store(false)
		l.closing, l.switching = true, true
		l.shut(wasUp)
	case o.redial != nil, o.state.Phase == Failed && o.held:
		o.outage = nil
		o.dial()
	}
}

// identified tells the live queries who the server says we are.
func (o *owner) identified(l *link, user string) {
	before := o.c.user.Load()
	epoch := l.epoch
	var changed error
	if before != nil && *before != user {
		changed = &IdentityError{Before: *before, After: user}
		next, ok := o.c.renew(epoch)
		if !ok {
			return // another SetAuth: its socket will say, and to those who know the user before
		}
		epoch, l.epoch = next, next
	}
	o.c.user.Store(&user)
	o.unblock()
	for _, q := range o.inOrder() {
		q.tell(func(h liveHandler) { h.identified(epoch, changed) })
	}
}

// introduce tells a new live query who we are. It may have been made in another epoch: then
// what it has read meanwhile may be another user's.
func (o *owner) introduce(q *live) {
	epoch := o.link.epoch
	q.tell(func(h liveHandler) { h.identified(epoch, errSwitched) })
}

// unblock has live queries take in what an observer under Block holds up: it is told
// nothing more before they have taken in who we are.
func (o *owner) unblock() {
	for _, q := range o.inOrder() {
		q.inbox.hold(false)
	}
}

// mistaken is told that the server has answered a query, asked in an epoch, as another
// user than the one of the socket. Where dialling again has not helped, it is not done
// again at once: socket and HTTP may be two users' for good.
func (o *owner) mistaken(epoch uint64, err *IdentityError) {
	switch user := o.c.user.Load(); {
	case !o.up() || o.c.epoch() != epoch || *user == err.After: // the socket has been replaced since
		return
	case !o.mistook.IsZero() && time.Since(o.mistook) < o.c.cfg.reconnect.cap:
		return
	}
	o.mistook = time.Now()
	o.c.report(err)
	o.switchUser()
}

// recognise has the server asked whose the new credentials are, under a socket that was
// dialled with others: live queries that ask nothing over HTTP would not find out.
func (o *owner) recognise() {
	if !o.up() {
		return
	}
	o.mistook = time.Time{} // what did not help were other credentials
	c, epoch := o.c, o.c.epoch()
	c.alive.add()
	go func() { // owner: the client; ends when the question is answered, has failed, or the client is closed
		defer c.alive.remove()
		resp, err := c.session().sql(c.life, "SELECT 1", nil)
		switch {
		case c.life.Err() != nil:
			return
		case err != nil:
			c.report(fmt.Errorf("kalam: new credentials: %w", err))
			return
		}
		if another := c.answeredAs(resp.Results); another != nil {
			c.owner.post(func() { c.owner.mistaken(epoch, another) })
		}
	}()
}

// answeredAs says whether an answer is of the user that the socket is of: credentials
// may have changed in between, or may be several users'.
func (c *Client) answeredAs(results []wire.Result) *IdentityError {
	return c.isAnother(userOf(results))
}

// isAnother says, as an error, that somebody is another than the user of the socket: nil
// where the server has left out either.
func (c *Client) isAnother(who string) *IdentityError {
	user := c.user.Load()
	if user == nil || *user == "" || who == "" || who == *user {
		return nil
	}
	return &IdentityError{Before: *user, After: who}
}

// userOf is the user that the server has answered as, if it says so.
func userOf(results []wire.Result) string {
	if len(results) == 0 {
		return ""
	}
	return results[0].AsUser
}

// A source's part.

// identified: what was read is the same user's, or, where there is an error, another's.
func (s *source) identified(epoch uint64, changed error) {
	if s.over {
		return
	}
	if changed != nil && s.who != epoch {
		s.renounce(changed)
	}
	s.who = epoch
	for _, w := range s.watchers {
		w.admit(epoch)
	}
}

// renounce forgets all, and begins anew as another user's live query. Whose a checkpoint
// is that nothing has been told of yet, the acknowledgement will show.
func (s *source) renounce(cause error) {
	if s.opts.from != nil && s.loaded {
		s.fail(errors.Join(ErrCheckpoint, cause))
		return
	}
	s.counts.gaps.Add(1)
	s.answerRereads(0)
	s.unlist()
	s.pending, s.out = nil, nil
	s.knowledge = s.nothing()
	s.q.plan.Store(s.fresh())
	s.publish()
	for _, w := range s.watchers {
		w.void(cause)
	}
	s.inbox.hold(false)
	if s.mode != bySnapshot {
		s.load()
	}
}

// disown has rows read again that were read as another user than the socket's, before
// that was open.
func (s *source) disown() bool {
	if s.c.isAnother(s.readAs) == nil {
		return false
	}
	s.readAs = ""
	s.read, s.table = false, newTable()
	s.list()
	return true
}

// A watcher's part. What waits for the observer is told only in the epoch in which it
// is known to be the user's.

// admit lets the observer go on.
func (w *watcher) admit(epoch uint64) {
	w.mu.Lock()
	if w.who.Swap(epoch) != epoch {
		w.backlog.push(delta{kind: goOnDelta})
	}
	w.wake()
}

// void takes back what waits, and has the observer forget what it was told.
func (w *watcher) void(cause error) {
	w.mu.Lock()
	w.voided.Add(1)
	w.backlog = w.backlog.fresh()
	if w.begun && !w.closed && !w.over {
		w.backlog.push(delta{kind: resetDelta, cause: cause})
	}
	w.mu.Unlock()
}

// mayTell says whether what waits is the user's.
func (w *watcher) mayTell() bool { return w.who.Load() == w.epoch() }

// A feed's part.

func (f *feed) identified(epoch uint64, changed error) {
	if changed == nil || f.who == epoch {
		f.who = epoch
		return
	}
	f.who = epoch
	f.cursor = wire.Seq{}
	f.q.plan.Store(firstPlan(f.opts))
	if f.told {
		f.emit(Event{Kind: EventReset, Cause: changed})
	}
}

// isOthers says whether what comes may be another user's, and counts it.
func (f *feed) isOthers() bool {
	if f.who == f.q.c.epoch() {
		return false
	}
	f.counts.dropped.Add(1)
	return true
}
