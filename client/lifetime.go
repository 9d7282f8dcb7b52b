package client

import (
	"sync"

	"github.com/kalamdb/kalamrx/rx"
)

// lifetime counts what must have ended before a closed client is done:
// goroutines, and streams whose observers may still be in a call.
type lifetime struct {
	mu      sync.Mutex
	running int
	closing bool
	over    chan struct{}
	streams map[*rx.Subscription]struct{} // each counts once, however often it resubscribes
}

func newLifetime() *lifetime {
	return &lifetime{over: make(chan struct{}), streams: map[*rx.Subscription]struct{}{}}
}

func (l *lifetime) add() {
	l.mu.Lock()
	l.running++
	l.mu.Unlock()
}

func (l *lifetime) remove() {
	l.mu.Lock()
	l.running--
	l.settle()
	l.mu.Unlock()
}

// follow counts a stream until it is done, and says whether it knew it already.
func (l *lifetime) follow(sub *rx.Subscription) (known bool) {
	l.mu.Lock()
	_, known = l.streams[sub]
	if !known {
		l.streams[sub] = struct{}{}
		l.running++
	}
	l.mu.Unlock()
	if known {
		return true
	}
	sub.OnDone(func() {
		l.mu.Lock()
		delete(l.streams, sub)
		l.running--
		l.settle()
		l.mu.Unlock()
	})
	return false
}

// close says that nothing new will be added but what those that run add.
func (l *lifetime) close() {
	l.mu.Lock()
	l.closing = true
	l.settle()
	l.mu.Unlock()
}

// settle closes over when all is done; l.mu is held.
func (l *lifetime) settle() {
	if !l.closing || l.running > 0 {
		return
	}
	select {
	case <-l.over:
	default:
		close(l.over)
	}
}
