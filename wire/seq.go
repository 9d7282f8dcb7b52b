package wire

import (
	"cmp"
	"strconv"
)

// Seq is the version of a row and the cursor to resume from: `_seq`, or `_version` on a server of 0.8. It is opaque:
// equal and ordered within one table, meaningless across tables. The zero value is "none". Compare with == or Compare.
type Seq struct{ n uint64 }

// SeqForm tells how a server was seen to write cursors, which is how it wants them back.
type SeqForm uint8

// The forms of a cursor. Servers up to 0.4.3 read and write numbers; 0.8 reads and writes strings only; 0.5 to 0.7
// write numbers and read both.
const (
	SeqAsNumber SeqForm = iota
	SeqAsString
)

// String gives "number" or "string".
func (f SeqForm) String() string {
	if f == SeqAsString {
		return "string"
	}
	return "number"
}

// ParseSeq reads a decimal from 1 to 2^64-1: digits only, without sign, space, fraction or exponent. Other text is an
// error that errors.Is ErrSeq.
func ParseSeq(text string) (Seq, error) {
	s, ok := seqOfDigits(text)
	if !ok || s.IsZero() {
		return Seq{}, &seqError{text: shorten(text)}
	}
	return s, nil
}

// SeqOf makes a Seq of a number; zero and negative numbers give the zero Seq.
func SeqOf(n int64) Seq {
	if n <= 0 {
		return Seq{}
	}
	return Seq{n: uint64(n)}
}

// IsZero reports whether s is no sequence id at all.
func (s Seq) IsZero() bool { return s.n == 0 }

// Compare orders sequence ids of one table: -1 when s is older than t, 0 when equal, +1 when newer. None is oldest.
func (s Seq) Compare(t Seq) int { return cmp.Compare(s.n, t.n) }

// Less reports whether s is older than t.
func (s Seq) Less(t Seq) bool { return s.n < t.n }

// String gives the decimal, or "" when zero.
func (s Seq) String() string {
	if s.n == 0 {
		return ""
	}
	return strconv.FormatUint(s.n, 10)
}

// MarshalJSON writes the number form, or null when zero.
func (s Seq) MarshalJSON() ([]byte, error) { return s.appendJSON(nil, SeqAsNumber), nil }

// UnmarshalJSON reads a number, a string of digits, or null. Zero in either form is the zero Seq.
func (s *Seq) UnmarshalJSON(text []byte) error {
	got, _, err := readSeq(trimSpace(text))
	if err != nil {
		return err
	}
	*s = got
	return nil
}

// appendJSON writes s in a form, or null when zero.
func (s Seq) appendJSON(dst []byte, form SeqForm) []byte {
	switch {
	case s.n == 0:
		return append(dst, "null"...)
	case form == SeqAsString:
		dst = strconv.AppendUint(append(dst, '"'), s.n, 10)
		return append(dst, '"')
	}
	return strconv.AppendUint(dst, s.n, 10)
}

// readSeq reads a raw JSON value in either form; null and zero give the zero Seq.
func readSeq(raw []byte) (Seq, SeqForm, error) {
	switch kindOf(raw) {
	case KindNull:
		return Seq{}, SeqAsNumber, nil
	case KindNumber:
		if s, ok := seqOfDigits(string(raw)); ok {
			return s, SeqAsNumber, nil
		}
	case KindString:
		if _, _, err := skipString(raw, 0); err != nil {
			return Seq{}, 0, err
		}
		if s, ok := seqOfDigits(string(unquote(raw))); ok {
			return s, SeqAsString, nil
		}
	case KindAbsent:
		return Seq{}, 0, syntaxAt(raw, 0, "")
	}
	return Seq{}, 0, &seqError{text: shorten(string(raw))}
}

// seqOfDigits reads digits without leading zeros, zero included.
func seqOfDigits(text string) (Seq, bool) {
	if text == "" || text[0] < '0' || text[0] > '9' || text[0] == '0' && len(text) > 1 {
		return Seq{}, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return Seq{n: n}, err == nil
}

// seqError is what was not a sequence id; it is shortened, and never a secret.
type seqError struct{ text string }

// Error shows what was read, shortened.
func (e *seqError) Error() string {
	return "kalam: invalid sequence id " + strconv.Quote(e.text) + ": want a decimal from 1 to 18446744073709551615"
}

// Is reports whether target is ErrSeq.
func (e *seqError) Is(target error) bool { return target == ErrSeq }
