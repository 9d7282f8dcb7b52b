package wire

import (
	"database/sql"
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
)

var typesSchema = Schema{
	{Name: "id", Type: Int, Index: 0, Flags: []string{"pk", "nn", "uq"}}, {Name: "b", Type: Boolean, Index: 1}, {Name: "l", Type: BigInt, Index: 2},
	{Name: "d", Type: Double, Index: 3}, {Name: "n", Type: Decimal(12, 3), Index: 4}, {Name: "t", Type: Text, Index: 5}, {Name: "j", Type: JSON, Index: 6},
	{Name: "ts", Type: Timestamp, Index: 7}, {Name: "da", Type: Date, Index: 8}, {Name: "ti", Type: Time, Index: 9}, {Name: "by", Type: Bytes, Index: 10},
	{Name: "e", Type: Embedding(3), Index: 11}, {Name: "f", Type: File, Index: 12}, {Name: "_seq", Type: BigInt, Index: 13, Flags: []string{"nn"}},
}

const typesArray = `[1,true,"9007199254740993",2.25,"1234.500","naïve","{\"a\":[1,2]}",1795428000123456,20780,45296000000,[0,255,16],[0.0,1.5,-2.0],"{\"id\":\"9\",\"name\":\"a.txt\"}","383399478601551872"]`

type flavour string

type base struct {
	ID   int32 `kalam:"id"`
	Skip int   `kalam:"-"`
}

type typesRow struct {
	base
	B    bool
	Long *int64     `kalam:"l"`
	Rate float32    `kalam:"d"`
	N    string     // exactly as written
	Big  *big.Float `kalam:"no_such_column"`
	T    flavour
	J    json.RawMessage
	When time.Time     `kalam:"ts"`
	Day  time.Time     `kalam:"da"`
	Of   time.Duration `kalam:"ti"`
	By   []byte
	E    []float64
	F    FileRef
	Seq  Seq `kalam:"_seq"`
}

func newDecoder[T any](t *testing.T) *Decoder[T] {
	t.Helper()
	d, err := NewDecoder[T]()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDecoder_StructByPositionAndByName(t *testing.T) {
	is := is.New(t)
	d := newDecoder[typesRow](t)
	byPosition, err := d.Array([]byte(typesArray), typesSchema)
	is.NoErr(err)
	is.Equal(byPosition.ID, int32(1))
	is.Equal(*byPosition.Long, int64(9007199254740993))
	is.Equal(byPosition.Rate, float32(2.25))
	is.Equal(byPosition.N, "1234.500")
	is.Equal(byPosition.T, flavour("naïve"))
	is.Equal(string(byPosition.J), `{"a":[1,2]}`)
	is.Equal(byPosition.When, time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC))
	is.Equal(byPosition.Day, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	is.Equal(byPosition.Of, 12*time.Hour+34*time.Minute+56*time.Second)
	is.Equal(byPosition.By, []byte{0, 255, 16})
	is.Equal(byPosition.E, []float64{0, 1.5, -2})
	is.Equal(byPosition.F.StoredName(), "9-a.txt")
	is.Equal(byPosition.Seq.String(), "383399478601551872")
	is.Equal(byPosition.Big, nil)

	rows := newDecoder[Row](t)
	row, err := rows.Array([]byte(typesArray), typesSchema)
	is.NoErr(err)
	byName, err := d.Object(row, typesSchema)
	is.NoErr(err)
	is.Equal(byName, byPosition)
}

func TestDecoder_NullAndAbsentGiveZeroValues(t *testing.T) {
	is := is.New(t)
	type nullable struct {
		P *string
		V string
		N sql.Null[time.Time]
		S sql.NullInt64
		B []byte
		A any
		D sql.Null[time.Duration]
	}
	schema := Schema{{Name: "p", Type: Text}, {Name: "v", Type: Text}, {Name: "n", Type: Timestamp}, {Name: "s", Type: BigInt}, {Name: "b", Type: Bytes}, {Name: "a", Type: Text}, {Name: "d", Type: Time}}
	d := newDecoder[nullable](t)
	for _, text := range []string{`{}`, `{"p":null,"v":null,"n":null,"s":null,"b":null,"a":null,"d":null}`} {
		row, err := ParseRow([]byte(text))
		is.NoErr(err)
		v, err := d.Object(row, schema)
		is.NoErr(err)
		is.Equal(v, nullable{})
	}
	row, err := ParseRow([]byte(`{"p":"","v":"x","n":0,"s":"7","b":[],"a":"y","d":1000000}`))
	is.NoErr(err)
	v, err := d.Object(row, schema)
	is.NoErr(err)
	is.Equal(*v.P, "")
	is.True(v.N.Valid && v.N.V.Equal(time.Unix(0, 0)))
	is.Equal(v.S, sql.NullInt64{Int64: 7, Valid: true})
	is.True(v.B != nil && len(v.B) == 0) // an empty value is not NULL
	is.Equal(v.A, "y")
	is.Equal(v.D.V, time.Second)
}

func TestDecoder_NamesOfColumns(t *testing.T) {
	is := is.New(t)
	type inner struct {
		RoomID   string
		Shadowed string
	}
	type outer struct {
		*inner2
		inner
		HTTPStatus int
		Shadowed   string
		Exact      string `kalam:"Exact_Name"`
		hidden     string
	}
	d := newDecoder[outer](t)
	row, err := ParseRow([]byte(`{"room_id":"a","HTTP_STATUS":200,"shadowed":"s","Exact_Name":"e","exact_name":"no","hidden":"h","other":1}`))
	is.NoErr(err)
	v, err := d.Object(row, nil)
	is.NoErr(err)
	is.Equal(v.RoomID, "a")
	is.Equal(v.HTTPStatus, 200)
	is.Equal(v.Shadowed, "s")
	is.Equal(v.inner.Shadowed, "")
	is.Equal(v.Exact, "e")
	is.Equal(v.hidden, "")
}

// inner2 is embedded by pointer and not exported: its fields cannot be reached, so they are no columns.
type inner2 struct{ Other int }

// Extra is embedded by pointer, made when one of its columns has a value.
type Extra struct{ Note *string }

func TestDecoder_EmbeddedPointerIsMadeForValuesOnly(t *testing.T) {
	is := is.New(t)
	type row struct {
		ID int
		*Extra
	}
	d := newDecoder[row](t)
	for text, made := range map[string]bool{`{"id":1,"note":null}`: false, `{"id":1}`: false, `{"id":1,"note":"n"}`: true} {
		r, err := ParseRow([]byte(text))
		is.NoErr(err)
		v, err := d.Object(r, nil)
		is.NoErr(err)
		is.Equal(v.Extra != nil, made)
	}
}

func TestDecoder_MapsAndSingleValues(t *testing.T) {
	is := is.New(t)
	m, err := newDecoder[map[string]any](t).Array([]byte(typesArray), typesSchema)
	is.NoErr(err)
	is.Equal(m["l"], int64(9007199254740993))
	is.Equal(m["ti"], 12*time.Hour+34*time.Minute+56*time.Second)
	is.Equal(len(m), len(typesSchema))

	row, err := ParseRow([]byte(`{"a":null}`))
	is.NoErr(err)
	m, err = newDecoder[map[string]any](t).Object(row, typesSchema)
	is.NoErr(err)
	is.Equal(m, map[string]any{"a": nil}) // absent columns are absent, NULL is nil

	count := Schema{{Name: "n", Type: BigInt}}
	n, err := newDecoder[int64](t).Array([]byte(`["3"]`), count)
	is.NoErr(err)
	is.Equal(n, int64(3))
	p, err := newDecoder[*time.Time](t).Array([]byte(`[null]`), Schema{{Name: "t", Type: Timestamp}})
	is.NoErr(err)
	is.Equal(p, nil)
	row, err = ParseRow([]byte(`{"_seq":"9","_deleted":false,"n":"3"}`))
	is.NoErr(err)
	n, err = newDecoder[int64](t).Object(row, count)
	is.NoErr(err)
	is.Equal(n, int64(3))
	_, err = newDecoder[int64](t).Array([]byte(`["3","4"]`), Schema{{Name: "a"}, {Name: "b"}})
	is.True(errors.Is(err, ErrCell))
}

func TestDecoder_ErrorsNameColumnAndKind(t *testing.T) {
	tests := []struct {
		name, row, want string
		decode          func(Row) error
	}{
		{"int8", `{"n":200}`, "kalam: column n: want int8, got number (out of range)", decodeAs[struct{ N int8 }](t)},
		{"uint", `{"n":"-1"}`, "kalam: column n: want uint64, got string (out of range)", decodeAs[struct{ N uint }](t)},
		{"float32", `{"n":1e300}`, "kalam: column n: want float32, got number (out of range)", decodeAs[struct{ N float32 }](t)},
		{"bool", `{"n":"true"}`, "kalam: column n: want bool, got string", decodeAs[struct{ N bool }](t)},
		{"string", `{"n":[]}`, "kalam: column n: want text, got array", decodeAs[struct{ N string }](t)},
		{"pointer", `{"n":{}}`, "kalam: column n: want int64, got object", decodeAs[struct{ N *int }](t)},
		{"text unmarshaler", `{"n":"nowhere"}`, "kalam: column n: want netip.Addr, got string: ParseAddr(\"nowhere\"): unable to parse IP", decodeAs[struct{ N netip.Addr }](t)},
		{"JSON", `{"n":"{\"A\":\"x\"}"}`, "kalam: column n: want JSON for ", decodeAs[struct{ N struct{ A int } }](t)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			row, err := ParseRow([]byte(tt.row))
			is.NoErr(err)
			err = tt.decode(row)
			is.True(errors.Is(err, ErrCell))
			is.True(strings.HasPrefix(err.Error(), tt.want))
			var cell *CellError
			is.True(errors.As(err, &cell))
			is.Equal(cell.Column, "n")
		})
	}
}

func decodeAs[T any](t *testing.T) func(Row) error {
	d := newDecoder[T](t)
	return func(row Row) error {
		_, err := d.Object(row, nil)
		return err
	}
}

func TestNewDecoder_RefusesWhatRowsCannotBe(t *testing.T) {
	is := is.New(t)
	refused := func(_ any, err error) {
		t.Helper()
		is.True(errors.Is(err, ErrUnsupportedType))
	}
	refused(NewDecoder[chan int]())
	refused(NewDecoder[[]int]())
	refused(NewDecoder[map[int]any]())
	refused(NewDecoder[map[flavour]any]())
	refused(NewDecoder[struct{}]())
	refused(NewDecoder[*typesRow]())
	refused(NewDecoder[struct{ F func() }]())
	refused(NewDecoder[struct{ F map[string]chan int }]())
	refused(NewDecoder[struct{ F complex128 }]())
	refused(NewDecoder[error]())
	refused(NewDecoder[struct {
		A int `kalam:"x"`
		B int `kalam:"x"`
	}]())
	refused(NewDecoder[struct {
		A int `kalam:"a,omitempty"`
	}]())
	refused(NewDecoder[struct {
		a int `kalam:"a"`
	}]())
	refused(NewDecoder[struct{ P endless }]())
}

type endless *endless

func TestDecoder_WrongLengthOfAPositionalRow(t *testing.T) {
	is := is.New(t)
	d := newDecoder[struct{ A int }](t)
	schema := Schema{{Name: "a", Type: Int}, {Name: "b", Type: Int}}
	for _, text := range []string{`[1]`, `[1,2,3]`} {
		_, err := d.Array([]byte(text), schema)
		is.True(errors.Is(err, ErrCell))
	}
	_, err := d.Array([]byte(`{"a":1}`), schema)
	is.True(errors.Is(err, ErrField))
	_, err = d.Array([]byte(`[1,`), schema)
	is.True(errors.Is(err, ErrSyntax))
}

func TestDecoder_ManyGoroutinesAndSchemas(t *testing.T) {
	d := newDecoder[struct{ A int }](t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				schema := Schema{{Name: "a", Type: Int}, {Name: "c" + string(rune('a'+(g+i)%26)), Type: Text}}
				v, err := d.Array([]byte(`[7,"x"]`), schema)
				if err != nil || v.A != 7 {
					t.Errorf("%+v, %v", v, err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(*d.plans.Load()); n > maxPlans {
		t.Fatalf("%d plans kept", n)
	}
}
