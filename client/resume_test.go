package client_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/matryer/is"
)

// rowsOf is a table by SELECT, in order of id.
func (w *world) rowsOf(c *client.Client, sql string) []item {
	w.t.Helper()
	rows, err := client.Query[item](w.t.Context(), c, sql+" LIMIT 1000")
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(rows, func(a, b item) int { return int(a.ID - b.ID) })
	return rows
}

// inserting is one INSERT of n rows with ids from first.
func inserting(table string, first, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (id, color, qty) VALUES ", table)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%d, 'blue', %d)", first+i, i)
	}
	return b.String()
}

// exactWith waits for a view that is exact and has so many rows.
func exactWith(n int) func([]client.View[item]) bool {
	return func(all []client.View[item]) bool {
		return len(all) > 0 && all[len(all)-1].Exact() && all[len(all)-1].Len() == n
	}
}

func TestResume_WhatHappenedDuringAnOutageIsTold(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, inserting(table, 0, 10))
		sql := "SELECT * FROM " + table + " WHERE color = 'blue'"
		views := recording(t, client.Live[item](c, sql))
		changes := recording(t, client.Changes[item](c, sql))
		views.until(exactWith(10))
		changes.until(loaded)

		w.srv.RefuseConnections(true)
		w.srv.CutConnections()
		synctest.Wait()
		root := func(sql string) { is.NoErr(w.srv.Exec(t.Context(), "root", sql)) }
		root("DELETE FROM " + table + " WHERE id = 3")
		root("UPDATE " + table + " SET qty = NULL WHERE id = 4")
		root("UPDATE " + table + " SET color = 'red' WHERE id = 5")
		root("INSERT INTO " + table + " (id, color) VALUES (20, 'blue'), (21, 'red')")
		time.Sleep(20 * time.Second)
		w.srv.RefuseConnections(false)
		is.NoErr(c.Connect(t.Context())) // it hurries the next attempt

		all := views.until(exactWith(9))
		is.Equal(all[len(all)-1].Slice(), w.rowsOf(c, sql))
		for _, v := range all {
			is.True(v.Len() >= 9) // no flash of an empty list
		}
		told := changes.until(func(all []client.Change[item]) bool { return all[len(all)-1].Op == client.Resynced })
		var got []string
		for _, x := range told[11:] {
			got = append(got, fmt.Sprint(x.Op, " ", x.Row.ID, " ", x.Origin, " ", x.Reason))
		}
		is.Equal(got, []string{
			"gap 0 push deleted",
			"delete 3 recovered deleted", "update 4 recovered deleted", "delete 5 recovered left filter", "insert 20 recovered deleted",
			"resynced 0 push deleted",
		})
		is.Equal(*told[13].Before.Qty, int32(4))
		is.True(told[13].Row.Qty == nil)
		is.Equal(w.srv.Stats().SubscriptionsOpen, 1) // they share one
		s := c.Stats()
		is.Equal(s.All.Gaps, uint64(1))
		is.Equal(s.All.Resyncs, uint64(1))
	})
}

func TestAudit_OfABurstFindsWhatThePushLost(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		views := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		views.until(exactWith(0))
		w.srv.HoldDelivery()
		w.exec(c, inserting(table, 0, 1000))
		w.srv.Release()
		start := time.Now()
		all := views.until(exactWith(1000))
		t.Logf("exact %v after the burst; %+v", time.Since(start), c.Stats().All)
		is.Equal(all[len(all)-1].Slice(), w.rowsOf(c, "SELECT * FROM "+table))
		is.True(w.srv.Stats().Dropped > 0)
	})
}

func TestState_OutageIsSeenAsItIs(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		states := recording(t, c.State())
		recording(t, client.Changes[item](c, "SELECT * FROM "+table)).until(loaded)
		w.srv.CloseConnections(1001, "Server shutting down")
		all := states.until(func(all []client.State) bool {
			return all[len(all)-1].Connects == 2 && all[len(all)-1].Phase == client.Ready
		})
		var phases []client.Phase
		for _, s := range all {
			phases = append(phases, s.Phase)
		}
		is.Equal(phases, []client.Phase{
			client.Idle, client.Dialing, client.Authenticating, client.Ready,
			client.Backoff, client.Dialing, client.Authenticating, client.Resyncing, client.Ready,
		})
		lost := all[4]
		is.Equal(lost.Attempt, 1)
		is.True(errors.Is(lost.Cause, client.ErrDisconnected))
		is.True(lost.Delay >= 0 && lost.Delay <= time.Second)
		is.Equal(all[7].Of, 1)
	})
}
