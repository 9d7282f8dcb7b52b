package wire

import "strconv"

// Readers of single members. Each gives a *FieldError with an empty path when the value is of another kind.

func readString(raw []byte, dst *string) error {
	if kindOf(raw) != KindString {
		return &FieldError{Want: "string", Got: kindOf(raw)}
	}
	*dst = string(unquote(raw))
	return nil
}

// readOptionalString takes null for the empty string.
func readOptionalString(raw []byte, dst *string) error {
	if kindOf(raw) == KindNull {
		*dst = ""
		return nil
	}
	return readString(raw, dst)
}

func readBool(raw []byte, dst *bool) error {
	if kindOf(raw) != KindBool {
		return &FieldError{Want: "bool", Got: kindOf(raw)}
	}
	*dst = raw[0] == 't'
	return nil
}

// readInt64 takes a number or a numeric string.
func readInt64(raw []byte, dst *int64) error {
	text := raw
	switch kindOf(raw) {
	case KindNumber:
	case KindString:
		text = unquote(raw)
	default:
		return &FieldError{Want: "integer", Got: kindOf(raw)}
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return &FieldError{Want: "integer", Got: kindOf(raw)}
	}
	*dst = n
	return nil
}

func readInt(raw []byte, dst *int) error {
	var n int64
	if err := readInt64(raw, &n); err != nil {
		return err
	}
	*dst = int(n)
	if int64(*dst) != n {
		return &FieldError{Want: "integer", Got: kindOf(raw)}
	}
	return nil
}

// readCount takes a number that is not negative, or null for nil.
func readCount(raw []byte, dst **int) error {
	*dst = nil
	if kindOf(raw) == KindNull {
		return nil
	}
	var n int
	if err := readInt(raw, &n); err != nil || n < 0 || kindOf(raw) != KindNumber {
		return &FieldError{Want: "count", Got: kindOf(raw)}
	}
	*dst = &n
	return nil
}

func readStrings(raw []byte, dst *[]string) error {
	*dst = nil
	if kindOf(raw) == KindNull {
		return nil
	}
	return eachElement(raw, func(value []byte) error {
		var s string
		err := readString(value, &s)
		*dst = append(*dst, s)
		return err
	})
}

// missing is the error for a member that the protocol wants and the message lacks.
func missing(field, want string) error { return &FieldError{Field: field, Want: want} }
