package client_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// firstView is the first view of chat.messages under some options.
func firstView(opts ...client.LiveOption) (first client.View[Message]) {
	example(func(ctx context.Context, c *client.Client) {
		for v, err := range rx.All(ctx, client.Live[Message](c, "SELECT * FROM chat.messages", opts...)) {
			if err != nil {
				log.Fatal(err)
			}
			first = v
			return
		}
	})
	return first
}

// stalling is what an observer of Changes is told that stands still in the first
// change while ten rows come. Under FastResume there are no audits, which might tell of
// a row before the push does.
func stalling(opts ...client.LiveOption) (told []client.Change[Message], dropped uint64, err error) {
	example(func(ctx context.Context, c *client.Client) {
		in, goOn := make(chan struct{}), make(chan struct{})
		pushed := client.WithResume(client.FastResume)
		changes := client.Changes[Message](c, "SELECT * FROM chat.messages", append(opts, pushed)...)
		other := client.Changes[Message](c, "SELECT * FROM chat.messages", pushed) // shares the live query
		end := make(chan struct{})
		sub := changes.Subscribe(ctx, rx.OnNext(func(m client.Change[Message]) {
			switch {
			case m.Op == client.Loaded:
				close(in)
				<-goOn
				return
			case m.Origin == client.FromSnapshot:
				return
			}
			told = append(told, m)
			if m.Row.ID == 19 {
				close(end)
			}
		}))
		<-in
		ready, all := make(chan struct{}), make(chan struct{})
		defer other.Subscribe(ctx, rx.OnNext(func(m client.Change[Message]) {
			switch {
			case m.Op == client.Loaded:
				close(ready)
			case m.Row.ID == 19:
				close(all)
			}
		})).Unsubscribe()
		<-ready
		_, failed := c.Exec(ctx, "INSERT INTO chat.messages (id, room) VALUES (10,'a'),(11,'a'),(12,'a'),(13,'a'),(14,'a'),(15,'a'),(16,'a'),(17,'a'),(18,'a'),(19,'a')")
		if failed != nil {
			log.Fatal(failed)
		}
		<-all
		close(goOn)
		select {
		case <-end:
			sub.Unsubscribe()
		case <-sub.Done():
		}
		<-sub.Done()
		dropped, err = sub.Dropped(), sub.Err()
	})
	return told, dropped, err
}

func ExampleOrderBy() {
	byRoom := func(a, b Message) int { return -cmp.Compare(a.Room, b.Room) }
	for key, m := range firstView(client.OrderBy(byRoom)).All() {
		fmt.Println(key, m.Room)
	}
	// Output:
	// 2 rust
	// 1 go
}

func ExampleLimit() {
	newest := client.OrderBy(func(a, b Message) int { return cmp.Compare(b.ID, a.ID) })
	v := firstView(newest, client.Limit(1))
	fmt.Println(v.Len(), "of", v.Total(), v.Slice()[0].Room)
	// Output: 1 of 2 rust
}

func ExampleKeys() {
	v := firstView(client.Keys("room", "id")) // a key of one's own: its order is that of the columns
	for key := range v.All() {
		fmt.Println(key)
	}
	_, ok := v.Get(client.KeyOf("rust", 2))
	fmt.Println(ok)
	// Output:
	// (go, 1)
	// (rust, 2)
	// true
}

func ExampleLastRows() {
	fmt.Println(firstView(client.LastRows(1)).Slice()[0].Room)
	// Output: rust
}

func ExampleBatchSize() {
	fmt.Println(firstView(client.BatchSize(1)).Len()) // two pages, one view
	// Output: 2
}

func ExampleLiveOnly() {
	fmt.Println(firstView(client.LiveOnly()).Len()) // rows that change from now on will be in it
	// Output: 0
}

func ExampleWithExactness() {
	v := firstView(client.WithExactness(client.OnGap))
	fmt.Println(v.Len(), v.Exact(), v.Checkpoint().IsZero()) // only an Audited stream has checkpoints
	// Output: 2 false true
}

func ExampleExactness() {
	fmt.Println(client.Audited, client.OnGap, client.PushOnly)
	// Output: Audited OnGap PushOnly
}

func ExampleWithResume() {
	fast := firstView(client.WithResume(client.FastResume)) // rows come over the socket, and no query is made
	fmt.Println(fast.Len(), fast.Checkpoint().IsZero())
	// Output: 2 true
}

func ExampleResumption() {
	fmt.Println(client.ExactResume, client.FastResume)
	// Output: ExactResume FastResume
}

func ExampleReason() {
	fmt.Println(client.Deleted, client.LeftFilter, client.Missing, client.Beyond)
	// Output: deleted left filter missing beyond
}

// A row that leaves the filter is a Delete with that reason; the server says nothing
// of it, the audit finds it.
func ExampleChange_reason() {
	example(func(ctx context.Context, c *client.Client) {
		changes := client.Changes[Message](c, "SELECT * FROM chat.messages WHERE room = 'go'")
		for m := range rx.All(ctx, changes) {
			switch m.Op {
			case client.Loaded:
				go func() { _, _ = c.Exec(ctx, "UPDATE chat.messages SET room = 'zig' WHERE id = 1") }()
			case client.Delete:
				fmt.Println(m.Row.ID, m.Row.Room, m.Reason, m.Origin)
				return
			}
		}
	})
	// Output: 1 go left filter recovered
}

func ExampleOverflow() {
	fmt.Println(client.Lossless, client.Latest, client.Conflate, client.DropOldest, client.Block, client.Fail)
	// Output: Lossless Latest Conflate DropOldest Block Fail
}

func ExampleOnOverflow() {
	told, dropped, _ := stalling(client.QueueLength(3), client.OnOverflow(client.DropOldest))
	for _, m := range told {
		fmt.Println(m.Op, m.Row.ID)
	}
	fmt.Println(dropped, "dropped")
	// Output:
	// insert 17
	// insert 18
	// insert 19
	// 7 dropped
}

// By default nothing is missing: what had no room is told as recovered.
func ExampleQueueLength() {
	told, dropped, _ := stalling(client.QueueLength(8))
	for _, m := range told[7:11] {
		fmt.Println(m.Op, m.Origin, m.Row.ID, errors.Is(m.Cause, client.ErrLagged))
	}
	fmt.Println(dropped, "dropped")
	// Output:
	// insert push 17 false
	// gap push 0 true
	// insert recovered 18 false
	// insert recovered 19 false
	// 0 dropped
}

func ExampleQueueBytes() {
	_, _, err := stalling(client.QueueBytes(1024), client.OnOverflow(client.Fail))
	fmt.Println(errors.Is(err, client.ErrLagged))
	// Output: true
}

func ExampleLagError() {
	_, _, err := stalling(client.QueueLength(3), client.OnOverflow(client.Fail))
	var lag *client.LagError
	fmt.Println(errors.As(err, &lag), errors.Is(err, client.ErrLagged), lag.Missed > 0)
	// Output: true true true
}

// A checkpoint that is saved with what was made of the changes loses and repeats
// nothing, also across restarts.
func ExampleFromCheckpoint() {
	example(func(ctx context.Context, c *client.Client) {
		const sql = "SELECT * FROM chat.messages"
		saved := ""
		for m := range rx.All(ctx, client.Changes[Message](c, sql)) {
			if saved = m.Checkpoint().String(); m.Op == client.Loaded {
				break
			}
		}
		_, _ = c.Exec(ctx, "DELETE FROM chat.messages WHERE id = 1; INSERT INTO chat.messages (id, room) VALUES (3, 'zig')")
		from, err := client.ParseCheckpoint(saved)
		if err != nil {
			log.Fatal(err)
		}
		missed := rx.Pipe2(client.Changes[Message](c, sql, client.FromCheckpoint(from)),
			operators.Filter(func(m client.Change[Message]) bool { return m.Op < client.Loaded }),
			operators.Take[client.Change[Message]](2))
		for m := range rx.All(ctx, missed) {
			fmt.Println(m.Op, m.Origin, m.Key())
		}
	})
	// Output:
	// delete recovered 1
	// insert recovered 3
}

func ExampleCheckpoint() {
	c := firstView().Checkpoint()
	text, err := c.MarshalText()
	var back client.Checkpoint
	fmt.Println(err, back.UnmarshalText(text), back.Seq() == c.Seq(), back.IsZero())
	// Output: <nil> <nil> true false
}

func ExampleParseCheckpoint() {
	_, err := client.ParseCheckpoint("damaged")
	fmt.Println(errors.Is(err, client.ErrCheckpoint))
	none, err := client.ParseCheckpoint("") // begins at the beginning
	fmt.Println(none.IsZero(), err)
	// Output:
	// true
	// true <nil>
}
