package wire

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

// schemaOf makes a schema of a row's columns, types from at on, and without the column at which the row is cut.
func schemaOf(row Row, at byte, without int) (schema Schema, array []byte) {
	array = []byte{'['}
	for i, c := range row.read() {
		if i == without {
			continue
		}
		if len(schema) > 0 {
			array = append(array, ',')
		}
		schema = append(schema, Column{Name: string(c.name), Type: columnTypes[(int(at)+len(schema))%len(columnTypes)], Index: len(schema)})
		array = append(array, c.cell.raw...)
	}
	return schema, append(array, ']')
}

// directly decodes into a new value of a type that only reflection knows.
func directly(p *plan, row Row) (v reflect.Value, ok bool) {
	v = reflect.New(p.shape.of)
	d := direct{plan: p}
	t := target{start: v.UnsafePointer()}
	if !p.quick || !d.row(t, &row) || !d.settle(t) {
		return v, false
	}
	for _, c := range d.late[:d.n] {
		slot := p.slots[c.column]
		if c.setter && slot.field.set(v.Elem(), Cell{raw: c.raw}, slot.typ) != nil {
			return v, false
		}
	}
	return v, true
}

// TestDirect_RandomTypesAgreeWithSetters makes struct types of random fields, and rows of random cells for them.
func TestDirect_RandomTypesAgreeWithSetters(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 8))}
	decoded, quick := 0, 0
	for range 3000 {
		s, err := shapeOf(g.structType())
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			row, err := ParseRow([]byte(g.row(s.of.NumField())))
			if err != nil {
				t.Fatal(err)
			}
			schema, _ := schemaOf(row, byte(g.r.IntN(256)), g.r.IntN(20))
			p := newPlan(s, schema)
			want := reflect.New(s.of)
			wrong := p.object(want.Elem(), row)
			got, ok := directly(p, row)
			switch {
			case wrong != nil && ok:
				t.Fatalf("decoded directly: %+v\nby setters: %v\nfrom %q as %v", got.Elem(), wrong, row.text, schema)
			case ok && !reflect.DeepEqual(got.Interface(), want.Interface()):
				t.Fatalf("decoded directly: %+v\nby setters:       %+v\nfrom %q as %v", got.Elem(), want.Elem(), row.text, schema)
			case ok:
				quick++
			}
			if wrong == nil {
				decoded++
			}
		}
	}
	if decoded < 1000 || quick < decoded/2 {
		t.Fatalf("%d rows could be decoded, %d of them directly", decoded, quick)
	}
}

// structType makes a struct whose fields are columns c0, c1, …
func (g *generator) structType() reflect.Type {
	basic := []reflect.Type{
		reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
		reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
		reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[string](), reflect.TypeFor[flavour](), reflect.TypeFor[[]byte](),
		reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[Raw](), reflect.TypeFor[Seq](), reflect.TypeFor[any](), reflect.TypeFor[Cell](),
		reflect.TypeFor[sql.Null[string]](), reflect.TypeFor[sql.Null[int16]](), reflect.TypeFor[sql.Null[float32]](), reflect.TypeFor[sql.NullString](), reflect.TypeFor[FileRef](),
	}
	fields := make([]reflect.StructField, 1+g.r.IntN(8))
	for i := range fields {
		typ := basic[g.r.IntN(len(basic))]
		if g.r.IntN(4) == 0 {
			typ = reflect.PointerTo(typ)
		}
		fields[i] = reflect.StructField{Name: fmt.Sprintf("C%d", i), Type: typ}
	}
	return reflect.StructOf(fields)
}

// row writes an object with cells for most of n columns, and some others, in random order.
func (g *generator) row(n int) string {
	var cells []string
	for _, i := range g.r.Perm(n + 2) {
		if g.r.IntN(8) > 0 {
			cells = append(cells, fmt.Sprintf(`"c%d"%s:%s`, i, g.space(), g.cell()))
		}
	}
	return "{" + strings.Join(cells, ",") + "}"
}

// cell writes a value that many fields take.
func (g *generator) cell() string {
	switch g.r.IntN(6) {
	case 0:
		return g.value(1)
	case 1:
		return g.pick("0", "1", "-1", "7", "127", "1795428000123456", "1.5", "0.8372", "123456789012345678", "-0.0", "1e2", "3.0", "16777217", "0.1", "999999999999999.9", "123456789012.345")
	case 2:
		return g.pick(`"0"`, `"-7"`, `"9223372036854775807"`, `"-9223372036854775808"`, `"18446744073709551615"`, `"00"`, `""`, `"12345678"`, `"1234567x"`, `"383399511795273728"`, `"1.25"`)
	case 3:
		return "null"
	}
	return g.text()
}

func TestDirect_StringsShareOneAllocation(t *testing.T) {
	is := is.New(t)
	type texts struct{ A, B, C, D string }
	d := newDecoder[texts](t)
	schema := Schema{{Name: "a", Type: Text}, {Name: "b", Type: Text}, {Name: "c", Type: Text}, {Name: "d", Type: Text}}
	row, err := ParseRow([]byte(`{"b":"zwei","d":"line\nand ☕","a":"1","c":"drei \ud83d\ude00"}`))
	is.NoErr(err)
	var v texts
	allocs := testing.AllocsPerRun(100, func() {
		if err := d.Into(&v, row, schema); err != nil {
			t.Fatal(err)
		}
	})
	is.Equal(v, texts{A: "1", B: "zwei", C: "drei 😀", D: "line\nand ☕"})
	is.Equal(allocs, 1.0)
}

func TestDirect_InvalidUTF8IsReplacedInEachString(t *testing.T) {
	is := is.New(t)
	type texts struct{ A, B string }
	d := newDecoder[texts](t)
	schema := Schema{{Name: "a", Type: Text}, {Name: "b", Type: Text}}
	row, err := ParseRow([]byte("{\"a\":\"x\xc3\",\"b\":\"\xa9y\"}")) // side by side they would be one letter
	is.NoErr(err)
	v, err := d.Object(row, schema)
	is.NoErr(err)
	is.Equal(v, texts{A: "x\ufffd", B: "\ufffdy"})
}

func TestDirect_WideRowsAreDecodedToo(t *testing.T) {
	is := is.New(t)
	type wide struct{ C0, C70, C255, C299 string }
	d := newDecoder[wide](t)
	for _, columns := range []int{71, 256, 300} {
		var schema Schema
		text := []byte{'{'}
		for i := range columns {
			schema = append(schema, Column{Name: fmt.Sprintf("c%d", i), Type: Text, Index: i})
			text = fmt.Appendf(text, `"c%d":"v%d",`, i, i)
		}
		row, err := ParseRow(append(text, `"x":1}`...))
		is.NoErr(err)
		v, err := d.Object(row, schema)
		is.NoErr(err)
		is.Equal(v.C0, "v0")
		is.Equal(v.C70, "v70")
		is.Equal(v.C299, map[bool]string{true: "v299"}[columns == 300])
	}
}
