package client_test

import (
	"slices"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

const (
	bursts    = 50
	burstRows = 1000
)

// The proof that nothing is lost: INSERTs of 1,000 rows, 50 in a row, of which the
// server's push drops what its queue of 128 has no room for. Every row is told
// exactly once, and after each burst the view is exact.
func TestBursts_AreWholeAndNothingIsDoubled(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithMaxRetries(10))
		table := w.items(c)
		sql := "SELECT * FROM " + table
		views := recording(t, client.Live[item](c, sql, client.QueueLength(2*burstRows)))
		changes := recording(t, client.Changes[item](c, sql, client.QueueLength(bursts*burstRows)))
		views.until(exactWith(0))
		n := bursts
		if testing.Short() {
			n = 5
		}
		var took []time.Duration
		for i := range n {
			w.exec(c, inserting(table, i*burstRows, burstRows))
			committed := time.Now()
			views.until(exactWith((i + 1) * burstRows))
			took = append(took, time.Since(committed))
			views.forget()
		}
		slices.Sort(took)
		all := changes.until(func(all []client.Change[item]) bool { return inserted(all) == n*burstRows })
		seen := map[int64]bool{}
		for _, x := range all {
			if x.Op == client.Insert {
				is.True(!seen[x.Row.ID]) // none is doubled
				seen[x.Row.ID] = true
			}
		}
		is.Equal(len(seen), n*burstRows) // none is lost
		s := c.Stats().All
		t.Logf("%d bursts of %d rows: %d pushed, %d recovered; exact after p50 %v, p99 %v; %d audits read %d rows",
			n, burstRows, len(seen)-int(s.Inserts), s.Inserts, took[n/2], took[n*99/100], s.Audits, s.AuditRows)
	})
}

func inserted(all []client.Change[item]) int {
	n := 0
	for _, x := range all {
		if x.Op == client.Insert {
			n++
		}
	}
	return n
}
