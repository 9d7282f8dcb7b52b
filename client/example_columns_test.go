package client_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"math/big"
	"time"

	"github.com/kalamdb/kalamrx/client"
)

// What columns are read into, and written from: NULL into pointers and sql.Null, DECIMAL into *big.Rat or text,
// JSON into structs, maps, slices or json.RawMessage.
func ExampleQuery_columns() {
	type item struct {
		ID    int64               `kalam:"id"`
		Note  *string             `kalam:"note"`
		Sold  sql.Null[time.Time] `kalam:"sold"`
		Price *big.Rat            `kalam:"price"`
		Made  time.Time           `kalam:"made"`
		UID   [16]byte            `kalam:"uid"`
		Tags  []string            `kalam:"tags"`
		Size  struct{ W, H int }  `kalam:"size"`
		Local bool                `kalam:"-"` // of no column
	}
	example(func(ctx context.Context, c *client.Client) {
		if _, err := c.Exec(ctx, `CREATE TABLE chat.items (id BIGINT PRIMARY KEY, note TEXT, sold TIMESTAMP,
			price DECIMAL(12,2), made TIMESTAMP, uid UUID, tags JSON, size JSON) WITH (TYPE = 'USER')`); err != nil {
			log.Fatal(err)
		}
		tags, err := json.Marshal([]string{"blue", "new"})
		if err != nil {
			log.Fatal(err)
		}
		_, err = c.Exec(ctx, `INSERT INTO chat.items (id, note, price, made, uid, tags, size) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			1, nil, big.NewRat(1999, 100), time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), [16]byte{1, 2},
			json.RawMessage(tags), json.RawMessage(`{"W":3,"H":4}`))
		if err != nil {
			log.Fatal(err)
		}
		it, err := client.QueryOne[item](ctx, c, "SELECT * FROM chat.items WHERE id = $1", 1)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(it.ID, it.Note == nil, it.Sold.Valid, it.Price.FloatString(2), it.Made.Format(time.DateOnly), it.UID[:2], it.Tags, it.Size.W)
	})
	// Output: 1 true false 19.99 2026-03-01 [1 2] [blue new] 3
}
