package client

import (
	"fmt"
	"strings"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
)

// readsOnly says whether a text changes nothing: every statement of it is a SELECT,
// SHOW, DESCRIBE or EXPLAIN, behind comments and parentheses. EXPLAIN ANALYZE runs
// its statement, and WITH may stand before one that writes. What dialects read
// differently counts as a write.
func readsOnly(sql string) bool {
	parts, ok := livesql.Statements(sql)
	for _, part := range parts {
		ok = ok && reads(part)
	}
	return ok && len(parts) > 0
}

func reads(statement string) bool {
	switch firstWords(statement)[0] {
	case "select", "show", "describe":
		return true
	case "explain": // with options in any order, in parentheses or not
		return !hasWord(statement, "analyze")
	}
	return false
}

func hasWord(statement, want string) bool {
	for i := 0; i < len(statement); {
		word := statement[i : i+livesql.Token(statement[i:])]
		i += len(word)
		if strings.EqualFold(word, want) {
			return true
		}
	}
	return false
}

// firstWords are the first two tokens of a statement, in lower case, without
// comments and the parentheses that open.
func firstWords(statement string) (words [2]string) {
	for i, n := 0, 0; i < len(statement) && n < len(words); {
		word := statement[i : i+livesql.Token(statement[i:])]
		i += len(word)
		if !livesql.IsBlank(word) && (word != "(" || n > 0) {
			words[n] = strings.ToLower(word)
			n++
		}
	}
	return words
}

// executeAs wraps one statement so that it runs with another user's rights and rows.
func executeAs(user, sql string) (string, error) {
	parts, ok := livesql.Statements(sql)
	switch {
	case !ok:
		return "", fmt.Errorf("%w: ExecuteAs: a text whose strings, comments or parentheses cannot be told for sure", ErrConfig)
	case len(parts) != 1:
		return "", fmt.Errorf("%w: ExecuteAs: %d statements, it takes one", ErrConfig, len(parts))
	}
	if words := firstWords(parts[0]); words[0] == "execute" && words[1] == "as" {
		return "", fmt.Errorf("%w: ExecuteAs: the statement says itself who executes it", ErrConfig)
	}
	return "EXECUTE AS USER " + quoted(user) + " (" + parts[0] + ")", nil
}

// quoted is a text as a literal of SQL: no server we know reads a backslash in it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
