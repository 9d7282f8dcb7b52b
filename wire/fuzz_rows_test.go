package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"
)

var rowSeeds = []string{
	`[{"id":"42","room":"blue","body":null,"_seq":"286286413828194305","_deleted":false}]`,
	`[{"l":"9007199254740993","f":1.5,"n":"1234.500","t":"naïve ☕ \"q\" \\ end","j":"{\"a\":[1,2]}","ts":1795428000123456,"da":20780,"ti":45296000000,"by":[66,105,110],"e":[0.0,-1e-3]}]`,
	`[{"a":1,"a":2},{},{"\u0061":"x"}]`, `[1]`, `[`, `null`, `[{"x":-0}]`, `[{"x":1e999}]`, `[{"x":[[[{}]]]}]`, "[{\"\xff\":\"\xff\"}]",
	`[{"s":"AN4="},{"s":"2026-11-23T10:00:00Z"},{"s":"12:34:56.5"},{"s":"18446744073709551615"},{"x":1795476758996690259}]`,
}

// FuzzRows compares rows with encoding/json, cell by cell: same names, and each cell is the same value, read in every
// way that it can be read.
func FuzzRows(f *testing.F) {
	for _, seed := range rowSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want []map[string]json.RawMessage
		stdErr := json.Unmarshal(text, &want)
		rows, err := ParseRows(text)
		if err == nil != (json.Valid(text) && bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("["))) {
			t.Fatalf("ParseRows: %v, encoding/json: %v, on %q", err, stdErr, text)
		}
		parsed, err := rows.Parse()
		for _, m := range want {
			if m == nil { // encoding/json takes null for a map
				stdErr = errors.New("null row")
			}
		}
		if stdErr != nil || want == nil {
			return
		}
		if err != nil || len(parsed) != len(want) || rows.Len() != len(want) {
			t.Fatalf("rows: %d, %v; encoding/json: %d, on %q", len(parsed), err, len(want), text)
		}
		for i, row := range parsed {
			sameRow(t, row, want[i])
			sameRow(t, row.Clone(), want[i])
		}
	})
}

func sameRow(t *testing.T, row Row, want map[string]json.RawMessage) {
	t.Helper()
	if row.Len() != len(want) {
		t.Fatalf("row has %d cells %q, encoding/json has %d", row.Len(), row.Names(), len(want))
	}
	for name, cell := range row.All() {
		raw, ok := want[name]
		if !ok || !bytes.Equal(cell.Raw(), raw) || !bytes.Equal(row.Get(name).Raw(), raw) {
			t.Fatalf("column %q: cell %q, encoding/json has %q", name, cell.Raw(), raw)
		}
		sameCell(t, cell, raw)
	}
}

// sameCell reads a cell in every way; what can be compared is compared with encoding/json, the rest must not panic.
func sameCell(t *testing.T, c Cell, raw json.RawMessage) {
	t.Helper()
	if text, err := c.Text(); err == nil {
		var want string
		if json.Unmarshal(raw, &want) != nil || text != want {
			t.Fatalf("text of %q: %q", raw, text)
		}
	}
	if b, err := c.Bool(); err == nil {
		var want bool
		if json.Unmarshal(raw, &want) != nil || b != want {
			t.Fatalf("bool of %q: %v", raw, b)
		}
	}
	sameNumber(t, c, raw)
	if list, err := c.Embedding(); err == nil {
		var want []float32
		if json.Unmarshal(raw, &want) != nil || len(list) != len(want) {
			t.Fatalf("embedding of %q: %v", raw, list)
		}
		for i := range list {
			if math.Float32bits(list[i]) != math.Float32bits(want[i]) {
				t.Fatalf("embedding of %q: %v", raw, list)
			}
		}
	}
	for _, typ := range []DataType{"", Boolean, BigInt, Double, Text, Timestamp, Date, Time, JSON, Bytes, File, Embedding(2), Decimal(5, 2)} {
		_, err := c.Any(typ)
		if err != nil && !errors.Is(err, ErrCell) {
			t.Fatalf("%s of %q: untyped error %#v", typ, raw, err)
		}
	}
	_, _ = c.TimeIn(time.Millisecond)
	_, _ = c.Seq()
	_, _ = c.Uint64()
}

func sameNumber(t *testing.T, c Cell, raw json.RawMessage) {
	t.Helper()
	if c.Kind() != KindNumber {
		return
	}
	var wantInt int64
	n, err := c.Int64()
	if json.Unmarshal(raw, &wantInt) == nil && (err != nil || n != wantInt) {
		t.Fatalf("int64 of %q: %d, %v", raw, n, err)
	}
	var wantFloat float64
	x, err := c.Float64()
	stdErr := json.Unmarshal(raw, &wantFloat)
	if (err == nil) != (stdErr == nil) || err == nil && math.Float64bits(x) != math.Float64bits(wantFloat) {
		t.Fatalf("float64 of %q: %v, %v; encoding/json: %v, %v", raw, x, err, wantFloat, stdErr)
	}
	if d, err := c.Decimal(); err != nil || d != string(raw) {
		t.Fatalf("decimal of %q: %q, %v", raw, d, err)
	}
}
