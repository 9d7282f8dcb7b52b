package client_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

func subscriptions(n int) func(kalamtest.Stats) bool {
	return func(s kalamtest.Stats) bool { return s.SubscriptionsOpen == n }
}

func TestSharing_SameSQLIsOneSubscriptionAndTheLastLeaveEndsIt(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, inserting(table, 0, 5))
		sql := "SELECT * FROM " + table
		views := recording(t, client.Live[item](c, sql))
		views.until(exactWith(5))
		changes := recording(t, client.Changes[item](c, sql, client.QueueLength(5))) // a queue is the observer's own
		is.Equal(len(changes.until(loaded)), 6)                                      // at once, from what is known
		is.Equal(w.srv.Stats().Subscribes, 1)
		is.Equal(c.Stats().Live[0].Observers, uint64(2))
		other := recording(t, client.Live[item](c, sql, client.WithExactness(client.OnGap)))
		other.until(atLeast[client.View[item]](1))
		is.Equal(w.srv.Stats().Subscribes, 2) // another exactness is another live query
		other.sub.Unsubscribe()
		views.sub.Unsubscribe()
		_, err := w.srv.Await(t.Context(), subscriptions(1))
		is.NoErr(err)
		w.exec(c, inserting(table, 10, 1)) // who stays is told
		changes.until(atLeast[client.Change[item]](7))
		changes.sub.Unsubscribe()
		_, err = w.srv.Await(t.Context(), subscriptions(0))
		is.NoErr(err)
		synctest.Wait()
		is.Equal(len(c.Stats().Live), 0)
	})
}

func TestLimits_ALiveQueryTooManyEndsAlone(t *testing.T) {
	for _, test := range []struct {
		name   string
		opts   []client.Option
		server []kalamtest.Option
		fit    int
	}{
		{"the client's", []client.Option{client.WithMaxLiveQueries(3)}, nil, 3},
		{"the user's", nil, nil, 10},
		{"the connection's", nil, []kalamtest.Option{kalamtest.WithSubscriptionLimits(100, 4)}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client(test.opts...)
				table := w.items(c)
				open := func(i int) *recorder[client.Change[item]] {
					return recording(t, client.Changes[item](c, fmt.Sprintf("SELECT * FROM %s WHERE id > %d", table, i)))
				}
				var all []*recorder[client.Change[item]]
				for i := range test.fit {
					all = append(all, open(i))
					all[i].until(loaded)
				}
				err := open(100).ended()
				is.True(errors.Is(err, client.ErrSubscriptionLimit))
				all[0].sub.Unsubscribe()
				_, waited := w.srv.Await(t.Context(), subscriptions(test.fit-1))
				is.NoErr(waited)
				open(101).until(loaded) // there is room again
				w.exec(c, inserting(table, 50, 1))
				all[1].until(atLeast[client.Change[item]](2)) // and the others went on
			}, test.server...)
		})
	}
}

func TestCheckpoint_NothingIsLostAndNothingTwice(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, inserting(table, 0, 10))
		sql := "SELECT * FROM " + table + " WHERE color = 'blue'"
		first := recording(t, client.Changes[item](c, sql))
		first.until(loaded)
		w.exec(c, inserting(table, 10, 3))
		told := first.until(atLeast[client.Change[item]](14))
		first.sub.Unsubscribe()
		sink := map[int64]item{}
		for _, m := range told[:12] { // the last two were told, and not saved
			if m.Op == client.Insert {
				sink[m.Row.ID] = m.Row
			}
		}
		saved := told[11].Checkpoint()

		w.exec(c, "DELETE FROM "+table+" WHERE id = 3")
		w.exec(c, "UPDATE "+table+" SET color = 'red' WHERE id = 4")
		w.exec(c, "UPDATE "+table+" SET qty = 99 WHERE id = 5")
		w.exec(c, inserting(table, 20, 2))
		again := recording(t, client.Changes[item](c, sql, client.FromCheckpoint(saved)))
		again.until(func(all []client.Change[item]) bool { return changed(all) == 7 })
		w.exec(c, inserting(table, 30, 1))
		all := again.until(func(all []client.Change[item]) bool { return changed(all) == 8 })
		for _, m := range all {
			switch m.Op {
			case client.Insert, client.Update:
				sink[m.Row.ID] = m.Row
			case client.Delete:
				is.True(sink[m.Row.ID].ID == m.Row.ID)
				delete(sink, m.Row.ID)
			}
		}
		want := w.rowsOf(c, sql)
		is.Equal(len(sink), len(want))
		for _, row := range want {
			is.Equal(sink[row.ID], row)
		}
		time.Sleep(time.Minute) // of the bubble: audits that read all once more
		synctest.Wait()
		again.mu.Lock()
		defer again.mu.Unlock()
		is.Equal(changed(again.all), 8)
	})
}

func changed(all []client.Change[item]) (n int) {
	for _, m := range all {
		if m.Op < client.Loaded {
			n++
		}
	}
	return n
}

func TestCheckpoint_OfAnotherQueryOrTooOldIsRefused(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		sql := "SELECT * FROM " + table
		r := recording(t, client.Changes[item](c, sql))
		saved := r.until(loaded)[0].Checkpoint()
		r.sub.Unsubscribe()
		from := func(sql string) error {
			return recording(t, client.Changes[item](c, sql, client.FromCheckpoint(saved))).ended()
		}
		is.True(errors.Is(from(sql+" WHERE id > 1"), client.ErrCheckpoint))
		is.True(errors.Is(from("SELECT id FROM "+table), client.ErrCheckpoint))
		is.True(errors.Is(recording(t, client.Live[item](c, sql, client.FromCheckpoint(saved))).ended(), client.ErrConfig))
		is.NoErr(c.Disconnect(t.Context())) // a socket for six days is not what is tested
		time.Sleep(145 * time.Hour)
		is.True(errors.Is(from(sql), client.ErrCheckpoint))
	}, kalamtest.WithTokenLifetime(1000*time.Hour))
}

// stateOf waits until the state of a client is what ok says, and gives all that it saw.
func stateOf(t *testing.T, c *client.Client, ok func(client.State) bool) []client.State {
	t.Helper()
	return recording(t, c.State()).until(func(all []client.State) bool { return len(all) > 0 && ok(all[len(all)-1]) })
}

func in(p client.Phase) func(client.State) bool {
	return func(s client.State) bool { return s.Phase == p }
}

func TestReconnect_AttemptsEndInFailedAndConnectBeginsAnew(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithReconnectAttempts(3), client.WithBackoff(time.Second, time.Second))
		table := w.items(c)
		r := recording(t, client.Changes[item](c, "SELECT * FROM "+table))
		r.until(loaded)
		w.srv.RefuseConnections(true)
		w.srv.CutConnections()
		err := r.ended()
		is.True(errors.Is(err, client.ErrConnect) || errors.Is(err, client.ErrDisconnected))
		last := stateOf(t, c, in(client.Failed))
		is.True(last[len(last)-1].Cause != nil)
		w.srv.RefuseConnections(false)
		is.NoErr(c.Connect(t.Context()))
		recording(t, client.Changes[item](c, "SELECT * FROM "+table)).until(loaded)
	})
}

func TestReconnect_ConnectHurriesTheNextAttempt(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithBackoff(time.Hour, time.Hour))
		is.NoErr(c.Connect(t.Context()))
		w.srv.RefuseConnections(true)
		w.srv.CutConnections()
		stateOf(t, c, in(client.Backoff))
		w.srv.RefuseConnections(false)
		began := time.Now()
		is.NoErr(c.Connect(t.Context()))
		is.True(time.Since(began) < time.Second)
	})
}

func TestReconnect_ImmediateDoesNotWait(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithImmediateReconnect(), client.WithBackoff(time.Hour, time.Hour))
		is.NoErr(c.Connect(t.Context()))
		time.Sleep(time.Minute) // of the bubble: the connection is one that works
		began := time.Now()
		w.srv.CutConnections()
		stateOf(t, c, func(s client.State) bool { return s.Phase == client.Ready && s.Connects == 2 })
		is.True(time.Since(began) < time.Second)
	})
}

func TestWatchStats_TicksUntilTheClientCloses(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		is.True(errors.Is(recording(t, c.WatchStats(0)).ended(), client.ErrConfig))
		r := recording(t, rx.Pipe1(c.WatchStats(time.Second), operators.Map(func(s client.Stats) uint64 { return s.Received })))
		is.Equal(r.until(atLeast[uint64](1)), []uint64{0}) // at once
		is.NoErr(c.Connect(t.Context()))
		is.Equal(r.until(atLeast[uint64](2))[1], uint64(1))
		is.NoErr(c.Close(t.Context()))
		is.NoErr(r.ended())
	})
}
