package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

func after(d time.Duration) <-chan time.Time { return time.After(d) }
func until(at time.Time) time.Duration       { return time.Until(at) }

// billing is a consumer of the examples' topic, and the three records that it was given.
func billing(f func(ctx context.Context, m *client.Consumer[Order], all []client.Record[Order])) {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		m, err := client.NewConsumer[Order](c, "shop.changes", "billing", client.FromEarliest(), client.ManualAck())
		if err != nil {
			log.Fatal(err)
		}
		var all []client.Record[Order]
		told := make(chan struct{})
		sub := m.Records().Subscribe(ctx, rx.OnNext(func(r client.Record[Order]) {
			if all = append(all, r); len(all) == 3 {
				close(told)
			}
		}))
		<-told
		f(ctx, m, all)
		_ = m.Close(ctx)
		<-sub.Done()
	})
}

func ExampleConsumer() {
	billing(func(ctx context.Context, m *client.Consumer[Order], all []client.Record[Order]) {
		for _, r := range all {
			r.Ack()
		}
		fmt.Println(m.CommitSync(ctx))
		fmt.Println(m.Position(0))
		fmt.Println(m.Committed(0))
	})
	// Output:
	// <nil>
	// 3 true
	// 2 true
}

func ExampleNewConsumer() {
	exampleTopic(func(_ context.Context, c *client.Client, _ *kalamtest.Server) {
		_, err := client.NewConsumer[Order](c, "shop.changes", "")
		fmt.Println(err)
	})
	// Output: kalam: bad configuration: no topic, or no consumer group
}

func ExampleConsumer_Records() {
	billing(func(ctx context.Context, m *client.Consumer[Order], _ []client.Record[Order]) {
		another := m.Records().Subscribe(ctx, rx.Observer[client.Record[Order]]{})
		fmt.Println(errors.Is(another.Err(), client.ErrConsuming))
	})
	// Output: true
}

func ExampleConsumer_CommitSync() {
	billing(func(ctx context.Context, m *client.Consumer[Order], all []client.Record[Order]) {
		all[0].Ack()
		all[2].Ack() // behind one that is missing
		fmt.Println(m.CommitSync(ctx))
		fmt.Println(m.Committed(0))
	})
	// Output:
	// <nil>
	// 0 true
}

func ExampleConsumer_CommitAsync() {
	billing(func(ctx context.Context, m *client.Consumer[Order], all []client.Record[Order]) {
		all[0].Ack()
		m.CommitAsync() // soon
		fmt.Println(m.Close(ctx))
		fmt.Println(m.Committed(0))
	})
	// Output:
	// <nil>
	// 0 true
}

func ExampleConsumer_Position() {
	billing(func(_ context.Context, m *client.Consumer[Order], _ []client.Record[Order]) {
		fmt.Println(m.Position(0))
		fmt.Println(m.Position(9))
	})
	// Output:
	// 3 true
	// 0 false
}

func ExampleConsumer_Committed() {
	billing(func(_ context.Context, m *client.Consumer[Order], _ []client.Record[Order]) {
		fmt.Println(m.Committed(0)) // nothing yet
	})
	// Output: 0 false
}

func ExampleConsumer_Seek() {
	billing(func(ctx context.Context, m *client.Consumer[Order], _ []client.Record[Order]) {
		fmt.Println(m.Seek(ctx, 0, 1))
		fmt.Println(m.Seek(ctx, 0, 3)) // all that was given out is done with
		fmt.Println(m.Committed(0))
	})
	// Output:
	// kalam: cannot seek there: shop.changes/0@1 is before the position 3
	// <nil>
	// 2 true
}

func ExampleConsumer_Close() {
	billing(func(ctx context.Context, m *client.Consumer[Order], all []client.Record[Order]) {
		all[0].Ack()
		fmt.Println(m.Close(ctx))
		fmt.Println(all[1].Ack()) // too late
	})
	// Output:
	// <nil>
	// false
}

func ExampleRecord() {
	billing(func(_ context.Context, _ *client.Consumer[Order], all []client.Record[Order]) {
		r := all[2]
		fmt.Println(r.Topic, r.Group, r.Partition, r.Offset)
		fmt.Println(r.Key, r.Op, r.Value, r.Attempt, r.Err, r.Time.IsZero())
	})
	// Output:
	// shop.changes billing 0 2
	// 2 update {2 mug} 1 <nil> false
}

func ExampleRecord_Ack() {
	billing(func(_ context.Context, _ *client.Consumer[Order], all []client.Record[Order]) {
		fmt.Println(all[2].Ack(), all[0].Ack(), all[0].Ack())
	})
	// Output: true true false
}

func ExampleRecord_Acked() {
	billing(func(_ context.Context, _ *client.Consumer[Order], all []client.Record[Order]) {
		all[0].Ack()
		fmt.Println(all[0].Acked(), all[1].Acked())
	})
	// Output: true false
}

func ExampleRecord_Deadline() {
	billing(func(_ context.Context, _ *client.Consumer[Order], all []client.Record[Order]) {
		left := until(all[0].Deadline())
		fmt.Println(left > 50*s, left <= 60*s)
	})
	// Output: true true
}

func ExampleRecord_Commit() {
	exampleTopic(func(ctx context.Context, c *client.Client, srv *kalamtest.Server) {
		records, _ := client.Poll[Order](ctx, c, "shop.changes", "script", client.FromEarliest())
		fmt.Println(records[1].Commit(ctx)) // and the one before
		at, _ := srv.TopicOffsets("shop.changes", "script")
		fmt.Println(at[0].Committed)
	})
	// Output:
	// <nil>
	// 1
}

func ExampleRecord_String() {
	fmt.Println(client.Record[Order]{Topic: "shop.changes", Partition: 3, Offset: 17})
	// Output: shop.changes/3@17
}

func ExampleRecordError() {
	exampleTopic(func(ctx context.Context, c *client.Client, srv *kalamtest.Server) {
		_, _, _ = srv.Publish("shop.changes", "", []byte(`{"id":"one"}`))
		records, _ := client.Poll[Order](ctx, c, "shop.changes", "script", client.FromOffset(3))
		var unreadable *client.RecordError
		fmt.Println(errors.As(records[0].Err, &unreadable), errors.Is(unreadable, wire.ErrCell))
		fmt.Println(unreadable.Place, string(records[0].Payload))
	})
	// Output:
	// true true
	// shop.changes/0@3 {"id":"one"}
}

func ExampleLeaseError() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		leases := rx.Pipe1(c.Errors(), operators.Filter(func(err error) bool { return errors.Is(err, client.ErrLease) }))
		warned := make(chan *client.LeaseError, 1)
		leases.Subscribe(ctx, rx.OnNext(func(err error) {
			var lease *client.LeaseError
			if errors.As(err, &lease) {
				warned <- lease
			}
		}))
		sub := client.Consume[Order](c, "shop.changes", "billing", client.FromEarliest(), client.ManualAck(), client.Lease(800*ms)).
			Subscribe(ctx, rx.OnNext(func(client.Record[Order]) {})) // nobody acknowledges them
		lease := <-warned
		fmt.Println(lease.Records, lease.Offset, lease.Left <= 200*ms)
		sub.Unsubscribe()
	})
	// Output: 3 0 true
}

func ExampleTopicResetError() {
	err := &client.TopicResetError{Topic: "shop.changes", Committed: 17, Offset: 0}
	fmt.Println(err, errors.Is(err, client.ErrTopicReset))
	// Output: kalam: topic began anew: shop.changes/0@0 was committed up to 17 true
}

func ExampleConsumeOption() {
	fromScratch := []client.ConsumeOption{client.FromEarliest(), client.Partitions(0)}
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		records, err := client.Poll[Order](ctx, c, "shop.changes", "script", fromScratch...)
		fmt.Println(len(records), err)
	})
	// Output: 3 <nil>
}

func ExampleConsumerStats() {
	exampleTopic(func(ctx context.Context, c *client.Client, _ *kalamtest.Server) {
		sub := client.Consume[Order](c, "shop.changes", "billing", client.FromEarliest(), client.ManualAck()).
			Subscribe(ctx, rx.OnNext(func(r client.Record[Order]) {
				if r.Offset == 2 {
					r.Ack()
				}
			}))
		var n client.ConsumerStats
		for n.Acks == 0 {
			<-after(ms)
			for _, n = range c.Stats().Consumers {
			}
		}
		fmt.Println(n.Topic, n.Group, n.Records, n.Acks, n.Held)
		sub.Unsubscribe()
	})
	// Output: shop.changes billing 3 1 2
}
