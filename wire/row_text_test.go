package wire

import (
	"errors"
	"testing"

	"github.com/matryer/is"
)

func TestRow_PickIsGetOfEveryName(t *testing.T) {
	is := is.New(t)
	schema := Schema{{Name: "id"}, {Name: "body"}, {Name: "n"}, {Name: "_deleted"}}
	c := changeOf(t, `{"type":"change","subscription_id":"a","change_type":"update","rows":[{"id":"1","id":"2","n":3,"\u00e9":4}],"old_values":[{"n":2,"x":null}]}`)
	image, _, err := c.Before(schema)
	is.NoErr(err)
	after, _, err := c.After(schema)
	is.NoErr(err)
	made := NewRow(Field{"id", Null()}, Field{"é", Cell{raw: []byte("5")}})
	names := []string{"é", "_deleted", "n", "id", "body", "x", "", "none", "\ufffd"}
	for _, row := range []Row{image, after, made, {}, image.Clone()} {
		cells := make([]Cell, len(names)+1)
		row.Pick(cells, names...)
		for i, name := range names {
			is.Equal(cells[i], row.Get(name))
			is.Equal(cells[i].Raw(), Row{cells: row.read()}.Get(name).Raw())
		}
	}
	is.Equal(string(image.Get("n").Raw()), "2")
	is.Equal(string(image.Get("id").Raw()), `"2"`)
	is.Equal(string(image.Get("_deleted").Raw()), "false")
	is.True(image.Get("body").IsNull())
	is.True(image.Get("none").IsAbsent())
}

func TestRow_PickDoesNotAllocate(t *testing.T) {
	is := is.New(t)
	row, err := ParseRow([]byte(chatRows()[0]))
	is.NoErr(err)
	allocs := testing.AllocsPerRun(100, func() {
		var cells [3]Cell
		row.Pick(cells[:], "_seq", "id", "content")
		if cells[0].IsAbsent() || cells[2].IsAbsent() || row.Seq().IsZero() || row.Deleted() {
			t.Fatal("not found")
		}
	})
	is.Equal(allocs, 0.0)
}

func TestRow_CloneKeepsNothingOfTheFrame(t *testing.T) {
	is := is.New(t)
	frame := []byte(`{"type":"change","subscription_id":"a","change_type":"update","rows":[{"id":"1","n":3}],"old_values":[{"n":2}]}`)
	m, err := ParseServer(frame)
	is.NoErr(err)
	before, _, err := m.(*Change).Before(Schema{{Name: "id"}, {Name: "body"}})
	is.NoErr(err)
	kept := before.Clone()
	is.Equal(kept.Size(), before.Size())
	clear(frame)
	text, err := kept.MarshalJSON()
	is.NoErr(err)
	is.Equal(string(text), `{"id":"1","n":2,"body":null}`)
}

func TestDecoder_TextAndIntoAndAppendRowsAreObject(t *testing.T) {
	is := is.New(t)
	d, schema := newDecoder[chatMessage](t), chatSchema()
	rows, err := ParseRows([]byte(`[` + chatRows()[0] + `,{},` + chatRows()[1] + `,{"id":"x"},{"id":"5"}]`))
	is.NoErr(err)
	decoded, err := d.AppendRows([]chatMessage{{ID: -1}}, rows, schema)
	is.True(errors.Is(err, ErrCell)) // of the row whose id is no number
	is.Equal(len(decoded), 4)
	is.Equal(decoded[0].ID, int64(-1))
	is.Equal(decoded[2], chatMessage{})
	for i, text := range []string{chatRows()[0], "{}", chatRows()[1]} {
		v, err := d.Text([]byte(" "+text+"\n"), schema)
		is.NoErr(err)
		is.Equal(v, decoded[i+1])
		row, err := ParseRow([]byte(text))
		is.NoErr(err)
		v = chatMessage{Sender: "what was there"}
		is.NoErr(d.Into(&v, row, schema))
		is.Equal(v, decoded[i+1])
	}
	is.Equal(decoded[1].ID, int64(286286413828194300))
	is.Equal(decoded[1].Sender, "lena00")
	is.Equal(decoded[1].CreatedAt.UnixMicro(), int64(1795428000123456))

	_, err = d.Text([]byte(`{"id":"5"}}`), schema)
	is.True(errors.Is(err, ErrSyntax))
	_, err = d.Text([]byte(`["5"]`), schema)
	is.True(errors.Is(err, ErrField))
	mixed, err := ParseRows([]byte(`[{"id":"5"},7]`))
	is.NoErr(err)
	decoded, err = d.AppendRows(nil, mixed, schema)
	is.True(errors.Is(err, ErrField))
	is.Equal(len(decoded), 1)
}

// TestUnpack_PageAllocatesAStringARow and little else: compress/flate makes tables for codes of more than nine bits, anew
// in each block, which small frames do not have; then there is the message.
func TestUnpack_PageAllocatesAStringARow(t *testing.T) {
	is := is.New(t)
	frame, text := chatPage()
	var u Unpacker
	buf := make([]byte, 0, 2*len(text))
	unpack := func() {
		if got, err := u.Unpack(buf[:0], frame, 0); err != nil || len(got) != len(text) {
			t.Fatal(err)
		}
	}
	unpack()
	is.True(testing.AllocsPerRun(50, unpack) <= 16)
	d, schema := newDecoder[chatMessage](t), chatSchema()
	rows := make([]chatMessage, 0, 64)
	allocs := testing.AllocsPerRun(50, func() {
		m, err := ParseServer(text)
		if err != nil {
			t.Fatal(err)
		}
		if rows, err = d.AppendRows(rows[:0], m.(*InitialDataBatch).Rows, schema); err != nil || len(rows) != 64 {
			t.Fatal(err)
		}
	})
	is.True(allocs <= 64+4)
}
