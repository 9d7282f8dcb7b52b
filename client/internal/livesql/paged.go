package livesql

import (
	"fmt"
	"strings"
)

// KeyColumn is the column by which a page of PageByKey is ordered; it is the last.
const KeyColumn = "kalamrx_key"

// ParsePaged reads a statement whose rows can be read page by page: SELECT of columns
// of one table, which may be without its namespace, with at most a WHERE. ok is false
// for any other.
func ParsePaged(sql string) (st Statement, ok bool) {
	s := strings.TrimSpace(sql)
	m := markers{text: s, end: len(s), from: -1, where: -1, short: true}
	if s == "" || !Certain(s) || !m.find() || firstWord(s) != "select" {
		return Statement{}, false
	}
	st = m.statement()
	switch firstWord(st.Projection) {
	case "", "distinct", "all":
		return st, false
	}
	return st, st.Table != "" && (m.where < 0 || st.Where != "")
}

// firstWord is the first token of a text, in lower case, behind comments.
func firstWord(s string) string {
	for i := 0; i < len(s); {
		word := s[i : i+Token(s[i:])]
		if !IsBlank(word) {
			return strings.ToLower(word)
		}
		i += len(word)
	}
	return ""
}

// AnyRow asks for one row with all columns of a table, to learn what they are.
func AnyRow(table string) string { return "SELECT * FROM " + table + " LIMIT 1" }

// PageByKey asks for the first limit matching rows in the order of a column, behind a
// value of it that stands in the text as behind, such as $3; empty for the first page.
func PageByKey(st Statement, key, behind string, limit int) string {
	var conditions []string
	if st.Where != "" {
		conditions = append(conditions, "("+st.Where+")")
	}
	key = sqlName(key)
	if behind != "" {
		conditions = append(conditions, key+" > "+behind)
	}
	where := ""
	if len(conditions) > 0 {
		where = " WHERE " + strings.Join(conditions, " AND ")
	}
	return fmt.Sprintf("SELECT %s, %s AS %s FROM %s%s ORDER BY %s LIMIT %d", st.Projection, key, KeyColumn, st.Table, where, KeyColumn, limit)
}
