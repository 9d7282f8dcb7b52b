package client_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// item is a row of most tables of the suite.
type item struct {
	ID    int64   `kalam:"id"`
	Color string  `kalam:"color"`
	Qty   *int32  `kalam:"qty"`
	Note  *string `kalam:"note"`
}

const itemColumns = "id BIGINT PRIMARY KEY, color TEXT NOT NULL, qty INT, note TEXT"

func (w *world) items(c *client.Client) string {
	return w.table(c, "items", itemColumns, "TYPE = 'USER'")
}

func ptr[T any](v T) *T { return &v }

func loaded[T any](all []client.Change[T]) bool {
	return slices.ContainsFunc(all, func(c client.Change[T]) bool { return c.Op == client.Loaded })
}

func TestQuery_RowsComeTyped(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.table(c, "typed",
			"id BIGINT PRIMARY KEY, small SMALLINT, n INT, ok BOOLEAN, f DOUBLE, price DECIMAL(10,2), body TEXT, doc JSON, at TIMESTAMP",
			"TYPE = 'USER'")
		at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
		w.exec(c, "INSERT INTO "+table+` (id, small, n, ok, f, price, body, doc, at) VALUES (9007199254740993, -7, 42, true, 1.5, 200.75, 'hi', '{"a":1}', '2026-03-01T12:00:00.123456Z')`)
		w.exec(c, "INSERT INTO "+table+" (id) VALUES ($1)", 2)
		type row struct {
			ID    int64          `kalam:"id"`
			Small int16          `kalam:"small"`
			N     *int32         `kalam:"n"`
			OK    *bool          `kalam:"ok"`
			F     *float64       `kalam:"f"`
			Price *string        `kalam:"price"`
			Body  *string        `kalam:"body"`
			Doc   map[string]int `kalam:"doc"`
			At    *time.Time     `kalam:"at"`
			Seq   wire.Seq       `kalam:"_seq"`
		}
		rows, err := client.Query[row](t.Context(), c, "SELECT * FROM "+table+" ORDER BY id DESC")
		is.NoErr(err)
		is.Equal(len(rows), 2)
		slices.SortFunc(rows, func(a, b row) int { return int(min(1, max(-1, b.ID-a.ID))) })
		full, empty := rows[0], rows[1]
		is.Equal(full.ID, int64(9007199254740993))
		is.Equal(full.Small, int16(-7))
		is.Equal(*full.N, int32(42))
		is.Equal(*full.OK, true)
		is.Equal(*full.F, 1.5)
		is.Equal(*full.Price, "200.75")
		is.Equal(*full.Body, "hi")
		is.Equal(full.Doc["a"], 1)
		is.True(full.At.Equal(at))
		is.True(!full.Seq.IsZero())
		is.Equal(empty.ID, int64(2))
		is.True(empty.N == nil && empty.OK == nil && empty.Body == nil && empty.At == nil && empty.Doc == nil)
	})
}

func TestExec_CountsRowsAndKeepsWhatTheServerSays(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		r, err := c.Exec(t.Context(), "INSERT INTO "+table+" (id, color) VALUES ($1, $2)", 1, "it's blue")
		is.NoErr(err)
		is.Equal(r.RowsAffected, int64(1))
		is.Equal(r.Messages, []string{"Inserted 1 row(s)"})
		r, err = c.Exec(t.Context(), "INSERT INTO "+table+" (id, color) VALUES (2, 'a'), (3, 'b'); DELETE FROM "+table+" WHERE id = 3")
		is.NoErr(err)
		is.Equal(r.RowsAffected, int64(3))
		rows, err := client.Query[item](t.Context(), c, "SELECT * FROM "+table+" WHERE color = $1", "it's blue")
		is.NoErr(err)
		is.Equal(len(rows), 1)
	})
}

func TestQuery_ErrorsAreWhatTheServerSaid(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		_, err := client.Query[item](t.Context(), c, "SELECT * FROM "+w.ns+".nope")
		var said *client.ServerError
		is.True(errors.As(err, &said))
		is.Equal(said.HTTPStatus, 400)
		is.True(errors.Is(err, wire.CodeSQLExecutionError))
		is.True(!said.Temporary())
		_, err = c.Exec(t.Context(), "SELEC 1")
		is.True(errors.Is(err, wire.CodeInvalidSQL))
		_, err = client.Query[chan int](t.Context(), c, "SELECT 1")
		is.True(errors.Is(err, wire.ErrUnsupportedType))
	})
}

func TestChanges_InsertUpdateDeleteAsTheyHappen(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, "INSERT INTO "+table+" (id, color, qty) VALUES (1, 'blue', 5)")
		r := recording(t, client.Changes[item](c, "SELECT * FROM "+table))
		r.until(loaded)
		w.exec(c, "INSERT INTO "+table+" (id, color, note) VALUES (2, 'red', 'new')")
		w.exec(c, "UPDATE "+table+" SET qty = 6 WHERE id = 1")
		w.exec(c, "UPDATE "+table+" SET note = NULL WHERE id = 2")
		w.exec(c, "DELETE FROM "+table+" WHERE id = 1")
		all := r.until(atLeast[client.Change[item]](6))
		is.Equal(len(all), 6)
		for i, want := range []client.Change[item]{
			{Op: client.Insert, Origin: client.FromSnapshot, Row: item{ID: 1, Color: "blue", Qty: ptr(int32(5))}},
			{Op: client.Loaded, Origin: client.FromSnapshot},
			{Op: client.Insert, Row: item{ID: 2, Color: "red", Note: ptr("new")}},
			{Op: client.Update, Row: item{ID: 1, Color: "blue", Qty: ptr(int32(6))}, Before: &item{ID: 1, Color: "blue", Qty: ptr(int32(5))}},
			{Op: client.Update, Row: item{ID: 2, Color: "red"}, Before: &item{ID: 2, Color: "red", Note: ptr("new")}},
			{Op: client.Delete, Row: item{ID: 1, Color: "blue", Qty: ptr(int32(6))}},
		} {
			is.Equal(all[i].Op, want.Op)
			is.Equal(all[i].Origin, want.Origin)
			is.Equal(all[i].Row, want.Row)
			is.Equal(all[i].Before, want.Before)
			is.Equal(all[i].Seq.IsZero(), want.Op == client.Loaded)
		}
	})
}

func TestLive_ViewsCarryTheirChangesAndStayAsTheyWere(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (10, 'a'), (9, 'b'), (100, 'c')")
		r := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		first := r.until(atLeast[client.View[item]](1))[0]
		is.Equal(len(first.Changes()), 3)
		w.exec(c, "UPDATE "+table+" SET color = 'z' WHERE id = 9")
		w.exec(c, "DELETE FROM "+table+" WHERE id = 100")
		last := r.until(atLeast[client.View[item]](3))[2]

		var keys []string
		for key := range first.All() {
			keys = append(keys, key.String())
		}
		is.Equal(keys, []string{"9", "10", "100"}) // in order of numbers, not of text
		row, ok := first.Get(9)
		is.True(ok)
		is.Equal(row.Color, "b") // a view is as it was
		row, _ = last.Get(int64(9))
		is.Equal(row.Color, "z")
		is.Equal(last.Len(), 2)
		is.Equal(len(last.Changes()), 1)
		is.Equal(last.Changes()[0].Op, client.Delete)
		is.Equal(last.Changes()[0].Row.ID, int64(100))
		is.Equal(last.Status(), client.ViewReady)
		is.True(first.Checkpoint().Seq().Less(last.Checkpoint().Seq()))
		_, ok = last.Get(100)
		is.True(!ok)
	})
}

// Random writes, one at a time: at rest the view equals SELECT. Without a filter,
// so that nothing leaves it; slower than the server drops.
func TestLive_FoldOfRandomWritesIsTheSelect(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 1))
		t.Logf("seed %d", seed)
		c := w.client(client.WithMaxRetries(10)) // the server allows 100 statements a second
		table := w.items(c)
		colors := []string{"blue", "red", "green"}
		r := recording(t, client.Live[item](c, "SELECT * FROM "+table))
		r.until(atLeast[client.View[item]](1))
		marker := int64(1000)
		for i := range 60 {
			id := random.IntN(15)
			switch random.IntN(4) {
			case 0:
				_, _ = c.Exec(t.Context(), "INSERT INTO "+table+" (id, color, qty) VALUES ($1, $2, $3)", id, colors[id%3], i)
			case 1:
				w.exec(c, "UPDATE "+table+" SET qty = $1 WHERE id = $2", random.IntN(100), id)
			case 2:
				w.exec(c, "UPDATE "+table+" SET qty = NULL, note = $1 WHERE id = $2", fmt.Sprint(i), id)
			case 3:
				w.exec(c, "DELETE FROM "+table+" WHERE id = $1", id)
			}
		}
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES ($1, 'end')", marker)
		views := r.until(func(all []client.View[item]) bool {
			_, ok := all[len(all)-1].Get(marker)
			return ok
		})
		want, err := client.Query[item](t.Context(), c, "SELECT * FROM "+table+" LIMIT 1000")
		is.NoErr(err)
		got := views[len(views)-1].Slice()
		is.Equal(len(got), len(want))
		slices.SortFunc(want, func(a, b item) int { return int(a.ID - b.ID) })
		is.Equal(got, want)
	})
}

func TestLive_SnapshotOfManyPages(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		for i := range 10 {
			values := ""
			for j := range 50 {
				values += fmt.Sprintf(", (%d, 'c')", i*50+j)
			}
			w.exec(c, "INSERT INTO "+table+" (id, color) VALUES "+values[2:])
		}
		r := recording(t, client.Live[item](c, "SELECT * FROM "+table, client.BatchSize(64)))
		is.Equal(r.until(atLeast[client.View[item]](1))[0].Len(), 500)
		events := recording(t, client.LiveEvents(c, "SELECT * FROM "+table, client.BatchSize(64)))
		all := events.until(func(all []client.Event) bool {
			if len(all) == 0 {
				return false
			}
			_, last := all[len(all)-1].Page()
			return last
		})
		is.Equal(len(all), 1+8) // an acknowledgement and eight pages
	})
}

func TestLive_BadQueriesEndTheirStreamOnly(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		fine := recording(t, client.Changes[item](c, "SELECT * FROM "+table))
		fine.until(loaded)
		for _, test := range []struct {
			sql  string
			want error
		}{
			{"SELECT * FROM " + w.ns + ".nope", wire.CodeNotFound},
			{"SELECT * FROM " + table + " ORDER BY id", wire.CodeInvalidSQL},
			{"SELECT * FROM " + table + " LIMIT 3", wire.CodeInvalidSQL},
			{"SELECT _seq FROM " + table, wire.CodeInvalidSQL},
			{"DELETE FROM " + table, wire.CodeInvalidSQL},
			{"SELEC", wire.CodeInvalidSQL},
			{"SELECT nope FROM " + table, wire.CodeSQLExecutionError},
		} {
			bad := recording(t, client.Changes[item](c, test.sql))
			if err := bad.ended(); !errors.Is(err, test.want) { // each a typed error
				t.Fatalf("%s: %v", test.sql, err)
			}
		}
		keyless := recording(t, client.Live[item](c, "SELECT color FROM "+table))
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'blue')")
		is.True(errors.Is(keyless.ended(), client.ErrKey))
		fine.until(atLeast[client.Change[item]](2))
		is.True(c.IsConnected())
	})
}

func TestAuth_WrongPasswordIsUnauthenticatedEverywhere(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client(client.WithAuth(auth.Password("root", "wrong-password")))
		_, err := client.Query[int](t.Context(), c, "SELECT 1")
		is.True(errors.Is(err, auth.ErrUnauthenticated))
		is.True(errors.Is(c.Connect(t.Context()), auth.ErrUnauthenticated))
		r := recording(t, client.LiveEvents(c, "SELECT * FROM a.b"))
		is.True(errors.Is(r.ended(), auth.ErrUnauthenticated))
		is.True(errors.Is(r.ended(), client.ErrConnect))
	})
}

func TestStream_DeletesNameOnlyAVersionAndTheViewKnowsTheRow(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.ns + ".typing"
		w.exec(c, "CREATE STREAM TABLE "+table+" (id TEXT PRIMARY KEY, who TEXT) WITH (TTL_SECONDS = 60)")
		type typing struct {
			ID  string `kalam:"id"`
			Who string `kalam:"who"`
		}
		changes := recording(t, client.Changes[typing](c, "SELECT * FROM "+table))
		changes.until(loaded)
		pushed := recording(t, client.Changes[typing](c, "SELECT * FROM "+table, client.WithExactness(client.PushOnly)))
		pushed.until(loaded)
		r := recording(t, client.Live[typing](c, "SELECT * FROM "+table))
		r.until(atLeast[client.View[typing]](1))
		w.exec(c, "INSERT INTO "+table+" (id, who) VALUES ('a', 'lena')")
		r.until(atLeast[client.View[typing]](2))
		w.exec(c, "DELETE FROM "+table+" WHERE id = 'a'")
		last := r.until(atLeast[client.View[typing]](3))[2]
		is.Equal(last.Len(), 0)
		is.Equal(last.Changes()[0].Op, client.Delete)
		is.Equal(last.Changes()[0].Row, typing{"a", "lena"})
		deleted := changes.until(atLeast[client.Change[typing]](3))[2]
		is.True(!deleted.Bare)
		is.Equal(deleted.Row, typing{"a", "lena"})
		bare := pushed.until(atLeast[client.Change[typing]](3))[2]
		is.True(bare.Bare)
		is.Equal(bare.Row, typing{})
	})
}

func TestRange_LeavingTheLoopIsUnsubscribing(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'a'), (2, 'b'), (3, 'c')")
		var ids []int64
		for change, err := range rx.All(t.Context(), client.Changes[item](c, "SELECT * FROM "+table)) {
			is.NoErr(err)
			if change.Op == client.Loaded {
				break
			}
			ids = append(ids, change.Row.ID)
		}
		is.Equal(len(ids), 3)
		if w.srv == nil {
			return // only the emulator tells what it was told
		}
		_, err := w.srv.Await(t.Context(), func(s kalamtest.Stats) bool { return s.SubscriptionsOpen == 0 })
		is.NoErr(err)
		is.Equal(w.srv.Stats().Unsubscribes, 1)
	})
}
