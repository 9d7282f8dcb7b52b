package client_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// A table that keeps no deletions, of which none has been pushed so far: a row that
// went during an outage is no row of a view that says it is exact, and the gap is not
// over while it is there.
func TestHostile_AStreamDeletionDuringAnOutageIsNoGhostOfAnExactView(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.ns + ".typing"
		w.exec(c, "CREATE STREAM TABLE "+table+" (id BIGINT PRIMARY KEY, color TEXT, qty INT, note TEXT) WITH (TTL_SECONDS = 86400)")
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'blue'), (2, 'blue')")
		r := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		r.until(exactWith(2))
		time.Sleep(time.Minute)
		w.srv.RefuseConnections(true)
		w.srv.CutConnections()
		synctest.Wait()
		is.NoErr(w.srv.Exec(t.Context(), "root", "DELETE FROM "+table+" WHERE id = 1"))
		w.srv.RefuseConnections(false)
		before := len(r.until(atLeast[client.View[item]](1)))
		time.Sleep(10 * time.Minute)
		all := r.until(exactWith(1))
		for _, v := range all[before:] {
			t.Log(v.Len(), v.Status(), v.Exact())
			_, ghost := v.Get(1)
			is.True(!ghost || !v.Exact())
			is.True(!ghost || v.Status() != client.ViewReady)
		}
	})
}

// Where only the socket gives the rows, a change that the push lost is found although
// no other is pushed.
func TestHostile_AnIdleLiveQueryOfSnapshotsIsComparedToo(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		r := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		r.until(exactWith(0))
		w.srv.FaultFrames(kalamtest.DropFrame, 1)
		w.exec(c, inserting(table, 0, 1))
		time.Sleep(time.Hour)
		synctest.Wait()
		all := r.until(atLeast[client.View[item]](1))
		is.Equal(all[len(all)-1].Len(), 1)
	}, kalamtest.WithHTTPHook(refusedHook("kalamrx_newest")))
}
