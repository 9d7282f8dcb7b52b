package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

func ExampleQueryOne() {
	example(func(ctx context.Context, c *client.Client) {
		m, err := client.QueryOne[Message](ctx, c, "SELECT * FROM chat.messages WHERE id = $1", 2)
		fmt.Println(m.Room, err)
		_, err = client.QueryOne[Message](ctx, c, "SELECT * FROM chat.messages WHERE id = $1", 3)
		fmt.Println(errors.Is(err, client.ErrNoRows))
	})
	// Output:
	// rust <nil>
	// true
}

func ExampleQueryEach() {
	example(func(ctx context.Context, c *client.Client) {
		for m, err := range client.QueryEach[Message](ctx, c, "SELECT * FROM chat.messages") {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(m.ID, m.Room)
		}
	})
	// Output:
	// 1 go
	// 2 rust
}

func ExampleBatch() {
	example(func(ctx context.Context, c *client.Client) {
		results, err := client.Batch(ctx, c, `INSERT INTO chat.messages (id, room) VALUES (3, 'go');
			SELECT COUNT(*) AS n FROM chat.messages;
			INSERT INTO chat.messages (id, room) VALUES (4, 'go')`)
		if err != nil {
			log.Fatal(err)
		}
		n, err := client.ResultRows[int64](results[0])
		fmt.Println(n, err)
		fmt.Println(results[1].Message) // what was inserted, all together, comes last
	})
	// Output:
	// [3] <nil>
	// Inserted 2 row(s)
}

func ExampleResultRows() {
	example(func(ctx context.Context, c *client.Client) {
		results, err := client.Batch(ctx, c, "SELECT * FROM chat.messages WHERE id = 1; SELECT 'x' AS x")
		if err != nil {
			log.Fatal(err)
		}
		messages, _ := client.ResultRows[Message](results[0])
		words, _ := client.ResultRows[string](results[1])
		fmt.Println(messages[0].Room, words)
	})
	// Output: go [x]
}

func ExampleStatementResult() {
	example(func(ctx context.Context, c *client.Client) {
		results, err := client.Batch(ctx, c, "SELECT id, room FROM chat.messages; DELETE FROM chat.messages WHERE id = 1")
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range results {
			fmt.Println(r.HasRows(), r.Len(), len(r.Columns), r.RowsAffected, r.User)
		}
	})
	// Output:
	// true 2 2 0 root
	// false 0 0 1 root
}

func ExampleClient_With() {
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.Namespace("chat"), client.CallTimeout(5*time.Second), client.Retries(0))
		if err != nil {
			log.Fatal(err)
		}
		n, err := client.QueryOne[int64](ctx, s, "SELECT COUNT(*) AS n FROM messages")
		fmt.Println(n, err)
	})
	// Output: 2 <nil>
}

func ExampleSession() {
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.Namespace("chat"))
		if err != nil {
			log.Fatal(err)
		}
		once, err := s.With(client.Retries(0)) // the namespace is kept
		if err != nil {
			log.Fatal(err)
		}
		r, err := once.Exec(ctx, "DELETE FROM messages WHERE id = 1")
		fmt.Println(r.RowsAffected, err)
	})
	// Output: 1 <nil>
}

func ExampleQuerier() {
	rooms := func(ctx context.Context, q client.Querier) ([]string, error) {
		return client.Query[string](ctx, q, "SELECT room FROM chat.messages")
	}
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.CallTimeout(time.Second))
		if err != nil {
			log.Fatal(err)
		}
		for _, q := range []client.Querier{c, s} {
			fmt.Println(rooms(ctx, q))
		}
	})
	// Output:
	// [go rust] <nil>
	// [go rust] <nil>
}

func ExampleExecuteAs() {
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.ExecuteAs("root"))
		if err != nil {
			log.Fatal(err)
		}
		r, err := s.Exec(ctx, "SELECT 1")
		fmt.Println(r.User, err)
		_, err = s.Exec(ctx, "SELECT 1; SELECT 2") // it takes one statement
		fmt.Println(errors.Is(err, client.ErrConfig))
	})
	// Output:
	// root <nil>
	// true
}

func ExampleNamespace() {
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.Namespace("chat"))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(client.Query[string](ctx, s, "SELECT room FROM messages"))
	})
	// Output: [go rust] <nil>
}

func ExampleWithNamespace() {
	optional(func(ctx context.Context, _ *kalamtest.Server, c *client.Client) {
		fmt.Println(client.Query[string](ctx, c, "SELECT room FROM messages"))
	}, client.WithNamespace("chat"))
	// Output: [go rust] <nil>
}

func ExampleCallTimeout() {
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.CallTimeout(time.Nanosecond))
		if err != nil {
			log.Fatal(err)
		}
		_, err = s.Exec(ctx, "SELECT 1")
		fmt.Println(errors.Is(err, client.ErrTimeout))
	})
	// Output: true
}

func ExampleRetries() {
	c, err := client.New("http://localhost:2900")
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.With(client.Retries(-1))
	fmt.Println(err)
	_ = c.Close(context.Background())
	// Output: kalam: bad configuration: Retries: -1 is negative
}

func ExampleCallOption() {
	example(func(ctx context.Context, c *client.Client) {
		careful := []client.CallOption{client.Retries(0), client.CallTimeout(time.Second)}
		s, err := c.With(append(careful, client.Namespace("chat"))...)
		if err != nil {
			log.Fatal(err)
		}
		_, err = client.Query[string](ctx, s, "SELECT nothing FROM messages")
		fmt.Println(errors.Is(err, wire.CodeSQLExecutionError))
	})
	// Output: true
}

func ExampleQueryAll() {
	example(func(ctx context.Context, c *client.Client) {
		if _, err := c.Exec(ctx, "INSERT INTO chat.messages (id, room) VALUES (3, 'go'), (4, 'go'), (5, 'rust')"); err != nil {
			log.Fatal(err)
		}
		all := client.QueryAll[Message](c, "SELECT * FROM chat.messages WHERE room = $1",
			client.PageParams("go"), client.PageSize(2))
		for m, err := range rx.All(ctx, all) { // page by page
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(m.ID, m.Room)
		}
	})
	// Output:
	// 1 go
	// 3 go
	// 4 go
}

func ExamplePageOption() {
	example(func(ctx context.Context, c *client.Client) {
		opts := []client.PageOption{client.PageSize(100), client.PageKey("id")}
		for id, err := range rx.All(ctx, client.QueryAll[int64](c, "SELECT id FROM chat.messages", opts...)) {
			fmt.Println(id, err)
		}
		for _, err := range rx.All(ctx, client.QueryAll[int64](c, "SELECT id FROM chat.messages ORDER BY room", opts...)) {
			fmt.Println(errors.Is(err, client.ErrPaging))
		}
	})
	// Output:
	// 1 <nil>
	// 2 <nil>
	// true
}

func ExamplePageSize() {
	example(func(ctx context.Context, c *client.Client) {
		for _, err := range rx.All(ctx, client.QueryAll[int64](c, "SELECT id FROM chat.messages", client.PageSize(1001))) {
			fmt.Println(err)
		}
	})
	// Output: kalam: bad configuration: PageSize: 1001 is not in 1 to 1000
}

func ExamplePageKey() {
	example(func(ctx context.Context, c *client.Client) {
		for room, err := range rx.All(ctx, client.QueryAll[string](c, "SELECT room FROM chat.messages", client.PageKey("id"))) {
			fmt.Println(room, err)
		}
	})
	// Output:
	// go <nil>
	// rust <nil>
}

func ExamplePageParams() {
	example(func(ctx context.Context, c *client.Client) {
		for id, err := range rx.All(ctx, client.QueryAll[int64](c, "SELECT id FROM chat.messages WHERE room = $1", client.PageParams("rust"))) {
			fmt.Println(id, err)
		}
	})
	// Output: 2 <nil>
}

func ExampleStrictRows() {
	type Short struct {
		ID   int64  `kalam:"id"`
		Text string `kalam:"text"`
	}
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.StrictRows())
		if err != nil {
			log.Fatal(err)
		}
		_, err = client.Query[Short](ctx, s, "SELECT * FROM chat.messages")
		fmt.Println(err)
	})
	// Output: kalam: columns do not match client_test.Short: no field for body, room: no column for text
}

func ExampleMismatchError() {
	type Short struct {
		ID int64 `kalam:"id"`
	}
	example(func(ctx context.Context, c *client.Client) {
		s, err := c.With(client.StrictRows())
		if err != nil {
			log.Fatal(err)
		}
		_, err = client.Query[Short](ctx, s, "SELECT * FROM chat.messages")
		var told *client.MismatchError
		fmt.Println(errors.As(err, &told), told.Columns, told.Fields)
	})
	// Output: true [body room] []
}
