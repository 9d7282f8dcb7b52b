package wire

import (
	"database/sql"
	"encoding/json"
	"testing"
	"time"

	"github.com/matryer/is"
)

func aliasesOf[T any](t *testing.T) bool {
	t.Helper()
	d, err := NewDecoder[T]()
	if err != nil {
		t.Fatal(err)
	}
	return d.Aliases()
}

func TestDecoder_AliasesWhereARowOrCellIsKept(t *testing.T) {
	is := is.New(t)
	type inner struct{ C Cell }
	is.True(aliasesOf[Row](t))
	is.True(aliasesOf[struct {
		ID int64
		C  Cell
	}](t))
	is.True(aliasesOf[struct{ C *Cell }](t))
	is.True(aliasesOf[struct{ inner }](t))
	is.True(aliasesOf[struct{ C sql.Null[Cell] }](t))
	is.True(!aliasesOf[int64](t))
	is.True(!aliasesOf[map[string]any](t))
	is.True(!aliasesOf[chatMessage](t))
	type copies struct {
		A string
		B []byte
		C json.RawMessage
		D any
		E time.Time
		F *FileRef
		G map[string]any
		H Seq
	}
	is.True(!aliasesOf[copies](t))
}

// What does not alias stays as it is when the text is used for something else.
func TestDecoder_WhatDoesNotAliasOutlivesTheText(t *testing.T) {
	is := is.New(t)
	type row struct {
		A string          `kalam:"a"`
		B []byte          `kalam:"b"`
		C json.RawMessage `kalam:"c"`
		D any             `kalam:"d"`
		E map[string]any  `kalam:"e"`
		F *FileRef        `kalam:"f"`
		G []string        `kalam:"g"`
	}
	schema := Schema{{Name: "a", Type: Text}, {Name: "b", Type: Text}, {Name: "c", Type: JSON}, {Name: "d", Type: Text}, {Name: "e", Type: JSON}, {Name: "f", Type: File}, {Name: "g", Type: JSON}}
	d, err := NewDecoder[row]()
	is.NoErr(err)
	is.True(!d.Aliases())
	frame := []byte(`{"type":"change","subscription_id":"s","change_type":"insert","rows":[{"a":"text","b":"bytes","c":"{\"x\":1}","d":"any","e":"{\"k\":\"v\"}","f":"{\"id\":\"1\",\"sub\":\"f0001\",\"name\":\"n\",\"size\":3,\"mime\":\"m\",\"sha256\":\"s\"}","g":"[\"one\",\"two\"]"}]}`)
	var v row
	var m Change
	_, _, err = d.Change(&v, &m, frame, schema)
	is.NoErr(err)
	after, ok, err := m.After(schema)
	is.True(ok && err == nil)
	want, err := d.Object(after, schema)
	is.NoErr(err)
	before, err := json.Marshal(want)
	is.NoErr(err)
	for i := range frame {
		frame[i] = 'X'
	}
	for _, got := range []row{v, want} {
		text, err := json.Marshal(got)
		is.NoErr(err)
		is.Equal(string(text), string(before))
	}
	is.Equal(v.E["k"], "v")
	is.Equal(v.F.SHA256, "s")
}
