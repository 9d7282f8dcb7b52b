package kalamtest

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// session is one WebSocket connection. Its goroutine (run) handles the client's messages one after another, is the
// only one who writes, and the only one who takes from the queue of changes: while it loads a snapshot for one
// subscription the changes for all the others wait, as on the real server.
type session struct {
	s    *Server
	id   int
	ws   *websocket.Conn
	box  *outbox
	mail *mailbox

	in    chan inbound  // from the reader; never closed
	ended chan struct{} // closed by run: the reader may go
	gone  chan struct{} // closed by the reader

	remote   string
	over     <-chan struct{} // the server's era is over
	faults   *frameFaults
	compress bool
	packer   wire.Packer

	mu      sync.Mutex // guards what others ask about: seen, who, closing
	opened  time.Time
	seen    time.Time
	who     engine.Session
	authed  bool
	offered bool // a credential came, though nothing may have been answered
	dying   bool

	// Owned by run.
	ctx      context.Context
	protocol wire.Protocol
	rate     *bucket
	subs     map[string]*subscription
	charged  int // places taken from the user's quota
	dead     bool
	agenda   agenda
	passed   []func() // frames that wait for one to pass them
}

// run is the connection's life.
func (ss *session) run(r *http.Request) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	ss.ctx = ctx
	go ss.read() // owner: run. ends when: finish closes the connection
	if token, ok := bearer(r); ok {
		ss.authenticate(token)
	}
	for !ss.dead {
		ss.step()
	}
	cancel()
	ss.finish()
}

func (ss *session) step() {
	select {
	case m := <-ss.in:
		ss.handle(m)
	case <-ss.mail.wake:
		for _, f := range ss.mail.drain() {
			if !ss.dead {
				f()
			}
		}
	case <-ss.box.wake:
		ss.deliver()
	case <-ss.agenda.bell():
		for _, do := range ss.agenda.due() {
			do()
		}
	case <-ss.gone:
		ss.dead = true
	}
}

// deliver sends one change; where more wait the queue has woken the session again.
func (ss *session) deliver() {
	if d := ss.s.cfg.slow; d > 0 && ss.box.waiting() > 0 && !ss.pause(d) {
		return
	}
	if n, ok := ss.box.take(); ok {
		if n.do != nil {
			n.do()
			return
		}
		ss.emit(n.json)
	}
}

// pause waits for d, or until the reader or the server's era ends.
func (ss *session) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ss.gone:
	case <-ss.over:
	}
	ss.box.signal()
	return false
}

// slow waits for as long as a switch says.
func (ss *session) slow(d *atomic.Int64) bool {
	wait := time.Duration(d.Load())
	if wait <= 0 {
		return true
	}
	ss.s.tally.add(func(n *Stats) { n.Slowed++ })
	return ss.pause(wait)
}

// finish gives everything back and waits for the reader.
func (ss *session) finish() {
	ss.agenda.end()
	for _, sub := range ss.subs {
		sub.end()
		ss.s.hub.remove(sub)
	}
	if ss.charged > 0 {
		ss.s.hub.quota.give(ss.who.User, ss.charged)
	}
	close(ss.ended)
	_ = ss.ws.Close()
	<-ss.gone
}

// send writes a message; a message that cannot be encoded is the server's fault and ends the connection.
func (ss *session) send(m wire.ServerMessage) {
	json, err := wire.AppendMessage(nil, m)
	if err != nil {
		ss.close(closeBroken, err.Error())
		return
	}
	ss.write(json)
}

// fail sends an error frame.
func (ss *session) fail(id string, code wire.Code, message string) {
	ss.send(&wire.ErrorMessage{SubscriptionID: id, Code: code, Message: message})
}

// write packs a frame, gzip from 512 bytes when that is smaller, and sends it.
func (ss *session) write(json []byte) {
	kind, frame := websocket.TextMessage, json
	if ss.compress {
		packed, binary := ss.packer.Pack(nil, json)
		if frame = packed; binary {
			kind = websocket.BinaryMessage
		}
	}
	ss.raw(kind, frame)
}

func (ss *session) raw(kind int, frame []byte) {
	if ss.dead {
		return
	}
	ss.s.tally.add(func(n *Stats) { n.FramesSent++ }) // first: what a client has seen is counted
	if err := ss.ws.WriteMessage(kind, frame); err != nil {
		ss.dead = true
	}
}

// close sends a close frame and gives the client a moment to answer it.
func (ss *session) close(code int, reason string) {
	if ss.dead {
		return
	}
	ss.dead = true
	ss.markDying()
	deadline := time.Now().Add(closeWait)
	if ss.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, clip(reason)), deadline) != nil {
		return
	}
	t := time.NewTimer(closeWait)
	defer t.Stop()
	for {
		select {
		case m := <-ss.in:
			if m.kind == websocket.CloseMessage {
				return
			}
		case <-ss.gone:
			return
		case <-t.C:
			return
		}
	}
}

// clip cuts a reason to what fits into a close frame, as the real server does.
func clip(reason string) string { return strings.ToValidUTF8(reason[:min(len(reason), 123)], "") }

func (ss *session) markDying() {
	ss.mu.Lock()
	ss.dying = true
	ss.mu.Unlock()
}

// requestClose asks the session, from any goroutine, to say goodbye; a session that is stuck in a write to a client
// that does not read is freed by a deadline.
func (ss *session) requestClose(last wire.ServerMessage, code int, reason string) {
	ss.mail.post(func() {
		if last != nil {
			ss.send(last)
		}
		ss.close(code, reason)
	})
	unblock(ss.ws.NetConn(), closeWait)
}

// touch notes that the client is alive.
func (ss *session) touch(now time.Time) {
	ss.mu.Lock()
	ss.seen = now
	ss.mu.Unlock()
}
