package wire

import "iter"

// Rows is an array of row objects as text, checked to be JSON and unread until asked. The zero Rows is absent, which an empty array is not.
type Rows struct {
	raw   []byte
	first int // offset behind the first element, where it is known; else 0
}

// ParseRows checks that text is one JSON array; its elements are read by All and Parse. It aliases text.
func ParseRows(text []byte) (Rows, error) {
	text = trimSpace(text)
	if err := wantKind(text, KindArray, "array"); err != nil {
		return Rows{}, err
	}
	if _, err := skipScalarOrContainer(text); err != nil {
		return Rows{}, err
	}
	return Rows{raw: text}, nil
}

// RowsOf writes rows as an array; none gives an empty array.
func RowsOf(rows ...Row) (Rows, error) {
	raw := []byte{'['}
	for i, r := range rows {
		if i > 0 {
			raw = append(raw, ',')
		}
		var err error
		if raw, err = r.AppendJSON(raw); err != nil {
			return Rows{}, err
		}
	}
	return Rows{raw: append(raw, ']')}, nil
}

// IsAbsent reports whether the message had no such rows at all.
func (r Rows) IsAbsent() bool { return len(r.raw) == 0 }

// Raw gives the array as text; nil when absent.
func (r Rows) Raw() []byte { return r.raw }

// Len counts the rows by walking the text.
func (r Rows) Len() int {
	n := 0
	for range r.All() {
		n++
	}
	return n
}

// All reads one row after another. An element that is not an object is a *FieldError, and the rest still follows.
func (r Rows) All() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if r.IsAbsent() {
			return
		}
		err := eachElementOf(r.raw, true, func(value []byte) error {
			if row, err := parseRow(value, true); !yield(row, err) {
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			yield(Row{}, err)
		}
	}
}

// Parse reads all rows; the first error ends it.
func (r Rows) Parse() ([]Row, error) {
	var rows []Row
	for row, err := range r.All() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// First gives the only row of a change; ok is false when there is none.
func (r Rows) First() (row Row, ok bool, err error) {
	if r.first > 0 {
		row, err = parseRow(r.raw[space(r.raw, 1):r.first:r.first], true)
		return row, err == nil, err
	}
	for row, err := range r.All() {
		return row, err == nil, err
	}
	return Row{}, false, nil
}

// MarshalJSON gives the array's text, or null when absent.
func (r Rows) MarshalJSON() ([]byte, error) { return Raw(r.raw).MarshalJSON() }

// stop ends a walk early.
type stop struct{}

// Error is never shown.
func (stop) Error() string { return "kalam: stop" }

var errStop error = stop{}
