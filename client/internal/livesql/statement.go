package livesql

import (
	"errors"
	"strings"
)

// ErrEmpty is the error of a live query without text.
var ErrEmpty = errors.New("empty live query")

// Statement is a live query, read as far as the client needs it.
type Statement struct {
	// Text is what the server is sent: the condition stands in parentheses, since
	// the server joins its own bounds to it with AND and without them, so that a
	// top-level OR would break them. Everything else is left to the server to judge.
	Text string

	// The parts of SELECT Projection FROM Table WHERE Where, as they were written, but
	// for comments around the first two: what we write behind would be part of them.
	// Where is empty without a condition. Table is empty where the text is not
	// of that form: the server will say what is wrong with it.
	Projection, Table, Where string
}

// Parse reads a live query. Its only error is ErrEmpty.
func Parse(sql string) (Statement, error) {
	s := strings.TrimSpace(sql)
	if s == "" {
		return Statement{}, ErrEmpty
	}
	m := markers{text: s, end: len(s), from: -1, where: -1}
	if !m.find() {
		return Statement{Text: s}, nil
	}
	return m.statement(), nil
}

// markers are where the parts of a live query begin and end.
type markers struct {
	text        string
	selected    int // behind SELECT; 0 without
	from, where int // behind the word; -1 without
	fromWord    int
	whereWord   int
	end         int
	tail        string // ends a comment that would swallow what follows
	short       bool   // the table may be without its namespace
	odd         bool   // no query of ours may be made of it: it is several statements, or closes what it did not open
}

// find walks over the tokens, and says whether the text may be a live query.
func (m *markers) find() bool {
	depth := 0
	for i := 0; i < len(m.text); {
		n := Token(m.text[i:])
		word := m.text[i : i+n]
		switch {
		case isOpen(word):
			return false
		case word == "(":
			depth++
		case word == ")":
			depth--
			m.odd = m.odd || depth < 0
		case word == ";" && (m.odd || trimBlank(m.text[i+n:]) != ""):
			m.odd = true
		case strings.HasPrefix(word, "--"):
			m.tail = "\n"
		case depth == 0 && !m.mark(word, i, i+n):
			return false
		}
		i += n
	}
	return depth == 0
}

// mark notes a word outside of parentheses; false says that it is none of a live
// query's.
func (m *markers) mark(word string, start, behind int) bool {
	switch {
	case m.where >= 0 && isClause(word):
		return false
	case m.selected == 0 && strings.EqualFold(word, "select"):
		m.selected = behind
	case m.from < 0 && strings.EqualFold(word, "from"):
		m.fromWord, m.from = start, behind
	case m.where < 0 && strings.EqualFold(word, "where"):
		m.whereWord, m.where = start, behind
	case word == ";":
		m.end = start
	}
	return true
}

func (m *markers) statement() Statement {
	st := Statement{Text: m.text}
	tableEnd := m.end
	if m.where >= 0 && m.where <= m.end {
		st.Where = strings.TrimSpace(m.text[m.where:m.end])
		tableEnd = m.whereWord
	}
	if st.Where != "" {
		st.Where += m.tail
		st.Text = m.text[:m.where] + " (" + st.Where + ")" + m.text[m.end:]
	}
	if m.odd || m.selected == 0 || m.from < m.selected || m.from > tableEnd {
		return st
	}
	table := trimBlank(m.text[m.from:tableEnd])
	if n := names(table); n == 2 || n == 1 && m.short {
		st.Table = table
		st.Projection = trimBlank(m.text[m.selected:m.fromWord])
	}
	return st
}

// names counts the names that a text is made of, with dots between them; 0 says that
// it is something else, or of more than two.
func names(s string) int {
	names, dots := 0, 0
	for i := 0; i < len(s); {
		n := Token(s[i:])
		switch word := s[i : i+n]; {
		case word == "." && dots == names-1:
			dots++
		case (isWord(word[0]) || word[0] == '"') && names == dots:
			names++
		default:
			return 0
		}
		i += n
	}
	if names != dots+1 || names > 2 {
		return 0
	}
	return names
}

// isClause knows the words that may follow a condition in SQL at large.
func isClause(word string) bool {
	switch strings.ToLower(word) {
	case "order", "group", "having", "limit", "offset", "fetch", "for", "union", "intersect", "except", "window":
		return true
	}
	return false
}
