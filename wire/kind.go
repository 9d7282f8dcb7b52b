package wire

// Kind is what a JSON value is, told by its first byte.
type Kind uint8

// The kinds of a JSON value. KindAbsent is the zero value: no value at all, which is not the same as null.
const (
	KindAbsent Kind = iota
	KindNull
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// String gives the kind's name in lower case.
func (k Kind) String() string {
	switch k {
	case KindNull:
		return "null"
	case KindBool:
		return "bool"
	case KindNumber:
		return "number"
	case KindString:
		return "string"
	case KindArray:
		return "array"
	case KindObject:
		return "object"
	}
	return "nothing"
}

// kindOf tells the kind of a raw JSON value without leading white space.
func kindOf(raw []byte) Kind {
	if len(raw) == 0 {
		return KindAbsent
	}
	switch raw[0] {
	case 'n':
		return KindNull
	case 't', 'f':
		return KindBool
	case '"':
		return KindString
	case '[':
		return KindArray
	case '{':
		return KindObject
	}
	return KindNumber
}
