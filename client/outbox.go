package client

import (
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// outgoing is one frame to write.
type outgoing struct {
	kind    int // of gorilla
	sub     string
	opens   bool // a live query, the one of sub
	body    []byte
	writing func() // for the owner, posted when it is about to be written
}

// outbox holds what waits to be written: messages in order, before them the answer
// to the last ping, behind them the close frame. Putting never waits. It is
// bounded by the live queries that are on the connection: each has a few messages
// in it at most, and takes them back when it goes.
type outbox struct {
	mu      sync.Mutex
	queue   []outgoing
	ponging *outgoing // one pong answers all pings before it (RFC 6455, 5.5.3)
	closing *outgoing
	ended   bool
	more    chan struct{} // holds one token while there may be something
}

func newOutbox() *outbox { return &outbox{more: make(chan struct{}, 1)} }

func (b *outbox) put(m outgoing) { b.change(func() { b.queue = append(b.queue, m) }) }

func (b *outbox) pong(data []byte) {
	b.change(func() { b.ponging = &outgoing{kind: websocket.PongMessage, body: data} })
}

// end puts the close frame, which is the last.
func (b *outbox) end(data []byte) {
	b.change(func() {
		b.ended = true
		b.closing = &outgoing{kind: websocket.CloseMessage, body: data}
	})
}

func (b *outbox) change(f func()) {
	b.mu.Lock()
	f()
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

func (b *outbox) ending() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}

// withdraw takes the messages of a live query back, and says whether the one that
// opens it was still there, so that the server need not be told of its end.
func (b *outbox) withdraw(sub string) (unopened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = slices.DeleteFunc(b.queue, func(m outgoing) bool {
		if m.sub != sub {
			return false
		}
		unopened = unopened || m.opens
		return true
	})
	return unopened
}

func (b *outbox) next() (m outgoing, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.ponging != nil:
		m, b.ponging = *b.ponging, nil
	case len(b.queue) > 0:
		m, b.queue = b.queue[0], b.queue[1:]
	case b.closing != nil:
		m, b.closing = *b.closing, nil
	default:
		b.queue = nil
		return m, false
	}
	return m, true
}

// pace is a token bucket of one second.
type pace struct {
	tokens float64
	last   time.Time
}

// take takes one of rate tokens a second, and says how long to wait for it: no
// longer than one takes to come, if that is waited for.
func (p *pace) take(rate float64) time.Duration {
	now := time.Now()
	p.tokens = min(rate, p.tokens+now.Sub(p.last).Seconds()*rate)
	p.last = now
	p.tokens--
	return time.Duration(max(0, -p.tokens/rate*float64(time.Second)))
}
