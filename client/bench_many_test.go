package client

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// manyServer is a server with one hot table: what is written to it goes to every live query of every socket.
type manyServer struct {
	url string
	pusher

	mu      sync.Mutex
	lives   int
	opened  sync.Cond // on lives
	sockets []*manyPeer
}

// manyPeer is one socket, whose live queries are told by one write.
type manyPeer struct {
	mu  sync.Mutex
	ws  *websocket.Conn
	ids []string
}

func startMany(t testing.TB) *manyServer {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &manyServer{url: "http://" + ln.Addr().String()}
	s.opened.L = &s.mu
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/ws", s.accept)
	mux.HandleFunc("POST /v1/api/sql", s.sql)
	srv := &http.Server{Handler: mux}
	served := make(chan struct{})
	go func() { // owner: the test; ends with srv
		defer close(served)
		_ = srv.Serve(ln)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-served
	})
	return s
}

func (s *manyServer) accept(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	p := &manyPeer{ws: ws}
	ws.SetPingHandler(p.pong)
	s.mu.Lock()
	s.sockets = append(s.sockets, p)
	s.mu.Unlock()
	_ = p.send(`{"type":"auth_success","user":"lena","role":"user"}`)
	for {
		_, text, err := ws.ReadMessage()
		if err != nil {
			return
		}
		m, err := wire.ParseClient(text)
		if sub, ok := m.(*wire.Subscribe); ok && err == nil {
			s.open(p, sub)
		}
	}
}

func (s *manyServer) open(p *manyPeer, sub *wire.Subscribe) {
	_ = p.send(fmt.Sprintf(`{"type":"subscription_ack","subscription_id":%q,"total_rows":0,"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null},"schema":`+benchSchema+`}`, sub.ID))
	if sub.Options != nil {
		_ = p.send(fmt.Sprintf(emptyText, sub.ID))
	}
	p.mu.Lock()
	p.ids = append(p.ids, sub.ID)
	p.mu.Unlock()
	s.mu.Lock()
	s.lives++
	s.mu.Unlock()
	s.opened.Broadcast()
}

func (p *manyPeer) send(text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ws.WriteMessage(websocket.TextMessage, []byte(text))
}

// pong answers a ping. gorilla's own handler would leave its deadline to the writes that go past it.
func (p *manyPeer) pong(data string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ws.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
}

// awaitLives waits for so many live queries.
func (s *manyServer) awaitLives(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.lives < n {
		s.opened.Wait()
	}
}

// write is a change of the table, told to every live query: the frames of a socket in one write.
func (s *manyServer) write(t testing.TB, n int) {
	for _, p := range s.sockets {
		var frames []byte
		for _, id := range p.ids {
			text := benchFrame(id, n)
			frames = append(frames, 0x81, 126, byte(len(text)>>8), byte(len(text)))
			frames = append(frames, text...)
		}
		p.mu.Lock()
		if _, err := p.ws.NetConn().Write(frames); err != nil && err != io.EOF {
			t.Error(err)
		}
		p.mu.Unlock()
	}
}

const (
	manyLives     = 1000
	manySockets   = 10
	manyObservers = 10_000
)

// many is 1,000 live queries on sockets of 100, and 10,000 observers who share them.
type many struct {
	srv     *manyServer
	clients []*Client
	took    atomic.Int64
	want    atomic.Int64
	ready   sync.WaitGroup
	turn    chan struct{} // of capacity 1: took is what is wanted
}

func openMany(t testing.TB, lives, observers int) *many {
	m := &many{srv: startMany(t), turn: make(chan struct{}, 1)}
	for range manySockets {
		c, err := New(m.srv.url, WithoutCompression(), WithMessageRate(50))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = c.Close(context.Background())
			<-c.Done()
		})
		m.clients = append(m.clients, c)
	}
	for i := range observers {
		live := i % lives
		sql := fmt.Sprintf("SELECT * FROM chat.messages WHERE conversation_id < %d", 1000+live/manySockets)
		m.observe(t, m.clients[live%manySockets], sql)
	}
	m.ready.Wait()
	m.srv.awaitLives(lives)
	return m
}

func (m *many) observe(t testing.TB, c *Client, sql string) {
	m.ready.Add(1)
	Changes[chatRow](c, sql, WithExactness(OnGap)).Subscribe(context.Background(), rx.Observer[Change[chatRow]]{
		Next: func(v Change[chatRow]) {
			switch {
			case v.Op == Loaded:
				m.ready.Done()
			case v.Op == Gap:
				t.Error(v.Cause)
			case v.Op < Loaded:
				if m.took.Add(1) == m.want.Load() {
					m.turn <- struct{}{}
				}
			}
		},
		Error: func(err error) { t.Error(err) },
	})
}

// deliver has changes be told to all observers, from the n-th on.
func (m *many) deliver(t testing.TB, n, changes, observers int) {
	m.want.Add(int64(changes * observers))
	for i := range changes {
		m.srv.write(t, n+i)
	}
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	select {
	case <-m.turn:
	case <-late.C:
		t.Fatalf("%d of %d deliveries", m.took.Load(), m.want.Load())
	}
}

// BenchmarkMany is one delivery of a change of a hot table to one of 10,000 observers of 1,000 live queries on sockets of
// 100, a change being told by 1,000 frames: one change when all is at rest, and some in a row.
func BenchmarkMany(b *testing.B) {
	for _, changes := range []int{1, 20} {
		b.Run(fmt.Sprintf("%d-in-a-row", changes), func(b *testing.B) {
			m := openMany(b, manyLives, manyObservers)
			b.ReportAllocs()
			b.ResetTimer()
			n := 0
			for b.Loop() {
				m.deliver(b, n, changes, manyObservers)
				n += changes
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*changes*manyObservers), "ns/delivery")
		})
	}
}

// Every observer of every live query is told every change, each live query being one of the server's.
func TestMany_AllObserversAreToldThroughSharedLiveQueries(t *testing.T) {
	is := is.New(t)
	const lives, observers, changes = 100, 1000, 5
	m := openMany(t, lives, observers)
	m.deliver(t, 0, 1, observers)
	m.deliver(t, 1, changes-1, observers)
	is.Equal(m.took.Load(), int64(observers*changes))
	var received, delivered uint64
	for _, c := range m.clients {
		s := c.Stats()
		is.Equal(len(s.Live), lives/manySockets)
		received += s.All.Received
		delivered += s.All.Delivered
	}
	is.Equal(received, uint64(lives*(changes+1))) // an acknowledgement each
	is.True(delivered >= uint64(observers*changes))
}
