package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// Message is a row of the examples' table.
type Message struct {
	ID   int64   `kalam:"id"`
	Room string  `kalam:"room"`
	Body *string `kalam:"body"`
}

const createMessages = `CREATE NAMESPACE chat;
	CREATE TABLE chat.messages (id BIGINT PRIMARY KEY, room TEXT NOT NULL, body TEXT) WITH (TYPE = 'USER');
	INSERT INTO chat.messages (id, room, body) VALUES (1, 'go', 'hello'), (2, 'rust', 'hi')`

// example runs f with a client of an embedded server that has chat.messages.
func example(f func(ctx context.Context, c *client.Client)) {
	srv, err := kalamtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := client.New(srv.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := c.Exec(ctx, createMessages); err != nil {
		log.Fatal(err)
	}
	f(ctx, c)
	_ = c.Close(ctx)
	<-c.Done()
}

func ExampleNew() {
	_, err := client.New("localhost:2900")
	fmt.Println(errors.Is(err, client.ErrConfig))
	c, err := client.New("http://localhost:2900", client.WithMaxRetries(5)) // no I/O
	fmt.Println(c.URL(), err)
	_ = c.Close(context.Background())
	// Output:
	// true
	// http://localhost:2900 <nil>
}

func ExampleQuery() {
	example(func(ctx context.Context, c *client.Client) {
		rows, err := client.Query[Message](ctx, c, "SELECT * FROM chat.messages WHERE room = $1", "go")
		fmt.Println(len(rows), *rows[0].Body, err)
	})
	// Output: 1 hello <nil>
}

func ExampleClient_Exec() {
	example(func(ctx context.Context, c *client.Client) {
		r, err := c.Exec(ctx, "DELETE FROM chat.messages WHERE id = $1", 2)
		fmt.Println(r.RowsAffected, r.Messages, err)
	})
	// Output: 1 [Deleted 1 row(s)] <nil>
}

func ExampleChanges() {
	example(func(ctx context.Context, c *client.Client) {
		changes := client.Changes[Message](c, "SELECT * FROM chat.messages WHERE room = 'go'")
		for m, err := range rx.All(ctx, changes) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(m.Op, m.Origin, m.Row.ID)
			switch m.Op {
			case client.Loaded:
				go func() { _, _ = c.Exec(ctx, "UPDATE chat.messages SET body = NULL WHERE id = 1") }()
			case client.Update:
				fmt.Println(*m.Before.Body, "→", m.Row.Body)
				return // leaving the loop is unsubscribing
			}
		}
	})
	// Output:
	// insert snapshot 1
	// loaded snapshot 0
	// update push 1
	// hello → <nil>
}

func ExampleLive() {
	example(func(ctx context.Context, c *client.Client) {
		views := client.Live[Message](c, "SELECT * FROM chat.messages")
		for v, err := range rx.All(ctx, rx.Pipe1(views, operators.Take[client.View[Message]](1))) {
			if err != nil {
				log.Fatal(err)
			}
			m, ok := v.Get(2)
			fmt.Println(v.Len(), v.Status(), m.Room, ok)
		}
	})
	// Output: 2 Ready rust true
}

func ExampleLiveEvents() {
	example(func(ctx context.Context, c *client.Client) {
		events := client.LiveEvents(c, "SELECT id FROM chat.messages", client.BatchSize(1))
		for e, err := range rx.All(ctx, rx.Pipe1(events, operators.Take[client.Event](3))) {
			if err != nil {
				log.Fatal(err)
			}
			rows, last := e.Page()
			fmt.Println(e.Kind, len(e.Schema), rows.Len(), last)
		}
	})
	// Output:
	// ack 1 0 false
	// snapshot 1 1 false
	// snapshot 1 1 true
}

func ExampleClient_State() {
	example(func(ctx context.Context, c *client.Client) {
		done := make(chan struct{})
		c.State().Subscribe(ctx, rx.Observer[client.State]{
			Next:     func(s client.State) { fmt.Println(s) },
			Complete: func() { close(done) },
		})
		fmt.Println(c.Connect(ctx))
		_ = c.Close(ctx)
		<-done
	})
	// Unordered output:
	// Idle
	// Dialing
	// Authenticating
	// Ready (root, role system)
	// <nil>
	// Idle
	// Closed
}

func ExampleClient_Messages() {
	example(func(ctx context.Context, c *client.Client) {
		first := rx.Pipe1(c.Messages(), operators.Take[client.Message](2))
		shown := first.Subscribe(ctx, rx.OnNext(func(m client.Message) { fmt.Println(m.Direction, m.Type) }))
		sub := client.LiveEvents(c, "SELECT * FROM chat.messages").Subscribe(ctx, rx.Observer[client.Event]{})
		defer sub.Unsubscribe()
		<-shown.Done()
	})
	// Output:
	// received auth_success
	// sent subscribe
}

func ExampleClient_Errors() {
	c, err := client.New("http://127.0.0.1:1", client.WithoutReconnect()) // where nobody listens
	if err != nil {
		log.Fatal(err)
	}
	told := make(chan error, 1)
	c.Errors().Subscribe(context.Background(), rx.OnNext(func(err error) { told <- err }))
	_ = c.Connect(context.Background())
	fmt.Println(errors.Is(<-told, client.ErrConnect))
	_ = c.Close(context.Background())
	// Output: true
}

func ExampleWithEventHandlers() {
	example(func(ctx context.Context, c *client.Client) {
		handlers := client.EventHandlers{
			OnConnect:    func() { fmt.Println("connected") },
			OnDisconnect: func(reason error) { fmt.Println(reason) },
		}
		d, err := client.New(c.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")), client.WithEventHandlers(handlers))
		if err != nil {
			log.Fatal(err)
		}
		_ = d.Connect(ctx)
		_ = d.Close(ctx)
		<-d.Done() // the handlers have returned
	})
	// Output:
	// connected
	// kalam: disconnected: client disconnected
}

func ExampleServerError() {
	example(func(ctx context.Context, c *client.Client) {
		_, err := client.Query[Message](ctx, c, "SELEC 1")
		var said *client.ServerError
		fmt.Println(errors.As(err, &said), said.HTTPStatus, string(said.Code))
		fmt.Println(errors.Is(err, wire.CodeInvalidSQL))
	})
	// Output:
	// true 400 INVALID_SQL
	// true
}

func ExampleKeyOf() {
	fmt.Println(client.KeyOf(9).Compare(client.KeyOf(10)), client.KeyOf("9").Compare(client.KeyOf("10")))
	// Output: -1 1
}

func ExampleClient_Close() {
	example(func(ctx context.Context, c *client.Client) {
		ended := make(chan struct{})
		client.Changes[Message](c, "SELECT * FROM chat.messages").Subscribe(ctx, rx.Observer[client.Change[Message]]{
			Complete: func() { close(ended) },
		})
		fmt.Println(c.Close(ctx)) // live queries, then the socket
		<-ended
		<-c.Done() // no observer is in a call, no goroutine is left
		fmt.Println(c.Connect(ctx))
	})
	// Output:
	// <nil>
	// kalam: client is closed
}
