package livesql

import (
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func plainOf(sql string) string { return strings.TrimSpace(sql) }

func TestParse_ConditionGetsParentheses(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"SELECT * FROM a.b", "SELECT * FROM a.b"},
		{" SELECT * FROM a.b ; ", "SELECT * FROM a.b ;"},
		{"SELECT * FROM a.b WHERE x = 1 OR y = 2", "SELECT * FROM a.b WHERE (x = 1 OR y = 2)"},
		{"SELECT * FROM a.b where x = 1;", "SELECT * FROM a.b where (x = 1);"},
		{"SELECT * FROM a.b WHERE\n(x = 1) OR (y = 2)", "SELECT * FROM a.b WHERE ((x = 1) OR (y = 2))"},
		{"SELECT * FROM a.b WHERE v = 'WHERE; --'", "SELECT * FROM a.b WHERE (v = 'WHERE; --')"},
		{"SELECT * FROM a.b WHERE v = 'it''s' AND w = 1", "SELECT * FROM a.b WHERE (v = 'it''s' AND w = 1)"},
		{`SELECT "where" FROM a.b`, `SELECT "where" FROM a.b`},
		{"SELECT * FROM a.b -- WHERE x = 1", "SELECT * FROM a.b -- WHERE x = 1"},
		{"SELECT * FROM a.b WHERE x = 1 -- why", "SELECT * FROM a.b WHERE (x = 1 -- why\n)"},
		{"SELECT * FROM a.b WHERE x = 1 ORDER BY y", "SELECT * FROM a.b WHERE x = 1 ORDER BY y"},
		{"SELECT * FROM a.b WHERE", "SELECT * FROM a.b WHERE"},
		{"DELETE FROM a.b", "DELETE FROM a.b"},
		{"SELECT * FROM a.b WHERE v = 'open", "SELECT * FROM a.b WHERE v = 'open"},
		{"SELECT * FROM a.b WHERE v = 1 /* open", "SELECT * FROM a.b WHERE v = 1 /* open"},
	} {
		got, err := Parse(test.in)
		is := is.New(t)
		is.NoErr(err)
		is.Equal(got.Text, test.want)
	}
}

func FuzzParse_NeverTouchesWhatIsNotTheCondition(f *testing.F) {
	f.Add("SELECT * FROM a.b WHERE x = 1 OR y = 'a''b;--' ;")
	f.Add("SELECT /* WHERE */ * FROM a.b")
	f.Fuzz(func(t *testing.T, sql string) {
		st, err := Parse(sql)
		if err != nil {
			return
		}
		got := st.Text
		if st.Table != "" && (!strings.Contains(plainOf(sql), st.Table) || strings.ContainsAny(st.Table, ";, \t\n")) {
			t.Fatalf("%q: table %q", sql, st.Table)
		}
		plain := plainOf(sql)
		if got == plain {
			return
		}
		strip := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if len(strip(got)) != len(strip(plain))+2 {
			t.Fatalf("%q became %q", sql, got)
		}
	})
}

func TestParse_FindsThePartsOfALiveQueryAndOfNothingElse(t *testing.T) {
	for _, test := range []struct{ in, projection, table, where string }{
		{"SELECT * FROM a.b", "*", "a.b", ""},
		{" select id, body from a.b where x = 1 or y = 2 ;", "id, body", "a.b", "x = 1 or y = 2"},
		{`SELECT "from" FROM a."b c" WHERE v = 'FROM x.y'`, `"from"`, `a."b c"`, "v = 'FROM x.y'"},
		{"SELECT * FROM a.b WHERE x = 1 -- why", "*", "a.b", "x = 1 -- why\n"},
		{"SELECT /* all */ * -- of them\nFROM a.b -- here", "*", "a.b", ""},
		{"SELECT id, -- the key\n body -- and more\nFROM /* here */ a.b -- now\nWHERE x = 1; -- so", "id, -- the key\n body", "a.b", "x = 1\n"},
		{"SELECT '--' FROM a.b; /* done */ ;", "", "", ""},
		{"SELECT * FROM b", "", "", ""},
		{"SELECT * FROM a.b, a.c", "", "", ""},
		{"SELECT * FROM a.b c", "", "", ""},
		{"SELECT * FROM a.b; DROP TABLE a.b", "", "", ""},
		{"SELECT * FROM a.b WHERE x = 1; DROP TABLE a.b", "", "", "x = 1; DROP TABLE a.b"},
		{"SELECT * FROM a.b WHERE x = 1) OR (y = 2", "", "", "x = 1) OR (y = 2"},
		{"SELECT * FROM a.b ORDER BY x", "", "", ""},
		{"SELECT * FROM a.b WHERE x = 1 ORDER BY x", "", "", ""},
		{"DELETE FROM a.b", "", "", ""},
		{"FROM a.b SELECT *", "", "", ""},
		{"SELECT * FROM (SELECT * FROM a.b)", "", "", ""},
	} {
		got, err := Parse(test.in)
		is := is.New(t)
		is.NoErr(err)
		is.Equal([]string{got.Projection, got.Table, got.Where}, []string{test.projection, test.table, test.where})
	}
	_, err := Parse(" \n")
	is.New(t).Equal(err, ErrEmpty)
}

func TestAudit_IsOneQueryThatTheServerAnswers(t *testing.T) {
	is := is.New(t)
	is.Equal(Audit("chat.audit", []string{"id", "order", "b c", `q"`}, []string{"room = 'blue'", ""}, wire.SeqOf(7), wire.Seq{}, 2),
		"SELECT * FROM (SELECT id, \"order\", \"b c\", \"q\"\"\", _seq, _deleted, (room = 'blue') AS kalamrx_match_0, (true) AS kalamrx_match_1 "+
			"FROM chat.audit WHERE _deleted = true AND _seq > 7 UNION ALL "+
			"SELECT id, \"order\", \"b c\", \"q\"\"\", _seq, _deleted, (room = 'blue') AS kalamrx_match_0, (true) AS kalamrx_match_1 "+
			"FROM chat.audit WHERE _seq > 7) kalamrx_audit ORDER BY _seq LIMIT 2")
	st, err := Parse("SELECT id FROM a.b WHERE x = 1 OR y = 2")
	is.NoErr(err)
	is.Equal(Page(st, wire.Seq{}, 3), "SELECT id, _seq FROM a.b WHERE (x = 1 OR y = 2) AND _seq > 0 ORDER BY _seq LIMIT 3")
	is.Equal(Last(st, 3), "SELECT id, _seq FROM a.b WHERE (x = 1 OR y = 2) AND _seq > 0 ORDER BY _seq DESC LIMIT 3")
	is.Equal(Count(st), "SELECT COUNT(*) AS kalamrx_rows FROM a.b WHERE (x = 1 OR y = 2)")
	st, err = Parse("SELECT id -- the key\nFROM a.b WHERE x = 1 -- why")
	is.NoErr(err)
	is.Equal(Page(st, wire.Seq{}, 3), "SELECT id, _seq FROM a.b WHERE (x = 1 -- why\n) AND _seq > 0 ORDER BY _seq LIMIT 3")
	is.Equal(Count(st), "SELECT COUNT(*) AS kalamrx_rows FROM a.b WHERE (x = 1 -- why\n)")
	is.Equal(Newest("a.b"), "SELECT MAX(_seq) AS kalamrx_newest FROM a.b")
}
