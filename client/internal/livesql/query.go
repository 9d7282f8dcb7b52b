package livesql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// Names of the columns that our queries add; user columns have no such names.
const (
	SeqColumn     = "_seq"
	DeletedColumn = "_deleted"
	// NewestColumn is the one column of Newest.
	NewestColumn = "kalamrx_newest"
	// CountColumn is the one column of Count.
	CountColumn = "kalamrx_rows"
)

// MatchColumn is the verdict of the i-th condition of an Audit.
func MatchColumn(i int) string { return fmt.Sprintf("kalamrx_match_%d", i) }

// Newest asks for the newest version among the rows of a table. Deletions do not
// count, so it may be too small, never too large.
func Newest(table string) string {
	return "SELECT MAX(" + SeqColumn + ") AS " + NewestColumn + " FROM " + table
}

// Count asks how many rows match.
func Count(st Statement) string {
	sql := "SELECT COUNT(*) AS " + CountColumn + " FROM " + st.Table
	if st.Where != "" {
		sql += " WHERE (" + st.Where + ")"
	}
	return sql
}

// Page asks for the matching rows behind a version, the oldest limit of them. The
// answer comes in another order.
func Page(st Statement, after wire.Seq, limit int) string {
	return rows(st, bound(after), "", limit)
}

// Last asks for the newest limit matching rows. The answer comes in another order.
func Last(st Statement, limit int) string { return rows(st, bound(wire.Seq{}), " DESC", limit) }

func rows(st Statement, bound, direction string, limit int) string {
	projection := st.Projection
	if projection != "*" {
		projection += ", " + SeqColumn
	}
	where := bound
	if st.Where != "" {
		where = "(" + st.Where + ") AND " + bound
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s%s LIMIT %d",
		projection, st.Table, where, SeqColumn, direction, limit)
}

// bound is a lower bound, exclusive. The server answers a negative one with
// nothing at all, so none is ever written.
func bound(after wire.Seq) string {
	if after.IsZero() {
		return SeqColumn + " > 0"
	}
	return SeqColumn + " > " + after.String()
}

// Audit asks what became of a table behind a version: every row that changed, as
// it is now, every deletion, and for each of the conditions whether the row meets
// it. The server keeps deletions apart: only the plain comparison shows them,
// hence the UNION. Columns are names; the answer has _seq, _deleted and the
// verdicts besides, the oldest limit of all, in another order. A zero upTo is no
// upper bound.
func Audit(table string, columns, conditions []string, after, upTo wire.Seq, limit int) string {
	var list strings.Builder
	for _, name := range columns {
		list.WriteString(sqlName(name) + ", ")
	}
	list.WriteString(SeqColumn + ", " + DeletedColumn)
	for i, condition := range conditions {
		if condition == "" {
			condition = "true"
		}
		list.WriteString(", (" + condition + ") AS " + MatchColumn(i))
	}
	from, where := "SELECT "+list.String()+" FROM "+table+" WHERE ", bound(after)
	if !upTo.IsZero() {
		where += " AND " + SeqColumn + " <= " + upTo.String()
	}
	return fmt.Sprintf("SELECT * FROM (%s%s = true AND %s UNION ALL %s%s) kalamrx_audit ORDER BY %s LIMIT %d",
		from, DeletedColumn, where, from, where, SeqColumn, limit)
}

// sqlName is a column's name as SQL has it: in quotes where it must be.
func sqlName(name string) string {
	plain := name != "" && (name[0] < '0' || name[0] > '9') && !isReserved(name)
	for i := 0; plain && i < len(name); i++ {
		plain = isWord(name[i])
	}
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// isReserved knows the words that SQL parsers take for something else than a
// column. A word too many only costs its quotes.
func isReserved(name string) bool {
	return slices.Contains([]string{
		"all", "and", "any", "array", "as", "asc", "between", "by", "case", "cast", "check", "column", "constraint", "create",
		"cross", "current", "date", "default", "delete", "desc", "distinct", "drop", "else", "end", "except", "exists",
		"false", "fetch", "for", "from", "full", "group", "having", "in", "inner", "insert", "intersect", "interval",
		"into", "is", "join", "key", "left", "like", "limit", "natural", "not", "null", "offset", "on", "or", "order",
		"outer", "over", "partition", "primary", "range", "right", "row", "rows", "select", "set", "some", "table",
		"then", "time", "timestamp", "to", "true", "union", "unique", "update", "user", "using", "values", "when",
		"where", "window", "with",
	}, strings.ToLower(name))
}
