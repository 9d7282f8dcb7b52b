package wire

// The lexer walks JSON text (RFC 8259) without building values. It is as strict as encoding/json: it refuses what that
// refuses, and allows what that allows (invalid UTF-8 inside strings, read as U+FFFD; repeated names, the last one wins).

// maxDepth bounds nesting, as in encoding/json. Walking is a loop, so deep nesting costs a bit a level and no stack.
const maxDepth = 10000

func syntaxAt(b []byte, i int, reason string) error {
	if i >= len(b) {
		return &SyntaxError{Offset: int64(len(b)), Reason: "unexpected end"}
	}
	return &SyntaxError{Offset: int64(i), Reason: reason}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' {
		if c := b[i]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			break
		}
		i++
	}
	return i
}

// nesting is a stack of bits: an object or an array at each open level.
type nesting struct {
	depth int
	near  uint64   // levels 1 to 64
	far   []uint64 // the levels above, 64 a word
}

// push opens a level; false means too deep.
func (n *nesting) push(object bool) bool {
	if n.depth >= maxDepth {
		return false
	}
	word := &n.near
	if at := n.depth/64 - 1; at >= 0 {
		if at == len(n.far) {
			n.far = append(n.far, 0)
		}
		word = &n.far[at]
	}
	bit := uint64(1) << (n.depth % 64)
	*word &^= bit
	if object {
		*word |= bit
	}
	n.depth++
	return true
}

// object tells whether the innermost open level is an object.
func (n *nesting) object() bool {
	level := n.depth - 1
	word := n.near
	if at := level/64 - 1; at >= 0 {
		word = n.far[at]
	}
	return word&(1<<(level%64)) != 0
}

// skipValue returns the offset behind the value that starts at i, having checked all of it. Outer is the number of
// levels already open around the value.
func skipValue(b []byte, i, outer int) (int, error) {
	if i < len(b) && b[i] != '{' && b[i] != '[' {
		return skipScalar(b, i)
	}
	if outer+shallowDepth <= maxDepth {
		if end, ok := shallow(b, i); ok {
			return end, nil
		}
	}
	nest := nesting{depth: outer}
	for {
		i = skipSpace(b, i)
		end, opened, err := nest.open(b, i)
		if err != nil {
			return end, err
		}
		i = end
		if opened {
			continue
		}
		if i, err = nest.close(b, i, outer); err != nil || nest.depth == outer {
			return i, err
		}
	}
}

// open reads one value at i: a scalar, an empty container, or the beginning of a container up to its first value.
func (n *nesting) open(b []byte, i int) (end int, opened bool, err error) {
	if i >= len(b) || b[i] != '{' && b[i] != '[' {
		end, err = skipScalar(b, i)
		return end, false, err
	}
	object := b[i] == '{'
	if !n.push(object) {
		return i, false, &SyntaxError{Offset: int64(i), Reason: "nested too deeply"}
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == closer(object) {
		n.depth--
		return i + 1, false, nil
	}
	if object {
		i, err = skipKey(b, i)
	}
	return i, true, err
}

// close leaves the containers that end behind a value, up to the next value or until only the outer levels are open.
func (n *nesting) close(b []byte, i, outer int) (int, error) {
	for n.depth > outer {
		i = skipSpace(b, i)
		object := n.object()
		switch {
		case i < len(b) && b[i] == ',':
			if !object {
				return i + 1, nil
			}
			return skipKey(b, skipSpace(b, i+1))
		case i < len(b) && b[i] == closer(object):
			n.depth--
			i++
		default:
			return i, syntaxAt(b, i, "want a comma or the end of the container")
		}
	}
	return i, nil
}

func closer(object bool) byte {
	if object {
		return '}'
	}
	return ']'
}

// skipKey returns the offset behind the name at i and its colon.
func skipKey(b []byte, i int) (int, error) {
	i, _, err := skipString(b, i)
	if err != nil {
		return i, err
	}
	i = skipSpace(b, i)
	if i >= len(b) || b[i] != ':' {
		return i, syntaxAt(b, i, "want a colon")
	}
	return i + 1, nil
}

func skipScalar(b []byte, i int) (int, error) {
	if i >= len(b) {
		return i, syntaxAt(b, i, "")
	}
	switch c := b[i]; {
	case c == '"':
		end, _, err := skipString(b, i)
		return end, err
	case c == '-' || '0' <= c && c <= '9':
		return skipNumber(b, i)
	case c == 't':
		return skipWord(b, i, "true")
	case c == 'f':
		return skipWord(b, i, "false")
	case c == 'n':
		return skipWord(b, i, "null")
	}
	return i, syntaxAt(b, i, "want a value")
}

func skipWord(b []byte, i int, word string) (int, error) {
	for k := range len(word) {
		if i+k >= len(b) || b[i+k] != word[k] {
			return i + k, syntaxAt(b, i+k, "want "+word)
		}
	}
	return i + len(word), nil
}

func skipNumber(b []byte, i int) (int, error) {
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && '1' <= b[i] && b[i] <= '9':
		i = skipDigits(b, i)
	default:
		return i, syntaxAt(b, i, "want a digit")
	}
	if i < len(b) && b[i] == '.' {
		end := skipDigits(b, i+1)
		if end == i+1 {
			return end, syntaxAt(b, end, "want a digit")
		}
		i = end
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := skipDigits(b, i)
		if end == i {
			return end, syntaxAt(b, end, "want a digit")
		}
		i = end
	}
	return i, nil
}

func skipDigits(b []byte, i int) int {
	for i+8 <= len(b) && areDigits(load(b, i)) {
		i += 8
	}
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}
