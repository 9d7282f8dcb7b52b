package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// errDone is why the pipeline ends.
var errDone = errors.New("all orders are done")

// known is the views of a live query, for whoever comes, once there is one: WithLatestFrom
// leaves out what comes before it.
func known(ctx context.Context, live rx.Observable[client.View[customer]]) (rx.Observable[client.View[customer]], error) {
	views := rx.Pipe1(live, operators.ShareReplay[client.View[customer]](1, 0))
	first := make(chan struct{})
	tell := sync.OnceFunc(func() { close(first) })
	sub := views.Subscribe(ctx, rx.OnNext(func(client.View[customer]) { tell() })) // ends with ctx
	select {
	case <-first:
		return views, nil
	case <-sub.Done():
		return views, sub.Err()
	}
}

// counter gives a function that calls f when it has been called so often.
func counter(times int, f func()) func() {
	var n atomic.Int64
	return func() {
		if n.Add(1) == int64(times) {
			f()
		}
	}
}

// put sends a record, or lets it go: then it comes again.
func put(ctx context.Context, to chan<- client.Record[order], r client.Record[order]) {
	select {
	case to <- r:
	case <-ctx.Done():
	}
}

// store writes the invoices of a batch in one statement, but those that an earlier
// delivery has written.
func store(ctx context.Context, c *client.Client, batch []invoice) error {
	var marks []string
	var ids []any
	for i, v := range batch {
		marks = append(marks, fmt.Sprint("$", i+1))
		ids = append(ids, v.record.Value.ID)
	}
	type row struct {
		ID int64 `kalam:"id"`
	}
	old, err := client.Query[row](ctx, c, "SELECT id FROM worker.invoices WHERE id IN ("+strings.Join(marks, ", ")+")", ids...)
	if err != nil {
		return err
	}
	written := map[int64]bool{}
	for _, r := range old {
		written[r.ID] = true
	}
	var rows []string
	var values []any
	for _, v := range batch {
		o := v.record.Value
		if written[o.ID] {
			continue
		}
		written[o.ID] = true
		n := len(values)
		rows = append(rows, fmt.Sprintf("($%d, $%d, $%d)", n+1, n+2, n+3))
		values = append(values, o.ID, v.name, fmt.Sprint(o.Quantity, " × ", o.Item))
	}
	if len(rows) == 0 {
		return nil
	}
	_, err = c.Exec(ctx, "INSERT INTO worker.invoices (id, name, body) VALUES "+strings.Join(rows, ", "), values...)
	return err
}

// deadOrder is a row of the table of dead letters.
type deadOrder struct {
	Offset int64  `kalam:"record_offset"`
	Reason string `kalam:"reason"`
}

// bury has a worker put away the orders of which no invoice can be made, until ctx ends;
// done is told of each that is in the table.
func bury(ctx context.Context, c *client.Client, poison rx.Observable[client.Record[order]], done func()) error {
	client.Changes[deadOrder](c, "SELECT * FROM worker.dead").Subscribe(ctx, rx.OnNext(func(d client.Change[deadOrder]) {
		if d.Op == client.Insert {
			done()
		}
	}))
	return client.Work(ctx, poison, func(_ context.Context, r client.Record[order]) error {
		return client.Permanent(fmt.Errorf("no customer %d", r.Value.Customer))
	}, client.DeadLetterTable(c, "worker.dead"))
}
