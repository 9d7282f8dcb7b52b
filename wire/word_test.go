package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

// firstStop looks for what stops has to find, byte by byte.
func firstStop(b []byte) int {
	for i, c := range b {
		if c == '"' || c == '\\' || c < 0x20 {
			return i
		}
	}
	return 8
}

func TestStops_MarksTheFirstByteThatStops(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for n := range 200_000 {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], r.Uint64())
		for i := range b { // most bytes plain, all values at every place
			if r.IntN(4) > 0 {
				b[i] = 'a'
			}
		}
		b[n%8] = byte(n / 8)
		stop := stops(load(b[:], 0))
		if got, want := bits.TrailingZeros64(stop)/8, firstStop(b[:]); got != want {
			t.Fatalf("first stop of %q at %d, want %d", b, got, want)
		}
	}
}

func TestDigits_AgreeWithStrconv(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	read := 0
	for range 200_000 {
		text := strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
		if r.IntN(3) == 0 {
			text = "-" + text
		}
		b := []byte(text)
		if r.IntN(3) == 0 {
			b[r.IntN(len(b))] = "0-+ ./:;9eE_x\x00\xff"[r.IntN(15)]
		}
		n, ok := plainInt64(b)
		want, err := strconv.ParseInt(string(b), 10, 64)
		if ok && (err != nil || n != want) {
			t.Fatalf("%q read as %d, strconv: %d, %v", b, n, want, err)
		}
		u, okU := digits(b)
		wantU, err := strconv.ParseUint(string(b), 10, 64)
		if okU && (err != nil || u != wantU) {
			t.Fatalf("%q read as %d, strconv: %d, %v", b, u, wantU, err)
		}
		for _, frame := range []string{`%s,`, `%s}`, `%s]`, `"%s"`, `"%s":`} {
			text := strings.Replace(frame, "%s", string(b), 1)
			at, end := integerAt([]byte(text), 0)
			_, escaped := skipScalar([]byte(text), 0)
			if end >= 0 && (at != n || !ok || escaped != nil || end != strings.LastIndex(text, string(b))+len(b)+strings.Count(frame[:1], `"`)) {
				t.Fatalf("%q read as %d up to %d", text, at, end)
			}
		}
		if ok || okU {
			read++
		}
	}
	if read < 100_000 {
		t.Fatalf("only %d were read", read)
	}
}

func TestDigits_Limits(t *testing.T) {
	is := is.New(t)
	for text, want := range map[string]int64{"9223372036854775807": math.MaxInt64, "-9223372036854775807": -math.MaxInt64, "0": 0, "-0": 0, "12345678": 12345678} {
		n, ok := plainInt64([]byte(text))
		is.True(ok)
		is.Equal(n, want)
	}
	for _, text := range []string{"", "-", "9223372036854775808", "00", "-01", "+1", "1e3", "1.0", " 1", "1 ", "10000000000000000000"} {
		_, ok := plainInt64([]byte(text))
		is.True(!ok) // these are for strconv, or nobody
	}
}

func TestPlainFloat_AgreesWithStrconvToTheBit(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	read := 0
	for range 300_000 {
		text := strconv.FormatUint(r.Uint64()>>(11+r.IntN(53)), 10)
		if at := r.IntN(len(text) + 1); at > 0 && at < len(text) {
			text = text[:at] + "." + text[at:]
		}
		if r.IntN(4) == 0 {
			text = "-" + text
		}
		f, ok := plainFloat([]byte(text))
		if !ok {
			continue
		}
		read++
		want, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Float64bits(f) != math.Float64bits(want) {
			t.Fatalf("%s read as %v, strconv: %v, %v", text, f, want, err)
		}
	}
	if read < 150_000 {
		t.Fatalf("only %d were read", read)
	}
}

func TestPlainFloat_Spellings(t *testing.T) {
	is := is.New(t)
	f, ok := plainFloat([]byte("-0.0"))
	is.True(ok && f == 0 && math.Signbit(f))
	for _, text := range []string{"1e3", "1E3", "0x1p-2", "inf", "NaN", "1_000", "1.2.3", "9007199254740993", "0.1234567890123456"} {
		_, ok := plainFloat([]byte(text))
		is.True(!ok)
	}
}
