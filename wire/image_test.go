package wire

import (
	"testing"

	"github.com/matryer/is"
)

var messagesSchema = Schema{
	{Name: "id", Type: BigInt, Flags: []string{"pk", "nn", "uq"}}, {Name: "room", Type: Text, Index: 1}, {Name: "body", Type: Text, Index: 2},
	{Name: "_seq", Type: BigInt, Index: 3}, {Name: "_deleted", Type: Boolean, Index: 4},
}

func changeOf(t *testing.T, frame string) *Change {
	t.Helper()
	m, err := ParseServer([]byte(frame))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*Change)
}

func TestChange_ImagesByTheMergeRules(t *testing.T) {
	tests := []struct {
		name, frame, before, after, seq string
	}{
		{
			"insert", `{"type":"change","subscription_id":"a","change_type":"insert","rows":[{"id":"42","room":"blue","_seq":"5","_deleted":false}]}`,
			"", `{"id":"42","room":"blue","body":null,"_seq":"5","_deleted":false}`, "5",
		},
		{
			"update to NULL", `{"type":"change","subscription_id":"a","change_type":"update","rows":[{"id":"42","room":"blue","_seq":"6"}],"old_values":[{"id":"42","body":"yo","_seq":"5"}]}`,
			`{"id":"42","room":"blue","body":"yo","_seq":"5","_deleted":false}`, `{"id":"42","room":"blue","body":null,"_seq":"6","_deleted":false}`, "6",
		},
		{
			"update from NULL", `{"type":"change","subscription_id":"a","change_type":"update","rows":[{"id":"42","room":"blue","body":"yo","_seq":"6"}],"old_values":[{"id":"42","body":null,"_seq":"5"}]}`,
			`{"id":"42","room":"blue","body":null,"_seq":"5","_deleted":false}`, `{"id":"42","room":"blue","body":"yo","_seq":"6","_deleted":false}`, "6",
		},
		{
			"delete", `{"type":"change","subscription_id":"a","change_type":"delete","old_values":[{"id":"42","room":"blue","_seq":"7","_deleted":true}]}`,
			`{"id":"42","room":"blue","body":null,"_seq":"7","_deleted":true}`, "", "7",
		},
		{"delete on a stream", `{"type":"change","subscription_id":"a","change_type":"delete","old_values":[{"row_id":"le:na:383399575846486016"}]}`, "", "", ""},
		{"delete on a stream, projected", `{"type":"change","subscription_id":"a","change_type":"delete","old_values":[{}]}`, "", "", ""},
		{"version of 0.8", `{"type":"change","subscription_id":"a","change_type":"insert","rows":[{"id":"1","room":"r","body":"b","_version":"4295032832","_seq":"1","_deleted":false}]}`, "", `{"id":"1","room":"r","body":"b","_version":"4295032832","_seq":"1","_deleted":false}`, "4295032832"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			c := changeOf(t, tt.frame)
			check := func(row Row, ok bool, err error, want string) {
				t.Helper()
				is.NoErr(err)
				is.Equal(ok, want != "")
				if ok {
					text, err := row.MarshalJSON()
					is.NoErr(err)
					is.NoErr(sameJSON([]byte(want), text))
				}
			}
			row, ok, err := c.Before(messagesSchema)
			check(row, ok, err, tt.before)
			row, ok, err = c.After(messagesSchema)
			check(row, ok, err, tt.after)
			is.Equal(c.Seq().String(), tt.seq)
		})
	}
}

func TestChange_StreamDeleteNamesTheVersion(t *testing.T) {
	is := is.New(t)
	seq, ok := changeOf(t, `{"type":"change","subscription_id":"a","change_type":"delete","old_values":[{"row_id":"le:na:383399575846486016"}]}`).StreamSeq()
	is.True(ok)
	is.Equal(seq.String(), "383399575846486016")
	for _, old := range []string{`{}`, `{"row_id":"lena"}`, `{"row_id":"lena:"}`, `{"row_id":"lena:x"}`, `{"row_id":7}`} {
		_, ok := changeOf(t, `{"type":"change","subscription_id":"a","change_type":"delete","old_values":[`+old+`]}`).StreamSeq()
		is.True(!ok)
	}
}

func TestRow_OverlayWithAndClone(t *testing.T) {
	is := is.New(t)
	text := []byte(`{"a":1,"b":"x","a":2}`)
	row, err := ParseRow(text)
	is.NoErr(err)
	is.Equal(row.Len(), 2) // of a repeated name the last counts
	kept := row.Clone()
	clear(text)
	over := kept.Overlay(NewRow(Field{"b", Null()}, Field{"c", Cell{raw: []byte("3")}}, Field{"d", Cell{}}))
	out, err := over.MarshalJSON()
	is.NoErr(err)
	is.Equal(string(out), `{"a":2,"b":null,"c":3}`)
	without, err := over.With("b", Cell{}).MarshalJSON()
	is.NoErr(err)
	is.Equal(string(without), `{"a":2,"c":3}`)
	out, err = kept.MarshalJSON()
	is.NoErr(err)
	is.Equal(string(out), `{"a":2,"b":"x"}`) // rows are values
}

func TestRow_WideRowsWithRepeatedNames(t *testing.T) {
	is := is.New(t)
	text := []byte{'{'}
	for i := range 500 {
		text = append(text, `"c`...)
		text = append(text, byte('a'+i%26), byte('a'+i/26%10), '"', ':', byte('0'+i%10), ',')
	}
	row, err := ParseRow(append(text, `"x":null}`...))
	is.NoErr(err)
	is.Equal(row.Len(), 261)
	is.True(row.Get("x").IsNull())
}
