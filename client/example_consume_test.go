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
)

// Order is a row of the examples' topic.
type Order struct {
	ID   int64  `kalam:"id"`
	Item string `kalam:"item"`
}

const createOrders = `CREATE NAMESPACE shop;
	CREATE SHARED TABLE shop.orders (id BIGINT PRIMARY KEY, item TEXT NOT NULL);
	CREATE TOPIC shop.changes;
	ALTER TOPIC shop.changes ADD SOURCE shop.orders ON INSERT;
	ALTER TOPIC shop.changes ADD SOURCE shop.orders ON UPDATE`

// exampleTopic runs f with a client of an embedded server whose topic shop.changes has
// three records.
func exampleTopic(f func(ctx context.Context, c *client.Client, srv *kalamtest.Server)) {
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
	for _, sql := range []string{createOrders, "INSERT INTO shop.orders (id, item) VALUES (1, 'tea'), (2, 'cup')", "UPDATE shop.orders SET item = 'mug' WHERE id = 2"} {
		if _, err := c.Exec(ctx, sql); err != nil {
			log.Fatal(err)
		}
	}
	f(ctx, c, srv)
	_ = c.Close(ctx)
	<-c.Done()
}

// firstOrders are the first n records of a new group.
func firstOrders(ctx context.Context, c *client.Client, group string, n int, opts ...client.ConsumeOption) {
	opts = append([]client.ConsumeOption{client.FromEarliest()}, opts...)
	records := client.Consume[Order](c, "shop.changes", group, opts...)
	first := rx.Pipe1(records, operators.Take[client.Record[Order]](n))
	<-first.Subscribe(ctx, rx.OnNext(func(r client.Record[Order]) {
		fmt.Println(r.Offset, r.Op, r.Value.ID, r.Value.Item)
	})).Done()
}

func ExampleConsume() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		records := client.Consume[Order](c, "shop.changes", "billing", client.FromEarliest())
		three := rx.Pipe1(records, operators.Take[client.Record[Order]](3))
		sub := three.Subscribe(ctx, rx.OnNext(func(r client.Record[Order]) {
			fmt.Println(r, r.Op, r.Key, r.Value.Item) // acknowledged when this returns
		}))
		<-sub.Done()
	})
	// Output:
	// shop.changes/0@0 insert 1 tea
	// shop.changes/0@1 insert 2 cup
	// shop.changes/0@2 update 2 mug
}

// A range loop is a boundary: records wait before it. So each is acknowledged when it is
// done.
func ExampleConsume_rangeLoop() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		records := client.Consume[Order](c, "shop.changes", "billing", client.FromEarliest(), client.ManualAck())
		for r, err := range rx.All(ctx, records) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(r.Value.Item, r.Ack())
			if r.Offset == 1 {
				break
			}
		}
	})
	// Output:
	// tea true
	// cup true
}

func ExampleManualAck() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		m, _ := client.NewConsumer[Order](c, "shop.changes", "billing", client.FromEarliest(), client.ManualAck())
		for r := range rx.All(ctx, m.Records()) {
			if r.Offset != 1 { // this one is still being worked on
				r.Ack()
			}
			if r.Offset == 2 {
				break
			}
		}
		_ = m.Close(ctx)
		fmt.Println(m.Committed(0))
	})
	// Output: 0 true
}

func ExampleFromEarliest() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		records, err := client.Poll[Order](ctx, c, "shop.changes", "new", client.FromEarliest())
		fmt.Println(len(records), err)
	})
	// Output: 3 <nil>
}

func ExampleFromLatest() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		records, err := client.Poll[Order](ctx, c, "shop.changes", "new", client.FromLatest())
		fmt.Println(len(records), err)
		_, _ = c.Exec(ctx, "INSERT INTO shop.orders (id, item) VALUES (3, 'pot')")
		records, err = client.Poll[Order](ctx, c, "shop.changes", "new")
		fmt.Println(records[0].Value.Item, err)
	})
	// Output:
	// 0 <nil>
	// pot <nil>
}

func ExampleFromOffset() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		firstOrders(ctx, c, "new", 1, client.FromOffset(2))
	})
	// Output: 2 update 2 mug
}

func ExamplePollLimit() {
	exampleTopic(func(ctx context.Context, c *client.Client, srv *kalamtest.Server) {
		firstOrders(ctx, c, "new", 3, client.PollLimit(1), client.Partitions(0))
		fmt.Println(srv.Stats().Polls >= 3)
	})
	// Output:
	// 0 insert 1 tea
	// 1 insert 2 cup
	// 2 update 2 mug
	// true
}

func ExamplePollPace() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		firstOrders(ctx, c, "new", 1, client.PollPace(10*ms, 100*ms)) // at most a tenth of a second late
		sub := client.Consume[Order](c, "shop.changes", "new", client.PollPace(2*ms, ms)).Subscribe(ctx, rx.Observer[client.Record[Order]]{})
		fmt.Println(sub.Err())
	})
	// Output:
	// 0 insert 1 tea
	// kalam: bad configuration: PollPace: 2ms to 1ms
}

func ExamplePartitions() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		sub := client.Consume[Order](c, "shop.changes", "new", client.Partitions(0)).Subscribe(ctx, rx.Observer[client.Record[Order]]{})
		for len(c.Stats().Consumers) == 0 || c.Stats().Consumers[0].Polls == 0 {
			<-after(ms)
		}
		fmt.Println(c.Stats().Consumers[0].Partitions)
		sub.Unsubscribe()
	})
	// Output: 1
}

func ExampleOrdered() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		firstOrders(ctx, c, "new", 3, client.Ordered(), client.Partitions(0))
	})
	// Output:
	// 0 insert 1 tea
	// 1 insert 2 cup
	// 2 update 2 mug
}

func ExampleCommitEvery() {
	exampleTopic(func(ctx context.Context, c *client.Client, srv *kalamtest.Server) {
		sub := client.Consume[Order](c, "shop.changes", "billing", client.FromEarliest(), client.CommitEvery(10*ms)).
			Subscribe(ctx, rx.OnNext(func(client.Record[Order]) {}))
		_, err := srv.Await(ctx, func(n kalamtest.Stats) bool { return n.Acks > 0 })
		fmt.Println(err)
		sub.Unsubscribe()
	})
	// Output: <nil>
}

// Those who work on records elsewhere may finish what they have.
func ExampleDrain() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		m, _ := client.NewConsumer[Order](c, "shop.changes", "billing", client.FromEarliest(), client.ManualAck(), client.Drain(10*s))
		var held []client.Record[Order]
		three := rx.Pipe1(m.Records(), operators.Take[client.Record[Order]](3))
		<-three.Subscribe(ctx, rx.OnNext(func(r client.Record[Order]) { held = append(held, r) })).Done()
		for _, r := range held { // the stream is over, and its work is not
			r.Ack()
		}
		_ = m.Close(ctx)
		fmt.Println(m.Committed(0))
	})
	// Output: 2 true
}

// A server that was told to keep records for two minutes.
func ExampleLease() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		records, _ := client.Poll[Order](ctx, c, "shop.changes", "billing", client.FromEarliest(), client.Lease(120*s))
		fmt.Println(until(records[0].Deadline()) > 110*s)
	})
	// Output: true
}

func ExamplePoll() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		records, err := client.Poll[Order](ctx, c, "shop.changes", "script", client.FromEarliest())
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range records {
			fmt.Println(r.Value.Item)
		}
		fmt.Println(records[len(records)-1].Commit(ctx))
		_, err = client.Poll[Order](ctx, c, "shop.nope", "script")
		fmt.Println(errors.Is(err, client.ErrNoTopic))
	})
	// Output:
	// tea
	// cup
	// mug
	// <nil>
	// true
}
