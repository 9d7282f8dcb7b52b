package wire

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes of text at a time, in one word: the first byte is the lowest.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func load(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// backslash has the high bit set in the first byte of w that is a backslash (and perhaps in bytes behind it).
func backslash(w uint64) uint64 {
	slash := w ^ ones*'\\'
	return (slash - ones) &^ slash & highs
}

// stops has the high bit set in the first byte of w that is a quote, a backslash or a control character (and perhaps in
// bytes behind it), and is zero when there is none. Flipping bit 1 puts the quote, 0x22, right behind the control
// characters, and the two between them out of the way.
func stops(w uint64) uint64 {
	low := (w ^ ones*0x02) - ones*0x21
	slash := (w ^ ones*'\\') - ones
	return (low | slash) &^ w & highs
}

// below gives the bytes of w before the one that stop marks.
func below(w, stop uint64) uint64 { return w & (1<<(uint(bits.TrailingZeros64(stop))&^7) - 1) }

// areDigits tells whether all eight bytes are decimal digits.
func areDigits(w uint64) bool {
	return w&(ones*0xf0)|((w+ones*0x06)&(ones*0xf0))>>4 == ones*0x33
}

// eightDigits is the number that eight digits write.
func eightDigits(w uint64) uint64 {
	w -= ones * '0'
	w = w*10 + w>>8
	const pairs = 0x000000ff000000ff
	return ((w&pairs)*0x000f424000000064 + (w>>16&pairs)*0x0000271000000001) >> 32
}

// digits reads up to 19 decimal digits, which always fit, without leading zeros.
func digits(b []byte) (n uint64, ok bool) {
	if len(b) == 0 || len(b) > 19 || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	for len(b) >= 8 {
		w := load(b, 0)
		if !areDigits(w) {
			return 0, false
		}
		n = n*100_000_000 + eightDigits(w)
		b = b[8:]
	}
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}

// plainInt64 reads an integer in its usual spelling; other spellings, and what does not fit, are for strconv.
func plainInt64(b []byte) (int64, bool) {
	if len(b) > 1 && b[0] == '-' {
		n, ok := digits(b[1:])
		return -int64(n), ok && n < 1<<63
	}
	n, ok := digits(b)
	return int64(n), ok && n < 1<<63
}

// integerAt reads an integer of up to 18 digits, a number or a string, where it stands, and gives the offset behind it;
// -1 where there is something else, or the number may go on.
func integerAt(b []byte, i int) (n int64, end int) {
	quote := i < len(b) && b[i] == '"'
	if quote {
		i++
	}
	negative := i < len(b) && b[i] == '-'
	if negative {
		i++
	}
	start := i
	for i+8 <= len(b) && i < start+16 && areDigits(load(b, i)) {
		n = n*100_000_000 + int64(eightDigits(load(b, i)))
		i += 8
	}
	for i < len(b) && b[i]-'0' < 10 {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	if i == start || i > start+18 || i >= len(b) || b[start] == '0' && i > start+1 {
		return 0, -1
	}
	if negative {
		n = -n
	}
	switch c := b[i]; {
	case quote && c == '"':
		return n, i + 1
	case !quote && (c == ',' || c == '}' || c == ']'):
		return n, i
	}
	return 0, -1
}

// plainFloat reads a number without an exponent and with at most 15 digits: they fit into 53 bits, and so does the power
// of ten, so that the one division rounds as it should. Other numbers are for strconv.
func plainFloat(b []byte) (f float64, ok bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) > 16 {
		return 0, false
	}
	n, behind := uint64(0), -1 // digits behind the point
	for _, c := range b {
		switch {
		case c-'0' < 10:
			n = n*10 + uint64(c-'0')
			if behind >= 0 {
				behind++
			}
		case c == '.' && behind < 0:
			behind = 0
		default:
			return 0, false
		}
	}
	if len(b) > 15 && behind < 0 {
		return 0, false
	}
	if f = float64(n); behind > 0 {
		f /= powerOfTen(behind)
	}
	if negative {
		f = -f
	}
	return f, true
}

// powerOfTen is exact for n from 0 to 15.
func powerOfTen(n int) float64 {
	return [16]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}[n&15]
}
