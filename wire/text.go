package wire

import (
	"bytes"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// spelling is how the characters of a string literal are written.
type spelling uint8

const (
	asBytes   spelling = iota // ASCII, every byte a character
	asUTF8                    // with bytes that are not ASCII, and perhaps no UTF-8
	asEscapes                 // with escapes
)

// skipString returns the offset behind the string that starts at i, and how it is spelled.
func skipString(b []byte, i int) (end int, how spelling, err error) {
	if i >= len(b) || b[i] != '"' {
		return i, asBytes, syntaxAt(b, i, "want a string")
	}
	var high uint64
	for i++; i+8 <= len(b); {
		w := load(b, i)
		stop := stops(w)
		if stop == 0 {
			high |= w
			i += 8
			continue
		}
		high |= below(w, stop)
		if i += bits.TrailingZeros64(stop) / 8; b[i] == '"' {
			if high&highs != 0 {
				how = asUTF8
			}
			return i + 1, how, nil
		}
		break
	}
	if high&highs != 0 {
		how = asUTF8
	}
	return skipRest(b, i, how)
}

// skipRest is skipString from inside, at an escape or near the end of the text.
func skipRest(b []byte, i int, how spelling) (end int, _ spelling, err error) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i + 1, how, nil
		case c < 0x20:
			return i, how, syntaxAt(b, i, "control character in a string")
		case c == '\\':
			how = asEscapes
			if i, err = skipEscape(b, i); err != nil {
				return i, how, err
			}
			i = skipUnremarkable(b, i)
			continue
		case c >= utf8.RuneSelf && how == asBytes:
			how = asUTF8
		}
		i++
	}
	return i, how, syntaxAt(b, i, "")
}

// skipUnremarkable goes on to where a string may end or have an escape, or to the last few bytes of the text.
func skipUnremarkable(b []byte, i int) int {
	for i+8 <= len(b) {
		if stop := stops(load(b, i)); stop != 0 {
			return i + bits.TrailingZeros64(stop)/8
		}
		i += 8
	}
	return i
}

func skipEscape(b []byte, i int) (int, error) {
	if i+1 >= len(b) {
		return i, syntaxAt(b, len(b), "")
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
		for k := i + 2; k < i+6; k++ {
			if k >= len(b) || !isHex(b[k]) {
				return k, syntaxAt(b, k, "want four hexadecimal digits")
			}
		}
		return i + 6, nil
	}
	return i + 1, syntaxAt(b, i+1, "unknown escape")
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unquote gives the characters of a checked string literal, quotes included. It aliases raw where raw has no escapes and
// is UTF-8.
func unquote(raw []byte) []byte {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	return unescape(inner)
}

// unescape reads the inside of a checked string literal: escapes become characters, invalid UTF-8 and lone surrogates
// become U+FFFD.
func unescape(inner []byte) []byte { return appendUnescaped(make([]byte, 0, len(inner)), inner) }

// writeUnescaped is unescape into b; short texts need no memory of their own.
func writeUnescaped(b *strings.Builder, inner []byte) {
	var room [512]byte
	b.Write(appendUnescaped(room[:0], inner))
}

func appendUnescaped(out, inner []byte) []byte {
	for i := 0; i < len(inner); {
		switch c := inner[i]; {
		case c == '\\' && inner[i+1] == 'u':
			r, n := unescapeRune(inner[i:])
			out = utf8.AppendRune(out, r)
			i += n
		case c == '\\':
			out = append(out, unescapeByte(inner[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			out = append(out, c)
			i++
		default:
			r, n := utf8.DecodeRune(inner[i:])
			out = utf8.AppendRune(out, r)
			i += n
		}
	}
	return out
}

func unescapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// unescapeRune reads \uXXXX, or two of them that are a surrogate pair.
func unescapeRune(s []byte) (r rune, n int) {
	r = hex4(s[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(s[8:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(s []byte) rune {
	var r rune
	for _, c := range s[:4] {
		switch {
		case c <= '9':
			r = r<<4 | rune(c-'0')
		case c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			r = r<<4 | rune(c-'a'+10)
		}
	}
	return r
}
