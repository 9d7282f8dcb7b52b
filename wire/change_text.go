package wire

// Parse reads the JSON text of a change into m, as ParseServer does, in one walk that checks it. On the way it finds
// cells of the row that the change brings, the new one or the one that was deleted: cells[i] is what the row's text has
// for names[i], absent where it has none. Cells must have room for all names, which must differ.
//
// It allocates nothing where m had the same SubscriptionID before. The rows and cells alias frame, which must not be
// changed while they are in use. A frame of another type is ErrField, as is a change that lacks something; with an error
// m is not changed.
func (m *Change) Parse(frame []byte, cells []Cell, names ...string) error {
	cells = cells[:len(names)]
	quick := changeWalk{frame: frame, change: Change{SubscriptionID: m.SubscriptionID}}
	clear(cells)
	if !mayBeReplaced(names) && quick.walk(cells, names) {
		*m = quick.change
		return nil
	}
	clear(cells)
	read, err := ParseServer(frame)
	if err != nil {
		return err
	}
	c, ok := read.(*Change)
	if !ok {
		return &FieldError{Field: "type", Want: "change", Got: KindString}
	}
	*m = *c
	if row, ok, err := c.row(); ok && err == nil {
		row.pick(cells, names...)
	}
	return nil
}

// row is the row that a change brings.
func (m *Change) row() (row Row, ok bool, err error) {
	if m.Rows.IsAbsent() {
		return m.OldValues.First()
	}
	return m.Rows.First()
}

// changeWalk reads a change as servers write it, its members in any order. What is picked goes from hand to hand, so that
// it may stay on the caller's stack.
type changeWalk struct {
	frame  []byte
	change Change

	typ, id, rows, old bool // found: where one is repeated, the lexer decides
}

// walk is false for what it leaves to the lexer, which says what is wrong, if anything is.
func (w *changeWalk) walk(cells []Cell, names []string) bool {
	end := inObject(w.frame, space(w.frame, 0), func(name []byte, i int) int { return w.member(name, i, cells, names) })
	return end >= 0 && space(w.frame, end) == len(w.frame) && w.typ && w.id && w.change.ChangeType != ""
}

// member reads the value at i of a member and returns the offset behind it, or -1.
func (w *changeWalk) member(name []byte, i int, cells []Cell, names []string) int {
	frame := w.frame
	switch string(name) {
	case "type":
		end, _ := quoted(frame, i)
		if end < 0 || w.typ || string(frame[i+1:end-1]) != "change" {
			return -1
		}
		w.typ = true
		return end
	case "subscription_id":
		return w.subscription(i)
	case "change_type":
		return w.kind(i)
	case "rows":
		if w.rows {
			return -1
		}
		w.rows = true
		clear(cells)
		return rowsAt(frame, i, &w.change.Rows, cells, names)
	case "old_values":
		if w.old {
			return -1
		}
		w.old = true
		if w.rows {
			return rowsAt(frame, i, &w.change.OldValues, nil, nil)
		}
		return rowsAt(frame, i, &w.change.OldValues, cells, names)
	}
	end, _ := valueEnd(frame, i, fresh)
	return end
}

func (w *changeWalk) subscription(i int) int {
	end, odd := quoted(w.frame, i)
	if end <= i+2 || odd || w.id {
		return -1
	}
	id := w.frame[i+1 : end-1]
	if isOdd(id) {
		return -1
	}
	w.id = true
	if string(id) != w.change.SubscriptionID {
		w.change.SubscriptionID = string(id)
	}
	return end
}

func (w *changeWalk) kind(i int) int {
	end, _ := quoted(w.frame, i)
	if end < 0 || w.change.ChangeType != "" {
		return -1
	}
	switch string(w.frame[i+1 : end-1]) {
	case string(Insert):
		w.change.ChangeType = Insert
	case string(Update):
		w.change.ChangeType = Update
	case string(Delete):
		w.change.ChangeType = Delete
	default:
		return -1
	}
	return end
}

// rowsAt reads the array at i, and on the way cells of the first row, and finds its end.
func rowsAt(frame []byte, i int, dst *Rows, cells []Cell, names []string) int {
	start := i
	if i >= len(frame) || frame[i] != '[' {
		return -1
	}
	first := rowAt(frame, space(frame, i+1), cells, names)
	if first >= 0 {
		if i = space(frame, first); i < len(frame) && frame[i] == ']' {
			*dst = Rows{raw: frame[start : i+1 : i+1], first: first - start}
			return i + 1
		}
	}
	end, _ := valueEnd(frame, start, fresh) // none, or more than one
	if end >= 0 {
		*dst = Rows{raw: frame[start:end:end], first: max(first-start, 0)}
	}
	return end
}

// rowAt reads the row at i and returns the offset behind it; -1 where there is none.
func rowAt(frame []byte, i int, cells []Cell, names []string) int {
	if i >= len(frame) || frame[i] != '{' {
		return -1
	}
	if len(names) == 0 {
		end, _ := valueEnd(frame, i, fresh)
		return end
	}
	return pickFrom(frame, i, fresh, cells, names)
}
