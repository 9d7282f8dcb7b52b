package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/kalamdb/kalamrx/client"
)

// item is a row of the example's table.
type item struct {
	ID    int64  `kalam:"id"`
	Color string `kalam:"color"`
	Qty   int64  `kalam:"qty"`
}

// live is the live query: of what leaves its filter the server says nothing.
const live = "SELECT id, color, qty FROM chaos.items WHERE color = 'blue'"

// stays is how many rows are never deleted: a view with fewer has lost some.
const stays = 20

// table is the table, written and read past the faulty network.
type table struct {
	c      *client.Client
	random *rand.Rand
	last   int   // the highest id
	blue   []int // ids that may go
}

func (t *table) prepare(ctx context.Context) error {
	err := t.exec(ctx,
		"CREATE NAMESPACE IF NOT EXISTS chaos",
		"CREATE TABLE IF NOT EXISTS chaos.items (id BIGINT PRIMARY KEY, color TEXT NOT NULL, qty BIGINT NOT NULL) WITH (TYPE = 'USER')",
		"DELETE FROM chaos.items WHERE id > 0")
	if err != nil {
		return err
	}
	if err := t.insert(ctx, stays); err != nil {
		return err
	}
	t.blue = nil
	return t.insert(ctx, 2*stays)
}

func (t *table) exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := t.c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s: %w", sql, err)
		}
	}
	return nil
}

// insert adds n rows by one statement.
func (t *table) insert(ctx context.Context, n int) error {
	var rows []string
	for range n {
		t.last++
		t.blue = append(t.blue, t.last)
		rows = append(rows, fmt.Sprintf("(%d, 'blue', %d)", t.last, t.random.IntN(100)))
	}
	return t.exec(ctx, "INSERT INTO chaos.items (id, color, qty) VALUES "+strings.Join(rows, ", "))
}

// change has rows come, change, leave the filter and go, n of each.
func (t *table) change(ctx context.Context, n int) error {
	if err := t.insert(ctx, n); err != nil {
		return err
	}
	for range n {
		qty := 100 + t.random.IntN(1_000_000) // other than it was
		if err := t.exec(ctx, fmt.Sprintf("UPDATE chaos.items SET qty = %d WHERE id = %d", qty, 1+t.random.IntN(stays))); err != nil {
			return err
		}
	}
	return t.lessen(ctx, n)
}

// lessen has n rows leave the filter, and deletes as many.
func (t *table) lessen(ctx context.Context, n int) error {
	for range n {
		err := t.exec(ctx,
			fmt.Sprintf("UPDATE chaos.items SET color = 'red' WHERE id = %d", t.pick()),
			fmt.Sprintf("DELETE FROM chaos.items WHERE id = %d", t.pick()))
		if err != nil {
			return err
		}
	}
	return nil
}

// pick takes a row out of those that may go; 0, which is none, when all have gone.
func (t *table) pick() int {
	if len(t.blue) == 0 {
		return 0
	}
	i := t.random.IntN(len(t.blue))
	id := t.blue[i]
	t.blue[i] = t.blue[len(t.blue)-1]
	t.blue = t.blue[:len(t.blue)-1]
	return id
}

// rows is what SELECT gives, by id; the server gives 1,000 rows at a time.
func (t *table) rows(ctx context.Context) ([]item, error) {
	const page = 1000
	var all []item
	for last := int64(0); ; last = all[len(all)-1].ID {
		some, err := client.Query[item](ctx, t.c, fmt.Sprintf("%s AND id > %d ORDER BY id LIMIT %d", live, last, page))
		all = append(all, some...)
		if err != nil || len(some) < page {
			return all, err
		}
	}
}
