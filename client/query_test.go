package client_test

import (
	"errors"
	"testing"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestQueryOne_GivesTheRowOrSaysWhyNot(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, 'red'), (2, 'blue'), (3, 'blue')")
		ctx := t.Context()
		got, err := client.QueryOne[item](ctx, c, "SELECT * FROM "+table+" WHERE id = $1", 1)
		is.NoErr(err)
		is.Equal(got, item{ID: 1, Color: "red"})
		n, err := client.QueryOne[int64](ctx, c, "SELECT COUNT(*) AS n FROM "+table)
		is.NoErr(err)
		is.Equal(n, int64(3))
		_, err = client.QueryOne[item](ctx, c, "SELECT * FROM "+table+" WHERE id = 9")
		is.Equal(err, client.ErrNoRows)
		_, err = client.QueryOne[item](ctx, c, "SELECT * FROM "+table+" WHERE color = 'blue'")
		is.True(errors.Is(err, client.ErrManyRows))
		_, err = client.QueryOne[item](ctx, c, "DELETE FROM "+table+" WHERE id = 1")
		is.Equal(err, client.ErrNoRows)
		_, err = client.QueryOne[chan int](ctx, c, "SELECT 1")
		is.True(errors.Is(err, wire.ErrUnsupportedType))
	})
}

func TestQueryEach_DecodesARowWhenItsTurnComes(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		w.exec(c, "INSERT INTO "+table+" (id, color) VALUES (1, '10'), (2, '20'), (3, 'blue'), (4, '40')")
		rows := client.QueryEach[struct {
			Color int `kalam:"color"`
		}](t.Context(), c, "SELECT color FROM "+table+" ORDER BY id")
		for range 2 { // every loop asks anew
			before := w.srv.Stats().Queries
			var got []int
			var failed error
			for row, err := range rows {
				if err != nil {
					is.True(failed == nil)
					failed = err
					continue
				}
				got = append(got, row.Color)
			}
			is.Equal(got, []int{10, 20})
			is.True(errors.Is(failed, wire.ErrCell)) // the third is no number
			is.Equal(w.srv.Stats().Queries-before, 1)
		}
		for row, err := range rows {
			is.NoErr(err)
			is.Equal(row.Color, 10)
			break
		}
		for _, err := range client.QueryEach[int64](t.Context(), c, "SELEC 1") {
			is.True(errors.Is(err, wire.CodeInvalidSQL))
		}
		for range client.QueryEach[int64](t.Context(), c, "DELETE FROM "+table+" WHERE id = 1") {
			t.Fatal("a row of a DELETE")
		}
	})
}

// The server adds up what INSERTs, UPDATEs and DELETEs of a batch did, at its end.
func TestBatch_ResultsComeInTheServersOrder(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		got, err := client.Batch(t.Context(), c, "INSERT INTO "+table+" (id, color) VALUES (1, 'red'); "+
			"SELECT id, color FROM "+table+"; INSERT INTO "+table+" (id, color) VALUES (2, 'a;b'), (3, 'c'); "+
			"SELECT COUNT(*) AS n FROM "+table+"; UPDATE "+table+" SET color = 'z' WHERE id = 2; DELETE FROM "+table+" WHERE id = 1; "+
			"SELECT id, color FROM "+table+" WHERE id = 9 -- the end;")
		is.NoErr(err)
		var affected []int64
		for _, r := range got {
			affected = append(affected, r.RowsAffected)
			is.Equal(r.HasRows(), r.Message == "")
			is.Equal(r.User, "root")
		}
		is.Equal(affected, []int64{0, 0, 0, 3, 1, 1})
		rows, err := client.ResultRows[item](got[0])
		is.NoErr(err)
		is.Equal(rows, []item{{ID: 1, Color: "red"}})
		n, err := client.ResultRows[int64](got[1])
		is.NoErr(err)
		is.Equal(n, []int64{3})
		rows, err = client.ResultRows[item](got[2])
		is.NoErr(err)
		is.True(rows != nil && got[2].Len() == 0 && len(got[2].Columns) == 2)
		none, err := client.ResultRows[item](got[3])
		is.NoErr(err)
		is.True(none == nil)
		_, err = client.ResultRows[item](got[1]) // a column n, and no field that is not
		is.NoErr(err)
		_, err = client.ResultRows[bool](got[0])
		is.True(errors.Is(err, wire.ErrCell))
	})
}

func TestBatch_AFailureHasItsNumberAndWhatWasBeforeItStays(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		insert := "INSERT INTO " + table + " (id, color) VALUES "
		_, err := client.Batch(t.Context(), c, insert+"(1, 'a'); "+insert+"(1, 'again'); "+insert+"(2, 'b')")
		var said *client.ServerError
		is.True(errors.As(err, &said))
		is.Equal(said.Statement, 2)
		is.Equal(said.HTTPStatus, 400)
		is.True(errors.Is(err, wire.CodeSQLExecutionError))
		is.True(errors.Is(err, wire.ClassFatal))
		_, err = client.Batch(t.Context(), c, "BEGIN; "+insert+"(5, 'a'); "+insert+"(5, 'again'); COMMIT")
		is.True(errors.As(err, &said))
		ids, err := client.Query[int64](t.Context(), c, "SELECT id FROM "+table)
		is.NoErr(err)
		is.Equal(ids, []int64{1})
	})
}
