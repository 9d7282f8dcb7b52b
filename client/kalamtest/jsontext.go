package kalamtest

import (
	"bytes"
	"fmt"
)

// maxJSONDepth is serde_json's own limit.
const maxJSONDepth = 128

// syntaxError says where a JSON text is broken, in the words that the real server (serde_json) uses, because it
// shows those words to its clients. It returns "" for a well-formed text.
func syntaxError(text []byte) string {
	s := &jsonScan{text: text}
	if !s.value(0) {
		return s.failed
	}
	if s.space(); s.at < len(text) {
		return s.peeked("trailing characters")
	}
	return ""
}

// jsonScan walks over one JSON text; failed holds the first complaint.
type jsonScan struct {
	text   []byte
	at     int
	failed string
}

// read complains at the last byte that was consumed, peeked at the one after it: serde_json has both.
func (s *jsonScan) read(what string) string   { return s.fail(what, s.at) }
func (s *jsonScan) peeked(what string) string { return s.fail(what, min(s.at+1, len(s.text))) }

func (s *jsonScan) fail(what string, at int) string {
	if s.failed == "" {
		s.failed = what + position(s.text[:at])
	}
	return s.failed
}

// position spells the place after the bytes read, as serde_json does: lines from 1, columns in bytes.
func position(read []byte) string {
	line := bytes.Count(read, []byte("\n")) + 1
	return fmt.Sprintf(" at line %d column %d", line, len(read)-1-bytes.LastIndexByte(read, '\n'))
}

func (s *jsonScan) space() {
	for s.at < len(s.text) && bytes.IndexByte([]byte(" \t\r\n"), s.text[s.at]) >= 0 {
		s.at++
	}
}

// peek returns the next byte that is no white space, or -1 at the end, after complaining.
func (s *jsonScan) peek(inside string) int {
	if s.space(); s.at == len(s.text) {
		s.read("EOF while parsing " + inside)
		return -1
	}
	return int(s.text[s.at])
}

func (s *jsonScan) value(depth int) bool {
	switch c := s.peek("a value"); {
	case (c == '{' || c == '[') && depth+1 >= maxJSONDepth:
		s.peeked("recursion limit exceeded")
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"':
		return s.str()
	case c == 't':
		return s.ident("true")
	case c == 'f':
		return s.ident("false")
	case c == 'n':
		return s.ident("null")
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c >= 0:
		s.peeked("expected value")
	}
	return false
}

func (s *jsonScan) ident(word string) bool {
	for i := range len(word) {
		if s.at == len(s.text) {
			s.read("EOF while parsing a value")
			return false
		}
		c := s.text[s.at]
		s.at++
		if c != word[i] {
			s.read("expected ident")
			return false
		}
	}
	return true
}

func (s *jsonScan) object(depth int) bool {
	s.at++
	for first := true; ; first = false {
		c := s.peek("an object")
		switch {
		case c == '}':
			s.at++
			return true
		case c < 0:
			return false
		case !first && c != ',':
			s.peeked("expected `,` or `}`")
			return false
		case !first:
			if s.at++; s.peek("a value") == '}' {
				s.peeked("trailing comma")
				return false
			}
		}
		if !s.member(depth) {
			return false
		}
	}
}

func (s *jsonScan) member(depth int) bool {
	if c := s.peek("a value"); c != '"' {
		if c >= 0 {
			s.peeked("key must be a string")
		}
		return false
	}
	if !s.str() {
		return false
	}
	if c := s.peek("an object"); c != ':' {
		if c >= 0 {
			s.peeked("expected `:`")
		}
		return false
	}
	s.at++
	return s.value(depth + 1)
}

func (s *jsonScan) array(depth int) bool {
	s.at++
	for first := true; ; first = false {
		c := s.peek("a list")
		switch {
		case c == ']':
			s.at++
			return true
		case c < 0:
			return false
		case !first && c != ',':
			s.peeked("expected `,` or `]`")
			return false
		case !first:
			if s.at++; s.peek("a value") == ']' {
				s.peeked("trailing comma")
				return false
			}
		}
		if !s.value(depth + 1) {
			return false
		}
	}
}

func (s *jsonScan) str() bool {
	s.at++
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return true
		case c < ' ':
			s.read("control character (\\u0000-\\u001F) found while parsing a string")
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	s.read("EOF while parsing a string")
	return false
}

func (s *jsonScan) escape() bool {
	if s.at == len(s.text) {
		s.read("EOF while parsing a string")
		return false
	}
	c := s.text[s.at]
	s.at++
	if c != 'u' {
		if bytes.IndexByte([]byte(`"\/bfnrt`), c) < 0 {
			s.read("invalid escape")
			return false
		}
		return true
	}
	for range 4 {
		if s.at == len(s.text) {
			s.read("EOF while parsing a string")
			return false
		}
		c := s.text[s.at] | 0x20
		s.at++
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			s.read("invalid escape")
			return false
		}
	}
	return true
}

func (s *jsonScan) number() bool {
	if s.text[s.at] == '-' {
		s.at++
	}
	zero := s.at < len(s.text) && s.text[s.at] == '0'
	n := s.digits()
	if n == 0 || zero && n > 1 {
		s.peeked("invalid number")
		return false
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		if s.at++; s.digits() == 0 {
			s.peeked("invalid number")
			return false
		}
	}
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			s.peeked("invalid number")
			return false
		}
	}
	return true
}

func (s *jsonScan) digits() int {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - from
}
