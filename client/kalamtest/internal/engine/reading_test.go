package engine

import (
	"testing"
	"time"

	"github.com/matryer/is"
)

// What a client composes to compare a live query with its table has to work in every spelling.
func TestSelect_SpellingsThatAnAuditUses(t *testing.T) {
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", `CREATE USER TABLE a.t (id BIGINT PRIMARY KEY, "Room" TEXT, v TEXT)`)
	must(t, e, lena, "INSERT INTO a.t VALUES (3, 'blue', 'x')", "INSERT INTO a.t VALUES (1, 'blue', 'y')",
		"INSERT INTO a.t VALUES (2, 'red', 'z')", "INSERT INTO a.t VALUES (4, 'red', 'gone')", "DELETE FROM a.t WHERE id = 4")
	for name, tt := range map[string]struct {
		sql  string
		want []string
	}{
		"quoted columns":        {`SELECT "id", "Room" FROM a.t WHERE "Room" = 'blue'`, []string{`"1" "blue"`, `"3" "blue"`}},
		"quoted table":          {`SELECT "id" FROM "a"."t" WHERE "id" = 2`, []string{`"2"`}},
		"qualified and quoted":  {`SELECT "t"."id" FROM a.t WHERE "t"."v" = 'z'`, []string{`"2"`}},
		"quoted system columns": {`SELECT "id" FROM a.t WHERE "_deleted" = true AND "_seq" > 0`, []string{`"4"`}},
		"quoted alias":          {`SELECT "id", ("Room" = 'blue') AS "m" FROM a.t WHERE "id" < 3`, []string{`"1" true`, `"2" false`}},
		"newest first":          {"SELECT id FROM a.t ORDER BY _seq DESC LIMIT 1", []string{`"2"`}},
		"newest two, by key":    {"SELECT id FROM a.t ORDER BY _seq DESC LIMIT 2", []string{`"1"`, `"2"`}},
		"oldest":                {"SELECT id FROM a.t ORDER BY _seq LIMIT 1", []string{`"3"`}},
		"newest tombstone":      {"SELECT id FROM a.t WHERE _deleted = true ORDER BY _seq DESC LIMIT 5", []string{`"4"`}},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(ask(t, e, lena, tt.sql), tt.want)
		})
	}
}

// The watermark and what is compared with it come from one request, with no write between them.
func TestBatch_HighestVersionAndRowsInOneRequest(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id BIGINT PRIMARY KEY, v TEXT)")
	const both = "SELECT MAX(_seq) AS m FROM a.t; SELECT id, _seq FROM a.t ORDER BY _seq DESC LIMIT 1"
	empty := must(t, e, lena, both)
	is.Equal(len(empty.Results), 2)
	is.Equal(cells(empty.Results[0]), []string{"null"})
	is.Equal(len(empty.Results[1].Rows), 0)

	must(t, e, lena, "INSERT INTO a.t VALUES (2, 'x')", "INSERT INTO a.t VALUES (1, 'y')")
	out := must(t, e, lena, both)
	is.True(!out.SingleSelect)
	highest := cells(out.Results[0])[0]
	is.Equal(cells(out.Results[1]), []string{`"1" ` + highest})
}

func TestStream_ExpiryIsSilentAndLeavesNoTombstone(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	e := open(t, Options{Now: func() time.Time { return now }})
	var told []Op
	e.OnChange(func(c RowChange) { told = append(told, c.Op) })
	must(t, e, root, "CREATE NAMESPACE a", "CREATE STREAM TABLE a.s (id INT, v TEXT) WITH (TTL_SECONDS = 15)")
	must(t, e, lena, "INSERT INTO a.s VALUES (1, 'x'), (2, 'y')")
	now = now.Add(10 * time.Second)
	must(t, e, lena, "INSERT INTO a.s VALUES (3, 'z')", "DELETE FROM a.s WHERE id = 2")
	const alive, dead = "SELECT id FROM a.s ORDER BY id", "SELECT id FROM a.s WHERE _deleted = true AND _seq > 0"
	is.Equal(ask(t, e, lena, alive), []string{"1", "3"})
	is.Equal(len(ask(t, e, lena, dead)), 0) // not even of the row that was deleted

	now = now.Add(6 * time.Second)
	is.Equal(ask(t, e, lena, alive), []string{"3"})
	is.Equal(len(ask(t, e, lena, dead)), 0)
	now = now.Add(2 * purgeInterval)
	is.Equal(len(ask(t, e, lena, alive)), 0)
	is.Equal(len(ask(t, e, lena, dead)), 0)
	is.Equal(told, []Op{OpInsert, OpInsert, OpInsert, OpDelete}) // and nobody was told of an expiry
}
