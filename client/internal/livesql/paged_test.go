package livesql

import (
	"testing"

	"github.com/matryer/is"
)

func TestParsePaged_TakesRowsOfOneTable(t *testing.T) {
	for _, test := range []struct{ in, projection, table, where string }{
		{"SELECT * FROM a.b", "*", "a.b", ""},
		{" select id, body from b where x = 1 or y = 2 ;", "id, body", "b", "x = 1 or y = 2"},
		{`SELECT UPPER(x) AS "from" FROM "b c" WHERE v = 'FROM x.y' -- why`, `UPPER(x) AS "from"`, `"b c"`, "v = 'FROM x.y' -- why\n"},
		{"/* all */ SELECT id -- the key\nFROM a.b", "id", "a.b", ""},
	} {
		got, ok := ParsePaged(test.in)
		is := is.New(t)
		is.True(ok)
		is.Equal([]string{got.Projection, got.Table, got.Where}, []string{test.projection, test.table, test.where})
	}
	for _, sql := range []string{
		"", "SELECT", "SELECT 1", "SELECT FROM a.b", "SELECT * FROM a.b ORDER BY x", "SELECT * FROM a.b WHERE x = 1 ORDER BY y",
		"SELECT * FROM a.b LIMIT 5", "SELECT * FROM a.b WHERE x = 1 LIMIT 5", "SELECT DISTINCT x FROM a.b", "SELECT /**/ distinct x FROM a.b",
		"SELECT * FROM a.b GROUP BY x", "SELECT * FROM a.b, a.c", "SELECT * FROM a.b JOIN a.c", "SELECT * FROM a.b c", "SELECT * FROM a.b.c",
		"SELECT * FROM (SELECT * FROM a.b)", "SELECT * FROM a.b WHERE", "SELECT * FROM a.b; DROP TABLE a.b", "DELETE FROM a.b",
		"SELECT * FROM a.b WHERE x = 1) OR (y = 2", "SELECT * FROM a.b WHERE x = 'open", "SELECT * FROM a.b WHERE x = `y`",
		"WITH x AS (SELECT 1) SELECT * FROM x", "EXPLAIN SELECT * FROM a.b", "INSERT INTO c SELECT * FROM a.b", "SELECT * FROM a.b UNION SELECT * FROM a.c",
		"SELECT * FROM a.b WHERE x = 1 UNION SELECT * FROM a.c",
	} {
		if st, ok := ParsePaged(sql); ok {
			t.Errorf("%q: %+v", sql, st)
		}
	}
}

func TestPageByKey_IsOneQuery(t *testing.T) {
	is := is.New(t)
	st, _ := ParsePaged("SELECT id -- the key\nFROM a.b WHERE x = 1 OR y = 2 -- why")
	is.Equal(PageByKey(st, "id", "", 3), "SELECT id, id AS kalamrx_key FROM a.b WHERE (x = 1 OR y = 2 -- why\n) ORDER BY kalamrx_key LIMIT 3")
	is.Equal(PageByKey(st, "order", "$3", 3), "SELECT id, \"order\" AS kalamrx_key FROM a.b WHERE (x = 1 OR y = 2 -- why\n) AND \"order\" > $3 ORDER BY kalamrx_key LIMIT 3")
	st, _ = ParsePaged("SELECT * FROM b")
	is.Equal(PageByKey(st, "id", "$1", 3), "SELECT *, id AS kalamrx_key FROM b WHERE id > $1 ORDER BY kalamrx_key LIMIT 3")
	is.Equal(AnyRow(st.Table), "SELECT * FROM b LIMIT 1")
}
