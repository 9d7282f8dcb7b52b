package wire

import "math/bits"

// The quick way over text that is as servers write it. What it does not know it leaves to the lexer, which says what is
// wrong, if anything is: so it has no errors. It accepts nothing that the lexer refuses.

// shallowDepth is how many open levels fit into a word.
const shallowDepth = 64

// space skips white space, of which there mostly is none.
func space(b []byte, i int) int {
	if i < len(b) && b[i] > ' ' {
		return i
	}
	return skipSpace(b, i)
}

// shallow returns the offset behind the value at i, having checked all of it.
func shallow(b []byte, i int) (end int, ok bool) {
	var objects uint64 // the levels open, the innermost in the lowest bit: 1 for an object
	depth := 0
	for {
		if i = space(b, i); i >= len(b) {
			return i, false
		}
		if c := b[i]; c == '{' || c == '[' {
			if i = space(b, i+1); i >= len(b) || depth == shallowDepth {
				return i, false
			}
			if b[i] != c+2 { // the closing bracket
				depth++
				if objects <<= 1; c == '{' {
					objects |= 1
					i = keyEnd(b, i)
				}
				continue
			}
			i++
		} else if i, ok = scalarEnd(b, i); !ok {
			return i, false
		}
		for goesOn := false; !goesOn; {
			if depth == 0 {
				return i, true
			}
			if i = space(b, i); i >= len(b) {
				return i, false
			}
			switch c := b[i]; {
			case c == ',' && objects&1 != 0:
				i, goesOn = keyEnd(b, space(b, i+1)), true
			case c == ',':
				i, goesOn = i+1, true
			case c == ']'|byte(objects&1)<<5: // '}' is ']' with that bit
				i, depth, objects = i+1, depth-1, objects>>1
			default:
				return i, false
			}
		}
	}
}

// keyEnd returns the offset behind the name at i and its colon; the end of the text where there are none.
func keyEnd(b []byte, i int) int {
	if i, _ = quoted(b, i); i < 0 {
		return len(b)
	}
	if i = space(b, i); i >= len(b) || b[i] != ':' {
		return len(b)
	}
	return i + 1
}

// quoted returns the offset behind the string at i, -1 where there is none, and whether it has escapes.
func quoted(b []byte, i int) (end int, escaped bool) {
	if i >= len(b) || b[i] != '"' {
		return -1, false
	}
	for i++; i+8 <= len(b); i += 8 {
		stop := stops(load(b, i))
		if stop == 0 {
			continue
		}
		if i += bits.TrailingZeros64(stop) / 8; b[i] == '"' {
			return i + 1, false
		}
		break
	}
	end, how, err := skipRest(b, i, asBytes)
	if err != nil {
		return -1, false
	}
	return end, how == asEscapes
}

func scalarEnd(b []byte, i int) (end int, ok bool) {
	if b[i] == '"' {
		i, _ = quoted(b, i)
		return i, i >= 0
	}
	i, err := skipScalar(b, i)
	return i, err == nil
}

// How many levels may be open around a value: none that count in text that was checked before; in other text as many as
// are ever looked into without the lexer, which knows, and has the last word on text that is nested too deeply.
const (
	checked = 0
	fresh   = 8
)

// valueEnd returns the offset behind the value at i, having checked all of it, -1 where there is none, and whether it is
// a string with escapes. Outer is checked or fresh.
func valueEnd(b []byte, i, outer int) (end int, escaped bool) {
	if i < len(b) && b[i] == '"' {
		return quoted(b, i)
	}
	if i < len(b) && b[i]-'0' < 10 {
		end, err := skipNumber(b, i)
		if err != nil {
			return -1, false
		}
		return end, false
	}
	end, err := skipValue(b, i, outer)
	if err != nil {
		return -1, false
	}
	return end, false
}

// inObject calls take with the name of each member of the object at i and the offset of its value, of which take gives
// the end. It returns the offset behind the object; -1 where there is none, a name has escapes, or take says so.
func inObject(b []byte, i int, take func(name []byte, i int) int) int {
	if i >= len(b) || b[i] != '{' {
		return -1
	}
	if i = space(b, i+1); i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		end, odd := quoted(b, i)
		if end < 0 || odd {
			return -1
		}
		name := b[i+1 : end-1]
		if i = space(b, end); i >= len(b) || b[i] != ':' {
			return -1
		}
		if i = take(name, space(b, i+1)); i < 0 {
			return -1
		}
		if i = space(b, i); i < len(b) && b[i] == '}' {
			return i + 1
		}
		if i >= len(b) || b[i] != ',' {
			return -1
		}
		i = space(b, i+1)
	}
}

// inArray is inObject for the elements of an array.
func inArray(b []byte, i int, take func(i int) int) int {
	if i >= len(b) || b[i] != '[' {
		return -1
	}
	if i = space(b, i+1); i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = take(i); i < 0 {
			return -1
		}
		if i = space(b, i); i < len(b) && b[i] == ']' {
			return i + 1
		}
		if i >= len(b) || b[i] != ',' {
			return -1
		}
		i = space(b, i+1)
	}
}
