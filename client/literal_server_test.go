package client_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// evil are texts that have broken out of literals somewhere.
func evil() []string {
	return []string{
		"", "'", "''", "'''", `"`, "`", `\`, `\'`, `\\'`, `'\''`, "'; DROP TABLE x; --", "x' OR '1'='1", "' OR 1=1 --",
		"'/*", "*/'", "--", "-- \n'", "$$", "$1", "?", "??", "%", "_", "E'\\''", "x'00'", "' UNION SELECT 1 --", "'||'a",
		"\n", "\r\n", "\t", "\x01\x1f\x7f", "\u2028", "naïve ☕", "\U0001F600", "ʼ", "＇", "\u02bc' OR 1=1", "ab",
		"'; EXECUTE AS USER 'root' (DELETE FROM t); --", "NULL", "true", "1e309", "');--", "{\"a\":\"'\"}", "\ufeff'", "'\u0301",
	}
}

// What goes in comes out, over HTTP and as the filter of a live query, and nothing
// else happens.
func TestSQL_EvilTextsStayValues(t *testing.T) {
	inWorlds(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		for i, text := range evil() {
			sql, err := client.SQL("INSERT INTO "+table+" (id, color) VALUES (?, ?)", i, text)
			is.NoErr(err)
			r, err := c.Exec(t.Context(), sql)
			is.NoErr(err)
			is.Equal(r.RowsAffected, int64(1))
		}
		for i, text := range evil() {
			sql, err := client.SQL("SELECT id, color FROM "+table+" WHERE color = ? AND id = ?", text, i)
			is.NoErr(err)
			got, err := client.QueryOne[item](t.Context(), c, sql)
			is.NoErr(err)
			is.Equal(got, item{ID: int64(i), Color: text})
		}
		n, err := client.QueryOne[int](t.Context(), c, "SELECT COUNT(*) AS n FROM "+table)
		is.NoErr(err)
		is.Equal(n, len(evil()))
	})
}

// The live evaluator, which is not the SQL engine, reads them, too: what is pushed is
// what the filter is for.
func TestSQL_LiveFiltersReadTheSameValue(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		for i, text := range evil() {
			sql, err := client.SQL("SELECT id, color FROM "+table+" WHERE color = ? AND qty = ?", text, 1.5e3)
			is.NoErr(err)
			r := recording(t, client.LiveEvents(c, sql, client.LiveOnly()))
			r.until(atLeast[client.Event](1))
			_, err = c.Exec(t.Context(), "INSERT INTO "+table+" (id, color, qty) VALUES ($1, $2, 1500)", 2*i, text)
			is.NoErr(err)
			_, err = c.Exec(t.Context(), "INSERT INTO "+table+" (id, color, qty) VALUES ($1, $2, 1500)", 2*i+1, text+"'")
			is.NoErr(err)
			synctest.Wait()
			is.Equal(len(r.until(atLeast[client.Event](2))), 2) // the acknowledgement, and the one change
			r.sub.Unsubscribe()
		}
		is.Equal(w.srv.Stats().FilterDropped, 0)
	}, kalamtest.WithQueryRate(1000), kalamtest.WithMessageRate(1000))
}

// The live filter of 0.4.3 gives up on a negative number, so nothing is pushed; an
// audit finds it.
func TestSQL_NegativeNumbersAreFoundByAudits(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		is := is.New(t)
		c := w.client()
		table := w.items(c)
		sql, err := client.SQL("SELECT * FROM "+table+" WHERE qty = ?", -5)
		is.NoErr(err)
		r := recording(t, client.Changes[item](c, sql))
		r.until(loaded)
		w.exec(c, "INSERT INTO "+table+" (id, color, qty) VALUES (1, 'red', -5), (2, 'red', 5)")
		got := r.until(atLeast[client.Change[item]](2))[1]
		is.Equal(got.Row.ID, int64(1))
		is.Equal(got.Origin, client.Recovered)
		is.True(w.srv.Stats().FilterDropped > 0)
	})
}

// A literal is read by the engine as the value that was written.
func FuzzSQL_TheServerReadsTheValueBack(f *testing.F) {
	srv, err := kalamtest.New(kalamtest.WithQueryRate(1 << 30))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(srv.Close)
	c, err := client.New(srv.URL(), client.WithAuth(auth.Password("root", "kalamdb-root")))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		_ = c.Close(context.Background())
		<-c.Done()
	})
	for i, text := range evil() {
		f.Add(text, int64(i)*math.MaxInt64/50, 1/float64(i), int64(i)*1e15, i%2 == 0)
	}
	f.Add("x", int64(math.MinInt64), math.MaxFloat64, int64(-1), true)
	f.Add("x", int64(-1), -5e-324, int64(-62135596800000000), true)
	type values struct {
		S string    `kalam:"s"`
		N int64     `kalam:"n"`
		F float64   `kalam:"f"`
		T time.Time `kalam:"t"`
		B bool      `kalam:"b"`
	}
	f.Fuzz(func(t *testing.T, s string, n int64, x float64, micros int64, b bool) {
		micros %= 1e17 // from there on a cell is taken for nanoseconds
		in := values{S: s, N: n, F: x, T: time.UnixMicro(micros).UTC(), B: b}
		sql, err := client.SQL("SELECT ? AS s, ? AS n, ? AS f, CAST(? AS TIMESTAMP) AS t, ? AS b", in.S, in.N, in.F, in.T, in.B)
		good := utf8.ValidString(s) && !strings.Contains(s, "\x00") && !math.IsNaN(x) && !math.IsInf(x, 0) && in.T.Year() >= 0 && in.T.Year() <= 9999
		if (err == nil) != good {
			t.Fatalf("%+v: %v", in, err)
		}
		if err != nil {
			return
		}
		out, err := client.QueryOne[values](context.Background(), c, sql)
		if err != nil || fmt.Sprintf("%+v", out) != fmt.Sprintf("%+v", in) {
			t.Fatalf("%s: %+v %v", sql, out, err)
		}
	})
}
