package livesql

import (
	"strings"
	"testing"

	"github.com/matryer/is"
)

func TestStatements_AreCutAtTheirSemicolons(t *testing.T) {
	for _, test := range []struct {
		sql  string
		want []string
	}{
		{"", nil},
		{" ; -- nothing\n;", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"SELECT 1; SELECT ';' ;", []string{"SELECT 1", "SELECT ';'"}},
		{"-- why\nSELECT 1 -- so", []string{"SELECT 1"}},
		{"/* ; */ (SELECT \"a;b\") ;SELECT $1", []string{`(SELECT "a;b")`, "SELECT $1"}},
		{"SELECT 'it''s; ' ; X", []string{"SELECT 'it''s; '", "X"}},
		{"-- why\r\nSELECT $1,$2 -- so\r\n;\r\nX", []string{"SELECT $1,$2", "X"}},
		{`SELECT '\'; X`, []string{`SELECT '\'`, "X"}},
		{`SELECT x'00'; SELECT E'a'`, []string{"SELECT x'00'", "SELECT E'a'"}},
	} {
		is := is.New(t)
		got, ok := Statements(test.sql)
		is.True(ok)
		is.Equal(got, test.want)
	}
}

func TestStatements_WhatDialectsReadDifferentlyIsNotRead(t *testing.T) {
	for _, sql := range []string{
		"SELECT 'open", `SELECT "open`, "SELECT /* open", "SELECT (1", "SELECT 1)", "SELECT 1) ; (SELECT 2",
		"SELECT `'`; DROP TABLE a.b; SELECT `'`", "SELECT $$'$$; DELETE FROM a.b", "SELECT $a$ ' $a$", "SELECT $",
		`SELECT E'\'; DELETE FROM a.b; SELECT '`, `SELECT e'\''`, "/* /* */ -- */ DELETE FROM a.b",
		"SELECT 1 -- all\r; DELETE FROM a.b", "SELECT $1$1; DELETE FROM a.b $1$1",
	} {
		_, ok := Statements(sql)
		is.New(t).True(!ok)
	}
}

func FuzzStatements_LoseNothingButWhatIsBlank(f *testing.F) {
	f.Add("SELECT 1; SELECT ';' -- x\n;")
	f.Add("/* a */ (SELECT 1) ; ")
	f.Add("0\u2000")
	f.Fuzz(func(t *testing.T, sql string) {
		parts, ok := Statements(sql)
		if !ok {
			return
		}
		rest := sql
		for _, part := range parts {
			at := strings.Index(rest, part)
			if at < 0 || strings.Trim(part, space) != part || part == "" {
				t.Fatalf("%q: %q", sql, parts)
			}
			rest = rest[at+len(part):]
			again, ok := Statements(part)
			if !ok || len(again) != 1 || again[0] != part {
				t.Fatalf("%q: %q is %q", sql, part, again)
			}
		}
	})
}
