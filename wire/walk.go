package wire

import "errors"

// member is one name and value of an object. Key is unescaped; both alias the text where they can.
type member struct {
	key, value []byte
}

// objectReader walks the members of one object.
type objectReader struct {
	data  []byte
	pos   int
	outer int // levels open inside the object
	begun bool
	known bool // the text was checked before
}

// readObject starts at the object that begins at pos, behind white space.
func readObject(data []byte, pos, outer int) (objectReader, error) {
	pos = skipSpace(data, pos)
	if pos >= len(data) || data[pos] != '{' {
		return objectReader{}, syntaxAt(data, pos, "want an object")
	}
	return objectReader{data: data, pos: pos + 1, outer: outer + 1}, nil
}

// next gives the next member; ok is false at the end, where pos is behind the closing brace.
func (r *objectReader) next() (m member, ok bool, err error) {
	b := r.data
	i := skipSpace(b, r.pos)
	if i < len(b) && b[i] == '}' {
		r.pos = i + 1
		return m, false, nil
	}
	if r.begun {
		if i >= len(b) || b[i] != ',' {
			return m, false, syntaxAt(b, i, "want a comma or the end of the object")
		}
		i = skipSpace(b, i+1)
	}
	r.begun = true
	end, how, err := skipString(b, i)
	if err != nil {
		return m, false, err
	}
	m.key = b[i+1 : end-1]
	if how != asBytes {
		m.key = unquote(b[i:end])
	}
	if i = skipSpace(b, end); i >= len(b) || b[i] != ':' {
		return m, false, syntaxAt(b, i, "want a colon")
	}
	i = skipSpace(b, i+1)
	if r.known {
		end = skipKnown(b, i)
	} else if end, err = skipValue(b, i, r.outer); err != nil {
		return m, false, err
	}
	m.value = b[i:end:end]
	r.pos = end
	return m, true, nil
}

// trailing refuses anything but white space behind a whole text.
func trailing(b []byte, i int) error {
	if i = skipSpace(b, i); i < len(b) {
		return syntaxAt(b, i, "text behind the value")
	}
	return nil
}

// eachMember calls f for every member of a whole text that is one object. Errors of f come back with the member's name
// put before their path.
func eachMember(text []byte, f func(key, value []byte) error) error {
	if err := wantKind(trimSpace(text), KindObject, "object"); err != nil {
		return err
	}
	return eachMemberOf(text, false, f)
}

// eachKnownMember is eachMember for the text of an object that was checked before.
func eachKnownMember(text []byte, f func(key, value []byte) error) error {
	return eachMemberOf(text, true, f)
}

func eachMemberOf(text []byte, known bool, f func(key, value []byte) error) error {
	r, err := readObject(text, 0, 0)
	if err != nil {
		return err
	}
	r.known = known
	for {
		m, ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok {
			return trailing(text, r.pos)
		}
		if err := f(m.key, m.value); err != nil {
			return under(string(m.key), err)
		}
	}
}

// eachElement calls f for every element of a whole text that is one array.
func eachElement(text []byte, f func(value []byte) error) error {
	return eachElementOf(text, false, f)
}

func eachElementOf(text []byte, known bool, f func(value []byte) error) error {
	if err := wantKind(trimSpace(text), KindArray, "array"); err != nil {
		return err
	}
	i := skipSpace(text, 0) + 1
	if i = skipSpace(text, i); i < len(text) && text[i] == ']' {
		return trailing(text, i+1)
	}
	for {
		i = skipSpace(text, i)
		end, err := skipElement(text, i, known)
		if err != nil {
			return err
		}
		if err := f(text[i:end:end]); err != nil {
			return err
		}
		i = skipSpace(text, end)
		switch {
		case i < len(text) && text[i] == ',':
			i++
		case i < len(text) && text[i] == ']':
			return trailing(text, i+1)
		default:
			return syntaxAt(text, i, "want a comma or the end of the array")
		}
	}
}

func skipElement(text []byte, i int, known bool) (int, error) {
	if known && i < len(text) {
		return skipKnown(text, i), nil
	}
	return skipValue(text, i, 1)
}

// skipKnown returns the offset behind the value at i of a text that was checked before.
func skipKnown(b []byte, i int) int {
	end, _ := valueEnd(b, i, checked)
	if end < 0 {
		return len(b)
	}
	return end
}

func trimSpace(b []byte) []byte {
	b = b[skipSpace(b, 0):]
	for len(b) > 0 && b[len(b)-1] <= ' ' && skipSpace(b, len(b)-1) == len(b) {
		b = b[:len(b)-1]
	}
	return b
}

// wantKind refuses a value of another kind; an absent or unreadable one is a syntax error elsewhere.
func wantKind(raw []byte, want Kind, text string) error {
	switch got := kindOf(raw); got {
	case want:
		return nil
	case KindAbsent:
		return syntaxAt(raw, 0, "")
	default:
		if _, err := skipScalarOrContainer(raw); err != nil {
			return err
		}
		return &FieldError{Want: text, Got: got}
	}
}

// skipScalarOrContainer checks a whole value, so that garbage is a syntax error and not a value of the wrong kind.
func skipScalarOrContainer(raw []byte) (int, error) {
	end, err := skipValue(raw, 0, 0)
	if err != nil {
		return end, err
	}
	return end, trailing(raw, end)
}

// under puts name before the path of a FieldError; other errors pass through.
func under(name string, err error) error {
	var e *FieldError
	if !errors.As(err, &e) {
		return err
	}
	path := *e
	if path.Field == "" {
		path.Field = shorten(name)
	} else {
		path.Field = shorten(name) + "." + path.Field
	}
	return &path
}
