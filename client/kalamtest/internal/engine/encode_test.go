package engine

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestCells_StoredAndWrittenByType(t *testing.T) {
	for _, tt := range []struct {
		typ  wire.DataType
		in   any
		want string // "" = refused
	}{
		{wire.Boolean, true, "true"}, {wire.Boolean, "f", "false"}, {wire.Boolean, "maybe", ""},
		{wire.SmallInt, int64(32767), "32767"}, {wire.SmallInt, int64(32768), ""}, {wire.Int, "12", "12"}, {wire.Int, 1.5, ""}, {wire.Int, 2.0, "2"},
		{wire.BigInt, "9007199254740993", `"9007199254740993"`}, {wire.BigInt, "x", ""}, {wire.Float, 0.1, "0.1"}, {wire.Double, int64(2), "2.0"},
		{wire.Double, 1e16, "1e16"}, {wire.Double, 0.00000123, "1.23e-6"}, {wire.Double, "1e999", ""}, {wire.Double, -2.5, "-2.5"},
		{wire.Decimal(6, 2), "1.005", `"1.01"`}, {wire.Decimal(6, 2), int64(7), `"7.00"`}, {wire.Decimal(6, 2), "12345.6", ""},
		{wire.Decimal(38, 10), "-1234567890123456789012345678.5", `"-1234567890123456789012345678.5000000000"`},
		{wire.Decimal(6, 2), "-0.25", `"0.25"`}, {wire.Decimal(6, 2), "-0.001", `"0.00"`}, {wire.Decimal(6, 2), "1e2", `"100.00"`}, {wire.Decimal(6, 2), "1e999999999", ""}, // the sign between -1 and 0 is lost by 0.4.3
		{wire.Text, "a\"\\\n\u0001é☕<", `"a\"\\\n\u0001é☕<"`}, {wire.Text, "\xff", `"` + "\uFFFD" + `"`}, {wire.Text, int64(5), `"5"`}, {wire.JSON, `{"a":1}`, `"{\"a\":1}"`},
		{wire.Timestamp, "2026-11-23T10:00:00.123456Z", "1795428000123456"}, {wire.Timestamp, "2026-11-23 12:00:00+02:00", "1795428000000000"},
		{wire.Timestamp, int64(5), "5"}, {wire.Timestamp, "5", "5"}, {wire.Timestamp, "soon", ""}, {wire.DateTime, "2026-11-23", "1795392000000000"},
		{wire.Date, "1969-12-31", "-1"}, {wire.Date, "2026-11-23", "20780"}, {wire.Time, "12:34:56.5", "45296500000"}, {wire.Time, "25:00:00", ""},
		{wire.UUID, "B0E6F6A400004000800000000000000A", `"b0e6f6a4-0000-4000-8000-00000000000a"`}, {wire.UUID, "b0", ""},
		{wire.Bytes, []byte{0, 255}, "[0,255]"}, {wire.Bytes, "hi", "[104,105]"}, {wire.Bytes, "", "[]"},
		{wire.Embedding(2), "[0.1, -2]", "[0.1,-2.0]"}, {wire.Embedding(2), "[1]", ""}, {wire.Embedding(2), "x", ""}, {wire.Text, nil, "null"},
	} {
		stored, err := coerce(tt.in, tt.typ)
		switch {
		case (err != nil) != (tt.want == ""):
			t.Errorf("%s from %v: error %v", tt.typ, tt.in, err)
		case err == nil && string(appendCell(nil, tt.typ, stored)) != tt.want:
			t.Errorf("%s from %v: want %s, got %s", tt.typ, tt.in, tt.want, appendCell(nil, tt.typ, stored))
		case err == nil && !json.Valid(appendCell(nil, tt.typ, stored)):
			t.Errorf("%s from %v: not JSON", tt.typ, tt.in)
		}
	}
}

func TestDecimalCollation_OrdersByValue(t *testing.T) {
	is := is.New(t)
	for _, tt := range []struct {
		a, b string
		want int
	}{{"9", "10", -1}, {"-1", "1", -1}, {"1.50", "1.5", 0}, {"1e2", "99", 1}, {"x", "1", 1}, {"x", "y", -1}, {"12345678901234567890.1", "12345678901234567890.2", -1}} {
		is.Equal(compareDecimal(tt.a, tt.b), tt.want)
		is.Equal(compareDecimal(tt.b, tt.a), -tt.want)
	}
}

// FuzzLike compares likeMatch with the regular expression that the server builds.
func FuzzLike(f *testing.F) {
	f.Add("abc", "a%c", "!")
	f.Add("a%c", "a!%_", "!")
	f.Add("☕x", "_%x%", "")
	f.Fuzz(func(t *testing.T, text, pattern, escape string) {
		if len(pattern) > 200 || len(text) > 200 || strings.ToValidUTF8(text+pattern+escape, "") != text+pattern+escape || strings.ContainsAny(text+pattern, "\n") {
			return
		}
		var esc rune
		for _, r := range escape {
			esc = r
			break
		}
		var b strings.Builder
		escaped := false
		for _, r := range pattern {
			switch {
			case escaped:
				b.WriteString(regexp.QuoteMeta(string(r)))
				escaped = false
			case esc != 0 && r == esc:
				escaped = true
			case r == '%':
				b.WriteString(".*")
			case r == '_':
				b.WriteString(".")
			default:
				b.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		if escaped {
			return // a dangling escape
		}
		want := regexp.MustCompile("^" + b.String() + "$").MatchString(text)
		if got := likeMatch(text, pattern, esc); got != want {
			t.Fatalf("%q LIKE %q ESCAPE %q: want %v", text, pattern, escape, want)
		}
	})
}

// FuzzDecimal compares the fixed text with the exact number.
func FuzzDecimal(f *testing.F) {
	f.Add("1.005", 2)
	f.Add("-0.5", 0)
	f.Fuzz(func(t *testing.T, text string, scale int) {
		if scale < 0 || scale > 38 {
			return
		}
		fixed, err := fixDecimal(text, 38+scale, scale)
		if err != nil {
			return
		}
		exact, ok := parseRat(text)
		rounded, ok2 := new(big.Rat).SetString(fixed)
		if !ok || !ok2 {
			t.Fatalf("%q gave %q", text, fixed)
		}
		ulp := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		off := new(big.Rat).Sub(exact, rounded)
		if off.Abs(off).Cmp(ulp.Mul(ulp, big.NewRat(1, 2))) > 0 {
			t.Fatalf("%q rounded to %q", text, fixed)
		}
		if _, digits, _ := strings.Cut(fixed, "."); len(digits) != scale {
			t.Fatalf("%q has not %d digits", fixed, scale)
		}
	})
}
