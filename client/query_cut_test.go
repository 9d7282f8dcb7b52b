package client_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

// What the server may have cut off is counted, and nothing else is.
func TestQuery_AnAnswerThatMayLackRowsIsCounted(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		for from := 0; from < 1200; from += 600 {
			var rows []string
			for i := from; i < from+600; i++ {
				rows = append(rows, fmt.Sprintf("(%d, 'blue')", i))
			}
			w.exec(c, "INSERT INTO "+table+" (id, color) VALUES "+strings.Join(rows, ", "))
		}
		all := "SELECT id FROM " + table
		for _, tt := range []struct {
			sql  string
			rows int
			cut  uint64
		}{
			{all, 50, 1},
			{all + " -- LIMIT 60", 50, 1},
			{all + " WHERE color <> 'LIMIT'", 50, 1},
			{all + " WHERE id < 49", 49, 0},
			{all + " LIMIT 50", 50, 0},
			{all + " limit\n50", 50, 0},
			{all + " LIMIT 1000", 1000, 0},
			{all + " LIMIT 1100", 1000, 1},
			{all + " LIMIT 999", 999, 0},
		} {
			before := c.Stats().Cut
			rows, err := client.Query[int64](t.Context(), c, tt.sql)
			is.NoErr(err)
			is.Equal(len(rows), tt.rows)           // of tt.sql
			is.Equal(c.Stats().Cut-before, tt.cut) // of tt.sql
		}
		before := c.Stats().Cut
		_, err := client.Batch(t.Context(), c, all+"; "+all+" LIMIT 1001")
		is.NoErr(err)
		is.Equal(c.Stats().Cut-before, uint64(2))
	})
}
