package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
)

// event is a row; its number says when it was due.
type event struct {
	ID   int64  `kalam:"id"`
	Body string `kalam:"body"`
}

const table = "latency.events"

// patience is how long rows are waited for that have not come.
const patience = 5 * time.Second

// measure writes at a rate while a live query observes.
func measure(ctx context.Context, srv *server, o options, rate int) (r latencies, err error) {
	c, err := client.New(srv.url, client.WithAuth(srv.source))
	if err != nil {
		return r, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err = errors.Join(err, c.Close(closing))
		<-c.Done()
	}()
	if err := setUp(ctx, srv, c); err != nil {
		return r, err
	}
	l := newLoad(newPlan(rate, o.span, o.commits), o.writers, func(ctx context.Context, first, rows int) error {
		return srv.exec(ctx, c, insert(first, rows))
	})
	sub, err := observe(ctx, c, o, l)
	if err != nil {
		return r, err
	}
	defer sub.Unsubscribe()
	if err := l.run(ctx); err != nil {
		return r, err
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-l.all:
	case <-late.C: // what is missing is lost
	case <-sub.Done():
		return r, sub.Err()
	}
	return newLatencies(rate, l)
}

// setUp makes the table anew.
func setUp(ctx context.Context, srv *server, c *client.Client) error {
	for _, sql := range []string{
		"CREATE NAMESPACE IF NOT EXISTS latency",
		"DROP TABLE IF EXISTS " + table,
		"CREATE TABLE " + table + " (id BIGINT PRIMARY KEY, body TEXT) WITH (TYPE = 'USER')",
	} {
		if err := srv.exec(ctx, c, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

func insert(first, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (id, body) VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%d, 'a row of about the length that people write to each other')", first+i)
	}
	return b.String()
}

// observe opens the live query; it returns when that is there.
func observe(ctx context.Context, c *client.Client, o options, l *load) (*rx.Subscription, error) {
	exactness := client.PushOnly
	if o.exact {
		exactness = client.Audited
	}
	ready := make(chan struct{}, 1)
	sub := client.Changes[event](c, "SELECT * FROM "+table, client.WithExactness(exactness), client.QueueLength(1<<20)).Subscribe(ctx, rx.OnNext(func(m client.Change[event]) {
		switch m.Op {
		case client.Insert:
			l.saw(int(m.Row.ID))
		case client.Loaded:
			ready <- struct{}{}
		}
	}))
	select {
	case <-ready:
		return sub, nil
	case <-sub.Done():
		return nil, errors.Join(sub.Err(), ctx.Err())
	}
}
