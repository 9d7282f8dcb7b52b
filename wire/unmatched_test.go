package wire

import (
	"testing"

	"github.com/matryer/is"
)

func TestDecoder_UnmatchedNamesBothSides(t *testing.T) {
	type Inner struct{ Deep int }
	type row struct {
		*Inner
		ID   int `kalam:"id"`
		Room string
		Skip int `kalam:"-"`
		Seq  Seq `kalam:"_seq"`
	}
	schema := func(names ...string) (s Schema) {
		for i, name := range names {
			s = append(s, Column{Name: name, Index: i})
		}
		return s
	}
	d, err := NewDecoder[row]()
	is := is.New(t)
	is.NoErr(err)
	for _, test := range []struct {
		schema          Schema
		columns, fields []string
	}{
		{schema("id", "room", "deep", "_seq"), nil, nil},
		{schema("id", "ROOM", "d_eep", "_seq", "_deleted", "_commit_seq"), nil, nil},
		{schema("ID", "zoom", "Skip"), []string{"ID", "Skip", "zoom"}, []string{"Deep", "Room", "_seq", "id"}},
		{schema(""), []string{""}, []string{"Deep", "Room", "_seq", "id"}},
		{nil, nil, []string{"Deep", "Room", "_seq", "id"}},
	} {
		columns, fields := d.Unmatched(test.schema)
		is.Equal(columns, test.columns)
		is.Equal(fields, test.fields)
	}
	m, err := NewDecoder[map[string]any]()
	is.NoErr(err)
	columns, fields := m.Unmatched(schema("x"))
	is.True(columns == nil && fields == nil)
}

func TestDecoder_ListsAreInTheOrderOfTheSchema(t *testing.T) {
	is := is.New(t)
	type list []any
	d, err := NewDecoder[list]()
	is.NoErr(err)
	schema := Schema{{Name: "a", Type: BigInt}, {Name: "b", Type: JSON}, {Name: "a", Type: Text}}
	got, err := d.Array([]byte(`["7","[1]",null]`), schema)
	is.NoErr(err)
	is.Equal(got, list{int64(7), []any{int64(1)}, nil})
	_, err = d.Array([]byte(`["7","[1]"]`), schema)
	is.True(err != nil)
	_, err = d.Array([]byte(`["x","[1]",null]`), schema)
	is.Equal(err.(*CellError).Column, "a")
	row, err := ParseRow([]byte(`{"b":"{}","more":1,"a":"7"}`))
	is.NoErr(err)
	got, err = d.Object(row, schema[:2])
	is.NoErr(err)
	is.Equal(got, list{int64(7), map[string]any{}})
}

func TestDecoder_UUIDsAreSixteenBytes(t *testing.T) {
	type id [16]byte
	d, err := NewDecoder[struct {
		U id
		P *[16]byte
	}]()
	is := is.New(t)
	is.NoErr(err)
	schema := Schema{{Name: "u", Type: UUID}, {Name: "p", Type: Text}}
	got, err := d.Array([]byte(`["b0e6f6a4-0000-4000-8000-000000000001","B0E6F6A4000040008000000000000001"]`), schema)
	is.NoErr(err)
	want := [16]byte{0xb0, 0xe6, 0xf6, 0xa4, 0, 0, 0x40, 0, 0x80, 15: 1}
	is.Equal(got.U, id(want))
	is.Equal(*got.P, want)
	got, err = d.Array([]byte(`[[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15],null]`), schema)
	is.NoErr(err)
	is.Equal(got.U[15], byte(15))
	is.True(got.P == nil)
	for _, bad := range []string{
		`""`, `"x"`, `"b0e6f6a4-0000-4000-8000-00000000000"`, `"b0e6f6a400004-000-8000-00000000000001"`, `"----b0e6f6a40000400080000000000000001"`,
		`"g0e6f6a4-0000-4000-8000-000000000001"`, `1`, `true`, `[1]`, `[256]`, `{}`,
	} {
		_, err := d.Array([]byte("["+bad+",null]"), schema)
		is.Equal(err.(*CellError).Column, "u")
	}
}
