package kalamtest

import (
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// faults are the switches that a test may turn while the server runs.
type faults struct {
	refuseAuth        atomic.Bool
	refuseConnections atomic.Bool
	swallowAuth       atomic.Bool
	swallowSubscribes atomic.Bool
	refusals          refusals

	upgrade, auth, ack, unsubscribe atomic.Int64 // delays in nanoseconds

	frames *frameFaults
	files  fileFaults
	topics *topicFaults
}

// RefuseAuth makes the server refuse every token, password and refresh token, as with a revoked account. Sockets that
// are authenticated stay.
func (s *Server) RefuseAuth(on bool) { s.faults.refuseAuth.Store(on) }

// RefuseConnections makes the server drop every new TCP connection as soon as it is made. Open ones stay.
func (s *Server) RefuseConnections(on bool) { s.faults.refuseConnections.Store(on) }

// SwallowAuth makes the server take credentials on sockets and say nothing. Open sockets that are authenticated stay.
func (s *Server) SwallowAuth(on bool) { s.faults.swallowAuth.Store(on) }

// SwallowSubscribes makes the server take subscribe messages and say nothing.
func (s *Server) SwallowSubscribes(on bool) { s.faults.swallowSubscribes.Store(on) }

// SlowUpgrade makes every WebSocket upgrade wait for d before it is answered. 0 is off, as for the other three.
func (s *Server) SlowUpgrade(d time.Duration) { s.faults.upgrade.Store(int64(d)) }

// SlowAuth makes the server think for d about every credential, on sockets and in logins and refreshes.
func (s *Server) SlowAuth(d time.Duration) { s.faults.auth.Store(int64(d)) }

// SlowAck makes the server wait for d before it acknowledges a subscription whose first page it has read. The
// connection does nothing else meanwhile: its pongs and changes wait too.
func (s *Server) SlowAck(d time.Duration) { s.faults.ack.Store(int64(d)) }

// SlowUnsubscribe makes an unsubscribe take effect only after d: until then changes of a subscription that the client
// has ended keep coming.
func (s *Server) SlowUnsubscribe(d time.Duration) { s.faults.unsubscribe.Store(int64(d)) }

// Calm ends every fault: a server that is down comes up again, all switches are off, delivery is released, frames are
// sent as they are. Errors are those of Restart.
func (s *Server) Calm() error {
	f := &s.faults
	f.refusals.calm()
	for _, on := range []*atomic.Bool{&f.refuseAuth, &f.refuseConnections, &f.swallowAuth, &f.swallowSubscribes} {
		on.Store(false)
	}
	for _, d := range []*atomic.Int64{&f.upgrade, &f.auth, &f.ack, &f.unsubscribe} {
		d.Store(0)
	}
	f.frames.calm()
	f.files.calm()
	f.topics.calm()
	for _, ss := range s.hub.all() {
		ss.faults.calm()
	}
	s.Release()
	return s.revive()
}

// linger waits for d on behalf of a request; false means that the server's era or the request has ended.
func (s *Server) linger(r *http.Request, d *atomic.Int64) bool {
	wait := time.Duration(d.Load())
	if wait <= 0 {
		return true
	}
	s.tally.add(func(n *Stats) { n.Slowed++ })
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.era.Load().over:
	}
	return false
}

// Connection is one open WebSocket connection, for a test to do harm to. Its methods never wait: what they ask for
// happens on the connection's own goroutine, in order with what that is doing; on a connection that has ended nothing.
type Connection struct{ ss *session }

// Connections gives the open connections, the oldest first.
func (s *Server) Connections() []Connection {
	var out []Connection
	for _, ss := range s.hub.all() {
		out = append(out, Connection{ss})
	}
	return out
}

// ID numbers the connections of a server from 1.
func (c Connection) ID() int { return c.ss.id }

// User gives the user's id; empty before the authentication.
func (c Connection) User() string {
	c.ss.mu.Lock()
	defer c.ss.mu.Unlock()
	return c.ss.who.User
}

// Waiting tells how many changes wait in the connection's queue.
func (c Connection) Waiting() int { return c.ss.box.waiting() }

// Close sends a close frame, waits a quarter of a second for the client's answer, and closes the connection.
func (c Connection) Close(code int, reason string) { c.ss.requestClose(nil, code, reason) }

// Cut ends the TCP connection at once and without a word, in the middle of whatever is being written.
func (c Connection) Cut() { cut(c.ss.ws.NetConn()) }

// Inject sends a frame as it is, binary or text, whatever it holds: garbage, an unknown type, a gzip bomb.
func (c Connection) Inject(frame []byte, binary bool) {
	kind := websocket.TextMessage
	if binary {
		kind = websocket.BinaryMessage
	}
	frame = slices.Clone(frame)
	c.ss.mail.post(func() { c.ss.raw(kind, frame) })
}

// CloseConnections does Close on every open connection and tells how many there were. 1000 to 1015 but 1004 to 1006,
// and 3000 to 4999, are codes that a client accepts.
func (s *Server) CloseConnections(code int, reason string) int {
	return s.each(func(c Connection) { c.Close(code, reason) })
}

// CutConnections does Cut on every open connection and tells how many there were.
func (s *Server) CutConnections() int { return s.each(Connection.Cut) }

// Inject sends a frame to every open connection and tells how many there were.
func (s *Server) Inject(frame []byte, binary bool) int {
	return s.each(func(c Connection) { c.Inject(frame, binary) })
}

func (s *Server) each(f func(Connection)) int {
	all := s.Connections()
	for _, c := range all {
		f(c)
	}
	return len(all)
}
