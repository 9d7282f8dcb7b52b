package client_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// workShop is a server with the topic shop.orders, of one partition, and these orders in
// it, each of a key of its own; and a client.
func workShop(orders ...string) (*kalamtest.Server, *client.Client, error) {
	srv, err := kalamtest.New()
	if err != nil {
		return nil, nil, err
	}
	err = srv.Exec(context.Background(), "root", "CREATE NAMESPACE shop; CREATE TOPIC shop.orders")
	for _, order := range orders {
		if err == nil {
			_, _, err = srv.Publish("shop.orders", order, fmt.Appendf(nil, `{"item":%q}`, order))
		}
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := client.New(srv.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")))
	return srv, c, err
}

type shopOrder struct {
	Item string `kalam:"item"`
}

// shopRecords are the records of shop.orders for the group billing, as a worker takes them.
func shopRecords(c *client.Client) rx.Observable[client.Record[shopOrder]] {
	return client.Consume[shopOrder](c, "shop.orders", "billing", client.FromEarliest(), client.ManualAck())
}

// few are records of no server, with values from 0 on.
func few(n int) rx.Observable[client.Record[int]] {
	records := make([]client.Record[int], n)
	for i := range records {
		records[i] = client.Record[int]{Topic: "shop.orders", Offset: int64(i), Key: fmt.Sprint(i), Value: i}
	}
	return operators.From(records)
}

// A worker of a consumer group, that ends after three orders.
func ExampleWork() {
	srv, c, err := workShop("tea", "milk", "rum")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	ctx, stop := context.WithCancel(context.Background())
	left := 3
	err = client.Work(ctx, shopRecords(c), func(_ context.Context, r client.Record[shopOrder]) error {
		fmt.Println(r, r.Value.Item)
		if left--; left == 0 {
			stop()
		}
		return nil
	}, client.Parallel(1))
	fmt.Println(err)
	_ = c.Close(context.Background()) // commits
	<-c.Done()
	at, err := srv.TopicOffsets("shop.orders", "billing")
	fmt.Println("committed", at[0].Committed, err)
	// Output:
	// shop.orders/0@0 tea
	// shop.orders/0@1 milk
	// shop.orders/0@2 rum
	// <nil>
	// committed 2 <nil>
}

func ExampleNewWorker() {
	_, err := client.NewWorker(few(1), func(context.Context, client.Record[int]) error { return nil }, client.Parallel(0))
	fmt.Println(errors.Is(err, client.ErrConfig), err)
	// Output: true kalam: bad configuration: Parallel: 0 is not in 1…10000
}

// A worker runs once.
func ExampleWorker() {
	w, err := client.NewWorker(few(3), func(_ context.Context, r client.Record[int]) error {
		fmt.Println(r.Value)
		return nil
	}, client.Parallel(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Run(context.Background()))
	fmt.Println(w.Run(context.Background()))
	// Output:
	// 0
	// 1
	// 2
	// <nil>
	// kalam: worker has been run before
}

// While a worker is paused nothing is begun.
func ExampleWorker_Pause() {
	w, err := client.NewWorker(few(2), func(_ context.Context, r client.Record[int]) error {
		fmt.Println("handled", r.Value)
		return nil
	}, client.Parallel(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	w.Pause()
	over := make(chan error)
	go func() { over <- w.Run(context.Background()) }() // owner: the example; ends with the stream
	fmt.Println("paused", w.Stats().Paused, w.Stats().Handled)
	w.Resume()
	fmt.Println(<-over)
	// Output:
	// paused true 0
	// handled 0
	// handled 1
	// <nil>
}

func ExampleWorkStats() {
	w, err := client.NewWorker(few(4), func(_ context.Context, r client.Record[int]) error {
		if r.Value == 3 {
			panic("three")
		}
		return nil
	}, client.RetryRecords(2, time.Millisecond), client.DeadLetterTo(rx.OnNext(func(client.DeadRecord) {})))
	if err == nil {
		err = w.Run(context.Background())
	}
	n := w.Stats()
	fmt.Println(n.Handled, "handled,", n.Retried, "retried,", n.Panics, "panics,", n.Dead, "dead", err)
	fmt.Println(n.P50 > 0 && n.P50 <= n.P99)
	// Output:
	// 3 handled, 1 retried, 2 panics, 1 dead <nil>
	// true
}

// The options are those of NewWorker, too.
func ExampleWorkOption() {
	opts := []client.WorkOption{
		client.Parallel(4), client.InHand(64), client.RetryRecords(5, time.Second),
		client.DrainTimeout(10 * time.Second), client.LeaseMargin(3 * time.Second),
	}
	sum, mu := 0, sync.Mutex{}
	err := client.Work(context.Background(), few(5), func(_ context.Context, r client.Record[int]) error {
		mu.Lock()
		defer mu.Unlock()
		sum += r.Value
		return nil
	}, opts...)
	fmt.Println(sum, err)
	// Output: 10 <nil>
}

// An error that another try would meet again is not tried again.
func ExamplePermanent() {
	err := client.Work(context.Background(), few(1), func(context.Context, client.Record[int]) error {
		return client.Permanent(errors.New("no such customer"))
	})
	fmt.Println(errors.Is(err, client.ErrPoison), err)
	// Output: true kalam: poison record shop.orders/0@0, tried 1 times: no such customer
}

// A handler that knows when it is worth another try says so.
func ExampleRetryAfter() {
	tries := 0
	err := client.Work(context.Background(), few(1), func(context.Context, client.Record[int]) error {
		if tries++; tries == 1 {
			return client.RetryAfter(10*time.Millisecond, errors.New("too many requests"))
		}
		return nil
	})
	fmt.Println(tries, err)
	// Output: 2 <nil>
}

// Without a dead letter a poison record ends the worker.
func ExamplePoisonError() {
	err := client.Work(context.Background(), few(1), func(context.Context, client.Record[int]) error {
		return errors.New("no")
	}, client.RetryRecords(2, time.Millisecond))
	var poison *client.PoisonError
	fmt.Println(errors.As(err, &poison), poison.Place, poison.Tries, poison.Err)
	// Output: true shop.orders/0@0 2 no
}

// A handler that goes on for longer than the worker waits is told, and named.
func ExampleDrainError() {
	ctx, stop := context.WithCancel(context.Background())
	err := client.Work(ctx, few(1), func(ctx context.Context, _ client.Record[int]) error {
		stop()
		<-ctx.Done()
		return context.Cause(ctx)
	}, client.DrainTimeout(10*time.Millisecond))
	var drain *client.DrainError
	fmt.Println(errors.As(err, &drain), drain)
	// Output: true kalam: worker is to end: 1 handlers were cut off after 10ms, 0 of them go on
}

func ExampleDeadLetter() {
	err := client.Work(context.Background(), few(2), func(_ context.Context, r client.Record[int]) error {
		if r.Value == 1 {
			return errors.New("no")
		}
		return nil
	}, client.RetryRecords(3, time.Millisecond), client.DeadLetter(func(_ context.Context, d client.DeadRecord) error {
		fmt.Println(d.Record, d.Tries, d.Err)
		return nil
	}))
	fmt.Println(err)
	// Output:
	// shop.orders/0@1 3 no
	// <nil>
}

// By a subject, dead letters are a stream.
func ExampleDeadLetterTo() {
	dead := rx.NewSubject[client.DeadRecord]()
	dead.Observable().Subscribe(context.Background(), rx.Observer[client.DeadRecord]{
		Next:     func(d client.DeadRecord) { fmt.Println(d.Record, d.Err) },
		Complete: func() { fmt.Println("complete") },
	})
	err := client.Work(context.Background(), few(1), func(context.Context, client.Record[int]) error {
		return client.Permanent(errors.New("no"))
	}, client.DeadLetterTo(dead.Observer()))
	fmt.Println(err)
	// Output:
	// shop.orders/0@0 no
	// complete
	// <nil>
}

func ExampleDeadRecord() {
	_ = client.Work(context.Background(), few(1), func(context.Context, client.Record[int]) error {
		panic("oh")
	}, client.RetryRecords(1, time.Second), client.DeadLetter(func(_ context.Context, d client.DeadRecord) error {
		var p *rx.PanicError
		fmt.Println(d.Record.Offset, d.Tries, errors.As(d.Err, &p), p.Value)
		return nil
	}))
	// Output: 0 1 true oh
}

// The table of dead letters is made once, and asked like any.
func ExampleDeadLetterTable() {
	srv, c, err := workShop("tea", "unobtainium")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	schema, err := client.DeadLetterSchema("shop.dead")
	if err == nil {
		_, err = c.Exec(ctx, schema)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	type deadOrder struct {
		Offset int64  `kalam:"record_offset"`
		Reason string `kalam:"reason"`
	}
	dead := client.Live[deadOrder](c, "SELECT * FROM shop.dead")
	dead.Subscribe(ctx, rx.OnNext(func(v client.View[deadOrder]) {
		for _, d := range v.Slice() {
			fmt.Println(d.Offset, d.Reason)
			stop()
		}
	}))
	err = client.Work(ctx, shopRecords(c), func(_ context.Context, r client.Record[shopOrder]) error {
		if r.Value.Item == "unobtainium" {
			return client.Permanent(errors.New("there is none"))
		}
		return nil
	}, client.DeadLetterTable(c, "shop.dead"))
	fmt.Println(err)
	_ = c.Close(context.Background())
	<-c.Done()
	// Output:
	// 1 there is none
	// <nil>
}

func ExampleDeadLetterSchema() {
	_, err := client.DeadLetterSchema("shop.dead; DROP TABLE shop.orders")
	fmt.Println(errors.Is(err, client.ErrConfig))
	// Output: true
}

// The key is that of the record, at every delivery and in every process.
func ExampleRecord_IdempotencyKey() {
	r := client.Record[int]{Topic: "shop.orders", Partition: 2, Offset: 17, Time: time.UnixMilli(1772323200456)}
	fmt.Println(r.IdempotencyKey())
	// Output: shop.orders/2@17#1772323200456
}
