package client_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

// A row comes, and is pushed, and leaves the filter, before the rows are listed for
// the first time: it is no row of a view that says it is exact.
func TestHostile_ARowThatLeftBeforeTheFirstListingIsNoGhost(t *testing.T) {
	for _, exactness := range []client.Exactness{client.Audited, client.OnGap} {
		t.Run(exactness.String(), func(t *testing.T) {
			var meanwhile atomic.Pointer[func()]
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client()
				table := w.items(c)
				f := func() {
					time.Sleep(time.Second) // the live query is accepted
					for _, sql := range []string{
						"INSERT INTO " + table + " (id, color) VALUES (1, 'blue')",
						"UPDATE " + table + " SET color = 'red' WHERE id = 1",
					} {
						if err := w.srv.Exec(context.Background(), "root", sql); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Second)
					}
				}
				meanwhile.Store(&f)
				r := recording(t, client.Live[item](c, "SELECT * FROM "+table+" WHERE color = 'blue'", client.WithExactness(exactness)))
				r.until(atLeast[client.View[item]](1))
				time.Sleep(10 * time.Minute)
				for _, v := range r.until(atLeast[client.View[item]](1)) {
					t.Log(v.Len(), v.Status(), v.Exact())
					is.True(v.Len() == 0 || !v.Exact())
				}
				all := r.until(atLeast[client.View[item]](1))
				is.Equal(all[len(all)-1].Len(), 0)
			}, hooked(func(sql string) string {
				if f := meanwhile.Swap(nil); f != nil && !strings.Contains(sql, "kalamrx_audit") {
					(*f)()
				}
				return sql
			}))
		})
	}
}
