package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// broken runs a live query on an embedded server, lets f break something, and
// gives the error that the stream ended with.
func broken(f func(srv *kalamtest.Server)) error {
	srv, err := kalamtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	ctx := context.Background()
	if err := srv.Exec(ctx, "root", createMessages); err != nil {
		log.Fatal(err)
	}
	c, err := client.New(srv.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")), client.WithoutReconnect())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	loaded := make(chan struct{})
	sub := client.Changes[Message](c, "SELECT * FROM chat.messages").Subscribe(ctx, rx.OnNext(func(m client.Change[Message]) {
		if m.Op == client.Loaded {
			close(loaded)
		}
	}))
	select {
	case <-loaded:
		f(srv)
	case <-sub.Done():
	}
	<-sub.Done()
	return sub.Err()
}

func ExampleDisconnectedError() {
	err := broken(func(srv *kalamtest.Server) { srv.CloseConnections(1001, "Server shutting down") })
	var lost *client.DisconnectedError
	fmt.Println(errors.As(err, &lost), lost.Code, lost.Reason)
	fmt.Println(errors.Is(err, client.ErrDisconnected))
	// Output:
	// true 1001 Server shutting down
	// true
}

func ExampleTimeoutError() {
	srv, err := kalamtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	srv.SwallowSubscribes(true)
	c, err := client.New(srv.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")), client.WithSubscribeTimeout(50*time.Millisecond))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	for _, err := range rx.All(context.Background(), client.LiveEvents(c, "SELECT * FROM chat.messages")) {
		var late *client.TimeoutError
		fmt.Println(errors.As(err, &late), late.Step, late.After)
	}
	// Output: true subscribe 50ms
}

// A frame that cannot be read ends the live query it was for, and no other.
func ExampleFrameError() {
	err := broken(func(srv *kalamtest.Server) {
		srv.Inject([]byte(`garbage`), false) // of no live query: a Gap in all, and the streams go on
		srv.CutConnections()
	})
	fmt.Println(errors.Is(err, client.ErrFrame), errors.Is(err, client.ErrDisconnected))
	cause := &client.FrameError{SubscriptionID: "a1", Size: 3, Err: wire.ErrTooLarge}
	fmt.Println(cause)
	fmt.Println(errors.Is(cause, client.ErrFrame), errors.Is(cause, wire.ErrTooLarge))
	// Output:
	// false true
	// kalam: unreadable frame of live query a1 (3 bytes): kalam: frame too large
	// true true
}

func ExampleEventHandlers() {
	example(func(ctx context.Context, c *client.Client) {
		sent := make(chan client.Message, 10)
		d, err := client.New(c.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")),
			client.WithEventHandlers(client.EventHandlers{OnSend: func(m client.Message) { sent <- m }}))
		if err != nil {
			log.Fatal(err)
		}
		sub := client.LiveEvents(d, "SELECT * FROM chat.messages").Subscribe(ctx, rx.Observer[client.Event]{})
		fmt.Println((<-sent).Type)
		sub.Unsubscribe()
		fmt.Println((<-sent).Type) // the server is told
		_ = d.Close(ctx)
	})
	// Output:
	// subscribe
	// unsubscribe
}

func ExamplePhase() {
	example(func(ctx context.Context, c *client.Client) {
		go func() { _ = c.Connect(ctx) }()
		settled := rx.Pipe3(c.State(),
			operators.Map(func(s client.State) client.Phase { return s.Phase }),
			operators.Filter(func(p client.Phase) bool { return p == client.Ready || p == client.Failed }),
			operators.Take[client.Phase](1))
		for p := range rx.All(ctx, settled) {
			fmt.Println(p)
		}
	})
	// Output: Ready
}

func ExampleOp() {
	fmt.Println(client.Insert, client.Update, client.Delete, client.Loaded, client.Gap)
	// Output: insert update delete loaded gap
}

func ExampleOrigin() {
	fmt.Println(client.FromPush, client.FromSnapshot)
	// Output: push snapshot
}

func ExampleEventKind() {
	fmt.Println(client.EventAck, client.EventSnapshot, client.EventInsert, client.EventGap)
	// Output: ack snapshot insert gap
}

func ExampleDirection() {
	fmt.Println(client.Received, client.Sent)
	// Output: received sent
}

func ExampleViewStatus() {
	fmt.Println(client.ViewReady, client.ViewStale)
	// Output: Ready Stale
}

// A key is comparable, so that it can be the key of a map beside a view.
func ExampleKey() {
	example(func(ctx context.Context, c *client.Client) {
		unread := map[client.Key]bool{client.KeyOf(2): true}
		for v := range rx.All(ctx, rx.Pipe1(client.Live[Message](c, "SELECT * FROM chat.messages"), operators.Take[client.View[Message]](1))) {
			for key, m := range v.All() {
				fmt.Println(key, m.Room, unread[key])
			}
		}
	})
	// Output:
	// 1 go false
	// 2 rust true
}

// A dialer of one's own counts, proxies, or stays in memory.
func ExampleDialFunc() {
	example(func(ctx context.Context, c *client.Client) {
		dials := 0
		counting := client.DialFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			dials++
			return (&net.Dialer{}).DialContext(ctx, network, address)
		})
		d, err := client.New(c.URL(), client.WithDialer(counting))
		if err != nil {
			log.Fatal(err)
		}
		_, err = client.Query[int64](ctx, d, "SELECT 1")
		fmt.Println(dials, errors.Is(err, wire.CodeMissingAuthorization))
		_ = d.Close(ctx)
	})
	// Output: 1 true
}
