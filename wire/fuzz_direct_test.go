package wire

import (
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The oracle of direct decoding is the slow way, cell by cell by reflection: what is decoded and every error must be the
// same. That the slow way reads cells as encoding/json does is for FuzzRows and FuzzPlainRow.

// allKinds has a field for each step, in each way, and for setters.
type allKinds struct {
	A  int8
	B  *uint16
	C  float32
	D  string
	E  bool
	F  time.Time
	G  time.Duration
	H  []byte
	I  []float64
	J  map[string]any
	K  any
	L  json.RawMessage
	M  sql.Null[int64]
	N  sql.NullString
	O  FileRef
	P  Seq
	Q  Cell
	R  *string
	S  sql.Null[string]
	T  flavour
	U  **int32
	V  netip.Addr
	W  *time.Time
	X  uint64
	Y  *float64
	Z  sql.Null[time.Time]
	Aa string
	Extra
	ID      int64 `kalam:"id"`
	Deleted *bool `kalam:"_deleted"`
}

// fewKinds leaves most columns without a field.
type fewKinds struct {
	A int64
	D string `kalam:"d"`
	R *flavour
	*Extra
}

var columnTypes = []DataType{
	"", Boolean, SmallInt, Int, BigInt, Float, Double, Text, Timestamp, Date, DateTime, Time, JSON, Bytes, UUID, File, Embedding(3), Decimal(9, 2), "Other",
}

// decoded is a result that can be compared: cells as text, the error as what it says.
func decoded[T any](v T, err error) [2]any {
	if err != nil {
		return [2]any{nil, err.Error()}
	}
	return [2]any{v, nil}
}

func sameDecoding[T any](t *testing.T, d *Decoder[T], row Row, schema Schema, text []byte) {
	t.Helper()
	want := decoded(slowly[T](d.plan(schema), row))
	if got := decoded(d.Object(row, schema)); !reflect.DeepEqual(got, want) {
		t.Fatalf("decoded directly: %+v\nby setters:       %+v\nfrom %q, over %q", got, want, row.text, row.over)
	}
	if text == nil {
		return
	}
	if got := decoded(d.Text(text, schema)); !reflect.DeepEqual(got, want) {
		t.Fatalf("decoded from text: %+v\nby setters:       %+v\nfrom %q", got, want, text)
	}
}

func sameArray[T any](t *testing.T, d *Decoder[T], raw []byte, schema Schema) {
	t.Helper()
	want := decoded(slowlyArray[T](d.plan(schema), raw))
	if got := decoded(d.Array(raw, schema)); !reflect.DeepEqual(got, want) {
		t.Fatalf("decoded directly: %+v\nby setters:       %+v\nfrom %q", got, want, raw)
	}
}

// filled is how rows were made whole before they were texts: the oracle of images.
func filled(row Row, schema Schema) Row {
	for _, col := range schema {
		if row.Get(col.Name).IsAbsent() {
			row = row.With(col.Name, leftOut(col.Name))
		}
	}
	return Row{cells: row.read()}
}

func sameImage[T any](t *testing.T, d *Decoder[T], row, old Row, schema Schema) {
	t.Helper()
	image := Row{text: row.text, over: old.text, fill: schema}
	oracle := filled(row, schema).Overlay(old)
	if !reflect.DeepEqual(image.read(), oracle.read()) {
		t.Fatalf("image %s, want %s", mustJSON(t, image), mustJSON(t, oracle))
	}
	for name, cell := range oracle.All() {
		if got := image.Get(name); string(got.Raw()) != string(cell.Raw()) {
			t.Fatalf("cell %q of the image is %q, want %q", name, got.Raw(), cell.Raw())
		}
	}
	sameDecoding(t, d, image, schema, nil)
	got, want := decoded(d.Object(image, schema)), decoded(slowly[T](d.plan(schema), oracle))
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("image decoded: %+v\nwant:          %+v\nfrom %q over %q", got, want, old.text, row.text)
	}
}

func mustJSON(t *testing.T, row Row) string {
	t.Helper()
	text, err := row.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// rotated are schemas of all columns that allKinds and fewKinds look for, each column of another type in each. That of
// one column in each is not known.
func rotated() (schemas [8]Schema) {
	for at := range schemas {
		for i, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "aa", "note", "id", "other", "_deleted"} {
			if i%len(schemas) != at || i < len(schemas) {
				schemas[at] = append(schemas[at], Column{Name: name, Type: columnTypes[(i*5+at)%len(columnTypes)], Index: i})
			}
		}
	}
	return schemas
}

func FuzzDirect(f *testing.F) {
	for i := range byte(8) {
		f.Add([]byte(`{"a":"12","b":null,"c":1.5,"d":"x","e":true,"f":1795428000123456,"g":45296000000,"h":[1,2],"i":[0.5],"j":"{\"a\":1}","k":"v","l":"[1]","m":"7","n":"s","o":"{\"id\":\"1\"}","p":"9","q":[]}`),
			[]byte(`{"r":"é\n","s":"","t":"\ud83d\ude00","u":3,"v":"::1","w":0,"x":18446744073709551615,"y":-0.25e3,"z":"5","aa":"b","note":"n","id":"-9","_deleted":false}`), i)
		f.Add([]byte(`{"d":"x","d":null,"a":1e2,"\u0061":7,"note":"x","note":null}`), []byte(`{"A":"-0","r":"\xff","d":7}`), i)
		f.Add([]byte(" { \"a\" :\t1 ,\n\"d\" : \"\\\"\" } "), []byte(`{"n":null,"_deleted":null,"a":"007","x":-1}`), i)
		f.Add([]byte(`["1",2]`), []byte(`[7,"x"]`), i)
	}
	o := newOracle(f)
	f.Fuzz(o.check)
}

// oracle decodes a text in every way, and by setters.
type oracle struct {
	schemas [8]Schema
	all     *Decoder[allKinds]
	few     *Decoder[fewKinds]
}

func newOracle(t testing.TB) *oracle {
	all, err := NewDecoder[allKinds]()
	if err != nil {
		t.Fatal(err)
	}
	few, err := NewDecoder[fewKinds]()
	if err != nil {
		t.Fatal(err)
	}
	return &oracle{schemas: rotated(), all: all, few: few}
}

func (o *oracle) check(t *testing.T, text, over []byte, at byte) {
	schema := o.schemas[at%8]
	sameArray(t, o.few, over, schema[:2])
	row, err := ParseRow(text)
	if err != nil {
		if _, got := o.all.Text(text, schema); got == nil || got.Error() != err.Error() {
			t.Fatalf("Text: %v, ParseRow: %v, on %q", got, err, text)
		}
		sameArray(t, o.all, text, schema[:2])
		return
	}
	sameDecoding(t, o.all, row, schema, text)
	sameDecoding(t, o.few, row, schema, text)
	if old, err := ParseRow(over); err == nil {
		sameImage(t, o.all, row, old, schema)
		sameDecoding(t, o.few, Row{cells: row.Overlay(old).read()}, schema, nil)
	}
}

// TestDirect_RandomTextsAgreeWithSetters writes rows in odd spellings, cell by cell such as a column may hold, every third
// with a byte changed.
func TestDirect_RandomTextsAgreeWithSetters(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 9))}
	o := newOracle(t)
	for range directTexts {
		text, over := []byte(g.kindsRow()), []byte(g.kindsRow())
		if g.r.IntN(3) == 0 {
			text[g.r.IntN(len(text))] = `{}[]",:\0-+.eEu1 t`[g.r.IntN(18)]
		}
		o.check(t, text, over, byte(g.r.IntN(256)))
	}
}

const directTexts = 5000

// kindsRow writes a row of some columns of allKinds, or such cells by position.
func (g *generator) kindsRow() string {
	if g.r.IntN(10) == 0 {
		return "[" + g.cell() + "," + g.space() + g.cell() + "]"
	}
	var b strings.Builder
	b.WriteString(g.space() + "{")
	for i := range g.r.IntN(7) {
		if i > 0 {
			b.WriteString("," + g.space())
		}
		name := g.pick("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "aa", "note", "id", "_deleted", "other", `\u0061`, "A", "é", "")
		b.WriteString(`"` + name + `"` + g.space() + ":" + g.space() + g.fitting(name))
	}
	b.WriteString("}" + g.space())
	return b.String()
}

// fitting writes a cell that the field of that name is likely to take.
func (g *generator) fitting(name string) string {
	switch name {
	case "e", "_deleted":
		return g.pick("true", "false", "null", "false", "1")
	case "h":
		return g.pick("[1,255,0]", "[]", `"AN4="`, `"text"`, "[256]", "null")
	case "i":
		return g.pick("[0.5,-1e-3]", "[]", "null", "[null]")
	case "j", "l", "o":
		return g.pick(`"{\"a\":[1,2]}"`, `"{\"id\":\"7\"}"`, `{"id":"7","name":"a"}`, `"{}"`, "null", `"x"`)
	case "v":
		return g.pick(`"::1"`, `"10.0.0.1"`, "null", `"nowhere"`)
	case "f", "w", "z":
		return g.pick("1795428000123456", `"1795428000123456"`, "1795476758996690259", `"2026-11-23T10:00:00Z"`, "20780", "null", "-1")
	}
	return g.cell()
}
