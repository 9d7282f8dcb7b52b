package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestLiveFilter_EvaluatesAsTheServerWithItsFaults(t *testing.T) {
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", `CREATE USER TABLE a.t (id BIGINT PRIMARY KEY, room TEXT, n INT, price DECIMAL(6,2), ok BOOLEAN, at TIMESTAMP, x DOUBLE)`)
	var last *Version
	e.OnChange(func(c RowChange) { last = c.New })
	must(t, e, lena, "INSERT INTO a.t VALUES (9007199254740993, 'blue', 5, 4.50, true, '2026-01-01', 0.1)")
	full := last
	must(t, e, lena, "INSERT INTO a.t (id) VALUES (2)")
	empty := last
	const yes, no, dropped = "true", "false", "dropped"
	for _, tt := range []struct{ where, full, empty string }{
		{"room = 'blue'", yes, no}, {"room != 'blue'", no, yes}, // NULL != 'blue' is true here
		{"'blue' = room", yes, no}, {"(room = 'blue') AND n = 5", yes, no}, {"room = 'x' OR n = 5", yes, no},
		{"NOT room = 'blue'", no, yes}, {"n = 5.0", yes, no}, {"n > 4", yes, dropped}, {"n <= 5 AND n >= 5 AND n < 6", yes, dropped},
		{"price = 4.5", yes, no}, {"price < 4.6", yes, dropped}, {"x = 0.1", yes, no}, {"ok = true", yes, no}, {"ok = false", no, no},
		{"id = 9007199254740992", yes, no}, // compared as float64
		{"room LIKE 'b%'", yes, dropped}, {"room LIKE 'B%'", no, dropped}, {"room ILIKE 'B_UE'", yes, dropped}, {"room NOT LIKE '%x%'", yes, dropped},
		{"room LIKE 'b!%' ESCAPE '!'", no, dropped}, {"t.room = 'blue'", yes, no}, {"a.t.room = 'blue'", yes, no}, {"room = CURRENT_USER()", no, no},
		{"_deleted = false", yes, yes}, {"_seq > 1", yes, yes},
		{"room IN ('blue')", dropped, dropped}, {"room IS NULL", dropped, dropped}, {"n BETWEEN 1 AND 9", dropped, dropped},
		{"n > -1", dropped, dropped}, {"ok", dropped, dropped}, {"room > 'a'", dropped, dropped}, {"upper(room) = 'BLUE'", dropped, dropped},
		{"at > '2025-01-01'", dropped, dropped}, {"at = '2026-01-01'", no, no}, {"nope = 1", dropped, dropped}, {"n + 1 = 6", dropped, dropped},
		{"room = 'blue' OR room IN ('x')", yes, dropped}, {"room = 'x' AND room IN ('x')", no, no}, // short cuts
		{"room = NULL", no, no}, {"room != NULL", yes, yes},
	} {
		t.Run(tt.where, func(t *testing.T) {
			is := is.New(t)
			q, err := e.ParseLive(lena, "SELECT * FROM a.t WHERE "+tt.where)
			is.NoErr(err)
			for v, want := range map[*Version]string{full: tt.full, empty: tt.empty} {
				got := dropped
				if ok, err := q.Matches(v); err == nil {
					got = map[bool]string{true: yes, false: no}[ok]
				} else {
					is.True(errors.Is(err, errFilter))
				}
				is.Equal(got, want)
			}
		})
	}
}

func TestLiveFilter_DepthIsLimited(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY)")
	where := "id = 1"
	for range 64 {
		where = "(" + where + ")"
	}
	v := &Version{Seq: 1, Cells: [][]byte{[]byte("1")}}
	q, err := e.ParseLive(lena, "SELECT * FROM a.t WHERE "+where)
	is.NoErr(err)
	ok, err := q.Matches(v)
	is.NoErr(err)
	is.True(ok)
	q, err = e.ParseLive(lena, "SELECT * FROM a.t WHERE ("+where+")")
	is.NoErr(err)
	_, err = q.Matches(v)
	is.True(err != nil)
}

func TestParseLive_Refusals(t *testing.T) {
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY, v TEXT)", "CREATE SHARED TABLE a.p (id INT PRIMARY KEY)")
	const only = " Only SELECT ... FROM ... [WHERE ...] is supported."
	const twice = "Invalid SQL: Invalid SQL: "
	for sql, want := range map[string]string{
		"SELECT DISTINCT v FROM a.t":                twice + "Subscription query supports only SELECT ... FROM ... [WHERE ...].",
		"SELECT v FROM a.t GROUP BY v":              twice + "Subscription query does not support GROUP BY." + only,
		"SELECT v FROM a.t, a.p":                    twice + "Subscription query requires exactly one table in the FROM clause.",
		"SELECT 1":                                  twice + "Subscription query requires exactly one table in the FROM clause.",
		"SELECT v FROM (SELECT v FROM a.t) q":       twice + "Subscription query requires a direct table reference in FROM.",
		"WITH x AS (SELECT 1) SELECT * FROM a.t":    twice + "Subscription query does not support WITH clauses." + only,
		"SELECT v FROM a.t UNION SELECT v FROM a.t": twice + "Subscription query supports only simple SELECT statements.",
		"SELECT v FROM a.t FOR UPDATE":              twice + "Subscription query supports only SELECT ... FROM ... [WHERE ...].",
		"SELECT v FROM a.t; SELECT v FROM a.t":      twice + "Subscription query must contain exactly one SELECT statement",
		"SELECT t._deleted FROM a.t":                twice + "Subscription query cannot project system columns '_seq' or '_deleted'.",
		"":                                          twice + "Empty SQL statement",
		"SELECT * FROM a.p":                         "Permission denied: Cannot subscribe to shared table 'a:p': access level 'private' requires elevated privileges.",
		"SELECT * FROM a.t WHERE":                   "Invalid SQL: Parse error: Failed to parse SQL: sql parser error: Expected: an expression, found: EOF at Line: 1, Column: 24",
	} {
		_, err := e.ParseLive(lena, sql)
		var got *LiveError
		if !errors.As(err, &got) || got.Message != want {
			t.Errorf("%s\nwant %s\ngot  %v", sql, want, err)
		}
	}
	is := is.New(t)
	_, err := e.ParseLive(worker, "SELECT * FROM a.p;")
	is.NoErr(err)
	q, err := e.ParseLive(root, "SELECT user_id FROM system.users")
	is.NoErr(err)
	is.Equal(q.Table(), TableID{"system", "users"})
	_, err = e.ParseLive(lena, "SELECT * FROM a.nope")
	is.True(errors.Is(err, wire.CodeNotFound))
}

func TestChangeRows_Shapes(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY, v TEXT, w INT)", "CREATE STREAM TABLE a.s (id INT) WITH (TTL_SECONDS = 9)")
	all, err := e.ParseLive(lena, "SELECT * FROM a.t")
	is.NoErr(err)
	slim, err := e.ParseLive(lena, "SELECT v, nope FROM a.t")
	is.NoErr(err)
	is.Equal(len(slim.Schema()), 1)
	var c RowChange
	e.OnChange(func(now RowChange) { c = now })
	show := func(q *LiveQuery) string {
		rows, old := q.ChangeRows(c)
		return string(rows) + " " + string(old)
	}
	must(t, e, lena, "INSERT INTO a.t VALUES (1, NULL, 3)")
	one := utoa(c.Seq)
	is.Equal(show(all), `[{"id":1,"v":null,"w":3,"_seq":"`+one+`","_deleted":false}] `)
	is.Equal(show(slim), `[{"v":null,"_seq":"`+one+`"}] `)
	is.True(all.Concerns(c))
	must(t, e, lena, "UPDATE a.t SET v = 'x', w = NULL WHERE id = 1")
	two := utoa(c.Seq)
	is.Equal(show(all), `[{"id":1,"v":"x","_seq":"`+two+`"}] [{"id":1,"v":null,"w":3,"_seq":"`+one+`"}]`)
	is.Equal(show(slim), `[{"id":1,"v":"x","_seq":"`+two+`"}] [{"id":1,"v":null,"_seq":"`+one+`"}]`) // the key although not projected
	must(t, e, lena, "DELETE FROM a.t WHERE id = 1")
	is.Equal(show(all), ` [{"id":1,"v":"x","w":null,"_seq":"`+utoa(c.Seq)+`","_deleted":true}]`)
	is.Equal(show(slim), ` [{"v":"x","_seq":"`+utoa(c.Seq)+`"}]`)
	must(t, e, maxim, "INSERT INTO a.t VALUES (1, 'his', 3)")
	is.True(!all.Concerns(c))
	stream, err := e.ParseLive(lena, "SELECT * FROM a.s")
	is.NoErr(err)
	narrow, err := e.ParseLive(lena, "SELECT id FROM a.s")
	is.NoErr(err)
	filtered, err := e.ParseLive(lena, "SELECT * FROM a.s WHERE id = 1")
	is.NoErr(err)
	must(t, e, lena, "INSERT INTO a.s VALUES (1)", "DELETE FROM a.s WHERE id = 1")
	is.Equal(show(stream), ` [{"row_id":"lena:`+utoa(c.Seq)+`"}]`)
	is.Equal(show(narrow), ` [{}]`)
	_, err = filtered.Matches(c.New)
	is.True(err != nil) // the filter's column is not there: dropped
}

func TestChangeRows_DecimalThatChangesItsSignOnly(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY, d DECIMAL(6,2))")
	q, err := e.ParseLive(lena, "SELECT * FROM a.t WHERE d < 0")
	is.NoErr(err)
	var old []byte
	var matched bool
	e.OnChange(func(c RowChange) {
		_, old = q.ChangeRows(c)
		matched, _ = q.Matches(c.New)
	})
	must(t, e, lena, "INSERT INTO a.t VALUES (1, 0.5)", "UPDATE a.t SET d = -0.5 WHERE id = 1")
	is.True(strings.Contains(string(old), `"d":"0.50"`))
	is.True(matched) // although the cell has lost its sign
}

func TestPage_TopLevelOrBreaksTheBounds(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY, v TEXT)")
	must(t, e, lena, "INSERT INTO a.t VALUES (1, 'x'), (2, 'y')")
	q, err := e.ParseLive(lena, "SELECT * FROM a.t WHERE v = 'x' OR v = 'y'")
	is.NoErr(err)
	boundary, err := e.Boundary(context.Background(), q)
	is.NoErr(err)
	page, err := e.Page(context.Background(), q, PageRequest{Limit: 10, After: boundary, Boundary: boundary})
	is.NoErr(err)
	is.Equal(len(page.Rows), 1) // v = 'y' escapes the bound, v = 'x' does not
	q, err = e.ParseLive(lena, "SELECT v FROM a.t WHERE (v = 'x' OR v = 'y')")
	is.NoErr(err)
	page, err = e.Page(context.Background(), q, PageRequest{Limit: 10, After: boundary, Boundary: boundary})
	is.NoErr(err)
	is.Equal(len(page.Rows), 0)
	page, err = e.Page(context.Background(), q, PageRequest{Limit: 0, Boundary: boundary})
	is.NoErr(err)
	is.Equal(len(page.Rows), 0)
}
