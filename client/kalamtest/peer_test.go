package kalamtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lena and max are users of role user that most tests have.
func withUsers() kalamtest.Option { return kalamtest.WithUser("lena", "Secret-lena-1", "user") }

// start gives a server with the user lena and the USER table chat.messages.
func start(t *testing.T, opts ...kalamtest.Option) *kalamtest.Server {
	t.Helper()
	srv := kalamtest.Start(t, append(opts, withUsers())...)
	setUp(t, srv, messagesTable)
	return srv
}

// startInBubble is start over an in-memory network.
func startInBubble(t *testing.T, opts ...kalamtest.Option) *kalamtest.Server {
	t.Helper()
	return start(t, append(opts, kalamtest.WithNetwork(rxtest.NewNetwork()))...)
}

const messagesTable = "CREATE NAMESPACE chat; CREATE TABLE chat.messages (id BIGINT PRIMARY KEY, room TEXT NOT NULL, body TEXT, n INT) WITH (TYPE = 'USER')"

func setUp(t *testing.T, srv *kalamtest.Server, sql ...string) {
	t.Helper()
	for _, text := range sql {
		if err := srv.Exec(context.Background(), kalamtest.RootUser, text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// exec runs SQL as lena.
func exec(t *testing.T, srv *kalamtest.Server, sql string) {
	t.Helper()
	if err := srv.Exec(t.Context(), "lena", sql); err != nil {
		t.Fatalf("%s: %v", short(sql), err)
	}
}

// insert writes the rows from to to-1 of chat.messages in one statement.
func insert(t *testing.T, srv *kalamtest.Server, from, to int) {
	t.Helper()
	var rows []string
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf("(%d, 'blue', 'm%d', %d)", i, i, i))
	}
	exec(t, srv, "INSERT INTO chat.messages (id, room, body, n) VALUES "+strings.Join(rows, ", "))
}

// message is a frame of the server, with what the tests look at.
type message struct {
	Type           string
	SubscriptionID string `json:"subscription_id"`
	ChangeType     string `json:"change_type"`
	Code, Message  string
	User           string
	Protocol       map[string]string
	Rows           []map[string]any
	OldValues      []map[string]any `json:"old_values"`
	BatchControl   struct {
		BatchNum  int         `json:"batch_num"`
		HasMore   bool        `json:"has_more"`
		Status    string      `json:"status"`
		LastSeqID json.Number `json:"last_seq_id"`
	} `json:"batch_control"`
}

// peer is a plain client that hides nothing.
type peer struct {
	t *testing.T
	*socket
}

// dial opens a socket; token may be empty.
func dial(t *testing.T, srv *kalamtest.Server, path, token string) *peer {
	t.Helper()
	return dialOver(t, srv, srv.Dial, path, token)
}

func dialOver(t *testing.T, srv *kalamtest.Server, over kalamtest.DialFunc, path, token string) *peer {
	t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	d := websocket.Dialer{NetDialContext: over, WriteBufferSize: 128 << 10} // gorilla splits what is longer
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(srv.URL(), "http")+path, header)
	if err != nil {
		t.Fatal(err)
	}
	s := newSocket(ws)
	go s.read() // owner: the test. ends when: the socket is closed by the test's cleanup
	t.Cleanup(func() {
		_ = ws.Close()
		for range s.in {
		}
	})
	return &peer{t, s}
}

// connect opens a socket for lena and waits for its auth_success.
func connect(t *testing.T, srv *kalamtest.Server) *peer {
	t.Helper()
	p := dial(t, srv, "/v1/ws", srv.Token("lena"))
	p.expect("auth_success")
	return p
}

func (p *peer) say(format string, args ...any) {
	p.t.Helper()
	if err := p.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		p.t.Fatal(err)
	}
}

// hear waits for the next thing that the server says.
func (p *peer) hear() heard {
	p.t.Helper()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case h := <-p.in:
		return h
	case <-timer.C:
		p.t.Fatal("the server is silent")
		return heard{}
	}
}

// expect waits for the next message and fails unless it is of the type.
func (p *peer) expect(kind string) message {
	p.t.Helper()
	h := p.hear()
	var m message
	if h.frame != "text" && h.frame != "binary" {
		p.t.Fatalf("wanted %s, the server said %s %d %q", kind, h.frame, h.code, h.reason)
	}
	if err := json.Unmarshal([]byte(h.body), &m); err != nil || m.Type != kind {
		p.t.Fatalf("wanted %s, the server said %s", kind, short(h.body))
	}
	return m
}

// subscribe opens a live query on chat.messages and reads acknowledgement and first page.
func (p *peer) subscribe(id, where, options string) (first message) {
	p.t.Helper()
	p.say(`{"type":"subscribe","subscription":{"id":%q,"sql":"SELECT * FROM chat.messages%s","options":%s}}`, id, where, options)
	p.expect("subscription_ack")
	return p.expect("initial_data_batch")
}

// silent fails when the server has said anything that was not read. It makes the server answer a ping first.
func (p *peer) silent() {
	p.t.Helper()
	if err := p.ws.WriteControl(websocket.PingMessage, []byte("silent?"), time.Now().Add(time.Minute)); err != nil {
		p.t.Fatal(err)
	}
	if h := p.hear(); h.frame != "pong" {
		p.t.Fatalf("the server said %s %s", h.frame, h.body)
	}
}

// ended waits for the end of the socket and gives it.
func (p *peer) ended() heard {
	p.t.Helper()
	for {
		if h := p.hear(); h.frame == "close" || h.frame == "cut" {
			return h
		}
	}
}

// call makes an HTTP request and gives status and body.
func call(t *testing.T, srv *kalamtest.Server, method, path, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, srv.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	tr := &http.Transport{DialContext: srv.Dial, DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// query asks over HTTP with lena's fresh token.
func query(t *testing.T, srv *kalamtest.Server, sql string) (int, string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"sql": sql})
	return call(t, srv, "POST", "/v1/api/sql", srv.Token("lena"), string(body))
}

// idsWithin gives the ids of the changes that come within a time, in their order; "?" is a frame that is not JSON.
func (p *peer) idsWithin(d time.Duration) string {
	p.t.Helper()
	var ids []string
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case h := <-p.in:
			var m message
			if json.Unmarshal([]byte(h.body), &m) != nil {
				ids = append(ids, "?")
				continue
			}
			ids = append(ids, fmt.Sprint(m.Rows[0]["id"]))
		case <-timer.C:
			return strings.Join(ids, " ")
		}
	}
}
