package client

import (
	"log/slog"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/wire"
)

const (
	// rowsUnlimited is how many rows the server gives for a SELECT without a LIMIT at most.
	rowsUnlimited = 50
	// rowsLimited is how many it gives for one with a LIMIT, whatever that is.
	rowsLimited = 1000
)

// noticeCut shows an answer that the server may have cut off, which it does not say.
func (c *Client) noticeCut(sql string, resp *wire.QueryResponse) {
	for _, r := range resp.Results {
		if n := len(r.Rows); (n == rowsUnlimited || n == rowsLimited) && mayBeCut(sql, n) {
			c.stats.cut.Add(1)
			c.journal.note(slog.LevelWarn, "query may lack rows: the server gives 50 without a LIMIT, and 1000 at most", slog.Int("rows", n))
		}
	}
}

// mayBeCut says whether n rows may be as many as the server gives for a SELECT, and not all
// that were asked for.
func mayBeCut(sql string, n int) bool {
	parts, _ := livesql.Statements(sql)
	for _, part := range parts {
		if words := firstWords(part); words[0] != "select" && words[0] != "with" && words[0] != "execute" {
			continue
		}
		switch limit, ok := limitOf(part); {
		case !ok && n == rowsUnlimited, ok && n == rowsLimited && limit != rowsLimited:
			return true
		}
	}
	return false
}

// limitOf is the LIMIT of a statement, the last that it names: 0 for one that is no number.
func limitOf(statement string) (limit int, ok bool) {
	behind := false
	for i := 0; i < len(statement); {
		word := statement[i : i+livesql.Token(statement[i:])]
		i += len(word)
		switch {
		case livesql.IsBlank(word):
		case behind:
			limit, _ = strconv.Atoi(word)
			behind = false
		default:
			behind = strings.EqualFold(word, "limit")
			ok = ok || behind
		}
	}
	return limit, ok
}
