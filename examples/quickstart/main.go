// Command quickstart shows a typed live query from end to end: it starts a server
// in the process (or uses the one KALAMDB_URL names), creates a table, subscribes,
// writes, prints what passes through filter, map and scan, and shuts down in order.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// Message is a row of the example's table.
type Message struct {
	ID   int64   `kalam:"id"`
	Room string  `kalam:"room"`
	Body *string `kalam:"body"`
}

func main() {
	room := flag.String("room", "go", "the `room` whose messages the pipeline keeps")
	timeout := flag.Duration("timeout", 10*time.Second, "give up after this `time`")
	verbose := flag.Bool("v", false, "print every message on the socket, too")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "quickstart runs a live query on an embedded server, or on a real one if\n"+
			"KALAMDB_URL is set (with KALAMDB_USER and KALAMDB_PASSWORD, or KALAMDB_TOKEN; the\nuser must be allowed to create namespaces).\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, *timeout, fmt.Errorf("not finished after %v", *timeout))
	defer cancel()
	if err := run(ctx, *room, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, room string, verbose bool) error {
	srv, err := connectTo()
	if err != nil {
		return err
	}
	defer srv.close()
	c, err := client.New(srv.url, client.WithAuth(srv.source))
	if err != nil {
		return err
	}
	c.State().Subscribe(ctx, rx.OnNext(func(s client.State) { fmt.Println("state    ", s) }))
	if verbose {
		c.Messages().Subscribe(ctx, rx.OnNext(func(m client.Message) { fmt.Printf("%-9s %s\n", m.Direction, m.Body) }))
	}
	err = pipeline(ctx, c, room)
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err = errors.Join(err, c.Close(closing))
	<-c.Done()
	fmt.Println("closed    live queries, then the socket; nothing is left")
	return err
}

// pipeline writes some rows while a live query watches the table.
func pipeline(ctx context.Context, c *client.Client, room string) error {
	if err := setUp(ctx, c, room); err != nil {
		return err
	}
	changes := client.Changes[Message](c, "SELECT * FROM quickstart.messages")
	lines := rx.Pipe3(changes,
		operators.Filter(func(m client.Change[Message]) bool { return m.Op == client.Loaded || m.Row.Room == room }),
		operators.Map(describe),
		operators.Scan(numbered{}, func(n numbered, text string) numbered { return numbered{n.count + 1, text} }),
	)
	// What comes through: a row of the snapshot, its end, and three changes.
	came := make(chan int, 5)
	sub := lines.Subscribe(ctx, rx.OnNext(func(n numbered) {
		fmt.Printf("%-9d %s\n", n.count, n.text)
		came <- n.count
	}))
	defer sub.Unsubscribe()
	for {
		select {
		case n := <-came:
			if n == cap(came) {
				return nil
			}
			if n != 2 {
				continue
			}
			if err := write(ctx, c, room); err != nil {
				return err
			}
		case <-sub.Done():
			return sub.Err()
		}
	}
}

type numbered struct {
	count int
	text  string
}

func describe(m client.Change[Message]) string {
	body := "NULL"
	if m.Row.Body != nil {
		body = *m.Row.Body
	}
	switch {
	case m.Op == client.Loaded:
		return "snapshot  is complete"
	case m.Origin == client.FromSnapshot:
		return fmt.Sprintf("snapshot  %d in %s: %s", m.Row.ID, m.Row.Room, body)
	case m.Op == client.Update && m.Before.Body != nil:
		return fmt.Sprintf("update    %d in %s: %s → %s", m.Row.ID, m.Row.Room, *m.Before.Body, body)
	}
	return fmt.Sprintf("%-9s %d in %s: %s", m.Op, m.Row.ID, m.Row.Room, body)
}
