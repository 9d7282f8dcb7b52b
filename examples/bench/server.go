package main

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/wire"
)

// pushing is what a pusher sends.
type pushing struct {
	n      int  // changes for each live query
	rows   int  // of the snapshot; 1000 if 0
	update bool // changes are updates of the rows of the snapshot, else new rows
	gzip   bool
	each   int // frames in one write; 200 if 0
}

// pusher is a server that says what has to be said, and then pushes frames that were encoded before, so that the client
// is what is measured. It answers no HTTP and drops nothing: it waits for whoever is slow.
type pusher struct {
	pushing
	url   string
	srv   *http.Server
	live  sync.WaitGroup
	mu    sync.Mutex
	conns map[*websocket.Conn]struct{} // nil when it is closed
}

func startPusher(what pushing) (*pusher, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if what.rows == 0 {
		what.rows = 1000
	}
	if what.each == 0 {
		what.each = framesAWrite
	}
	p := &pusher{pushing: what, url: "http://" + ln.Addr().String(), conns: map[*websocket.Conn]struct{}{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/ws", p.socket)
	p.srv = &http.Server{Handler: mux}
	p.live.Go(func() { _ = p.srv.Serve(ln) }) // owner: the pusher; ends with srv
	return p, nil
}

// close ends all connections, and returns when nothing of the pusher runs.
func (p *pusher) close() {
	_ = p.srv.Close()
	p.mu.Lock()
	for ws := range p.conns {
		_ = ws.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.live.Wait()
}

// enter keeps a socket, to close it; false when it is too late.
func (p *pusher) enter(ws *websocket.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		return false
	}
	p.conns[ws] = struct{}{}
	p.live.Add(1)
	return true
}

func (p *pusher) leave(ws *websocket.Conn) {
	p.mu.Lock()
	delete(p.conns, ws)
	p.mu.Unlock()
	p.live.Done()
}

// socket serves one connection: each live query has its frames pushed by a goroutine of its own.
func (p *pusher) socket(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	if !p.enter(ws) {
		return
	}
	defer p.leave(ws)
	to := &peer{ws: ws}
	ws.SetPingHandler(to.pong)
	if to.send(`{"type":"auth_success","user":"bench","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`) != nil {
		return
	}
	var streams sync.WaitGroup
	defer streams.Wait()
	defer ws.Close() // before that: their writes end
	for {
		_, text, err := ws.ReadMessage()
		if err != nil {
			return
		}
		if m, err := wire.ParseClient(text); err == nil {
			if sub, ok := m.(*wire.Subscribe); ok {
				streams.Go(func() { p.serve(to, sub) }) // owner: socket; ends with the frames, or the connection
			}
		}
	}
}

// peer is one connection's writing side.
type peer struct {
	mu sync.Mutex
	ws *websocket.Conn
}

func (p *peer) send(text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ws.WriteMessage(websocket.TextMessage, []byte(text))
}

// pong answers a ping. gorilla's own handler would leave its deadline to the writes that go past it.
func (p *peer) pong(data string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ws.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
}

// write sends frames as they are.
func (p *peer) write(frames []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.ws.NetConn().Write(frames)
	return err
}
