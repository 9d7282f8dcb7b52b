package client

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// chatRow is the row of the benchmarks: one change of it is a frame of 312 bytes.
type chatRow struct {
	ID             int64   `kalam:"id"`
	ConversationID int64   `kalam:"conversation_id"`
	Sender         string  `kalam:"sender"`
	Content        string  `kalam:"content"`
	Score          float64 `kalam:"score"`
	CreatedAt      int64   `kalam:"created_at"`
}

const (
	benchSchema  = `[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},{"name":"conversation_id","data_type":"BigInt","index":1},{"name":"sender","data_type":"Text","index":2},{"name":"content","data_type":"Text","index":3},{"name":"score","data_type":"Double","index":4},{"name":"created_at","data_type":"BigInt","index":5},{"name":"_seq","data_type":"BigInt","index":6,"flags":["nn"]},{"name":"_deleted","data_type":"Boolean","index":7,"flags":["nn"]}]`
	framesAWrite = 200
	firstSeq     = 383399511795273728
)

// pusher is a server that answers the first subscribe and then pushes frames that
// were encoded before, many to a system call, so that the client is what is
// measured.
type pusher struct {
	url    string
	frames int
	ln     net.Listener
}

func newPusher(b *testing.B, frames int) *pusher {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p := &pusher{url: "http://" + ln.Addr().String(), frames: frames, ln: ln}
	srv := &http.Server{Handler: p}
	go func() { _ = srv.Serve(ln) }()
	b.Cleanup(func() { _ = srv.Close() })
	return p
}

func (p *pusher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"auth_success","user":"u","role":"user","protocol":{"serialization":"json","compression":"none"}}`))
	_, text, err := ws.ReadMessage()
	if err != nil {
		return
	}
	m, _ := wire.ParseClient(text)
	sub, ok := m.(*wire.Subscribe)
	if !ok {
		return
	}
	for _, text := range []string{
		`{"type":"subscription_ack","subscription_id":%q,"total_rows":0,"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null},"schema":` + benchSchema + `}`,
		emptyText,
	} {
		_ = ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(text, sub.ID)))
	}
	p.push(ws.NetConn(), sub.ID)
	_, _, _ = ws.ReadMessage()
}

// benchFrame is one change; n varies the row.
func benchFrame(id string, n int) string {
	return fmt.Sprintf(`{"type":"change","subscription_id":%q,"change_type":"insert","rows":[{"created_at":"1772323200%06d","content":"a message of about the length that people write to each other","_seq":"%d","id":"%d","score":0.25,"sender":"lena@example.org","_deleted":false,"conversation_id":"%d"}]}`,
		id, n%1000000, firstSeq+n, 100+n, n%7)
}

// push writes the frames, a few hundred in one write each. Every frame has a _seq
// of its own, since a view would ignore one that it has.
func (p *pusher) push(conn net.Conn, id string) {
	var chunk []byte
	var seqs []int // where in chunk the versions are
	for n := range framesAWrite {
		text := benchFrame(id, n)
		chunk = append(chunk, 0x81, 126, byte(len(text)>>8), byte(len(text)))
		seqs = append(seqs, len(chunk)+strings.Index(text, `"_seq":"`)+len(`"_seq":"`))
		chunk = append(chunk, text...)
	}
	seq := int64(firstSeq)
	for left := p.frames; left > 0; left -= framesAWrite {
		for _, at := range seqs {
			seq++
			strconv.AppendInt(chunk[at:at], seq, 10)
		}
		if left < framesAWrite {
			chunk = chunk[:len(chunk)/framesAWrite*left]
		}
		if _, err := conn.Write(chunk); err != nil {
			return
		}
	}
}

// bareRead is the floor: gorilla, a reused buffer, nothing done with the frames.
func bareRead(b *testing.B, p *pusher) {
	d := websocket.Dialer{ReadBufferSize: readBuffer}
	ws, _, err := d.Dial("ws"+p.url[4:]+"/v1/ws", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer ws.Close()
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","subscription":{"id":"0000000000000000","sql":"SELECT * FROM a.b","options":{}}}`))
	buf := make([]byte, 0, 64<<10)
	b.ResetTimer()
	for n := -3; n < p.frames; n++ { // the welcome, the acknowledgement and the page come first
		_, r, err := ws.NextReader()
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			var k int
			k, err = r.Read(buf[:cap(buf)])
			_ = buf[:k]
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}

// consume counts what a live stream emits until all frames came.
func consume[T any](b *testing.B, p *pusher, first int, open func(c *Client) rx.Observable[T]) {
	c, err := New(p.url, WithoutCompression(), WithQueueLength(p.frames+10))
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = c.Close(context.Background())
		<-c.Done()
	}()
	if err := c.Connect(context.Background()); err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	left := p.frames + first
	b.ResetTimer()
	sub := open(c).Subscribe(context.Background(), rx.Observer[T]{
		Next: func(T) {
			if left--; left == 0 {
				close(done)
			}
		},
		Error: func(err error) { b.Error(err) },
	})
	select {
	case <-done:
	case <-sub.Done():
	}
	b.StopTimer()
}

const benchSQL = "SELECT * FROM chat.messages"

// BenchmarkChange is one pushed change of 312 bytes, from the socket to the
// observer, against a bare read of the same frames.
func BenchmarkChange(b *testing.B) {
	run := func(name string, f func(b *testing.B, p *pusher)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			f(b, newPusher(b, b.N))
		})
	}
	run("bare-read", bareRead)
	run("LiveEvents", func(b *testing.B, p *pusher) {
		consume(b, p, 2, func(c *Client) rx.Observable[Event] { return LiveEvents(c, benchSQL) })
	})
	run("Changes", func(b *testing.B, p *pusher) {
		consume(b, p, 1, func(c *Client) rx.Observable[Change[chatRow]] {
			return Changes[chatRow](c, benchSQL, WithExactness(PushOnly))
		})
	})
	run("Changes-3-operators", func(b *testing.B, p *pusher) {
		consume(b, p, 1, func(c *Client) rx.Observable[int64] {
			return rx.Pipe3(Changes[chatRow](c, benchSQL, WithExactness(PushOnly)),
				operators.Filter(func(Change[chatRow]) bool { return true }),
				operators.Map(func(c Change[chatRow]) int64 { return c.Row.ID }),
				operators.Scan(int64(0), func(sum, id int64) int64 { return sum + id }))
		})
	})
	run("Live", func(b *testing.B, p *pusher) {
		consume(b, p, 1, func(c *Client) rx.Observable[View[chatRow]] {
			return Live[chatRow](c, benchSQL, WithExactness(PushOnly))
		})
	})
}
