package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// connected runs f with a client of the server that the environment names, or of one
// in the process.
func connected(f func(c *client.Client) error) error {
	url, token := os.Getenv("KALAMDB_URL"), os.Getenv("KALAMDB_TOKEN")
	source := auth.Password(os.Getenv("KALAMDB_USER"), os.Getenv("KALAMDB_PASSWORD"))
	switch {
	case url == "":
		srv, err := kalamtest.New()
		if err != nil {
			return err
		}
		defer srv.Close()
		url, source = srv.URL(), auth.Password("root", "kalamdb-root")
		fmt.Fprintln(os.Stderr, "server embedded, at", url)
	case token != "":
		jwt, err := auth.JWT(token)
		if err != nil {
			return err
		}
		source = jwt
	case os.Getenv("KALAMDB_USER") == "":
		return errors.New("KALAMDB_URL is set; set KALAMDB_TOKEN, or KALAMDB_USER and KALAMDB_PASSWORD, too")
	}
	c, err := client.New(url, client.WithAuth(source))
	if err != nil {
		return err
	}
	err = f(c)
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err = errors.Join(err, c.Close(closing))
	<-c.Done()
	return err
}

// orders are those that the example makes: (id, customer, item, quantity).
func orders() [][]any {
	return [][]any{
		{1, 1, "tea", 3}, {2, 2, "milk", 1}, {3, 9, "rum", 7}, {4, 1, "milk", 2}, {5, 2, "tea", -2}, {6, 2, "tea", 5}, {7, 1, "rum", 1},
	}
}

// setUp makes the tables, the topic and the orders in it.
func setUp(ctx context.Context, c *client.Client) error {
	dead, err := client.DeadLetterSchema("worker.dead")
	if err != nil {
		return err
	}
	_, _ = c.Exec(ctx, "DROP TOPIC worker.orders") // of an earlier run, if there was one
	for _, sql := range []string{
		"CREATE NAMESPACE IF NOT EXISTS worker",
		"CREATE TABLE IF NOT EXISTS worker.placed (id BIGINT PRIMARY KEY, customer BIGINT, item TEXT, quantity INT) WITH (TYPE = 'SHARED')",
		"CREATE TABLE IF NOT EXISTS worker.customers (id BIGINT PRIMARY KEY, name TEXT) WITH (TYPE = 'SHARED')",
		"CREATE TABLE IF NOT EXISTS worker.invoices (id BIGINT PRIMARY KEY, name TEXT, body TEXT) WITH (TYPE = 'SHARED')",
		dead,
		"DELETE FROM worker.placed WHERE id > 0",
		"DELETE FROM worker.customers WHERE id > 0",
		"DELETE FROM worker.invoices WHERE id > 0",
		"DELETE FROM worker.dead WHERE record_offset >= 0",
		"INSERT INTO worker.customers (id, name) VALUES (1, 'Ann'), (2, 'Bob')",
		"CREATE TOPIC worker.orders",
		"ALTER TOPIC worker.orders ADD SOURCE worker.placed ON INSERT",
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	for _, o := range orders() {
		if _, err := c.Exec(ctx, "INSERT INTO worker.placed (id, customer, item, quantity) VALUES ($1, $2, $3, $4)", o...); err != nil {
			return err
		}
	}
	return nil
}

// show prints the tables.
func show(ctx context.Context, c *client.Client) error {
	type row struct {
		ID   int64  `kalam:"id"`
		Name string `kalam:"name"`
		Body string `kalam:"body"`
	}
	invoices, err := client.Query[row](ctx, c, "SELECT * FROM worker.invoices ORDER BY id")
	if err != nil {
		return err
	}
	for _, r := range invoices {
		fmt.Printf("invoice %d  %s: %s\n", r.ID, r.Name, r.Body)
	}
	dead, err := client.Query[deadOrder](ctx, c, "SELECT * FROM worker.dead ORDER BY record_offset")
	for _, d := range dead {
		fmt.Printf("dead    %d  %s\n", d.Offset+1, d.Reason)
	}
	return err
}
