package client

import (
	"encoding/json"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestCutLast_TakesTheKeyOff(t *testing.T) {
	for _, test := range []struct{ row, cell, rest string }{
		{`["a","1"]`, `"1"`, `["a"]`},
		{`[ [1,"x"] , "a\"],\\" ] `, ` "a\"],\\"`, `[ [1,"x"] ]`},
		{`[null,-5]`, `-5`, `[null]`},
		{`["a,\"b",""]`, `""`, `["a,\"b"]`},
		{`["1"]`, ``, `["1"]`}, {`[]`, ``, `[]`}, {``, ``, ``}, {`]`, ``, `]`}, {`"]`, ``, `"]`}, {`\"]`, ``, `\"]`},
	} {
		is := is.New(t)
		cell, rest := cutLast(wire.RawRow(test.row))
		is.Equal(string(cell), test.cell)
		is.Equal(string(rest), test.rest)
	}
}

func FuzzCutLast_IsWhatJSONSays(f *testing.F) {
	f.Add("a", `,"]\`, 1.5, true)
	f.Add(`"`, `\"`, -0.5, false)
	f.Fuzz(func(t *testing.T, first, key string, number float64, quoted bool) {
		cells := []any{first, []string{key, first}, map[string]any{first: key}, key}
		if !quoted {
			cells[3] = number
		}
		row, err := json.Marshal(cells)
		if err != nil {
			return // not a number of JSON
		}
		wantCell, _ := json.Marshal(cells[3])
		wantRest, _ := json.Marshal(cells[:3])
		cell, rest := cutLast(append(wire.RawRow(nil), row...))
		if string(cell) != string(wantCell) || string(rest) != string(wantRest) {
			t.Fatalf("%s: %s and %s", row, cell, rest)
		}
		for cut := range row { // and no text does harm
			cutLast(append(wire.RawRow(nil), row[:cut]...))
			cutLast(append(wire.RawRow(nil), row[cut:]...))
		}
	})
}
