package engine

import "unicode/utf8"

// likeMatch matches SQL LIKE: % any run, _ any one character, escape (0 = none) takes the next character as itself.
// It backtracks to the last % only, so its cost is at most len(text) * len(pattern).
func likeMatch(text, pattern string, escape rune) bool {
	t, p := 0, 0
	star, mark := -1, 0 // position behind the last %, and where in text it was tried
	for t < len(text) {
		r, size := utf8.DecodeRuneInString(text[t:])
		want, kind, width := likeElement(pattern[p:], escape)
		switch {
		case kind == likeRun:
			p += width
			star, mark = p, t
			continue
		case kind == likeOne || kind == likeRune && want == r:
			t += size
			p += width
			continue
		case star < 0:
			return false
		}
		_, size = utf8.DecodeRuneInString(text[mark:])
		mark += size
		t, p = mark, star
	}
	for p < len(pattern) {
		_, kind, width := likeElement(pattern[p:], escape)
		if kind != likeRun {
			return false
		}
		p += width
	}
	return true
}

type likeKind uint8

const (
	likeEnd likeKind = iota
	likeRune
	likeOne
	likeRun
)

func likeElement(pattern string, escape rune) (want rune, kind likeKind, width int) {
	if pattern == "" {
		return 0, likeEnd, 0
	}
	r, size := utf8.DecodeRuneInString(pattern)
	if escape != 0 && r == escape && size < len(pattern) {
		next, nextSize := utf8.DecodeRuneInString(pattern[size:])
		return next, likeRune, size + nextSize
	}
	switch r {
	case '%':
		return 0, likeRun, size
	case '_':
		return 0, likeOne, size
	}
	return r, likeRune, size
}
