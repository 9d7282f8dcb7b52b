package client

import (
	"fmt"
	"strings"
)

// liveSQL puts the condition of a live query in parentheses: the server joins its
// own bounds to it with AND and without parentheses, so that a top-level OR would
// break them. Everything else is left to the server to judge.
func liveSQL(sql string) (string, error) {
	s := strings.TrimSpace(sql)
	if s == "" {
		return "", fmt.Errorf("%w: empty live query", ErrConfig)
	}
	where, end, depth, tail := -1, len(s), 0, ""
	for i := 0; i < len(s); {
		n := token(s[i:])
		word := s[i : i+n]
		switch {
		case isOpen(word):
			return s, nil
		case word == "(":
			depth++
		case word == ")":
			depth--
		case strings.HasPrefix(word, "--"):
			tail = "\n" // what follows would be part of the comment
		case depth != 0:
		case where < 0 && strings.EqualFold(word, "where"):
			where = i + n
		case where >= 0 && isClause(word):
			return s, nil // not a live query: the server says so best
		case word == ";" && strings.TrimSpace(s[i+n:]) == "":
			end = i
		}
		i += n
	}
	if where < 0 || where > end {
		return s, nil
	}
	condition := strings.TrimSpace(s[where:end])
	if condition == "" {
		return s, nil
	}
	return s[:where] + " (" + condition + tail + ")" + s[end:], nil
}

// isClause knows the words that may follow a condition in SQL at large.
func isClause(word string) bool {
	switch strings.ToLower(word) {
	case "order", "group", "having", "limit", "offset", "fetch", "for", "union", "intersect", "except", "window":
		return true
	}
	return false
}

// isOpen says whether a string, quoted name or comment does not end.
func isOpen(word string) bool {
	switch {
	case word[0] == '\'' || word[0] == '"':
		return len(word) < 2 || word[len(word)-1] != word[0]
	case strings.HasPrefix(word, "/*"):
		return len(word) < 4 || !strings.HasSuffix(word, "*/")
	}
	return false
}

// token is the length of the next token of s: a string or quoted name, a comment,
// a word, or one byte of anything else.
func token(s string) int {
	switch c := s[0]; {
	case c == '\'' || c == '"':
		return quoted(s, c)
	case strings.HasPrefix(s, "--"):
		return until(s, "\n")
	case strings.HasPrefix(s, "/*"):
		return 2 + until(s[2:], "*/")
	case isWord(c):
		n := 1
		for n < len(s) && isWord(s[n]) {
			n++
		}
		return n
	}
	return 1
}

// quoted is the length of a string in quotes, where a doubled quote is one of the
// text; of one that does not end, all there is.
func quoted(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func until(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
