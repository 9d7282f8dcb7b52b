package kalamtest_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
)

// answerWait is how long an answer that was recorded may take here before the test gives up on it.
const answerWait = 20 * time.Second

// heard is one thing that the server said on a socket.
type heard struct {
	frame, body, reason string
	code                int
}

// socket is the client's end of one recorded connection, with its reader.
type socket struct {
	ws     *websocket.Conn
	in     chan heard
	dirty  bool          // frames were sent since the last sync
	synced chan struct{} // a token for each answer to the player's own pings
}

// syncPing is a ping that is not in the recordings: its answer says that the server has handled what came before.
const syncPing = "player-sync"

func newSocket(ws *websocket.Conn) *socket {
	return &socket{ws: ws, in: make(chan heard, 8192), synced: make(chan struct{}, 1)}
}

// player plays the client's side of a transcript against a server and compares what the server says.
type player struct {
	*comparer
	t      *testing.T
	srv    *kalamtest.Server
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	hc     *http.Client
	socks  map[string]*socket
	tokens map[string]string
	reply  *http.Response // the HTTP answer that has not been compared yet
	body   string
}

func newPlayer(t *testing.T, file string, srv *kalamtest.Server, accept []exception) *player {
	tr := &http.Transport{DialContext: srv.Dial}
	t.Cleanup(tr.CloseIdleConnections)
	return &player{
		comparer: newComparer(t, file, accept), t: t, srv: srv, dial: srv.Dial, hc: &http.Client{Transport: tr},
		socks: map[string]*socket{}, tokens: map[string]string{},
	}
}

// play goes through a recording, as fast as it can where pace is nil. With a pace it waits so that everything is sent
// at its recorded time, which is free in a bubble.
func (p *player) play(entries []entry, pace func(time.Duration)) {
	begin := time.Now()
	for i, e := range entries {
		if at := begin.Add(time.Duration(e.T) * time.Millisecond); pace != nil && e.out() {
			pace(time.Until(at))
		}
		switch {
		case e.Via == "http" && e.out():
			p.request(e)
		case e.Via == "http":
			p.answer(i, e)
		case e.Frame == "upgrade" && e.out():
			p.upgrade(e)
		case e.Frame == "upgrade":
			p.compared++ // a refused upgrade has failed in upgrade
		case e.out():
			p.send(e)
		default:
			p.hear(i, e)
		}
		if p.t.Failed() {
			p.t.Logf("%s: gave up at line %d", p.file, i+1)
			break
		}
	}
	p.finish()
}

// token stands for ${name} and ${name_refresh}.
func (p *player) expand(text string) string {
	for {
		_, rest, ok := strings.Cut(text, "${")
		if !ok {
			return p.translate(text)
		}
		name, _, _ := strings.Cut(rest, "}")
		user, refresh := strings.CutSuffix(name, "_refresh")
		token := p.tokens[name]
		switch {
		case token != "":
		case refresh:
			token = p.srv.RefreshToken(user)
		default:
			token = p.srv.Token(user)
		}
		p.tokens[name] = token
		text = strings.ReplaceAll(text, "${"+name+"}", token)
	}
}

func (p *player) request(e entry) {
	p.t.Helper()
	p.sync()
	req, err := http.NewRequest(e.Method, p.srv.URL()+p.translate(e.Path), strings.NewReader(p.expand(e.Body)))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range e.Header {
		req.Header.Set(name, p.expand(value))
	}
	if p.reply, err = p.hc.Do(req); err != nil {
		p.t.Fatal(err)
	}
	raw, err := io.ReadAll(p.reply.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.reply.Body.Close()
	p.body = string(raw)
}

// sync waits until the server has handled what was sent on the sockets: a request must not overtake it.
func (p *player) sync() {
	p.t.Helper()
	for _, s := range p.socks {
		if !s.dirty {
			continue
		}
		s.dirty = false
		if err := s.ws.WriteControl(websocket.PingMessage, []byte(syncPing), time.Now().Add(answerWait)); err != nil {
			p.t.Fatal(err)
		}
		select {
		case <-s.synced:
		case <-time.After(answerWait):
			p.t.Fatal("the server does not answer a ping")
		}
	}
}

func (p *player) answer(i int, e entry) {
	p.t.Helper()
	where := fmt.Sprintf("line %d", i+1)
	if p.reply.StatusCode != e.Status {
		p.differ(where+".status", fmt.Sprint(e.Status), fmt.Sprintf("%d %s", p.reply.StatusCode, p.body))
	}
	for _, name := range []string{"Content-Type", "Content-Disposition"} {
		p.text(where+"."+name, e.Header[name], p.reply.Header.Get(name))
	}
	if has := e.Header["Content-Length"] != ""; has != (p.reply.ContentLength >= 0) {
		p.differ(where+".Content-Length", fmt.Sprint(has), fmt.Sprint(p.reply.ContentLength))
	}
	p.comparer.body(where, e.Body, p.body)
}

func (p *player) upgrade(e entry) {
	p.t.Helper()
	header := http.Header{}
	for name, value := range e.Header {
		header.Set(name, p.expand(value))
	}
	d := websocket.Dialer{NetDialContext: p.dial, WriteBufferSize: 128 << 10}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(p.srv.URL(), "http")+e.Path, header)
	if err != nil {
		p.t.Fatal(err)
	}
	s := newSocket(ws)
	p.socks[e.Conn] = s
	go s.read() // owner: the player. ends when: finish closes the socket
}

// read passes on everything that the server says, until the socket ends.
func (s *socket) read() {
	defer close(s.in)
	s.ws.SetPongHandler(func(data string) error {
		if data == syncPing {
			s.synced <- struct{}{}
			return nil
		}
		s.in <- heard{frame: "pong", body: data}
		return nil
	})
	var unpack wire.Unpacker
	for {
		kind, frame, err := s.ws.ReadMessage()
		if err != nil {
			s.in <- closing(err)
			return
		}
		h := heard{frame: "text", body: string(frame)}
		if kind == websocket.BinaryMessage {
			plain, err := unpack.Unpack(nil, frame, 1<<20)
			h = heard{frame: "binary", body: string(plain)}
			if err != nil {
				h.body = err.Error()
			}
		}
		s.in <- h
	}
}

func closing(err error) heard {
	if ce, ok := err.(*websocket.CloseError); ok {
		return heard{frame: "close", code: ce.Code, reason: ce.Text}
	}
	return heard{frame: "cut", reason: err.Error()}
}

func (p *player) send(e entry) {
	p.t.Helper()
	s := p.socks[e.Conn]
	ws := s.ws
	s.dirty = e.Frame == "text"
	for range max(1, e.Times) {
		var err error
		switch e.Frame {
		case "text":
			err = ws.WriteMessage(websocket.TextMessage, []byte(p.expand(e.Body)))
		case "binary":
			raw, _ := base64.StdEncoding.DecodeString(e.Base64)
			err = ws.WriteMessage(websocket.BinaryMessage, raw)
		case "ping":
			err = ws.WriteControl(websocket.PingMessage, []byte(e.Body), time.Now().Add(answerWait))
		case "close":
			err = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(e.Code, e.Reason), time.Now().Add(answerWait))
		default:
			p.t.Fatalf("unknown frame kind %q", e.Frame)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *player) hear(i int, e entry) {
	p.t.Helper()
	where := fmt.Sprintf("line %d", i+1)
	timer := time.NewTimer(answerWait)
	defer timer.Stop()
	select {
	case h := <-p.socks[e.Conn].in:
		if h.frame != e.Frame || h.code != e.Code || h.reason != e.Reason {
			p.differ(where+".frame", fmt.Sprintf("%s %d %q %s", e.Frame, e.Code, e.Reason, e.Body),
				fmt.Sprintf("%s %d %q %s", h.frame, h.code, h.reason, h.body))
		}
		p.comparer.body(where, e.Body, h.body)
	case <-timer.C:
		p.t.Errorf("%s %s: the server did not say %s %s", p.file, where, e.Frame, e.Body)
	}
}

// finish closes the sockets and complains of everything that the server said beyond the recording.
func (p *player) finish() {
	p.t.Helper()
	for name, s := range p.socks {
		_ = s.ws.Close()
		for h := range s.in {
			if h.frame != "cut" {
				p.t.Errorf("%s: on socket %s the server also said %s %s", p.file, name, h.frame, h.body)
			}
		}
	}
	p.inOrder()
	if !p.t.Failed() {
		p.allUsed()
	}
	p.t.Logf("%s: %d answers compared, %d sequence ids renamed, %d differences accepted", p.file, p.compared, len(p.theirs), len(p.accepted))
	for _, a := range p.accepted {
		p.t.Logf("  accepted %s", a)
	}
}
