package client_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// hooked is a hook that is told of the client's own queries, by their text.
func hooked(sees func(sql string) (other string)) kalamtest.Option {
	return kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		if !strings.HasSuffix(r.URL.Path, "/sql") {
			return 0, "", false
		}
		body, _ := io.ReadAll(r.Body)
		if text := string(body); strings.Contains(text, "kalamrx_newest") || strings.Contains(text, "kalamrx_audit") {
			body = []byte(sees(text))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
		return 0, "", false
	})
}

func refusedHook(sql string) func(r *http.Request) (int, string, bool) {
	return func(r *http.Request) (int, string, bool) {
		if !strings.HasSuffix(r.URL.Path, "/sql") {
			return 0, "", false
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if strings.Contains(string(body), sql) {
			return 403, `{"status":"error","results":[],"error":{"code":"PERMISSION_DENIED","message":"no"}}`, true
		}
		return 0, "", false
	}
}

// A table whose rows are listed, slowly: the gap of a reconnect is closed although
// nothing else happens.
func TestHostile_AListedTableIsExactAfterAReconnect(t *testing.T) {
	var slow atomic.Bool
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.ns + ".typing"
		w.exec(c, "CREATE STREAM TABLE "+table+" (id TEXT PRIMARY KEY, who TEXT) WITH (TTL_SECONDS = 86400)")
		type typing struct {
			ID  string `kalam:"id"`
			Who string `kalam:"who"`
		}
		r := recording(t, client.Live[typing](c, "SELECT * FROM "+table))
		r.until(atLeast[client.View[typing]](1))
		w.exec(c, "INSERT INTO "+table+" (id, who) VALUES ('a', 'lena')")
		w.exec(c, "INSERT INTO "+table+" (id, who) VALUES ('b', 'lena')")
		w.exec(c, "DELETE FROM "+table+" WHERE id = 'a'") // names a version only: listed from now on
		time.Sleep(10 * time.Minute)
		t.Log(c.Stats().Live[0].Mode)
		slow.Store(true)
		w.exec(c, "INSERT INTO "+table+" (id, who) VALUES ('c', 'lena')")
		time.Sleep(time.Minute) // read again, in 3 s
		w.exec(c, "INSERT INTO "+table+" (id, who) VALUES ('d', 'lena')")
		time.Sleep(10 * time.Second)
		w.srv.CutConnections()
		is.NoErr(w.srv.Exec(t.Context(), "root", "INSERT INTO "+table+" (id, who) VALUES ('e', 'lena')"))
		time.Sleep(time.Hour)
		synctest.Wait()
		all := r.until(atLeast[client.View[typing]](1))
		last := all[len(all)-1]
		t.Log(last.Status(), last.Cause(), last.Len(), last.Exact(), c.Stats().Live[0])
		is.Equal(last.Status(), client.ViewReady)
		is.Equal(last.Len(), 4)
	}, hooked(func(sql string) string {
		if slow.Load() {
			time.Sleep(3 * time.Second)
		}
		return sql
	}))
}

// A live query that failed, with an observer that is stuck, does not keep the others
// of its table from being audited.
func TestHostile_AFailedQueryWithAStuckObserverHurtsNobody(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		gate := make(chan struct{})
		first, id := true, ""
		stop := c.Messages().Subscribe(t.Context(), rx.OnNext(func(m client.Message) {
			if id == "" && m.Direction == client.Sent {
				id = m.SubscriptionID
			}
		}))
		stuck := client.Changes[item](c, "SELECT * FROM "+table+" WHERE qty < 5").Subscribe(t.Context(), rx.OnNext(func(client.Change[item]) {
			if first {
				first = false
				<-gate
			}
		}))
		time.Sleep(time.Second)
		stop.Unsubscribe()
		views := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		views.until(exactWith(0))
		w.srv.Inject([]byte(`{"type":"error","subscription_id":"`+id+`","code":"NOT_FOUND","message":"no"}`), false)
		synctest.Wait()
		w.srv.HoldDelivery()
		w.exec(c, inserting(table, 0, 500))
		w.srv.Release()
		time.Sleep(10 * time.Minute)
		all := views.until(atLeast[client.View[item]](1))
		got := all[len(all)-1].Len()
		close(gate)
		<-stuck.Done()
		t.Log(stuck.Err())
		is.Equal(got, 500)
	})
}

// Changes from now on, of rows that match: of others there is nothing to tell.
func TestHostile_LiveOnlyTellsNothingOfRowsThatNeverMatched(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'red'), (2, 'blue')")
		r := recording(t, client.Changes[item](c, "SELECT * FROM "+table+" WHERE color = 'blue'", client.LiveOnly()))
		r.until(loaded)
		for i := range 5 {
			w.exec(c, "UPDATE "+table+" SET qty = $1 WHERE id = 1", i)
			time.Sleep(time.Minute)
		}
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (3, 'red')")
		w.exec(c, "DELETE FROM "+table+" WHERE id = 3")
		time.Sleep(time.Minute)
		for _, x := range r.until(atLeast[client.Change[item]](1)) {
			t.Log(x.Op, x.Origin, x.Reason, x.Row.ID, x.Row.Color)
		}
		is.Equal(len(r.until(atLeast[client.Change[item]](1))), 1)
	})
}

// A second observer of changes from now on is told those from its own now on.
func TestHostile_LiveOnlyOfALateObserverBeginsWithIt(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		sql := "SELECT * FROM " + table
		r := recording(t, client.Changes[item](c, sql, client.LiveOnly()))
		r.until(loaded)
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'red')")
		r.until(atLeast[client.Change[item]](2))
		late := recording(t, client.Changes[item](c, sql, client.LiveOnly()))
		all := late.until(loaded)
		is.Equal(len(all), 1)
	})
}

// A late observer of the last rows is given no more than it asked for.
func TestHostile_LastRowsOfALateObserverAreNoMore(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		sql := "SELECT * FROM " + table
		r := recording(t, client.Changes[item](c, sql, client.LastRows(2)))
		r.until(loaded)
		w.exec(c, inserting(table, 0, 10))
		r.until(atLeast[client.Change[item]](11))
		late := recording(t, client.Changes[item](c, sql, client.LastRows(2)))
		is.Equal(len(late.until(loaded)), 3)
	})
}

// A row that was written between the two statements of one audit is no reason to
// read the table as a whole for ever.
func TestHostile_ACountThatIsOneAheadIsNoReset(t *testing.T) {
	var once atomic.Int32
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		views := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		views.until(exactWith(0))
		once.Store(1)
		for once.Load() == 1 {
			time.Sleep(time.Second)
		}
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'red')")
		time.Sleep(10 * time.Minute)
		s := c.Stats().Live[0]
		t.Log(s)
		is.Equal(s.Mode, "audit")
	}, hooked(func(sql string) string {
		if strings.Contains(sql, "COUNT(*)") && once.CompareAndSwap(1, 2) {
			return strings.Replace(sql, "COUNT(*)", "COUNT(*) + 1", 1)
		}
		return sql
	}))
}

// An audit of several pages, in the middle of which the socket is away.
func TestHostile_AnAuditIsWholeOrDoesNotCount(t *testing.T) {
	var page atomic.Int32
	var on atomic.Bool
	var away, back func()
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithBackoff(time.Minute, time.Minute))
		table := w.items(c)
		views := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		views.until(exactWith(0))
		away = func() {
			w.srv.CutConnections()
			time.Sleep(time.Millisecond)
		}
		back = func() {
			_ = c.Connect(context.Background())
			time.Sleep(100 * time.Millisecond)
		}
		w.srv.HoldDelivery()
		for i := range 3 {
			w.exec(c, inserting(table, i*1000, 1000))
		}
		on.Store(true)
		w.srv.Release()
		all := views.until(func(all []client.View[item]) bool { return page.Load() > 2 && all[len(all)-1].Exact() })
		on.Store(false)
		at := time.Now()
		got := all[len(all)-1].Len()
		views.until(exactWith(3000))
		t.Logf("exact with %d, all %v later", got, time.Since(at))
		is.Equal(got, 3000)
	}, hooked(func(sql string) string {
		if !on.Load() || !strings.Contains(sql, "kalamrx_audit") {
			return sql
		}
		switch page.Add(1) {
		case 2:
			away()
		case 3:
			back()
		}
		return sql
	}))
}

// Where only the socket gives the rows, they are not read all the time.
func TestHostile_SnapshotsAreNotMadeAllTheTime(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		views := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		views.until(exactWith(0))
		before := w.srv.Stats().Subscribes
		for i := range 600 {
			w.exec(c, inserting(table, i, 1))
			time.Sleep(time.Second)
		}
		snapshots := w.srv.Stats().Subscribes - before
		t.Logf("%d snapshots in 10 minutes of a change a second", snapshots)
		is.Equal(c.Stats().Live[0].Mode, "snapshot")
		is.True(snapshots >= 600/10) // often enough
		is.True(snapshots <= 600/2)  // though not after every change
	}, kalamtest.WithHTTPHook(refusedHook("kalamrx_newest")))
}
