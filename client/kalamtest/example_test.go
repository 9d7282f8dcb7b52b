package kalamtest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/wire"
)

// In a test, Start needs no error handling and no Close.
func ExampleStart() {
	var t testing.TB = &testing.T{} // the test's own
	srv := kalamtest.Start(t, kalamtest.WithUser("lena", "Secret-lena-1", "user"))
	defer srv.Close() // only here: a real test does it at its end
	err := srv.Exec(context.Background(), "root", "CREATE NAMESPACE chat")
	fmt.Println(err, strings.HasPrefix(srv.URL(), "http://127.0.0.1:"))
	// Output: <nil> true
}

func ExampleNew() {
	srv, err := kalamtest.New(kalamtest.WithAddr("127.0.0.1:0"), kalamtest.WithTokenLifetime(time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	resp, err := http.Post(srv.URL()+"/v1/api/auth/login", "application/json",
		strings.NewReader(`{"user":"root","password":"kalamdb-root"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status, srv.Stats().Logins)

	_, err = kalamtest.New(kalamtest.WithQueue(0))
	fmt.Println(err)
	// Output:
	// 200 OK 1
	// kalam: bad option: queue 0: at least 1
}

// A burst that overflows a connection's queue is lost in silence; HoldDelivery makes the loss exact.
func ExampleServer_HoldDelivery() {
	srv, err := kalamtest.New(kalamtest.WithQueue(2))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	ctx := context.Background()
	_ = srv.Exec(ctx, "root", "CREATE NAMESPACE shop; CREATE SHARED TABLE shop.items (id INT PRIMARY KEY) WITH (ACCESS_LEVEL = 'PUBLIC')")

	ws, _, err := websocket.DefaultDialer.Dial("ws://"+srv.Addr()+"/v1/ws", http.Header{"Authorization": {"Bearer " + srv.Token("root")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ws.Close()
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","subscription":{"id":"a","sql":"SELECT id FROM shop.items"}}`))
	_, _ = srv.Await(ctx, func(s kalamtest.Stats) bool { return s.FramesSent == 2 }) // auth_success, subscription_ack

	srv.HoldDelivery()
	_ = srv.Exec(ctx, "root", "INSERT INTO shop.items (id) VALUES (1), (2), (3), (4), (5)")
	fmt.Println("dropped", srv.Stats().Dropped)
	srv.Release()
	for range 4 {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			fmt.Println(err)
			return
		}
		if m, _ := wire.ParseServer(frame); m.MessageType() == wire.TypeChange {
			row, _, _ := m.(*wire.Change).Rows.First()
			fmt.Println("told of", string(row.Get("id").Raw()))
		}
	}
	// Output:
	// dropped 3
	// told of 1
	// told of 2
}

func ExampleServer_Exec() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	ctx := context.Background()
	fmt.Println(srv.Exec(ctx, "root", "CREATE NAMESPACE shop"))
	fmt.Println(srv.Exec(ctx, "root", "CREATE TABLE shop.items (id INT PRIMARY KEY) WITH (TYPE = 'USER')"))
	fmt.Println(srv.Exec(ctx, "root", "INSERT INTO shop.items (id) VALUES ($1)", int64(7)))
	fmt.Println(srv.Exec(ctx, "nobody", "SELECT 1"))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// kalam: no user "nobody"
}

// Faults are switched while the server runs.
func ExampleServer_RefuseAuth() {
	srv, err := kalamtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.RefuseAuth(true)
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+srv.Addr()+"/v1/ws", http.Header{"Authorization": {"Bearer " + srv.Token("root")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ws.Close()
	_, frame, _ := ws.ReadMessage()
	fmt.Println(string(frame))
	_, _, err = ws.ReadMessage()
	fmt.Println(err)
	// Output:
	// {"type":"auth_error","message":"Invalid credentials"}
	// websocket: close 1008 (policy violation): Authentication failed
}
