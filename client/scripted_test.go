package client

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

const scriptedHost = "kalamdb.localhost:2900"

// scripted is a server whose side a test plays by hand, on an in-memory network
// in virtual time.
type scripted struct {
	t       *testing.T
	net     *rxtest.Network
	peers   chan *peer
	upgrade http.HandlerFunc // in place of accepting, if set
	refuse  func() bool      // whether to turn a dial away
	cuts    bool             // the test cuts connections: an upgrade may fail by it
	sql     http.HandlerFunc // answers statements; set before there is one

	mu     sync.Mutex
	dials  int
	tokens []string // of the upgrades
}

// peer is the server's end of one socket.
type peer struct {
	t     *testing.T
	ws    *websocket.Conn
	quiet bool // a send that fails is no failure of the test
}

// inScript runs a test against a scripted server in a synctest bubble.
func inScript(t *testing.T, test func(t *testing.T, s *scripted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{t: t, net: rxtest.NewNetwork(), peers: make(chan *peer, 16), sql: http.NotFound}
		ln, err := s.net.Listen(scriptedHost)
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1/ws", s.socket)
		mux.HandleFunc("POST /v1/api/sql", func(w http.ResponseWriter, r *http.Request) { s.sql(w, r) })
		srv := &http.Server{Handler: mux}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = srv.Serve(ln)
		}()
		defer func() {
			_ = srv.Close()
			<-served
		}()
		test(t, s)
	})
}

func (s *scripted) socket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.dials++
	s.tokens = append(s.tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	refuse := s.upgrade
	s.mu.Unlock()
	if refuse != nil {
		refuse(w, r)
		return
	}
	ws, err := (&websocket.Upgrader{WriteBufferSize: 1 << 20}).Upgrade(w, r, nil)
	if err != nil {
		if !s.cuts {
			s.t.Errorf("upgrade: %v", err)
		}
		return
	}
	s.peers <- &peer{t: s.t, ws: ws}
}

func (s *scripted) dialled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// client is a client of the script; it is closed, and waited for, with the test.
func (s *scripted) client(opts ...Option) *Client {
	s.t.Helper()
	return s.surviving(append([]Option{WithoutReconnect()}, opts...)...)
}

// surviving is a client that dials again.
func (s *scripted) surviving(opts ...Option) *Client {
	s.t.Helper()
	opts = append([]Option{WithDialer(s.dial)}, opts...)
	c, err := New("http://"+scriptedHost, opts...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	return c
}

func (s *scripted) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if s.refuse != nil && s.refuse() {
		return nil, syscall.ECONNREFUSED
	}
	return s.net.DialContext(ctx, network, addr)
}

// accept waits for the next socket and welcomes it.
func (s *scripted) accept() *peer {
	p := <-s.peers
	p.send(authText)
	return p
}

func (p *peer) send(text string) {
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil && !p.quiet {
		p.t.Errorf("send: %v", err)
	}
}

// sendf is send for one live query: %q in text stands for its id.
func (p *peer) sendf(text, id string) { p.send(fmt.Sprintf(text, id)) }

// next reads the client's next message; control frames are answered meanwhile.
func (p *peer) next() wire.ClientMessage {
	p.t.Helper()
	_, text, err := p.ws.ReadMessage()
	if err != nil {
		p.t.Fatalf("next: %v", err)
	}
	m, err := wire.ParseClient(text)
	if err != nil {
		p.t.Fatalf("next: %v: %s", err, text)
	}
	return m
}

// subscribed reads the client's next message, a subscribe, and gives its id.
func (p *peer) subscribed() string {
	p.t.Helper()
	m, ok := p.next().(*wire.Subscribe)
	if !ok {
		p.t.Fatalf("not a subscribe: %T", m)
	}
	return m.ID
}

// subscribeID is the id of the live query that a message opens, else empty.
func subscribeID(text []byte) string {
	if m, err := wire.ParseClient(text); err == nil && m.MessageType() == wire.TypeSubscribe {
		return m.(*wire.Subscribe).ID
	}
	return ""
}

// drain reads until the client closes, so that the closing handshake ends.
func (p *peer) drain() (left []wire.ClientMessage, err error) {
	for {
		_, text, err := p.ws.ReadMessage()
		if err != nil {
			_ = p.ws.Close()
			return left, err
		}
		if m, err := wire.ParseClient(text); err == nil {
			left = append(left, m)
		}
	}
}

const (
	authText  = `{"type":"auth_success","user":"lena","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`
	ackText   = `{"type":"subscription_ack","subscription_id":%q,"total_rows":0,"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null},"schema":[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},{"name":"body","data_type":"Text","index":1},{"name":"_seq","data_type":"BigInt","index":2,"flags":["nn"]},{"name":"_deleted","data_type":"Boolean","index":3,"flags":["nn"]}]}`
	emptyText = `{"type":"initial_data_batch","subscription_id":%q,"rows":[],"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null}}`
)

// welcome takes the next live query in, with an empty snapshot, and gives its id.
func (p *peer) welcome() string {
	p.t.Helper()
	id := p.subscribed()
	p.sendf(ackText, id)
	p.sendf(emptyText, id)
	return id
}

func insertText(id string, key, seq int) string {
	return fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":[{"id":"%d","body":"b%d","_seq":"%d","_deleted":false}]}`,
		id, key, key, seq)
}

// record subscribes and keeps what comes.
type record[T any] struct {
	sub *rx.Subscription
	mu  sync.Mutex
	all []T
	end string
}

func recordOf[T any](ctx context.Context, o rx.Observable[T]) *record[T] {
	r := &record[T]{}
	r.sub = o.Subscribe(ctx, rx.Observer[T]{
		Next: func(v T) { r.add(func() { r.all = append(r.all, v) }) },
		Error: func(err error) {
			r.add(func() { r.end = "error: " + err.Error() })
		},
		Complete: func() { r.add(func() { r.end = "complete" }) },
	})
	return r
}

func (r *record[T]) add(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// seen gives what came so far, and how it ended, once all is at rest.
func (r *record[T]) seen() ([]T, string) {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]T(nil), r.all...), r.end
}

func TestScript_ALiveQueryRunsAndClosesInOrder(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		r := recordOf(t.Context(), Changes[map[string]any](c, "SELECT * FROM chat.messages", WithExactness(PushOnly)))
		p := s.accept()
		id := p.welcome()
		p.send(insertText(id, 1, 10))
		got, end := r.seen()
		is.Equal(end, "")
		is.Equal(len(got), 2) // loaded, insert
		is.Equal(got[0].Op, Loaded)
		is.Equal(got[1].Op, Insert)
		is.Equal(got[1].Row["body"], "b1")

		r.sub.Unsubscribe()
		left, ok := p.next().(*wire.Unsubscribe)
		is.True(ok)
		is.Equal(left.SubscriptionID, id)
		go func() { _ = c.Close(context.Background()) }()
		_, err := p.drain()
		is.True(websocket.IsCloseError(err, websocket.CloseNormalClosure))
		<-c.Done()
	})
}

func onNextEvent(f func(Event)) rx.Observer[Event] { return rx.OnNext(f) }

// cutting is a dialer whose connections give n bytes and then an end.
type cutting struct {
	net  *scripted
	left int
	seen []byte
}

func (d *cutting) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := d.net.dial(ctx, network, addr)
	return &cutConn{Conn: conn, d: d}, err
}

type cutConn struct {
	net.Conn
	d *cutting
}

func (c *cutConn) Read(p []byte) (int, error) {
	if c.d.left == 0 {
		_ = c.Conn.Close()
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p[:min(len(p), c.d.left)])
	c.d.left -= n
	c.d.seen = append(c.d.seen, p[:n]...)
	return n, err
}
