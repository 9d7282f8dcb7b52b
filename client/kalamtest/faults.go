package kalamtest

import (
	"slices"
	"sync/atomic"

	"github.com/gorilla/websocket"
)

// faults are the switches that a test may turn while the server runs.
type faults struct {
	refuseAuth        atomic.Bool
	refuseConnections atomic.Bool
	swallowAuth       atomic.Bool
	swallowSubscribes atomic.Bool
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
