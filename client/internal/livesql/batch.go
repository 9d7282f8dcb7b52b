package livesql

import "strings"

// Statements takes a text apart at its semicolons, without what surrounds the
// statements. ok is false for a text that servers may read in different ways, see
// Certain, and where parentheses do not match.
func Statements(sql string) (parts []string, ok bool) {
	if !Certain(sql) {
		return nil, false
	}
	first, last, depth := -1, 0, 0
	for i := 0; i < len(sql); {
		n := Token(sql[i:])
		word := sql[i : i+n]
		i += n
		switch {
		case IsBlank(word):
			continue
		case word == "(":
			depth++
		case word == ")":
			depth--
		case word == ";" && depth == 0:
			if first >= 0 {
				parts = append(parts, sql[first:last])
			}
			first = -1
			continue
		}
		if depth < 0 {
			return nil, false
		}
		if first < 0 {
			first = i - n
		}
		last = i
	}
	if first >= 0 {
		parts = append(parts, sql[first:last])
	}
	return parts, depth == 0
}

// Certain says whether all servers see the same tokens in a text: it opens nothing
// that it does not close, and has none of what is quoting in one dialect and not in
// another: backquotes, dollar quotes, E'\”, comments inside comments, and comments
// that end at a carriage return.
func Certain(sql string) bool {
	before := " "
	for i := 0; i < len(sql); {
		n := Token(sql[i:])
		word := sql[i : i+n]
		i += n
		switch {
		case isOpen(word), word == "`":
			return false
		case word == "$" && (isWord(before[len(before)-1]) || i == len(sql) || sql[i] < '0' || sql[i] > '9'):
			return false
		case word[0] == '\'' && strings.EqualFold(before, "e") && strings.Contains(word, `\`):
			return false
		case strings.HasPrefix(word, "--") && strings.Contains(strings.TrimSuffix(word, "\r\n"), "\r"):
			return false
		case strings.HasPrefix(word, "/*") && strings.Contains(word[2:], "/*"):
			return false
		}
		before = word
	}
	return true
}
