package engine

import (
	"fmt"
	"strings"
	"testing"
)

func benchTable(b *testing.B) *Engine {
	e := open(b, Options{})
	must(b, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id BIGINT PRIMARY KEY, room TEXT, v TEXT)")
	return e
}

func rowsFrom(first, n int) string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf("(%d, 'blue', 'v%d')", first+i, i))
	}
	return "INSERT INTO a.t VALUES " + strings.Join(rows, ", ")
}

func BenchmarkInsertRow(b *testing.B) {
	e := benchTable(b)
	n := 0
	for b.Loop() {
		must(b, e, lena, rowsFrom(n, 1))
		n++
	}
}

func BenchmarkInsert1000Rows(b *testing.B) {
	e := benchTable(b)
	n := 0
	for b.Loop() {
		must(b, e, lena, rowsFrom(n, 1000))
		n += 1000
	}
}

// BenchmarkAudit asks what changed since a watermark in a table of 6,500 rows, with the tombstones.
func BenchmarkAudit(b *testing.B) {
	e := benchTable(b)
	must(b, e, lena, rowsFrom(0, 6500))
	since := strings.Trim(ask(b, e, lena, "SELECT MAX(_seq) AS m FROM a.t")[0], `"`)
	must(b, e, lena, "UPDATE a.t SET v = 'changed' WHERE id < 5", "DELETE FROM a.t WHERE id = 77")
	sql := `SELECT * FROM (SELECT id, room, v, _seq, _deleted, (room = 'blue') AS m FROM a.t WHERE _deleted = true AND _seq > ` + since +
		` UNION ALL SELECT id, room, v, _seq, _deleted, (room = 'blue') AS m FROM a.t WHERE _seq > ` + since + `) q ORDER BY _seq LIMIT 1000`
	for b.Loop() {
		if got := len(ask(b, e, lena, sql)); got != 6 {
			b.Fatal(got)
		}
	}
}

func BenchmarkSelectByKey(b *testing.B) {
	e := benchTable(b)
	must(b, e, lena, rowsFrom(0, 6500))
	for b.Loop() {
		ask(b, e, lena, "SELECT * FROM a.t WHERE id = 4242")
	}
}
