package client_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// standing observes a stream and stands still in its first value until it may go on.
type standing[T any] struct {
	goOn chan struct{}
	got  []T // to be read at rest
	sub  *rx.Subscription
}

func standingOn[T any](t *testing.T, o rx.Observable[T]) *standing[T] {
	s := &standing[T]{goOn: make(chan struct{})}
	s.sub = o.Subscribe(t.Context(), rx.OnNext(func(v T) {
		if len(s.got) == 0 {
			<-s.goOn
		}
		s.got = append(s.got, v)
	}))
	t.Cleanup(s.sub.Unsubscribe)
	synctest.Wait()
	return s
}

// rest lets the observer go on, and waits until it has taken all.
func (s *standing[T]) rest() []T {
	close(s.goOn)
	synctest.Wait()
	return s.got
}

// foldOf applies changes to no rows.
func foldOf(all []client.Change[item]) map[int64]item {
	rows := map[int64]item{}
	for _, m := range all {
		switch m.Op {
		case client.Insert, client.Update:
			rows[m.Row.ID] = m.Row
		case client.Delete:
			delete(rows, m.Row.ID)
		}
	}
	return rows
}

// writes are more changes than the queues here hold, of rows that change often.
func (w *world) writes(c *client.Client, table string) {
	for i := range 10 {
		w.exec(c, inserting(table, 100+i, 1))
		w.exec(c, "UPDATE "+table+" SET qty = $1 WHERE id < 5", 50+i)
	}
	w.exec(c, "DELETE FROM "+table+" WHERE id = 1")
	synctest.Wait()
}

func TestOverflow_WhatLosesNothingFoldsToTheSelect(t *testing.T) {
	for _, test := range []struct {
		rule client.Overflow
		gaps bool
	}{{client.Lossless, true}, {client.Conflate, false}, {client.Block, false}} {
		t.Run(test.rule.String(), func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client()
				table := w.items(c)
				w.exec(c, inserting(table, 0, 5))
				sql := "SELECT * FROM " + table
				s := standingOn(t, client.Changes[item](c, sql, client.QueueLength(4), client.OnOverflow(test.rule)))
				brisk := recording(t, client.Changes[item](c, sql))
				brisk.until(loaded)
				w.writes(c, table)
				brisk.until(func(all []client.Change[item]) bool { return all[len(all)-1].Op == client.Delete }) // is not held up
				all := s.rest()
				want := w.rowsOf(c, sql)
				rows := foldOf(all)
				is.Equal(len(rows), len(want))
				for _, row := range want {
					is.Equal(rows[row.ID], row)
				}
				gaps, resynced := 0, 0
				for _, m := range all {
					switch m.Op {
					case client.Gap:
						is.True(errors.Is(m.Cause, client.ErrLagged))
						gaps++
					case client.Resynced:
						resynced++
					}
				}
				is.Equal(gaps > 0, test.gaps)
				is.Equal(gaps, resynced)
				is.Equal(s.sub.Dropped(), uint64(0))
				is.Equal(c.Stats().All.Conflated > 0, test.rule != client.Block)
			})
		})
	}
}

func TestOverflow_WhatIsDroppedIsCounted(t *testing.T) {
	for _, test := range []struct {
		rule client.Overflow
		left int
	}{{client.Latest, 1}, {client.DropOldest, 4}} {
		t.Run(test.rule.String(), func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client()
				table := w.items(c)
				sql := "SELECT * FROM " + table
				s := standingOn(t, client.Changes[item](c, sql, client.QueueLength(4), client.OnOverflow(test.rule)))
				w.exec(c, inserting(table, 0, 20))
				synctest.Wait()
				all := s.rest()
				is.Equal(changed(all), test.left)
				is.Equal(all[len(all)-1].Row.ID, int64(19)) // the newest is kept
				is.Equal(s.sub.Dropped(), uint64(20-test.left))
				is.Equal(c.Stats().All.Dropped, uint64(20-test.left))
			})
		})
	}
}

func TestOverflow_ViewsThatAreLeftOutAreInTheNext(t *testing.T) {
	for _, rule := range []client.Overflow{client.Latest, client.DropOldest} {
		t.Run(rule.String(), func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client()
				table := w.items(c)
				sql := "SELECT * FROM " + table
				s := standingOn(t, client.Live[item](c, sql, client.QueueLength(4), client.OnOverflow(rule)))
				w.exec(c, inserting(table, 0, 20))
				synctest.Wait()
				views := s.rest()
				is.True(rule != client.Latest || len(views) == 2) // the one it stood still in, and the rest
				var told []client.Change[item]
				for _, v := range views {
					is.True(v.Status() == client.ViewReady) // whole, whatever was left out
					told = append(told, v.Changes()...)
				}
				is.Equal(len(foldOf(told)), 20)
				is.Equal(views[len(views)-1].Slice(), w.rowsOf(c, sql))
			})
		})
	}
}

func TestOverflow_FailEndsTheStreamAndNoOther(t *testing.T) {
	for name, bound := range map[string]client.LiveOption{"by number": client.QueueLength(4), "by size": client.QueueBytes(1024)} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				is := is.New(t)
				c := w.client()
				table := w.items(c)
				sql := "SELECT * FROM " + table
				s := standingOn(t, client.Changes[item](c, sql, bound, client.OnOverflow(client.Fail)))
				brisk := recording(t, client.Changes[item](c, sql))
				brisk.until(loaded)
				w.exec(c, inserting(table, 0, 20))
				brisk.until(atLeast[client.Change[item]](21))
				close(s.goOn)
				<-s.sub.Done()
				is.True(errors.Is(s.sub.Err(), client.ErrLagged))
				w.exec(c, inserting(table, 20, 1))
				brisk.until(atLeast[client.Change[item]](22))
			})
		})
	}
}
