package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// shop makes one table with three rows of many types.
func shop(t testing.TB) *Engine {
	e := open(t, Options{Now: func() time.Time { return time.Date(2026, 11, 24, 1, 2, 3, 4567000, time.UTC) }})
	must(t, e, root, "CREATE NAMESPACE shop", `CREATE TABLE shop.o (id BIGINT PRIMARY KEY, item TEXT NOT NULL, qty INT, price DECIMAL(30,3),
		at TIMESTAMP DEFAULT NOW(), ok BOOLEAN, d DATE, u UUID) WITH (TYPE = 'USER', FLUSH_POLICY = 'rows:1000,interval:60')`)
	must(t, e, lena, `INSERT INTO shop.o (id, item, qty, price, ok, d, u) VALUES
		(1, 'a', 5, 12345678901234567890.125, true, '2026-01-02', 'B0E6F6A4-0000-4000-8000-000000000001'),
		(2, 'b', NULL, 9.5, false, NULL, NULL), (3, 'c''é', -7, -10.25, NULL, '1969-12-31', NULL)`)
	return e
}

func TestSelect_AnswersByQuery(t *testing.T) {
	e := shop(t)
	for sql, want := range map[string]string{
		"SELECT id FROM shop.o WHERE price > 9":                                               `"1"|"2"`,
		"SELECT id FROM shop.o WHERE price = 9.50":                                            `"2"`,
		"SELECT id FROM shop.o WHERE price IN (9.5, 1)":                                       `"2"`,
		"SELECT id FROM shop.o WHERE price BETWEEN -11 AND 9.4":                               `"3"`,
		"SELECT price FROM shop.o ORDER BY price":                                             `"-10.250"|"9.500"|"12345678901234567890.125"`,
		"SELECT MAX(price) AS a, MIN(price) AS b FROM shop.o":                                 `"12345678901234567890.125" "-10.250"`,
		"SELECT SUM(qty) AS s, AVG(qty) AS a, COUNT(qty) AS c FROM shop.o":                    `"-2" -1.0 "2"`,
		"SELECT id FROM shop.o WHERE at <= NOW() AND at > '2026-11-24T00:00:00Z'":             `"1"|"2"|"3"`,
		"SELECT id FROM shop.o WHERE d = '2026-01-02' OR d = '1969-12-31'":                    `"1"|"3"`,
		"SELECT d FROM shop.o":                                                                `20455|null|-1`,
		"SELECT id FROM shop.o WHERE u = 'b0e6f6a4-0000-4000-8000-000000000001'":              `"1"`,
		"SELECT id FROM shop.o WHERE ok":                                                      `"1"`,
		"SELECT id FROM shop.o WHERE NOT ok":                                                  `"2"`,
		"SELECT id FROM shop.o WHERE ok IS NULL":                                              `"3"`,
		"SELECT id FROM shop.o WHERE ok IS NOT TRUE":                                          `"2"|"3"`,
		"SELECT id FROM shop.o WHERE id IN ('1', '2')":                                        `"1"|"2"`,
		"SELECT id FROM shop.o WHERE item LIKE 'A%'":                                          ``,
		"SELECT id FROM shop.o WHERE item ILIKE 'A%' OR item NOT ILIKE '%'":                   `"1"`,
		"SELECT id FROM shop.o WHERE item LIKE 'c!''%' ESCAPE '!'":                            `"3"`,
		"SELECT upper(item) || '!' AS x, length(item) AS n FROM shop.o WHERE id = 3":          `"C'é!" 3`,
		"SELECT qty FROM shop.o ORDER BY qty":                                                 `-7|5|null`,
		"SELECT qty FROM shop.o ORDER BY qty DESC":                                            `null|5|-7`,
		"SELECT qty FROM shop.o ORDER BY qty DESC NULLS LAST":                                 `5|-7|null`,
		"SELECT id FROM shop.o ORDER BY qty DESC NULLS LAST LIMIT 2":                          `"1"|"3"`, // chosen by qty, shown by key
		"SELECT item FROM shop.o ORDER BY qty DESC LIMIT 2":                                   `"b"|"a"`, // no key in the result: no second sort
		"SELECT id FROM shop.o LIMIT 1 OFFSET 1":                                              `"2"`,
		"SELECT ok, COUNT(*) AS n FROM shop.o GROUP BY ok ORDER BY ok":                        `false "1"|true "1"|null "1"`,
		"SELECT COUNT(*) AS n FROM shop.o GROUP BY ok HAVING COUNT(*) > 1":                    ``,
		"SELECT a.id, b.item FROM shop.o a JOIN shop.o AS b ON a.id = b.id + 1":               `"2" "a"|"3" "b"`,
		"SELECT a.id FROM shop.o a LEFT JOIN shop.o b USING (id) WHERE b.qty IS NULL":         `"2"`,
		"WITH x AS (SELECT id FROM shop.o WHERE id < 3) SELECT * FROM x":                      `"1"|"2"`,
		"SELECT (SELECT MAX(id) FROM shop.o) AS m":                                            `"3"`,
		"SELECT id FROM shop.o o WHERE EXISTS (SELECT 1 FROM shop.o p WHERE p.id = o.id + 1)": `"1"|"2"`,
		"SELECT CASE WHEN qty > 0 THEN 'pos' ELSE 'neg' END AS s FROM shop.o":                 `"pos"|"neg"|"neg"`,
		"SELECT CASE ok WHEN true THEN 1 END AS s FROM shop.o":                                `"1"|null|null`,
		"SELECT COALESCE(qty, 0) AS q FROM shop.o":                                            `5|0|-7`,
		"SELECT id FROM shop.o WHERE id = 1 UNION ALL SELECT id FROM shop.o WHERE id = 1":     `"1"|"1"`,
		"SELECT CAST('5' AS BIGINT) AS a, '2026-01-01'::DATE AS b, CAST(2.5 AS TEXT) AS c":    `"5" 20454 "2.5"`,
		"SELECT now() AS n": `1795482123004567000`,
		"SELECT -1 AS a, 1e3 AS b, 99999999999999999999 AS c, -9223372036854775808 AS d": `"-1" 1000.0 1e20 "-9223372036854775808"`,
		"SELECT x'00ff' AS b, 'it''s' AS s, true AS t, NULL AS n":                        `[0,255] "it's" true null`,
		"SELECT \"item\" FROM shop.o -- comment\n WHERE id = /* here */ 1":               `"a"`,
	} {
		t.Run(sql, func(t *testing.T) {
			if got := strings.Join(ask(t, e, lena, sql), "|"); got != want {
				t.Fatalf("want %s, got %s", want, got)
			}
		})
	}
}

func TestSelect_ColumnTypes(t *testing.T) {
	e := shop(t)
	for x, want := range map[string]wire.DataType{
		"COUNT(*)": wire.BigInt, "MAX(qty)": wire.Int, "MIN(at)": wire.Timestamp, "SUM(qty)": wire.BigInt, "AVG(qty)": wire.Double,
		"SUM(price)": wire.Decimal(38, 3), "qty": wire.Int, "qty + 1": wire.BigInt, "qty + qty": wire.Int, "qty * 1.5": wire.Double,
		"qty > 1": wire.Boolean, "item || 'x'": wire.Text, "price + 1": wire.Decimal(31, 3), "NOW()": wire.Timestamp, "1": wire.BigInt,
		"1.5": wire.Double, "'x'": wire.Text, "true": wire.Boolean, "NULL": wire.Text, "CURRENT_USER()": wire.Text, "length(item)": wire.Int,
		"qty IS NULL": wire.Boolean, "(item = 'a')": wire.Boolean, "d": wire.Date, "CURRENT_DATE": wire.Date, "MAX(_seq)": wire.BigInt,
	} {
		group := ""
		if !strings.Contains(x, "(") || strings.HasPrefix(x, "(") || strings.HasPrefix(x, "length") {
			group = ", id"
		}
		out := must(t, e, lena, "SELECT "+x+" AS x"+group+" FROM shop.o")
		if got := out.Results[0].Schema[0].Type; got != want {
			t.Errorf("%s: want %s, got %s", x, want, got)
		}
	}
}

func TestSelect_RowCaps(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY)")
	var rows []string
	for i := range 1200 {
		rows = append(rows, fmt.Sprintf("(%d)", 1200-i))
	}
	must(t, e, lena, "INSERT INTO a.u VALUES "+strings.Join(rows, ","))
	is.Equal(len(ask(t, e, lena, "SELECT id FROM a.u")), 50)
	is.Equal(ask(t, e, lena, "SELECT id FROM a.u")[0], "1") // by key, not as inserted
	is.Equal(len(ask(t, e, lena, "SELECT id FROM a.u LIMIT 70")), 70)
	is.Equal(len(ask(t, e, lena, "SELECT id FROM a.u LIMIT 5000")), 1000)
	is.Equal(ask(t, e, lena, "SELECT id FROM a.u ORDER BY _seq LIMIT 2"), []string{"1199", "1200"}) // chosen by _seq, shown by key
	is.Equal(ask(t, e, lena, "SELECT id FROM a.u ORDER BY id DESC")[0], "1200")
	is.Equal(len(ask(t, e, lena, "SELECT id FROM a.u OFFSET 1190")), 10)
	is.Equal(ask(t, e, lena, "SELECT COUNT(*) AS n FROM a.u"), []string{`"1200"`})
	is.Equal(must(t, e, lena, "INSERT INTO a.u SELECT id + 5000 FROM a.u").Results[0].RowCount, int64(1200)) // no cap inside
}

func TestSelect_Refusals(t *testing.T) {
	e := shop(t)
	const sqlErr = wire.CodeSQLExecutionError
	runRefused(t, e, []refusedCase{
		{"unknown column", lena, "SELECT nope FROM shop.o", 400, sqlErr, "Schema error: No field named nope. Valid fields are shop.o.id, shop.o.item"},
		{"ambiguous", lena, "SELECT id FROM shop.o a, shop.o b", 400, sqlErr, "Ambiguous reference to unqualified field id"},
		{"not grouped", root, "SELECT item, COUNT(*) FROM shop.o", 400, sqlErr, `column "shop.o.item" must appear in the GROUP BY clause`},
		{"unknown function", root, "SELECT load_extension('x')", 400, sqlErr, "Invalid function 'load_extension'"},
		{"missing table in a namespace", root, "SELECT * FROM nope", 400, sqlErr, "table 'kalam.default.nope' not found"},
		{"too few parameters", root, "SELECT $1", 400, sqlErr, "No value found for placeholder with id $1"},
		{"bad literal for the type", lena, "SELECT * FROM shop.o WHERE at > 'yesterday'", 400, sqlErr, "SQL statement failed"},
		{"syntax", root, "SELECT FROM", 400, wire.CodeInvalidSQL, "sql parser error: Expected: an expression, found: FROM at Line: 1, Column: 8"},
		{"syntax redacted", lena, "SELECT FROM", 400, wire.CodeInvalidSQL, "SQL statement is invalid or not allowed"},
		{"unterminated", root, "SELECT 'x", 400, wire.CodeInvalidSQL, "Unterminated string literal at Line: 1, Column: 8"},
		{"unterminated in a batch", lena, "SELECT 1; SELECT 'x", 400, wire.CodeBatchParseError, "Failed to parse SQL batch"},
		{"SQLite's own tables", root, "SELECT * FROM sqlite_master", 400, sqlErr, "not found"},
		{"pragma", root, "PRAGMA table_list", 400, wire.CodeInvalidSQL, "Expected: an SQL statement"},
		{"deep nesting", root, "SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), 400, wire.CodeInvalidSQL, "recursion limit"},
		{"negative limit", root, "SELECT 1 LIMIT -1", 400, sqlErr, "LIMIT"},
	})
}

func TestSelect_ParametersAndNamespace(t *testing.T) {
	is := is.New(t)
	e := shop(t)
	s := lena
	s.Namespace = "shop"
	is.Equal(ask(t, e, s, "SELECT id FROM o WHERE id = $1 OR item = $2 OR at < $3", json.Number("1"), "b", "2026-11-24T00:00:00Z"), []string{`"1"`, `"2"`})
	is.Equal(ask(t, e, s, "SELECT id FROM o WHERE id = $1", "3"), []string{`"3"`}) // BIGINT as text
	is.Equal(ask(t, e, s, "SELECT item FROM o WHERE item = $1", "'; DROP TABLE shop.o; --\x00"), []string(nil))
	out := must(t, e, lena, "USE shop; SELECT id FROM o WHERE id = 1")
	is.Equal(cells(out.Results[1]), []string{`"1"`})
	for name, p := range map[string]any{"Object": map[string]any{"a": 1}, "Array": []any{1}} {
		_, err := e.Exec(context.Background(), lena, "SELECT $1", []any{1, p})
		var got *Error
		is.True(errors.As(err, &got))
		is.Equal(got.Message, "Parameter $2 invalid: "+name+" parameters not yet supported")
	}
	_, err := e.Exec(context.Background(), lena, "SELECT 1", make([]any, 51))
	is.True(errors.Is(err, wire.CodeInvalidParameter))
}

func TestExec_EndedContextAndClosedEngine(t *testing.T) {
	is := is.New(t)
	e := shop(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := e.Exec(ctx, lena, "SELECT 1", nil)
	is.True(errors.Is(err, context.Canceled))
	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = e.Exec(ctx, lena, "SELECT COUNT(*) FROM "+strings.Repeat("shop.o a, ", 1)+"shop.o b, shop.o c, shop.o d, shop.o e1, shop.o f, shop.o g, shop.o h, "+
		"shop.o i, shop.o j, shop.o k, shop.o l, shop.o m, shop.o n, shop.o p, shop.o q, shop.o r WHERE a.qty + q.qty + r.qty + n.qty + m.qty > 1000", nil)
	is.True(errors.Is(err, context.DeadlineExceeded))          // a runaway query ends with its ctx
	is.Equal(len(ask(t, e, lena, "SELECT id FROM shop.o")), 3) // and the database lives on
	is.NoErr(e.Close())
	_, err = e.Exec(context.Background(), lena, "SELECT 1", nil)
	is.True(errors.Is(err, ErrClosed))
	is.NoErr(e.Close())
}
