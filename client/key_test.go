package client

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestKey_OfGoValues(t *testing.T) {
	type id int32
	type name string
	for _, test := range []struct {
		key     Key
		text    string
		numeric bool
	}{
		{KeyOf(7), "7", true}, {KeyOf(int8(-7)), "-7", true}, {KeyOf(uint16(7)), "7", true}, {KeyOf(id(9)), "9", true},
		{KeyOf("7"), "7", false}, {KeyOf(name("x")), "x", false}, {KeyOf(1.5), "1.5", false}, {KeyOf(nil), "<nil>", false},
		{KeyOf(uint64(math.MaxUint64)), "18446744073709551615", false}, {KeyOf(true), "true", false},
		{KeyOf(1, "a"), "(1, a)", true}, {KeyOf("", "", ""), "(, , )", false},
	} {
		t.Run(test.text, func(t *testing.T) {
			is := is.New(t)
			is.Equal(test.key.String(), test.text)
			is.Equal(test.key.numeric, test.numeric)
		})
	}
	is := is.New(t)
	is.Equal(KeyOf(7), KeyOf(int64(7))) // comparable, whatever the Go type
	is.True(KeyOf(7) != KeyOf("7"))
	is.True(KeyOf("a", "b:c") != KeyOf("a:b", "c"))
	is.True(KeyOf("a", "1") != KeyOf("a", 1))
	is.True(KeyOf("a", "b", "c") != KeyOf("a", "1:tb1:tc"))
}

func TestKey_OrderIsThatOfTheColumns(t *testing.T) {
	is := is.New(t)
	sorted := []Key{
		KeyOf(-1), KeyOf(2), KeyOf(2, "a"), KeyOf(2, "a", 3), KeyOf(2, "a", 20), KeyOf(2, "b", 1), KeyOf(10, ""), KeyOf(10, "z"),
	}
	for i, a := range sorted {
		for j, b := range sorted {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			is.Equal(a.Compare(b), want)
		}
	}
	is.Equal(KeyOf("10").Compare(KeyOf("9")), -1) // as text
}

// Whatever stands in the columns, a key can be taken apart again, and orders as its
// columns do, the first that differs first.
func TestKey_PartsAreWhatItWasMadeOf(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 6))
	is := is.New(t)
	made := func() (Key, []any) {
		values := []any{random.IntN(3), randomText(random), random.IntN(3) - 1}
		return KeyOf(values[0], values[1:]...), values
	}
	for range 3000 {
		a, av := made()
		b, bv := made()
		parts := a.parts()
		is.Equal(len(parts), len(av))
		for i, part := range parts {
			is.Equal(part, KeyOf(av[i]))
		}
		want := 0
		for i := 0; i < len(av) && want == 0; i++ {
			want = KeyOf(av[i]).Compare(KeyOf(bv[i]))
		}
		is.Equal(a.Compare(b), want)
		is.Equal(b.Compare(a), -want)
		is.Equal(a == b, want == 0)
	}
}

func randomText(random *rand.Rand) string {
	text := make([]byte, random.IntN(4))
	for i := range text {
		text[i] = ":1nt"[random.IntN(4)]
	}
	return string(text)
}

func TestKey_IsReadFromRows(t *testing.T) {
	is := is.New(t)
	schema := wire.Schema{{Name: "id", Type: wire.BigInt, Flags: []string{"pk"}}, {Name: "v", Type: wire.Text}, {Name: "f", Type: wire.Double}}
	cell := func(text string) wire.Cell {
		c, err := wire.ParseCell([]byte(text))
		is.NoErr(err)
		return c
	}
	row := wire.NewRow(wire.Field{Name: "id", Cell: cell(`"9"`)}, wire.Field{Name: "v", Cell: cell(`"x"`)}, wire.Field{Name: "f", Cell: cell("1.5")})
	columns, err := keyColumns(schema, []string{"v", "id", "f"})
	is.NoErr(err)
	key, err := keyOf(row, columns)
	is.NoErr(err)
	is.Equal(key, KeyOf("x", 9, 1.5))
	_, err = keyColumns(schema, []string{"v", "nope"})
	is.True(errors.Is(err, ErrKey))
	_, err = keyColumns(wire.Schema{{Name: "v", Type: wire.Text}}, nil)
	is.True(errors.Is(err, ErrKey))
	for _, bad := range []wire.Row{
		{}, wire.NewRow(wire.Field{Name: "id", Cell: wire.Null()}, wire.Field{Name: "v", Cell: cell(`"x"`)}),
		wire.NewRow(wire.Field{Name: "id", Cell: cell("1")}),
	} {
		_, err = keyOf(bad, []wire.Column{{Name: "id", Type: wire.BigInt}, {Name: "v", Type: wire.Text}})
		is.True(errors.Is(err, ErrKey))
	}
}

func FuzzKey(f *testing.F) {
	f.Add("a", "b", int64(1))
	f.Add("", "1:tx", int64(-9223372036854775808))
	f.Add("3:n12", ":::", int64(0))
	f.Fuzz(func(t *testing.T, one, two string, n int64) {
		k := KeyOf(one, two, n, one)
		want := []Key{KeyOf(one), KeyOf(two), KeyOf(n), KeyOf(one)}
		if got := k.parts(); !slices.Equal(got, want) {
			t.Fatalf("%q %q %d: parts are %v", one, two, n, got)
		}
		other := KeyOf(two, one, n, two)
		if k.Compare(k) != 0 || k.Compare(other) != -other.Compare(k) || (k == other) != (k.Compare(other) == 0) {
			t.Fatalf("%v and %v: %d, %d", k, other, k.Compare(other), other.Compare(k))
		}
	})
}
