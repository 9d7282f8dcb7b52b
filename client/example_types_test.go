package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"syscall"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// A change of a live query carries the row as it is and as it was; comparing Op is
// how a pipeline tells them apart.
func ExampleChange() {
	example(func(ctx context.Context, c *client.Client) {
		inserts := rx.Pipe3(client.Changes[Message](c, "SELECT * FROM chat.messages"),
			operators.Filter(func(m client.Change[Message]) bool { return m.Op == client.Insert }),
			operators.Map(func(m client.Change[Message]) string { return m.Row.Room }),
			operators.Take[string](2))
		for room := range rx.All(ctx, inserts) {
			fmt.Println(room)
		}
	})
	// Output:
	// go
	// rust
}

func ExampleView() {
	example(func(ctx context.Context, c *client.Client) {
		first := operators.Take[client.View[Message]](1)
		for v := range rx.All(ctx, rx.Pipe1(client.Live[Message](c, "SELECT * FROM chat.messages"), first)) {
			for key, m := range v.All() {
				fmt.Println(key, m.Room)
			}
			fmt.Println(v.Len(), len(v.Slice()), len(v.Changes()), v.Checkpoint().IsZero())
		}
	})
	// Output:
	// 1 go
	// 2 rust
	// 2 2 2 false
}

func ExampleEvent() {
	example(func(ctx context.Context, c *client.Client) {
		for e := range rx.All(ctx, client.LiveEvents(c, "SELECT * FROM chat.messages", client.LiveOnly())) {
			if e.Kind == client.EventAck {
				go func() { _, _ = c.Exec(ctx, "DELETE FROM chat.messages WHERE id = 1") }()
				continue
			}
			gone, _, _ := e.Change().Before(e.Schema)
			room, _ := gone.Get("room").Text()
			fmt.Println(e.Kind, room)
			return
		}
	})
	// Output: delete go
}

func ExampleConnectError() {
	c, err := client.New("http://localhost:2900", client.WithoutReconnect(), client.WithDialer(
		func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }))
	if err != nil {
		log.Fatal(err)
	}
	err = c.Connect(context.Background())
	var refused *client.ConnectError
	fmt.Println(errors.As(err, &refused), refused.Step)
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
	fmt.Println(err)
	_ = c.Close(context.Background())
	// Output:
	// true dial
	// true
	// kalam: cannot connect to ws://localhost:2900/v1/ws: dial: connection refused
}

func ExampleClient_Disconnect() {
	example(func(ctx context.Context, c *client.Client) {
		fmt.Println(c.Connect(ctx), c.IsConnected())
		fmt.Println(c.Disconnect(ctx), c.IsConnected())
		rows, err := client.Query[int64](ctx, c, "SELECT COUNT(*) FROM chat.messages") // HTTP goes on
		fmt.Println(rows, err)
	})
	// Output:
	// <nil> true
	// <nil> false
	// [2] <nil>
}

func ExampleStats() {
	example(func(ctx context.Context, c *client.Client) {
		for range rx.All(ctx, rx.Pipe1(client.Changes[Message](c, "SELECT * FROM chat.messages"), operators.Take[client.Change[Message]](3))) {
		}
		s := c.Stats()
		fmt.Println(s.Received, s.Unknown, s.Unreadable) // the welcome and the acknowledgement; the rows come over HTTP
	})
	// Output: 2 0 0
}

func ExampleResult() {
	example(func(ctx context.Context, c *client.Client) {
		r, err := c.Exec(ctx, "UPDATE chat.messages SET room = 'zig' WHERE id = 2; DELETE FROM chat.messages WHERE id = 1")
		fmt.Println(r.RowsAffected, r.User, r.Messages, err)
	})
	// Output: 2 root [Updated 1 row(s) Deleted 1 row(s)] <nil>
}

func ExampleOption() {
	_, err := client.New("http://localhost:2900",
		client.WithKeepalive(8*time.Second),
		client.WithPeerTimeout(5*time.Second), // shorter than the pings are apart
	)
	fmt.Println(errors.Is(err, client.ErrConfig))
	fmt.Println(err)
	// Output:
	// true
	// kalam: bad configuration: WithPeerTimeout: 5s is not longer than the keepalive interval 8s
}

func ExampleLiveOption() {
	example(func(ctx context.Context, c *client.Client) {
		impossible := client.LiveEvents(c, "SELECT * FROM chat.messages", client.BatchSize(10), client.LastRows(20))
		for _, err := range rx.All(ctx, impossible) {
			fmt.Println(err)
		}
	})
	// Output: kalam: bad configuration: LastRows 20 is more than BatchSize 10; the server refuses that
}

func ExampleState() {
	example(func(ctx context.Context, c *client.Client) {
		up := operators.Filter(func(s client.State) bool { return s.Phase == client.Ready })
		go func() { _ = c.Connect(ctx) }()
		for s := range rx.All(ctx, rx.Pipe2(c.State(), up, operators.Take[client.State](1))) {
			fmt.Println(s.User, s.Role, s.Connects, s.Disconnects)
		}
	})
	// Output: root system 1 0
}

func ExampleMessage() {
	example(func(ctx context.Context, c *client.Client) {
		sent := operators.Filter(func(m client.Message) bool { return m.Direction == client.Sent })
		first := rx.Pipe2(c.Messages(), sent, operators.Take[client.Message](1))
		shown := first.Subscribe(ctx, rx.OnNext(func(m client.Message) { fmt.Println(m.Type, m.Size == len(m.Body)) }))
		sub := client.LiveEvents(c, "SELECT id FROM chat.messages").Subscribe(ctx, rx.Observer[client.Event]{})
		defer sub.Unsubscribe()
		<-shown.Done()
	})
	// Output: subscribe true
}
