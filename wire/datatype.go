package wire

import (
	"strconv"
	"strings"
)

// DataType is the type of a column in its written form: a name such as BigInt, or "Embedding(384)", "Decimal(12,2)".
// It is comparable. Names this package does not know are kept as the server wrote them.
type DataType string

// The scalar types of the protocol. Their cells on the wire are given in the comments.
const (
	Boolean   DataType = "Boolean"   // true, false
	SmallInt  DataType = "SmallInt"  // number, 16 bits
	Int       DataType = "Int"       // number, 32 bits
	BigInt    DataType = "BigInt"    // string of decimal digits, 64 bits
	Float     DataType = "Float"     // number, 32 bits
	Double    DataType = "Double"    // number, 64 bits
	Text      DataType = "Text"      // string
	Timestamp DataType = "Timestamp" // number, microseconds since 1970 UTC
	Date      DataType = "Date"      // number, days since 1970
	DateTime  DataType = "DateTime"  // number, microseconds since 1970 UTC
	Time      DataType = "Time"      // number, microseconds since midnight
	JSON      DataType = "Json"      // string that holds JSON text
	Bytes     DataType = "Bytes"     // array of numbers 0 to 255
	UUID      DataType = "Uuid"      // string, lower case with hyphens
	File      DataType = "File"      // string that holds the JSON of a FileRef
)

// Embedding gives the type of a vector of n numbers.
func Embedding(n int) DataType { return DataType("Embedding(" + strconv.Itoa(n) + ")") }

// Decimal gives the type of an exact decimal of so many digits, so many of them behind the point.
func Decimal(precision, scale int) DataType {
	return DataType("Decimal(" + strconv.Itoa(precision) + "," + strconv.Itoa(scale) + ")")
}

// Embedding gives the number of dimensions when t is a vector type.
func (t DataType) Embedding() (dimensions int, ok bool) {
	args, ok := t.arguments("Embedding(")
	if !ok {
		return 0, false
	}
	return smallNumber(args)
}

// Decimal gives precision and scale when t is a decimal type.
func (t DataType) Decimal() (precision, scale int, ok bool) {
	args, ok := t.arguments("Decimal(")
	if !ok {
		return 0, 0, false
	}
	p, s, ok := strings.Cut(args, ",")
	if !ok {
		return 0, 0, false
	}
	precision, okP := smallNumber(p)
	scale, okS := smallNumber(s)
	return precision, scale, okP && okS
}

func (t DataType) arguments(prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(string(t), prefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, ")")
}

// smallNumber reads canonical decimal digits up to 999,999,999.
func smallNumber(text string) (int, bool) {
	if text == "" || len(text) > 9 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// MarshalJSON writes the protocol's form: a string, {"Embedding":n} or {"Decimal":{"precision":p,"scale":s}}.
func (t DataType) MarshalJSON() ([]byte, error) { return t.appendJSON(nil) }

func (t DataType) appendJSON(dst []byte) ([]byte, error) {
	if n, ok := t.Embedding(); ok {
		dst = strconv.AppendInt(append(dst, `{"Embedding":`...), int64(n), 10)
		return append(dst, '}'), nil
	}
	if p, s, ok := t.Decimal(); ok {
		dst = strconv.AppendInt(append(dst, `{"Decimal":{"precision":`...), int64(p), 10)
		dst = strconv.AppendInt(append(dst, `,"scale":`...), int64(s), 10)
		return append(dst, "}}"...), nil
	}
	if strings.HasPrefix(string(t), "{") || strings.HasPrefix(string(t), "[") {
		if _, err := skipScalarOrContainer([]byte(t)); err == nil {
			return append(dst, t...), nil
		}
	}
	return appendQuoted(dst, string(t))
}

// UnmarshalJSON reads a string or an object; objects it does not know are kept as their text.
func (t *DataType) UnmarshalJSON(text []byte) error {
	got, err := readDataType(trimSpace(text))
	if err != nil {
		return err
	}
	*t = got
	return nil
}

func readDataType(raw []byte) (DataType, error) {
	switch kindOf(raw) {
	case KindNull:
		return "", nil
	case KindString:
		return DataType(unquote(raw)), nil
	case KindObject:
		return readTypeObject(raw), nil
	case KindArray:
		return DataType(raw), nil
	}
	return "", &FieldError{Want: "data type", Got: kindOf(raw)}
}

// readTypeObject reads {"Embedding":n} and {"Decimal":{…}}; what it cannot read stays as written.
func readTypeObject(raw []byte) DataType {
	found := DataType(raw)
	members := 0
	err := eachMember(raw, func(key, value []byte) error {
		members++
		switch string(key) {
		case "Embedding":
			var n int
			err := readInt(value, &n)
			found = Embedding(n)
			return err
		case "Decimal":
			var p, s int
			err := eachMember(value, func(key, value []byte) error {
				switch string(key) {
				case "precision":
					return readInt(value, &p)
				case "scale":
					return readInt(value, &s)
				}
				return nil
			})
			found = Decimal(p, s)
			return err
		}
		return nil
	})
	_, isVector := found.Embedding()
	_, _, isDecimal := found.Decimal()
	if err != nil || members != 1 || !isVector && !isDecimal {
		return DataType(raw)
	}
	return found
}
