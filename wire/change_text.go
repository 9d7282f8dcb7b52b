package wire

// Parse reads the JSON text of a change into m, as ParseServer does, in one walk that checks it. It allocates nothing
// where m had the same SubscriptionID before. The rows alias frame, which must not be changed while they are in use. A
// frame of another type is ErrField, as is a change that lacks something; with an error m is not changed.
func (m *Change) Parse(frame []byte) error {
	quick := Change{SubscriptionID: m.SubscriptionID}
	if quick.parse(frame) {
		*m = quick
		return nil
	}
	read, err := ParseServer(frame)
	if err != nil {
		return err
	}
	c, ok := read.(*Change)
	if !ok {
		return &FieldError{Field: "type", Want: "change", Got: KindString}
	}
	*m = *c
	return nil
}

// parse reads a change as servers write it, in any order; false leaves it to the lexer, which says what is wrong.
func (m *Change) parse(frame []byte) bool {
	i := space(frame, 0)
	if i >= len(frame) || frame[i] != '{' {
		return false
	}
	var found changeParts
	for more := true; more; {
		end, _ := quoted(frame, space(frame, i+1))
		if end < 0 {
			return false
		}
		name := frame[space(frame, i+1)+1 : end-1]
		if i = space(frame, end); i >= len(frame) || frame[i] != ':' {
			return false
		}
		if i = m.part(frame, name, space(frame, i+1), &found); i < 0 {
			return false
		}
		if i = space(frame, i); i >= len(frame) || frame[i] != ',' && frame[i] != '}' {
			return false
		}
		more = frame[i] == ','
	}
	return space(frame, i+1) == len(frame) && found.typ && found.id && m.ChangeType != ""
}

// changeParts tells which members of a change were found: where one is repeated, the lexer decides.
type changeParts struct{ typ, id, rows, old bool }

// part reads the member at i and returns the offset behind it, or -1.
func (m *Change) part(frame, name []byte, i int, found *changeParts) int {
	switch string(name) {
	case "type":
		end, escaped := quoted(frame, i)
		if end < 0 || found.typ || escaped || string(frame[i+1:end-1]) != "change" {
			return -1
		}
		found.typ = true
		return end
	case "subscription_id":
		end, escaped := quoted(frame, i)
		if end < 0 || found.id || escaped || isOdd(frame[i+1:end-1]) || end == i+2 {
			return -1
		}
		found.id = true
		if id := frame[i+1 : end-1]; string(id) != m.SubscriptionID {
			m.SubscriptionID = string(id)
		}
		return end
	case "change_type":
		return m.kindAt(frame, i)
	case "rows":
		return rowsAt(frame, i, &m.Rows, &found.rows)
	case "old_values":
		return rowsAt(frame, i, &m.OldValues, &found.old)
	}
	if isOdd(name) {
		return -1
	}
	end, _ := valueEnd(frame, i)
	return end
}

func (m *Change) kindAt(frame []byte, i int) int {
	end, _ := quoted(frame, i)
	if end < 0 || m.ChangeType != "" {
		return -1
	}
	switch string(frame[i+1 : end-1]) {
	case string(Insert):
		m.ChangeType = Insert
	case string(Update):
		m.ChangeType = Update
	case string(Delete):
		m.ChangeType = Delete
	default:
		return -1
	}
	return end
}

// rowsAt reads an array and finds the end of its first element on the way.
func rowsAt(frame []byte, i int, dst *Rows, found *bool) int {
	if *found || i >= len(frame) || frame[i] != '[' {
		return -1
	}
	*found = true
	start := i
	first, _ := valueEnd(frame, space(frame, i+1))
	if first >= 0 {
		if i = space(frame, first); i < len(frame) && frame[i] == ']' {
			*dst = Rows{raw: frame[start : i+1 : i+1], first: first - start}
			return i + 1
		}
	}
	end, _ := valueEnd(frame, start) // none, or more than one
	if end >= 0 {
		*dst = Rows{raw: frame[start:end:end], first: max(first-start, 0)}
	}
	return end
}
