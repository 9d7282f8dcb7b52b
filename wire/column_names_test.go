package wire

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

func columnsNamed(names ...string) Schema {
	var schema Schema
	for _, name := range names {
		schema = append(schema, Column{Name: name})
	}
	return schema
}

func TestColumnNames_FindEveryNameAndNoOther(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for columns := range 120 {
		known := map[string]int{}
		var schema Schema
		for len(schema) < columns {
			name := strings.Repeat("n", r.IntN(3)) + fmt.Sprint(r.IntN(1000)) + strings.Repeat("_id", r.IntN(8))
			if _, ok := known[name]; !ok {
				known[name] = len(schema)
				schema = append(schema, Column{Name: name})
			}
		}
		n, ok := newColumnNames(schema)
		if !ok {
			t.Fatalf("no multiplier for %d names", columns)
		}
		for range 500 {
			name := strings.Repeat("n", r.IntN(3)) + fmt.Sprint(r.IntN(1000)) + strings.Repeat("_id", r.IntN(8))
			want, ok := known[name]
			if !ok {
				want = -1
			}
			text := `{"before":1,"` + name + `":2}`
			from := len(`{"before":1,"`)
			for _, got := range []int{n.find([]byte(name), 0, len(name)), n.find([]byte(text), from, from+len(name))} {
				if got != want {
					t.Fatalf("%q found at %d, want %d", name, got, want)
				}
			}
		}
	}
}

func TestColumnNames_RefuseWhatTheyCannotTellApart(t *testing.T) {
	is := is.New(t)
	for name, schema := range map[string]Schema{
		"the same":                 columnsNamed("a", "b", "a"),
		"another in the middle":    columnsNamed("aaaaaaaa1bbbbbbbb", "aaaaaaaa2bbbbbbbb"),
		"with a backslash":         columnsNamed("a\\b"),
		"not ASCII":                columnsNamed("größe"),
		"not ASCII, in the middle": columnsNamed("aaaaaaaaübbbbbbbb"),
		"too many":                 make(Schema, maxNames+1),
	} {
		_, ok := newColumnNames(schema)
		if ok {
			t.Error(name)
		}
		d := newDecoder[struct {
			A string `kalam:"a"`
			G string `kalam:"größe"`
		}](t)
		row, err := ParseRow([]byte(`{"größe":"g","\u0061":"x"}`))
		is.NoErr(err)
		v, err := d.Object(row, schema)
		is.NoErr(err)
		is.Equal(v.A+v.G, "xg") // the slow way finds them
	}
}
