package engine

import (
	"context"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, sql := range []string{
		"SELECT a, b AS c FROM x.y WHERE (a = 'it''s' OR NOT b IN (1, 2)) AND c LIKE '%x' ESCAPE '!' ORDER BY 1 DESC NULLS LAST LIMIT 5 OFFSET 2",
		"WITH x AS (SELECT 1) SELECT CASE WHEN 1 THEN 2 ELSE 3 END, COUNT(DISTINCT a)::BIGINT FROM x a LEFT JOIN (SELECT 2) b USING (id) UNION ALL SELECT NULL",
		"CREATE TABLE a.b (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), e EMBEDDING(3), d DECIMAL(10, 2) NOT NULL) WITH (TYPE = 'USER')",
		"INSERT INTO a.b (id, c) VALUES (1, X'00ff'), (DEFAULT, [1, 2.5]); UPDATE a.b SET c = $1 WHERE id = -1; DELETE FROM a.b WHERE x IS NOT DISTINCT FROM y",
		"CREATE USER 'x' WITH PASSWORD 'y' ROLE dba; EXECUTE AS USER 'lena' (SELECT 1);", "SUBSCRIBE TO a.b WHERE c = 1 OPTIONS (last_rows = 5)",
		"/* a */ SELECT -- b\n \"quoted\"\"name\" FROM \u00fc.\u2615", "SELECT * FROM a.b WHERE c = CURRENT_USER() AND (", "'", "$", "((((((((", "--", "/*",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		parts, err := splitStatements(sql)
		if err != nil {
			return
		}
		for _, part := range parts {
			_, _, _, _ = executeAs(part)
			_, _ = parseStatement(part)
			_, _ = liveSelect(part, defaultVersion)
			_ = whereText(part, "u")
		}
	})
}

// FuzzExec runs any text against a small database: it must answer or fail with an *Error, and what other users have must stay.
func FuzzExec(f *testing.F) {
	for _, sql := range []string{
		"SELECT * FROM a.t", "SELECT id, v FROM a.t WHERE v = 'x' OR 1 = 1 ORDER BY v LIMIT 3", "SELECT COUNT(*), MAX(d) FROM a.t GROUP BY v",
		"INSERT INTO a.t VALUES (3, 'y', 1.5)", "UPDATE a.t SET v = v || 'z', d = 2 WHERE id = 1", "DELETE FROM a.t WHERE id > 0",
		"SELECT * FROM a.t x JOIN a.t y ON x.id = y.id WHERE x._owner = 'max'", "SELECT * FROM t1", "DESCRIBE TABLE a.t",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		e := open(t, Options{})
		must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY, v TEXT, d DECIMAL(6,2))")
		must(t, e, lena, "INSERT INTO a.t VALUES (1, 'x', 1), (2, NULL, NULL)")
		must(t, e, maxim, "INSERT INTO a.t VALUES (1, 'his', 1)")
		if _, err := e.Exec(context.Background(), lena, sql, nil); err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T %v", err, err)
			}
		}
		if got := ask(t, e, maxim, "SELECT v FROM a.t"); len(got) != 1 || got[0] != `"his"` {
			t.Fatalf("another user's row became %v", got)
		}
		if q, err := e.ParseLive(lena, sql); err == nil {
			if _, err := e.Page(context.Background(), q, PageRequest{Limit: 5, Boundary: 1 << 62}); err != nil {
				if _, ok := err.(*LiveError); !ok {
					t.Fatalf("%T %v", err, err)
				}
			}
		}
	})
}
