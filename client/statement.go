package client

import (
	"strings"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
)

// readsOnly says whether a text is one statement that changes nothing: SELECT,
// SHOW, DESCRIBE or EXPLAIN, behind comments and parentheses, and nothing after
// it. EXPLAIN ANALYZE runs its statement.
func readsOnly(sql string) bool {
	var first string
	ended := false
	for i := 0; i < len(sql); {
		n := livesql.Token(sql[i:])
		word := sql[i : i+n]
		i += n
		switch {
		case livesql.IsBlank(word):
		case ended:
			return false
		case word == ";":
			ended = true
		case first == "" && word != "(":
			first = strings.ToLower(word)
		case first == "explain" && strings.EqualFold(word, "analyze"):
			return false
		}
	}
	switch first {
	case "select", "show", "describe", "explain":
		return true
	}
	return false
}
