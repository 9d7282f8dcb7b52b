package kalamtest

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// sweep enforces the two timeouts of sockets: every few seconds it looks who is over, so that both take up to a period
// longer than they say, as on the real server.
func (s *Server) sweep(over <-chan struct{}) {
	t := time.NewTicker(s.cfg.sweep)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			for _, ss := range s.hub.all() {
				s.inspect(ss, now)
			}
		case <-over:
			return
		}
	}
}

func (s *Server) inspect(ss *session, now time.Time) {
	ss.mu.Lock()
	known, idle, age, dying := ss.authed || ss.offered, now.Sub(ss.seen), now.Sub(ss.opened), ss.dying
	ss.mu.Unlock()
	switch {
	case dying:
		cut(ss.ws.NetConn())
	case !known && age > s.cfg.authTimeout:
		ss.markDying()
		message := fmt.Sprintf("Authentication timeout - no auth message received within %d seconds", int(s.cfg.authTimeout.Seconds()))
		ss.requestClose(&wire.AuthError{Message: message}, closePolicy, "Authentication timeout")
	case idle > s.cfg.heartbeat:
		ss.markDying()
		ss.requestClose(nil, closeNormal, "Heartbeat timeout")
	}
}
