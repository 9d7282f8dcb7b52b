package wire

import (
	"math"
	"strconv"
	"strings"
)

// Cell is one JSON value of a row, unread. The zero value is absent, which is not NULL. It aliases the text of its row.
//
// The reading methods convert exactly or give a *CellError; none of them takes NULL: ask IsNull first.
type Cell struct{ raw []byte }

// Null gives a cell that holds NULL.
func Null() Cell { return Cell{raw: []byte("null")} }

// ParseCell reads one JSON value. It aliases text.
func ParseCell(text []byte) (Cell, error) {
	text = trimSpace(text)
	if _, err := skipScalarOrContainer(text); err != nil {
		return Cell{}, err
	}
	return Cell{raw: text}, nil
}

// IsAbsent reports whether there is no cell: the row lacks the column.
func (c Cell) IsAbsent() bool { return len(c.raw) == 0 }

// IsNull reports whether the cell is there and NULL.
func (c Cell) IsNull() bool { return len(c.raw) > 0 && c.raw[0] == 'n' }

// Kind tells the kind of JSON value.
func (c Cell) Kind() Kind { return kindOf(c.raw) }

// Raw gives the JSON value as it was written; nil when absent.
func (c Cell) Raw() []byte { return c.raw }

func (c Cell) fail(want, reason string) error {
	return &CellError{Want: want, Got: c.Kind(), Reason: reason}
}

// number gives the digits of a number or a numeric string.
func (c Cell) number(want string) ([]byte, error) {
	switch c.Kind() {
	case KindNumber:
		return c.raw, nil
	case KindString:
		text := unquote(c.raw)
		if end, err := skipScalar(text, 0); err != nil || end != len(text) || kindOf(text) != KindNumber {
			return nil, c.fail(want, "not a number")
		}
		return text, nil
	}
	return nil, c.fail(want, "")
}

// Int64 reads a number or a numeric string without loss. A fraction of zero or an exponent is taken where the value is
// an integer below 2^53.
func (c Cell) Int64() (int64, error) {
	if n, ok := plainInt64(inside(c.raw)); ok {
		return n, nil
	}
	text, err := c.number("int64")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err == nil {
		return n, nil
	}
	if f, ok := integral(string(text)); ok {
		return int64(f), nil
	}
	return 0, c.fail("int64", integerReason(string(text)))
}

// Uint64 reads a number or a numeric string without loss.
func (c Cell) Uint64() (uint64, error) {
	if n, ok := digits(inside(c.raw)); ok {
		return n, nil
	}
	text, err := c.number("uint64")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err == nil {
		return n, nil
	}
	if f, ok := integral(string(text)); ok && f >= 0 {
		return uint64(f), nil
	}
	return 0, c.fail("uint64", integerReason(string(text)))
}

// integral reads "7.0" and "1e3", which are integers in another spelling.
func integral(text string) (float64, bool) {
	if !strings.ContainsAny(text, ".eE") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53
}

func integerReason(text string) string {
	if strings.ContainsAny(text, ".eE") {
		return "not an integer"
	}
	return "out of range"
}

// Float64 reads a number or a numeric string, rounded to the nearest float64.
func (c Cell) Float64() (float64, error) {
	text, err := c.number("float64")
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, c.fail("float64", "out of range")
	}
	return f, nil
}

// Bool reads true or false.
func (c Cell) Bool() (bool, error) {
	if c.Kind() != KindBool {
		return false, c.fail("bool", "")
	}
	return c.raw[0] == 't', nil
}

// Text reads a string.
func (c Cell) Text() (string, error) {
	if c.Kind() != KindString {
		return "", c.fail("text", "")
	}
	return string(unquote(c.raw)), nil
}

// Decimal reads a number or a numeric string and gives its digits exactly as written.
func (c Cell) Decimal() (string, error) {
	text, err := c.number("decimal")
	return string(text), err
}

// Seq reads a row version, from a number or a string.
func (c Cell) Seq() (Seq, error) {
	if n, ok := digits(inside(c.raw)); ok {
		return Seq{n: n}, nil
	}
	if k := c.Kind(); k != KindNumber && k != KindString {
		return Seq{}, c.fail("sequence id", "")
	}
	seq, _, err := readSeq(c.raw)
	if err != nil {
		return Seq{}, c.fail("sequence id", "not a decimal of 64 bits")
	}
	return seq, nil
}

// MarshalJSON gives the value as it was written, or null when absent.
func (c Cell) MarshalJSON() ([]byte, error) { return Raw(c.raw).MarshalJSON() }

// UnmarshalJSON keeps a copy of the value.
func (c *Cell) UnmarshalJSON(text []byte) error {
	got, err := ParseCell(append([]byte(nil), text...))
	if err != nil {
		return err
	}
	*c = got
	return nil
}
