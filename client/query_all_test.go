package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// fill inserts rows with the ids from low to high, but for the last.
func (w *world) fill(c *client.Client, table string, low, high int) {
	for ; low < high; low += 1000 {
		values := make([]string, 0, 1000)
		for id := low; id < min(high, low+1000); id++ {
			values = append(values, fmt.Sprintf("(%d, 'c%d')", id, id%3))
		}
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES "+strings.Join(values, ", "))
	}
}

// collect reads a stream to its end.
func collect[T any](t *testing.T, o rx.Observable[T]) (all []T, err error) {
	for v, failed := range rx.All(t.Context(), o) {
		if failed != nil {
			return all, failed
		}
		all = append(all, v)
	}
	return all, nil
}

func TestQueryAll_GivesEveryRowOnce(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.fill(c, table, -700, 1800)
		for _, size := range []int{1000, 999, 500, 77} {
			ids, err := collect(t, client.QueryAll[int64](c, "SELECT id FROM "+table, client.PageSize(size)))
			is.NoErr(err)
			is.Equal(len(ids), 2500)
			slices.Sort(ids)
			is.Equal(ids[0], int64(-700))
			is.Equal(len(slices.Compact(ids)), 2500)
		}
		s, err := c.With(client.Namespace(w.ns), client.CallTimeout(time.Minute))
		is.NoErr(err)
		some, err := collect(t, client.QueryAll[item](s, "SELECT * FROM items WHERE color = $1 OR id < $2 -- why",
			client.PageParams("c1", -600), client.PageSize(100)))
		is.NoErr(err)
		want, err := client.QueryOne[int](t.Context(), s, "SELECT COUNT(*) AS n FROM items WHERE color = 'c1' OR id < -600")
		is.NoErr(err)
		is.Equal(len(some), want)
		none, err := collect(t, client.QueryAll[map[string]any](s, "SELECT color FROM items WHERE id > 9000"))
		is.NoErr(err)
		is.Equal(len(none), 0)
		one, err := collect(t, client.QueryAll[map[string]any](s, "SELECT color FROM items WHERE id = 1"))
		is.NoErr(err)
		is.Equal(one, []map[string]any{{"color": "c1"}}) // the key is not among the columns
	})
}

func TestQueryAll_KeysOfOtherTypes(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		c := w.client()
		for _, test := range []struct{ name, columns, options string }{
			{"text", "id TEXT PRIMARY KEY, n INT", "TYPE = 'USER'"},
			{"uuid", "id UUID PRIMARY KEY, n INT", "TYPE = 'SHARED'"},
			{"stream", "id TEXT, n INT", "TYPE = 'STREAM', TTL_SECONDS = 600"}, // by _seq
		} {
			is := is.New(t)
			table := w.table(c, test.name, test.columns, test.options)
			var want []int
			for n := range 12 {
				id := fmt.Sprintf("%08x-0000-4000-8000-000000000001", rand.Uint32())
				if test.name == "text" {
					id = evil()[2*n] + `"\`
				}
				w.exec(c, "INSERT INTO "+table+" (id, n) VALUES ($1, $2)", id, n)
				want = append(want, n)
			}
			got, err := collect(t, client.QueryAll[int](c, "SELECT n FROM "+table, client.PageSize(4)))
			is.NoErr(err)
			slices.Sort(got)
			is.Equal(got, want)
			ids, err := collect(t, client.QueryAll[string](c, "SELECT id FROM "+table, client.PageSize(7), client.PageKey("n")))
			is.NoErr(err)
			is.Equal(len(ids), 12)
		}
	})
}

// Rows that are there throughout are told once, whatever happens to the others, and to
// them.
func TestQueryAll_IsExactWhileOthersWrite(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		c := w.client()
		table := w.items(c)
		w.fill(c, table, 0, 1000)
		told := map[int64]int{}
		for row, err := range rx.All(t.Context(), client.QueryAll[item](c, "SELECT * FROM "+table, client.PageSize(50))) {
			is.NoErr(err)
			told[row.ID]++
			if random.IntN(5) > 0 {
				continue
			}
			id := random.IntN(1000)
			switch random.IntN(3) {
			case 0: // even ones stay, but for what is in them
				w.exec(c, "UPDATE "+table+" SET color = $1 WHERE id = $2", fmt.Sprint(random.Uint32()), id)
			case 1:
				w.exec(c, "DELETE FROM "+table+" WHERE id = $1", id|1)
			default:
				w.exec(c, "INSERT INTO "+table+" (id, color) VALUES ($1, 'new')", 1000+random.Int32())
			}
		}
		for id, n := range told {
			is.True(n == 1)
			_ = id
		}
		for id := int64(0); id < 1000; id += 2 {
			is.Equal(told[id], 1)
		}
	}, kalamtest.WithQueryRate(100000))
}

// The next page is asked for when the last one has been taken, and not when nobody
// wants it any more.
func TestQueryAll_PagesAreAskedForAsTheyAreTaken(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.fill(c, table, 0, 100)
		before := w.srv.Stats().Queries
		next := make(chan struct{})
		rows := client.QueryAll[item](c, "SELECT * FROM "+table, client.PageSize(10))
		is.Equal(w.srv.Stats().Queries, before) // it is cold
		sub := rows.Subscribe(t.Context(), rx.OnNext(func(item) { <-next }))
		for taken := range 35 {
			synctest.Wait()
			is.Equal(w.srv.Stats().Queries-before, 2+taken/10) // one for the key
			next <- struct{}{}
		}
		synctest.Wait()
		sub.Unsubscribe()
		next <- struct{}{}
		<-sub.Done()
		synctest.Wait()
		is.Equal(w.srv.Stats().Queries-before, 5)
		got, err := collect(t, rx.Pipe1(rows, operators.Take[item](10)))
		is.NoErr(err)
		is.Equal(len(got), 10)
		synctest.Wait()
		is.Equal(w.srv.Stats().Queries-before, 7)
	})
}

func TestQueryAll_UnsubscribeEndsTheQueryUnderWay(t *testing.T) {
	var asked, gone atomic.Int64
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithTimeout(time.Hour))
		rows := client.QueryAll[item](c, "SELECT * FROM a.b", client.PageKey("stuck"))
		sub := rows.Subscribe(t.Context(), rx.Observer[item]{})
		synctest.Wait()
		is.Equal(asked.Load(), int64(1))
		sub.Unsubscribe()
		<-sub.Done()
		synctest.Wait()
		is.Equal(gone.Load(), int64(1))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sub = rows.Subscribe(ctx, rx.Observer[item]{Error: func(error) { t.Error("an end of the context is no error") }})
		<-sub.Done()
		is.Equal(sub.Err(), context.DeadlineExceeded)
		synctest.Wait()
		is.Equal(gone.Load(), int64(2))
		failed := make(chan error, 1)
		rows.Subscribe(t.Context(), rx.Observer[item]{Error: func(err error) { failed <- err }})
		synctest.Wait()
		is.NoErr(c.Close(t.Context()))
		is.True(errors.Is(<-failed, client.ErrClosed)) // half the rows are not all
	}, kalamtest.WithHTTPHook(func(r *http.Request) (int, string, bool) {
		if r.ContentLength != int64(len(`{"sql":"SELECT *, stuck AS kalamrx_key FROM a.b ORDER BY kalamrx_key LIMIT 1000"}`)) {
			return 0, "", false
		}
		asked.Add(1)
		defer gone.Add(1)
		return stall(r)
	}))
}

func TestQueryAll_APageIsTriedAgain(t *testing.T) {
	f := &failing{status: 503, body: "busy"}
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.fill(c, table, 0, 100)
		rows := client.QueryAll[int64](c, "SELECT id FROM "+table, client.PageSize(30))
		f.seen.Store(0)
		f.n = 3
		ids, err := collect(t, rows)
		is.NoErr(err)
		is.Equal(len(ids), 100)
		f.seen.Store(0)
		f.n = 4
		_, err = collect(t, rows)
		var said *client.ServerError
		is.True(errors.As(err, &said))
		is.Equal(said.HTTPStatus, 503)
	}, kalamtest.WithHTTPHook(f.hook))
}

func TestQueryAll_WhatCannotBePagedIsRefused(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		w.table(c, "odd", "at TIMESTAMP PRIMARY KEY, n INT", "TYPE = 'USER'")
		w.exec(c, "INSERT INTO "+w.ns+".odd (at, n) VALUES (1, 1)")
		before := w.srv.Stats().HTTPRequests
		for _, sql := range []string{"", "SELECT * FROM a.b ORDER BY x", "SELECT DISTINCT x FROM a.b", "DELETE FROM a.b", "SELECT * FROM a.b LIMIT 9"} {
			_, err := collect(t, client.QueryAll[item](c, sql))
			is.True(errors.Is(err, client.ErrPaging))
			is.True(errors.Is(err, rx.ErrConfig)) // which Retry does not repeat
		}
		for _, opt := range []client.PageOption{
			nil, client.PageSize(0), client.PageSize(1001), client.PageKey(""), client.PageParams(make([]any, 50)...),
		} {
			_, err := collect(t, client.QueryAll[item](c, "SELECT * FROM a.b", opt))
			is.True(errors.Is(err, client.ErrConfig))
		}
		_, err := collect(t, client.QueryAll[item](c, "SELECT * FROM a.b", client.PageParams([]byte("x"))))
		is.True(errors.Is(err, client.ErrParam))
		is.Equal(w.srv.Stats().HTTPRequests, before)
		_, err = collect(t, client.QueryAll[int](c, "SELECT n FROM "+w.ns+".odd"))
		is.True(errors.Is(err, client.ErrPaging)) // a TIMESTAMP is no such key
		_, err = collect(t, client.QueryAll[int](c, "SELECT n FROM "+w.ns+".odd", client.PageKey("nope")))
		var said *client.ServerError
		is.True(errors.As(err, &said))
	})
}

// A panic in code of the application ends its stream, not the process.
func TestQueryAll_APanicEndsTheStreamOnly(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.fill(c, table, 0, 10)
		_, err := collect(t, client.QueryAll[explosive](c, "SELECT color FROM "+table))
		var told *rx.PanicError
		is.True(errors.As(err, &told))
	})
}

type explosive struct{}

func (*explosive) UnmarshalText([]byte) error { panic("boom") }
