package client

import (
	"context"
	"sync"
	"time"
)

// The server allows 50 text messages a second on a socket and drops what is
// beyond; a few are kept back because the clocks of both sides differ.
const (
	messagesPerSecond = 45
	messageBurst      = 45
)

// outgoing is one frame to write.
type outgoing struct {
	kind int // of gorilla
	sub  string
	body []byte
}

// outbox holds what waits to be written, in order. Putting never waits.
type outbox struct {
	mu    sync.Mutex
	queue []outgoing
	more  chan struct{} // holds one token while there may be something
}

func newOutbox() *outbox { return &outbox{more: make(chan struct{}, 1)} }

func (b *outbox) put(m outgoing) {
	b.mu.Lock()
	b.queue = append(b.queue, m)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

func (b *outbox) next() (m outgoing, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		b.queue = nil
		return m, false
	}
	m, b.queue = b.queue[0], b.queue[1:]
	return m, true
}

// pace is a token bucket; the writer's own.
type pace struct {
	tokens float64
	last   time.Time
}

// wait takes a token, and waits for it if need be: 22 ms at most.
func (p *pace) wait(ctx context.Context) error {
	now := time.Now()
	p.tokens = min(messageBurst, p.tokens+now.Sub(p.last).Seconds()*messagesPerSecond)
	p.last = now
	p.tokens--
	if p.tokens >= 0 {
		return nil
	}
	t := time.NewTimer(time.Duration(-p.tokens / messagesPerSecond * float64(time.Second)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
