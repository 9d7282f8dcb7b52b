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
)

// owner holds what the shared socket is about: its state, its live queries, who
// waits for it. All of it is touched by commands only, see mailbox.
type owner struct {
	mailbox
	c      *Client
	prefix string        // of the ids of this client's subscriptions
	number atomic.Uint64 // of the last id
	ready  atomic.Bool   // the state is Ready, and the link is not closing
	gone   chan struct{} // closed by finish

	state   State
	link    *link // the present one; nil when there is none
	held    bool  // Connect wants the socket to stay
	lives   map[*live]struct{}
	order   []*live            // of lives, the oldest first; may hold some that are gone
	behind  map[*live]struct{} // on this link not yet accepted again
	waiting []chan<- error     // calls of Connect
	leaving []func()           // calls of Disconnect, and finish
	outage  *outage            // nil while all is well
	redial  *time.Timer        // while the state is Backoff
	unused  *time.Timer        // while there is a socket that nobody uses, and an idle timeout
	mistook time.Time          // when a socket was last replaced for being another user's

	misunderstood int // closes in a row that said so
}

func newOwner(c *Client) *owner {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails, says its documentation
	o := &owner{
		c:      c,
		prefix: hex.EncodeToString(random[:]),
		gone:   make(chan struct{}),
		lives:  map[*live]struct{}{},
		behind: map[*live]struct{}{},
	}
	o.alive = c.alive
	return o
}

// newID is an id for a subscription on a link: it tells whose and of which
// generation it is. All have the same length, since servers match them as suffixes
// of longer ones.
func (o *owner) newID(gen uint64) (id string, number uint64) {
	number = o.number.Add(1)
	return o.prefix + generation(gen) + fmt.Sprintf("%08x", number&0xffffffff), number
}

// generation is a connection's as it stands in ids.
func generation(gen uint64) string { return fmt.Sprintf("%06x", gen&0xffffff) }

// isOurs says whether an id is one of this client's, and of which generation.
func (o *owner) isOurs(id []byte) (gen string, ours bool) {
	at := strings.LastIndex(string(id), o.prefix)
	if at < 0 || len(id)-at < len(o.prefix)+6 {
		return "", false
	}
	at += len(o.prefix)
	return string(id[at : at+6]), true
}

// up says whether subscriptions can be sent: there is a socket, and it is of the present
// credentials.
func (o *owner) up() bool { return o.isUp() && o.link.epoch == o.c.epoch() }

func (o *owner) isUp() bool {
	return o.link != nil && !o.link.closing && (o.state.Phase == Ready || o.state.Phase == Resyncing)
}

// enter publishes that a link reached a phase.
func (o *owner) enter(l *link, p Phase) {
	if l == o.link && !l.closing && o.state.Phase != p {
		o.publish(func(s *State) { s.Phase = p })
	}
}

func (o *owner) publish(change func(*State)) {
	change(&o.state)
	s := &o.state
	if s.Phase != Backoff {
		s.Delay = 0
	}
	if s.Phase != Resyncing {
		s.Done, s.Of = 0, 0
	}
	s.Since = time.Now()
	o.ready.Store(s.Phase == Ready)
	o.c.trouble.Store(nil)
	if s.Cause != nil {
		cause := s.Cause
		o.c.trouble.Store(&cause)
	}
	o.c.states.Next(*s)
}

// connect answers when the socket is ready or cannot be. It hurries a dial that
// waits.
func (o *owner) connect(answer chan<- error) {
	if o.state.Phase == Closed {
		answer <- ErrClosed
		return
	}
	o.held = true
	if o.ready.Load() {
		answer <- nil
		return
	}
	o.waiting = append(o.waiting, answer)
	o.dial()
}

// dial starts a link unless there is one; one that is closing is waited for, and
// its end dials again if somebody still wants it.
func (o *owner) dial() {
	o.rest()
	if o.link != nil {
		return
	}
	o.link = newLink(o.c, o.state.Generation+1)
	o.publish(func(s *State) { s.Phase, s.Generation = Dialing, o.link.gen })
	o.c.alive.add()
	go o.link.run() // owner: the client; ends when the connection does
}

// open takes a live query in, and dials for it if nobody does.
func (o *owner) open(q *live) {
	switch {
	case o.state.Phase == Closed:
		q.tell(func(h liveHandler) { h.ended(ErrClosed) })
		return
	case len(o.lives) >= o.c.cfg.maxLive:
		err := &LimitError{Limit: o.c.cfg.maxLive}
		q.tell(func(h liveHandler) { h.ended(err) })
		return
	}
	o.lives[q] = struct{}{}
	o.order = append(o.order, q)
	switch {
	case o.up():
		o.introduce(q)
		o.subscribe(q)
	case o.redial == nil: // else it waits with the others
		o.dial()
	}
}

// inOrder is the live queries in the order in which they were opened.
func (o *owner) inOrder() []*live {
	o.order = slices.DeleteFunc(o.order, func(q *live) bool {
		_, there := o.lives[q]
		return !there
	})
	return slices.Clone(o.order)
}

// isIn says whether a live query is one of ours still.
func (o *owner) isIn(q *live) bool {
	_, ok := o.lives[q]
	return ok
}

// reroute publishes the live queries that are on the present link.
func (o *owner) reroute() {
	if o.link == nil {
		return
	}
	next := &routes{byID: make(map[string]route, len(o.lives))}
	for q := range maps.Keys(o.lives) {
		if q.gen == o.link.gen {
			next.byID[q.id] = route{q, q.epoch}
		}
	}
	o.link.routes.Store(next)
}
