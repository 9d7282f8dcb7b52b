package livesql

import "strings"

// Token is the length of the next token of s, which is not empty: a string or
// quoted name, a comment, a word, or one byte of anything else.
func Token(s string) int {
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

// space is what separates tokens; blanks beyond ASCII are part of a word.
const space = " \t\r\n\v\f"

// IsBlank says whether a token is white space or a comment.
func IsBlank(word string) bool {
	return strings.Trim(word, space) == "" || strings.HasPrefix(word, "--") || strings.HasPrefix(word, "/*")
}

// trimBlank is s without the white space and the comments around it.
func trimBlank(s string) string {
	first, last := len(s), len(s)
	for i := 0; i < len(s); {
		n := Token(s[i:])
		if !IsBlank(s[i : i+n]) {
			first, last = min(first, i), i+n
		}
		i += n
	}
	return s[first:last]
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
