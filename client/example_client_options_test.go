package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// optional runs f with a client of an embedded server that has chat.messages, and of
// these options.
func optional(f func(ctx context.Context, srv *kalamtest.Server, c *client.Client), opts ...client.Option) {
	srv, err := kalamtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	ctx := context.Background()
	if err := srv.Exec(ctx, "root", createMessages); err != nil {
		log.Fatal(err)
	}
	c, err := client.New(srv.URL(), append([]client.Option{client.WithAuth(auth.Password("root", "kalamdb-root"))}, opts...)...)
	if err != nil {
		log.Fatal(err)
	}
	f(ctx, srv, c)
	_ = c.Close(ctx)
	<-c.Done()
}

// refused says what New makes of a value that cannot work.
func refused(opt client.Option) error {
	_, err := client.New("http://localhost:2900", opt)
	return err
}

func ExampleWithAuth() {
	optional(func(ctx context.Context, srv *kalamtest.Server, _ *client.Client) {
		token, err := auth.JWT(srv.Token("root"))
		if err != nil {
			log.Fatal(err)
		}
		c, err := client.New(srv.URL(), client.WithAuth(token))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Connect(ctx))
		_ = c.Close(ctx)
	})
	// Output: <nil>
}

func ExampleWithTimeout() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		_, err := c.Exec(ctx, "SELECT 1")
		fmt.Println(errors.Is(err, client.ErrTimeout))
	}, client.WithTimeout(time.Nanosecond))
	// Output: true
}

func ExampleWithConnectTimeout() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		fmt.Println(errors.Is(c.Connect(ctx), client.ErrTimeout))
	}, client.WithConnectTimeout(time.Nanosecond), client.WithoutReconnect())
	// Output: true
}

func ExampleWithAuthTimeout() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		srv.SwallowAuth(true)
		var late *client.TimeoutError
		fmt.Println(errors.As(c.Connect(ctx), &late), late.Step)
	}, client.WithAuthTimeout(50*time.Millisecond), client.WithoutReconnect())
	// Output: true authenticate
}

func ExampleWithInitialDataTimeout() {
	fmt.Println(refused(client.WithInitialDataTimeout(0)))
	// Output: kalam: bad configuration: WithInitialDataTimeout: 0s is not positive
}

func ExampleWithMaxRetries() {
	fmt.Println(errors.Is(refused(client.WithMaxRetries(-1)), client.ErrConfig), refused(client.WithMaxRetries(0)))
	// Output: true <nil>
}

func ExampleWithKeepalive() {
	fmt.Println(errors.Is(refused(client.WithKeepalive(10*time.Second)), client.ErrConfig)) // the server's patience
	// Output: true
}

func ExampleWithPeerTimeout() {
	fmt.Println(errors.Is(refused(client.WithPeerTimeout(4*time.Second)), client.ErrConfig), refused(client.WithPeerTimeout(time.Minute)))
	// Output: true <nil>
}

func ExampleWithFrameLimit() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		_, err := c.Exec(ctx, "UPDATE chat.messages SET body = $1 WHERE id = 1", string(make([]byte, 8192)))
		fmt.Println(err)
		for _, err := range rx.All(ctx, client.LiveEvents(c, "SELECT * FROM chat.messages")) {
			if err != nil {
				fmt.Println(errors.Is(err, client.ErrDisconnected) || errors.Is(err, client.ErrFrame))
			}
		}
	}, client.WithFrameLimit(1024), client.WithoutCompression(), client.WithoutReconnect())
	// Output:
	// <nil>
	// true
}

func ExampleWithUnpackedLimit() {
	fmt.Println(errors.Is(refused(client.WithUnpackedLimit(0)), client.ErrConfig), refused(client.WithUnpackedLimit(1<<20)))
	// Output: true <nil>
}

func ExampleWithQueueLength() {
	fmt.Println(errors.Is(refused(client.WithQueueLength(0)), client.ErrConfig), refused(client.WithQueueLength(64)))
	// Output: true <nil>
}

func ExampleWithQueueBytes() {
	fmt.Println(errors.Is(refused(client.WithQueueBytes(1)), client.ErrConfig), refused(client.WithQueueBytes(1<<20)))
	// Output: true <nil>
}

func ExampleWithTLSConfig() {
	trusted := &tls.Config{RootCAs: x509.NewCertPool()} // of one's own authority
	fmt.Println(refused(client.WithTLSConfig(trusted)))
	// Output: <nil>
}

func ExampleWithMaxLiveQueries() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		defer client.LiveEvents(c, "SELECT * FROM chat.messages").Subscribe(ctx, rx.Observer[client.Event]{}).Unsubscribe()
		for _, err := range rx.All(ctx, client.LiveEvents(c, "SELECT id FROM chat.messages")) {
			fmt.Println(err)
		}
	}, client.WithMaxLiveQueries(1))
	// Output: kalam: too many live queries: the limit is 1
}

func ExampleLimitError() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		defer client.LiveEvents(c, "SELECT * FROM chat.messages").Subscribe(ctx, rx.Observer[client.Event]{}).Unsubscribe()
		for _, err := range rx.All(ctx, client.LiveEvents(c, "SELECT id FROM chat.messages")) {
			var limit *client.LimitError
			fmt.Println(errors.As(err, &limit), limit.Limit, errors.Is(err, client.ErrSubscriptionLimit))
		}
	}, client.WithMaxLiveQueries(1))
	// Output: true 1 true
}

func ExampleWithMessageRate() {
	fmt.Println(refused(client.WithMessageRate(51))) // the server would throw messages away
	// Output: kalam: bad configuration: WithMessageRate: 51 is not in 1…50
}

func ExampleWithBackoff() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		fmt.Println(c.Connect(ctx))
		srv.CutConnections()
		back := operators.Filter(func(s client.State) bool { return s.Phase == client.Ready && s.Connects == 2 })
		for s := range rx.All(ctx, rx.Pipe2(c.State(), back, operators.Take[client.State](1))) {
			fmt.Println(s.Phase, s.Disconnects)
		}
	}, client.WithBackoff(10*time.Millisecond, 20*time.Millisecond))
	// Output:
	// <nil>
	// Ready 1
}

func ExampleWithReconnectAttempts() {
	c, err := client.New("http://127.0.0.1:1", client.WithReconnectAttempts(2), client.WithBackoff(time.Millisecond, time.Millisecond))
	if err != nil {
		log.Fatal(err)
	}
	err = c.Connect(context.Background())
	fmt.Println(errors.Is(err, client.ErrConnect))
	_ = c.Close(context.Background())
	// Output: true
}

func ExampleWithImmediateReconnect() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		srv.RefuseConnections(true)
		for s := range rx.All(ctx, c.State()) {
			switch s.Phase {
			case client.Idle: // the first state: those after it are all seen
				go func() { _ = c.Connect(ctx) }()
			case client.Backoff:
				fmt.Println(s.Attempt, s.Delay)
				return
			}
		}
	}, client.WithImmediateReconnect())
	// Output: 1 0s
}

func ExampleWithoutReconnect() {
	err := broken(func(srv *kalamtest.Server) { srv.CutConnections() })
	fmt.Println(errors.Is(err, client.ErrDisconnected)) // the stream ends, where it would go on
	// Output: true
}

func ExampleWithoutCompression() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		fmt.Println(c.Connect(ctx))
	}, client.WithoutCompression())
	// Output: <nil>
}

func ExampleWithDialer() {
	optional(func(ctx context.Context, srv *kalamtest.Server, _ *client.Client) {
		c, err := client.New(srv.URL(), client.WithDialer(srv.Dial), client.WithAuth(auth.Password("root", "kalamdb-root")))
		fmt.Println(err, c.Connect(ctx))
		_ = c.Close(ctx)
	})
	// Output: <nil> <nil>
}

func ExampleWithAuditInterval() {
	fmt.Println(errors.Is(refused(client.WithAuditInterval(0)), client.ErrConfig), refused(client.WithAuditInterval(5*time.Second)))
	// Output: true <nil>
}

func ExampleWithAuditRate() {
	fmt.Println(refused(client.WithAuditRate(101))) // more than the server allows a user
	// Output: kalam: bad configuration: WithAuditRate: 101 is not in 1…100
}

func ExampleClient() {
	example(func(ctx context.Context, c *client.Client) {
		fmt.Println(c.Connect(ctx), c.IsConnected())
		fmt.Println(c.Disconnect(ctx), c.IsConnected())
		fmt.Println(c.Close(ctx), errors.Is(c.Connect(ctx), client.ErrClosed))
	})
	// Output:
	// <nil> true
	// <nil> false
	// <nil> true
}

func ExampleClient_WatchStats() {
	example(func(ctx context.Context, c *client.Client) {
		connected := operators.Filter(func(s client.Stats) bool { return s.Received == 1 })
		go func() { _ = c.Connect(ctx) }()
		for s := range rx.All(ctx, rx.Pipe2(c.WatchStats(time.Millisecond), connected, operators.Take[client.Stats](1))) {
			fmt.Println(s.Received, s.Errors, len(s.Live))
		}
	})
	// Output: 1 0 0
}

func ExampleLiveStats() {
	example(func(ctx context.Context, c *client.Client) {
		for range rx.All(ctx, client.Live[Message](c, "SELECT * FROM chat.messages")) {
			all := operators.Filter(func(s client.Stats) bool { return s.Live[0].Rows == 2 && s.Live[0].Observers == 1 })
			for s := range rx.All(ctx, rx.Pipe2(c.WatchStats(time.Millisecond), all, operators.Take[client.Stats](1))) {
				fmt.Println(s.Live[0].SQL, s.Live[0].Mode)
			}
			return
		}
	})
	// Output: SELECT * FROM chat.messages audit
}

func Example_badParameter() {
	example(func(ctx context.Context, c *client.Client) {
		_, err := c.Exec(ctx, "SELECT $1", []byte("bytes"))
		fmt.Println(errors.Is(err, client.ErrParam), errors.Is(err, wire.ErrSyntax))
	})
	// Output: true false
}
func ExampleWithSubscribeTimeout() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		srv.SwallowSubscribes(true)
		for _, err := range rx.All(ctx, client.LiveEvents(c, "SELECT * FROM chat.messages")) {
			fmt.Println(err)
		}
	}, client.WithSubscribeTimeout(50*time.Millisecond))
	// Output: kalam: timeout: no answer to subscribe after 50ms
}
