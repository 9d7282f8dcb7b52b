package wire

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// Eight bytes at a time: a byte is plain when it is ASCII, not a control character, not a quote and not a backslash.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special has the high bit set in each byte of w that is not plain (and perhaps in one behind such a byte).
func special(w uint64) uint64 {
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return (w | (w - ones*0x20) | (quote - ones) | (slash - ones)) & highs
}

// skipString returns the offset behind the string that starts at i. Plain tells that its bytes are its characters:
// ASCII without an escape.
func skipString(b []byte, i int) (end int, plain bool, err error) {
	if i >= len(b) || b[i] != '"' {
		return i, false, syntaxAt(b, i, "want a string")
	}
	i++
	plain = true
	for i < len(b) {
		for i+8 <= len(b) && special(binary.LittleEndian.Uint64(b[i:])) == 0 {
			i += 8
		}
		if i >= len(b) {
			break
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, plain, nil
		case c < 0x20:
			return i, false, syntaxAt(b, i, "control character in a string")
		case c == '\\':
			plain = false
			if i, err = skipEscape(b, i); err != nil {
				return i, false, err
			}
			continue
		case c >= utf8.RuneSelf:
			plain = false
		}
		i++
	}
	return i, false, syntaxAt(b, i, "")
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

// unquote gives the characters of a checked string literal, quotes included. It aliases raw when the string is plain.
func unquote(raw []byte) []byte {
	inner := raw[1 : len(raw)-1]
	for _, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			return unescape(inner)
		}
	}
	return inner
}

// unescape reads the inside of a checked string literal: escapes become characters, invalid UTF-8 and lone surrogates
// become U+FFFD.
func unescape(inner []byte) []byte {
	out := make([]byte, 0, len(inner))
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
