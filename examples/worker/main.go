// Command worker takes orders from a topic, adds from a live query whose they are, and
// writes invoices in batches; each order is acknowledged when its invoice is written, and
// those that nobody can write go to a table of dead letters. However it ends, kill -9
// included, no order is lost, and none has two invoices.
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

type customer struct {
	ID   int64  `kalam:"id"`
	Name string `kalam:"name"`
}

type order struct {
	ID       int64  `kalam:"id"`
	Customer int64  `kalam:"customer"`
	Item     string `kalam:"item"`
	Quantity uint32 `kalam:"quantity"` // a negative one cannot be read: such a record has an Err
}

// invoice is an order, and whose it is; nobody's where the name is empty.
type invoice struct {
	record client.Record[order]
	name   string
}

func main() {
	timeout := flag.Duration("timeout", 10*time.Second, "give up after this `time`")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "worker makes invoices of the orders in a topic, on an embedded server, or on a real one if\n"+
			"KALAMDB_URL is set (with KALAMDB_USER and KALAMDB_PASSWORD, or KALAMDB_TOKEN; the\nuser must have the role dba or system). It makes its orders itself, and ends with them.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, *timeout, fmt.Errorf("not finished after %v", *timeout))
	defer cancel()
	if err := connected(func(c *client.Client) error { return run(ctx, c) }); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

// run makes orders, handles them, and shows what became of them.
func run(ctx context.Context, c *client.Client) error {
	if err := setUp(ctx, c); err != nil {
		return err
	}
	if err := pipeline(ctx, c, len(orders())); err != nil {
		return err
	}
	return show(ctx, c)
}

// pipeline handles orders until so many are acknowledged.
func pipeline(ctx context.Context, c *client.Client, orders int) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	customers, err := known(ctx, client.Live[customer](c, "SELECT * FROM worker.customers"))
	if err != nil {
		return err
	}
	group := fmt.Sprint("billing-", time.Now().UnixNano()) // begins anew each time; a real one has a name that stays
	records := client.Consume[order](c, "worker.orders", group, client.FromEarliest(), client.Partitions(0), client.ManualAck())
	done := counter(orders, func() { stop(errDone) })
	poison := make(chan client.Record[order], 16)
	batches := rx.Pipe3(records,
		operators.WithLatestFrom(customers, enrich),
		operators.Filter(func(i invoice) bool {
			if i.name == "" {
				put(ctx, poison, i.record)
			}
			return i.name != ""
		}),
		operators.Batch[invoice](4, 50*time.Millisecond))
	sub := batches.Subscribe(ctx, rx.Observer[[]invoice]{
		Next: func(batch []invoice) {
			if err := store(ctx, c, batch); err != nil {
				stop(err)
				return
			}
			for _, i := range batch {
				i.record.Ack()
				done()
			}
		},
		Error: func(err error) { stop(err) },
	})
	if err := bury(ctx, c, operators.FromChannel(poison), done); err != nil {
		stop(err)
	}
	<-sub.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, errDone) {
		return cause
	}
	return nil
}

// enrich says whose an order is.
func enrich(r client.Record[order], all client.View[customer]) invoice {
	who, _ := all.Get(r.Value.Customer)
	return invoice{r, who.Name}
}
