package kalamtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// benchSocket gives a server and a socket that is subscribed, live only, to the table bench.rows.
func benchSocket(b *testing.B, opts ...kalamtest.Option) (*kalamtest.Server, *websocket.Conn) {
	b.Helper()
	srv := kalamtest.Start(b, opts...)
	for _, sql := range []string{"CREATE NAMESPACE bench", "CREATE TABLE bench.rows (id BIGINT PRIMARY KEY, room TEXT, body TEXT, n INT) WITH (TYPE = 'USER')"} {
		if err := srv.Exec(b.Context(), "root", sql); err != nil {
			b.Fatal(err)
		}
	}
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+srv.Addr()+"/v1/ws", http.Header{"Authorization": {"Bearer " + srv.Token("root")}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ws.Close() })
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","subscription":{"id":"a","sql":"SELECT * FROM bench.rows"}}`))
	for range 2 {
		if _, _, err := ws.ReadMessage(); err != nil {
			b.Fatal(err)
		}
	}
	return srv, ws
}

func insertRows(b *testing.B, srv *kalamtest.Server, from, n int) {
	b.Helper()
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("(%d, 'blue', 'some text', %d)", from+i, i)
	}
	if err := srv.Exec(b.Context(), "root", "INSERT INTO bench.rows (id, room, body, n) VALUES "+strings.Join(rows, ", ")); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkChange is one inserted row from SQL to the socket's reader, in statements of 100 rows.
func BenchmarkChange(b *testing.B) {
	srv, ws := benchSocket(b, kalamtest.WithHeartbeat(1<<40))
	const burst = 100
	for done := 0; done < b.N; done += burst {
		insertRows(b, srv, done, burst)
		for range burst {
			if _, _, err := ws.ReadMessage(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkBurst tells how many of 1,000 rows of one INSERT a fast reader hears of, with nothing held.
func BenchmarkBurst(b *testing.B) {
	srv, ws := benchSocket(b, kalamtest.WithHeartbeat(1<<40))
	at := 0
	for b.Loop() {
		before := srv.Stats()
		insertRows(b, srv, at, 1000)
		at += 1000
		for range 1000 - (srv.Stats().Dropped - before.Dropped) {
			if _, _, err := ws.ReadMessage(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(srv.Stats().Delivered)/float64(at)*1000, "delivered/1000")
}
