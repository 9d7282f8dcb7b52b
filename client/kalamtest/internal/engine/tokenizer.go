package engine

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokWord
	tokQuoted // "identifier" or `identifier`
	tokString // 'text'
	tokHex    // X'00ff'
	tokNumber
	tokParam // $1
	tokSymbol
)

// token is one lexical element; text is unescaped for strings and quoted identifiers.
type token struct {
	kind       tokenKind
	text       string
	start, end int // byte offsets in the source
}

// is reports whether the token is this symbol, or this keyword in any case.
func (t token) is(text string) bool {
	switch t.kind {
	case tokSymbol:
		return t.text == text
	case tokWord:
		return strings.EqualFold(t.text, text)
	}
	return false
}

// shown is how the server's parser would print the token in an error.
func (t token) shown(src string) string {
	if t.kind == tokEOF {
		return "EOF"
	}
	return src[t.start:t.end]
}

// syntaxError is a text that is not SQL.
type syntaxError struct{ text string }

// Error gives the text as the server's parser writes it.
func (e *syntaxError) Error() string { return "sql parser error: " + e.text }

// place gives line and column (both from 1) of a byte offset.
func place(src string, offset int) (line, column int) {
	before := src[:min(offset, len(src))]
	line = strings.Count(before, "\n") + 1
	column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return line, column
}

func expected(src, what string, found token) error {
	line, column := place(src, found.start)
	return &syntaxError{"Expected: " + what + ", found: " + found.shown(src) +
		" at Line: " + strconv.Itoa(line) + ", Column: " + strconv.Itoa(column)}
}

func lexError(src, what string, offset int) error {
	line, column := place(src, offset)
	return &syntaxError{what + " at Line: " + strconv.Itoa(line) + ", Column: " + strconv.Itoa(column)}
}

// tokenize splits SQL into tokens, the last one tokEOF. Comments and white space are dropped.
func tokenize(src string) ([]token, error) {
	tokens := make([]token, 0, len(src)/4+4)
	at := 0
	for {
		next, err := skipBlank(src, at)
		if err != nil {
			return nil, err
		}
		if at = next; at >= len(src) {
			return append(tokens, token{kind: tokEOF, start: len(src), end: len(src)}), nil
		}
		t, err := scanToken(src, at)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		at = t.end
	}
}

// skipBlank passes white space and both kinds of comment.
func skipBlank(src string, at int) (int, error) {
	for at < len(src) {
		switch {
		case strings.HasPrefix(src[at:], "--"):
			n := strings.IndexByte(src[at:], '\n')
			if n < 0 {
				return len(src), nil
			}
			at += n + 1
		case strings.HasPrefix(src[at:], "/*"):
			n := strings.Index(src[at+2:], "*/")
			if n < 0 {
				return at, lexError(src, "Unexpected EOF while in a multi-line comment", at)
			}
			at += n + 4
		default:
			r, size := utf8.DecodeRuneInString(src[at:])
			if !unicode.IsSpace(r) {
				return at, nil
			}
			at += size
		}
	}
	return at, nil
}

func scanToken(src string, at int) (token, error) {
	c := src[at]
	switch {
	case c == '\'':
		return scanQuoted(src, at, at, tokString)
	case c == '"' || c == '`':
		return scanQuoted(src, at, at, tokQuoted)
	case (c == 'x' || c == 'X') && at+1 < len(src) && src[at+1] == '\'':
		return scanQuoted(src, at, at+1, tokHex)
	case isDigit(c) || c == '.' && at+1 < len(src) && isDigit(src[at+1]):
		return scanNumber(src, at), nil
	case c == '$' && at+1 < len(src) && isDigit(src[at+1]):
		end := at + 1
		for end < len(src) && isDigit(src[end]) {
			end++
		}
		return token{tokParam, src[at+1 : end], at, end}, nil
	}
	if r, _ := utf8.DecodeRuneInString(src[at:]); r == '_' || unicode.IsLetter(r) {
		return scanWord(src, at), nil
	}
	return scanSymbol(src, at)
}

// scanQuoted reads from the quote at open; the quote doubled stands for itself.
func scanQuoted(src string, start, open int, kind tokenKind) (token, error) {
	quote := src[open]
	var text strings.Builder
	for at := open + 1; at < len(src); at++ {
		if src[at] != quote {
			text.WriteByte(src[at])
			continue
		}
		if at+1 < len(src) && src[at+1] == quote {
			text.WriteByte(quote)
			at++
			continue
		}
		return token{kind, text.String(), start, at + 1}, nil
	}
	return token{}, lexError(src, "Unterminated string literal", start)
}

func scanNumber(src string, start int) token {
	at := start
	for at < len(src) && (isDigit(src[at]) || src[at] == '.') {
		at++
	}
	if at < len(src) && (src[at] == 'e' || src[at] == 'E') {
		exp := at + 1
		if exp < len(src) && (src[exp] == '+' || src[exp] == '-') {
			exp++
		}
		if exp < len(src) && isDigit(src[exp]) {
			for at = exp; at < len(src) && isDigit(src[at]); {
				at++
			}
		}
	}
	return token{tokNumber, src[start:at], start, at}
}

func scanWord(src string, start int) token {
	at := start
	for at < len(src) {
		r, size := utf8.DecodeRuneInString(src[at:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		at += size
	}
	return token{tokWord, src[start:at], start, at}
}

func scanSymbol(src string, at int) (token, error) {
	if at+1 < len(src) {
		switch two := src[at : at+2]; two {
		case "<=", ">=", "<>", "!=", "||", "::", "==":
			return token{tokSymbol, two, at, at + 2}, nil
		}
	}
	if strings.IndexByte("()[],;.*+-/%=<>", src[at]) >= 0 {
		return token{tokSymbol, src[at : at+1], at, at + 1}, nil
	}
	_, size := utf8.DecodeRuneInString(src[at:])
	return token{}, lexError(src, "Unexpected character '"+src[at:at+size]+"'", at)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
