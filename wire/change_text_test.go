package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// lexed is ParseServer by the lexer alone: the oracle of the quick walk.
func lexed(frame []byte) (ServerMessage, error) {
	env, err := Scan(frame)
	if err != nil || env.Type != TypeChange {
		return nil, err
	}
	return parseChange(frame)
}

func sameChange(t *testing.T, frame []byte) {
	t.Helper()
	want, wantErr := lexed(frame)
	if want == nil && wantErr == nil {
		return // no change
	}
	var m Change
	var cells [3]Cell
	err := m.Parse(frame, cells[:], "_seq", "id", "\ufffd")
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("Parse: %v, the lexer: %v, on %q", err, wantErr, frame)
	}
	var quick [2]Cell
	if again := new(Change).Parse(frame, quick[:], "_seq", "id"); (again == nil) != (err == nil) {
		t.Fatalf("Parse: %v and %v, on %q", err, again, frame)
	}
	if err != nil {
		return
	}
	c := want.(*Change)
	row, ok, rowErr := c.row()
	if !ok || rowErr != nil {
		row = Row{}
	}
	got, _, gotErr := m.row()
	switch {
	case m.SubscriptionID != c.SubscriptionID || m.ChangeType != c.ChangeType:
		t.Fatalf("%+v, the lexer: %+v, on %q", m, c, frame)
	case !reflect.DeepEqual(m.Rows.Raw(), c.Rows.Raw()) || !reflect.DeepEqual(m.OldValues.Raw(), c.OldValues.Raw()):
		t.Fatalf("rows %s and %s, the lexer: %s and %s", m.Rows.Raw(), m.OldValues.Raw(), c.Rows.Raw(), c.OldValues.Raw())
	case (gotErr == nil) != (rowErr == nil) || ok && !reflect.DeepEqual(got.read(), row.read()):
		t.Fatalf("row %v, the lexer: %v, on %q", got.read(), row.read(), frame)
	}
	for i, name := range []string{"_seq", "id"} {
		if want := row.Get(name).Raw(); string(cells[i].Raw()) != string(want) || string(quick[i].Raw()) != string(want) {
			t.Fatalf("%s: %q and %q, want %q, on %q", name, cells[i].Raw(), quick[i].Raw(), want, frame)
		}
	}
	for i := range row.read() {
		if c := row.read()[i]; !reflect.DeepEqual(row.Get(string(c.name)), c.cell) {
			t.Fatalf("Get(%q): %q, want %q, in %q", c.name, row.Get(string(c.name)).raw, c.cell.raw, row.text)
		}
	}
}

// FuzzChange compares the quick walk over a change with the lexer.
func FuzzChange(f *testing.F) {
	for _, seed := range frameSeeds {
		f.Add([]byte(seed))
	}
	f.Add([]byte(`{"type":"change","subscription_id":"s","change_type":"update","old_values":[{"id":1,"_seq":"1"}],"rows":[{"_seq":"2","id":1,"\u005fseq":"3"},{"id":2}]}`))
	f.Add([]byte(`{"rows":[],"old_values":[7],"change_type":"delete","subscription_id":"\u0061","type":"change"}`))
	f.Add([]byte("{\"type\":\"change\",\"subscription_id\":\"\xc3\",\"change_type\":\"insert\",\"rows\":[{\"\xff\":1,\"\":{}}]}"))
	f.Fuzz(sameChange)
}

func TestChange_ParseFindsVersionAndKeyOfTheRowItBrings(t *testing.T) {
	tests := []struct{ name, frame, seq, id string }{
		{"insert", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":"7","_seq":"9","a":{"id":"no"}}]}`, `"9"`, `"7"`},
		{"update", `{"type":"change","subscription_id":"s","change_type":"update","rows":[{"_seq":9,"id":"7"}],"old_values":[{"id":"7","_seq":"8"}]}`, `9`, `"7"`},
		{"old values first", `{"old_values":[{"id":"7","_seq":"8"}],"rows":[{"id":"7"}],"change_type":"update","subscription_id":"s","type":"change"}`, ``, `"7"`},
		{"delete", `{"type":"change","subscription_id":"s","change_type":"delete","old_values":[{"id":"7","_seq":"8"}]}`, `"8"`, `"7"`},
		{"null rows", `{"type":"change","subscription_id":"s","change_type":"delete","rows":null,"old_values":[{"id":"7","_seq":"8"}]}`, `"8"`, `"7"`},
		{"no rows", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[]}`, ``, ``},
		{"repeated and escaped names", `{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":1,"_seq":1,"\u0069d":2,"_se\u0071":"3"}]}`, `"3"`, `2`},
		{"white space", "{ \"type\" :\t\"change\" , \"subscription_id\":\"s\",\n\"change_type\":\"insert\",\"rows\": [ { \"id\" : 7 , \"_seq\" :8 } ] } ", `8`, `7`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			m := Change{SubscriptionID: "another"}
			cells := []Cell{Null(), Null()}
			is.NoErr(m.Parse([]byte(tt.frame), cells, "_seq", "id"))
			is.Equal(m.SubscriptionID, "s")
			is.Equal(string(cells[0].Raw()), tt.seq)
			is.Equal(string(cells[1].Raw()), tt.id)
			sameChange(t, []byte(tt.frame))
		})
	}
}

func TestChange_ParseRefusesWhatParseServerRefuses(t *testing.T) {
	is := is.New(t)
	before := Change{SubscriptionID: "s", ChangeType: Insert}
	for text, want := range map[string]error{
		`{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":01}]}`:  ErrSyntax,
		`{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":1}]`:    ErrSyntax,
		`{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":1,}]}`:  ErrSyntax,
		`{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"id":1}]}x`:  ErrSyntax,
		`{"type":"change","subscription_id":"s","change_type":"upsert","rows":[{"id":1}]}`:   ErrField,
		`{"type":"change","change_type":"insert","rows":[{"id":1}]}`:                         ErrField,
		`{"type":"change","subscription_id":"s","change_type":"insert","rows":{"id":1}}`:     ErrField,
		`{"type":"change","subscription_id":"s","rows":[{"id":1}]}`:                          ErrField,
		`{"type":"error","subscription_id":"s","code":"NOT_FOUND","message":"no"}`:           ErrField,
		`{"type":"change","subscription_id":"s","change_type":"insert","rows":` + deepJSON(): ErrSyntax,
	} {
		m := before
		err := m.Parse([]byte(text), nil)
		if !errors.Is(err, want) {
			t.Errorf("%v on %.80q", err, text)
		}
		is.Equal(m, before)
	}
}

func deepJSON() string {
	return strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1) + "}"
}

func TestChange_ParseAndDecodeAllocateTheStringsOnly(t *testing.T) {
	is := is.New(t)
	frames, schema := chatFrames(), chatSchema()
	d := newDecoder[chatMessage](t)
	m := Change{SubscriptionID: string(mustScan(t, frames[0]).SubscriptionID)}
	var v chatMessage
	n := 0
	allocs := testing.AllocsPerRun(len(frames), func() {
		frame := frames[n%len(frames)]
		n++
		var cells [2]Cell
		if err := m.Parse(frame, cells[:], "_seq", "id"); err != nil {
			t.Fatal(err)
		}
		row, _, err := m.After(schema)
		if err != nil || d.Into(&v, row, schema) != nil || v.ID == 0 || v.CreatedAt.IsZero() {
			t.Fatal(err, v)
		}
	})
	is.Equal(allocs, 1.0)
	text := []byte(chatRows()[0])
	allocs = testing.AllocsPerRun(100, func() {
		if v, err := d.Text(text, schema); err != nil || v.Score == 0 {
			t.Fatal(err)
		}
	})
	is.Equal(allocs, 1.0)
}

func mustScan(t *testing.T, frame []byte) Envelope {
	t.Helper()
	env, err := Scan(frame)
	if err != nil || len(frame) != 312 {
		t.Fatal(err, len(frame))
	}
	return env
}

func TestChange_ImagesAreDecodedWithoutBeingMade(t *testing.T) {
	is := is.New(t)
	type message struct {
		ID   int64
		Body *string
		N    int
		Gone *bool `kalam:"_deleted"`
	}
	schema := Schema{{Name: "id", Type: BigInt}, {Name: "body", Type: Text}, {Name: "n", Type: Int}, {Name: "_deleted", Type: Boolean}}
	d := newDecoder[message](t)
	m := changeOf(t, `{"type":"change","subscription_id":"a","change_type":"update","rows":[{"id":"42","body":"new","n":3}],"old_values":[{"id":"42","body":null,"n":2}]}`)
	after, _, err := m.After(schema)
	is.NoErr(err)
	before, _, err := m.Before(schema)
	is.NoErr(err)
	no := false
	v, err := d.Object(after, schema)
	is.NoErr(err)
	text := "new"
	is.Equal(v, message{ID: 42, Body: &text, N: 3, Gone: &no})
	v, err = d.Object(before, schema)
	is.NoErr(err)
	is.Equal(v, message{ID: 42, N: 2, Gone: &no}) // body is NULL again
	allocs := testing.AllocsPerRun(100, func() {
		if _, _, err := m.Before(schema); err != nil {
			t.Fatal(err)
		}
	})
	is.Equal(allocs, 0.0)
}
