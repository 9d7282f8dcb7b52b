package kalamtest

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
)

// Codes of close frames.
const (
	closeShutdown = websocket.CloseGoingAway
	closePolicy   = websocket.ClosePolicyViolation
	closeBroken   = websocket.CloseInternalServerErr
	closeNormal   = websocket.CloseNormalClosure
)

// shutdownReason goes with closeShutdown.
const shutdownReason = "Server shutting down"

// closeWait is how long a client may take to answer a close frame before its connection is cut.
const closeWait = 250 * time.Millisecond

// inbound is one thing that a client sent.
type inbound struct {
	kind int // websocket.TextMessage, BinaryMessage, PingMessage, PongMessage or CloseMessage
	data []byte
	code int // of a close frame
}

// door is the listener: it may turn callers away, and gives each connection the eyes of inboundConn.
type door struct {
	net.Listener
	s *Server
}

// Accept waits for the next connection that is let in.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if d.s.faults.refuseConnections.Load() {
			d.s.tally.add(func(n *Stats) { n.TurnedAway++ })
			cut(c)
			continue
		}
		return &inboundConn{
			Conn:      c,
			onFrag:    func() { d.s.tally.add(func(n *Stats) { n.FragmentsIgnored++ }) },
			onTooLong: func() { d.s.tally.add(func(n *Stats) { n.Oversized++ }) },
		}, nil
	}
}

// serveSocket is GET /v1/ws: it upgrades and then is the connection's session, until the socket ends.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1) // beside the HTTP connection, which is no longer counted once it is upgraded
	defer s.running.Done()
	if !s.linger(r, &s.faults.upgrade) {
		return
	}
	up := websocket.Upgrader{
		ReadBufferSize: 4096, WriteBufferSize: 4096,
		CheckOrigin: func(*http.Request) bool { return true }, // as with an empty list of allowed origins
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	ss := newSession(s, ws, r)
	if !s.hub.join(ss) {
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeShutdown, shutdownReason), time.Now().Add(closeWait))
		_ = ws.Close()
		return
	}
	if c, ok := ws.NetConn().(*inboundConn); ok {
		c.armed.Store(true)
	}
	s.tally.add(func(n *Stats) { n.ConnectionsOpen++; n.ConnectionsTotal++ })
	ss.run(r)
	s.hub.leave(ss)
	s.tally.add(func(n *Stats) { n.ConnectionsOpen-- })
}

// newSession makes the session of an upgraded socket; nothing runs yet.
func newSession(s *Server, ws *websocket.Conn, r *http.Request) *session {
	q := r.URL.Query()
	now := time.Now()
	ss := &session{
		s: s, ws: ws, box: newOutbox(s.cfg.queue, false), mail: newMailbox(),
		in: make(chan inbound), ended: make(chan struct{}), gone: make(chan struct{}),
		compress: !strings.EqualFold(q.Get("compress"), "false"),
		protocol: wire.JSONProtocol(), rate: newBucket(s.cfg.messageRate, now),
		remote: host(r.RemoteAddr), over: s.era.Load().over, faults: newFrameFaults(0), subs: make(map[string]*subscription),
	}
	ss.opened, ss.seen = now, now
	if c := q.Get("compression"); c == "none" {
		ss.protocol.Compression = c // echoed, and without any other effect
	}
	return ss
}

func host(addr string) string {
	if h, _, err := net.SplitHostPort(addr); err == nil {
		return h
	}
	return addr
}

// read hands on what the client sends, until the connection ends.
// owner: the session. ends when: the session closes the connection.
func (ss *session) read() {
	defer close(ss.gone)
	ss.ws.SetPingHandler(func(data string) error { return ss.pass(inbound{kind: websocket.PingMessage, data: []byte(data)}) })
	ss.ws.SetPongHandler(func(string) error { return ss.pass(inbound{kind: websocket.PongMessage}) })
	ss.ws.SetCloseHandler(func(code int, text string) error {
		return ss.pass(inbound{kind: websocket.CloseMessage, code: code, data: []byte(text)})
	})
	for {
		kind, data, err := ss.ws.ReadMessage()
		if err != nil || ss.pass(inbound{kind: kind, data: data}) != nil {
			return
		}
	}
}

// pass waits for the session to take the message, or for its end.
func (ss *session) pass(m inbound) error {
	select {
	case ss.in <- m:
		return nil
	case <-ss.ended:
		return ErrClosed
	}
}

// mailbox is a list of things that the session is asked to do by others, who never wait.
type mailbox struct {
	wake chan struct{} // one token: there may be something to do

	mu   sync.Mutex
	todo []func()
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

func (m *mailbox) post(f func()) {
	m.mu.Lock()
	m.todo = append(m.todo, f)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *mailbox) drain() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	todo := m.todo
	m.todo = nil
	return todo
}
