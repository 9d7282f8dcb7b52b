package client

import (
	"context"
	"io"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
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
	benchSQL    = "SELECT * FROM chat.messages"
	benchWindow = 20 // writes ahead of who reads
)

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
	close(p.begin)
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
		if n >= 0 {
			p.read()
		}
	}
}

// benchClient is a client of the server; it is closed, and waited for, with the
// benchmark.
func benchClient(b testing.TB, p *pusher) *Client {
	c, err := New(p.url, WithoutCompression(), WithQueueLength(p.frames+10), WithQueueBytes(1<<40))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	return c
}

// counted says of what a stream emits how many changes it is, and whether frames may
// flow behind it.
type counted[T any] func(T) (changes int, ready bool)

func countEvent(e Event) (changes int, ready bool) {
	if e.Change() != nil {
		changes = 1
	}
	return changes, e.Kind == EventSnapshot
}

func countChange(c Change[chatRow]) (changes int, ready bool) {
	if c.Op < Loaded && c.Origin != FromSnapshot {
		changes = 1
	}
	return changes, c.Op == Loaded
}

func countView(v View[chatRow]) (changes int, ready bool) {
	for _, c := range v.Changes() {
		n, _ := countChange(c)
		changes += n
	}
	return changes, true
}

// consume has a stream take in all frames.
func consume[T any](b *testing.B, p *pusher, count counted[T], open func(c *Client) rx.Observable[T]) {
	c := benchClient(b, p)
	ready, done := make(chan struct{}), make(chan struct{})
	waiting, left := true, p.frames
	sub := open(c).Subscribe(context.Background(), rx.Observer[T]{
		Next: func(v T) {
			n, begins := count(v)
			if waiting && begins {
				waiting = false
				close(ready)
			}
			for range n {
				p.read()
			}
			if left -= n; n > 0 && left == 0 {
				close(done)
			}
		},
		Error: func(err error) { b.Error(err) },
	})
	await(sub, ready)
	b.ResetTimer()
	close(p.begin)
	await(sub, done)
	b.StopTimer()
}

// await waits, unless the stream ends.
func await(sub *rx.Subscription, done <-chan struct{}) {
	select {
	case <-done:
	case <-sub.Done():
	}
}

// BenchmarkChange is one pushed change of 312 bytes, from the socket to the
// observer, against a bare read of the same frames.
func BenchmarkChange(b *testing.B) {
	run := func(name string, f func(b *testing.B, p *pusher)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			f(b, newPusher(b, b.N, framesAWrite, benchWindow))
		})
	}
	run("bare-read", bareRead)
	run("LiveEvents", func(b *testing.B, p *pusher) {
		consume(b, p, countEvent, func(c *Client) rx.Observable[Event] { return LiveEvents(c, benchSQL) })
	})
	for _, exactness := range []Exactness{PushOnly, Audited} {
		name := exactness.String()
		run("Changes/"+name, func(b *testing.B, p *pusher) {
			consume(b, p, countChange, func(c *Client) rx.Observable[Change[chatRow]] {
				return Changes[chatRow](c, benchSQL, WithExactness(exactness))
			})
		})
		run("Changes-3-operators/"+name, func(b *testing.B, p *pusher) {
			consume(b, p, countChange, func(c *Client) rx.Observable[Change[chatRow]] {
				return rx.Pipe3(Changes[chatRow](c, benchSQL, WithExactness(exactness)),
					operators.Filter(func(Change[chatRow]) bool { return true }),
					operators.Map(func(c Change[chatRow]) Change[chatRow] { return c }),
					operators.Scan(Change[chatRow]{}, func(_, c Change[chatRow]) Change[chatRow] { return c }))
			})
		})
		run("Live/"+name, func(b *testing.B, p *pusher) {
			consume(b, p, countView, func(c *Client) rx.Observable[View[chatRow]] {
				return Live[chatRow](c, benchSQL, WithExactness(exactness))
			})
		})
	}
	run("Live/10000-rows", func(b *testing.B, p *pusher) {
		p.rows = 10_000
		consume(b, p, countView, func(c *Client) rx.Observable[View[chatRow]] { return Live[chatRow](c, benchSQL) })
	})
}
