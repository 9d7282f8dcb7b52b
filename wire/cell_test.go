package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/matryer/is"
)

func cellOfText(t *testing.T, text string) Cell {
	t.Helper()
	c, err := ParseCell([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCell_EveryTypeOfTheProtocol has the cells of the recorded http-sql-types, and what they mean.
func TestCell_EveryTypeOfTheProtocol(t *testing.T) {
	file := FileRef{ID: "286286413824000100", Sub: "f0001", Name: "Holiday Pic.PNG", Size: 48213, MIME: "image/png", SHA256: "9f2c"}
	tests := []struct {
		typ  DataType
		text string
		want any
	}{
		{Boolean, `true`, true},
		{SmallInt, `7`, int64(7)},
		{Int, `-8`, int64(-8)},
		{BigInt, `"9007199254740993"`, int64(9007199254740993)},
		{BigInt, `9007199254740993`, int64(9007199254740993)},
		{BigInt, `"-9223372036854775808"`, int64(-9223372036854775808)},
		{BigInt, `"18446744073709551615"`, uint64(18446744073709551615)},
		{Float, `1.5`, 1.5},
		{Double, `2.25`, 2.25},
		{Decimal(12, 3), `"1234.500"`, "1234.500"},
		{Decimal(38, 0), `"12345678901234567890123456789012345678"`, "12345678901234567890123456789012345678"},
		{Text, `"naïve ☕ \"q\" \\ end"`, `naïve ☕ "q" \ end`},
		{JSON, `"{\"a\":[1,2.5,9007199254740993]}"`, map[string]any{"a": []any{int64(1), 2.5, int64(9007199254740993)}}},
		{JSON, `{"nested":true}`, map[string]any{"nested": true}}, // 0.8
		{Timestamp, `1795428000123456`, time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC)},
		{Timestamp, `"1795428000123456"`, time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC)},
		{Timestamp, `1795476758996690259`, time.Unix(1795476758, 996690259).UTC()}, // NOW() of 0.4.3
		{Timestamp, `-1`, time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		{DateTime, `1795428000000000`, time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)},
		{Date, `20780`, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		{Date, `-1`, time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)},
		{Time, `45296000000`, 12*time.Hour + 34*time.Minute + 56*time.Second},
		{UUID, `"b0e6f6a4-0000-4000-8000-000000000001"`, "b0e6f6a4-0000-4000-8000-000000000001"},
		{Bytes, `[222,173,0]`, []byte{222, 173, 0}},
		{Bytes, `"3q0A"`, []byte{222, 173, 0}},
		{Bytes, `[]`, []byte{}},
		{Embedding(2), `[0.1,-0.4]`, []float32{0.1, -0.4}},
		{File, `"{\"id\":\"286286413824000100\",\"sub\":\"f0001\",\"name\":\"Holiday Pic.PNG\",\"size\":48213,\"mime\":\"image/png\",\"sha256\":\"9f2c\"}"`, file},
		{"", `["a",1]`, []any{"a", int64(1)}},
		{"Struct", `{"a":null}`, map[string]any{"a": nil}},
		{BigInt, `null`, nil},
	}
	for _, tt := range tests {
		t.Run(string(tt.typ)+" "+tt.text, func(t *testing.T) {
			is := is.New(t)
			got, err := cellOfText(t, tt.text).Any(tt.typ)
			is.NoErr(err)
			is.True(reflect.DeepEqual(got, tt.want))
			back, err := CellOf(got, tt.typ)
			is.NoErr(err)
			again, err := back.Any(tt.typ)
			is.NoErr(err)
			want := tt.want
			if at, ok := want.(time.Time); ok {
				want = at.Truncate(time.Microsecond) // columns hold no more
			}
			is.True(reflect.DeepEqual(again, want)) // what a server would write reads as the same
		})
	}
}

func TestCell_AbsentNullAndValueAreThreeThings(t *testing.T) {
	is := is.New(t)
	row, err := ParseRow([]byte(`{"a":null,"b":0}`))
	is.NoErr(err)
	is.True(row.Get("a").IsNull() && !row.Get("a").IsAbsent())
	is.True(row.Get("c").IsAbsent() && !row.Get("c").IsNull())
	is.True(!row.Get("b").IsAbsent() && !row.Get("b").IsNull())
	is.Equal(row.Get("c").Kind(), KindAbsent)
	for _, name := range []string{"a", "c"} {
		_, err := row.Get(name).Int64()
		is.True(errors.Is(err, ErrCell)) // neither is a number
	}
}

func TestCell_WhatDoesNotFitIsATypedErrorWithoutTheValue(t *testing.T) {
	tests := []struct {
		name, text string
		read       func(Cell) error
		want       string
	}{
		{"int64 over range", `"9223372036854775808"`, func(c Cell) error { _, err := c.Int64(); return err }, "want int64, got string (out of range)"},
		{"uint64 negative", `-1`, func(c Cell) error { _, err := c.Uint64(); return err }, "want uint64, got number (out of range)"},
		{"int64 of fraction", `1.5`, func(c Cell) error { _, err := c.Int64(); return err }, "want int64, got number (not an integer)"},
		{"int64 of text", `"secret"`, func(c Cell) error { _, err := c.Int64(); return err }, "want int64, got string (not a number)"},
		{"float64 over range", `1e999`, func(c Cell) error { _, err := c.Float64(); return err }, "want float64, got number (out of range)"},
		{"float64 of Go's words", `"NaN"`, func(c Cell) error { _, err := c.Float64(); return err }, "want float64, got string (not a number)"},
		{"bool of number", `1`, func(c Cell) error { _, err := c.Bool(); return err }, "want bool, got number"},
		{"text of number", `1`, func(c Cell) error { _, err := c.Text(); return err }, "want text, got number"},
		{"byte over range", `[256]`, func(c Cell) error { _, err := c.Bytes(); return err }, "want bytes, got array (element is not a number from 0 to 255)"},
		{"not base64", `"%"`, func(c Cell) error { _, err := c.Bytes(); return err }, "want bytes, got string (not base64)"},
		{"null in a vector", `[1,null]`, func(c Cell) error { _, err := c.Embedding(); return err }, "want embedding, got array (element is not a number in range)"},
		{"time of day", `-1`, func(c Cell) error { _, err := c.Duration(); return err }, "want time of day, got number (out of range)"},
		{"date over range", `99999999999`, func(c Cell) error { _, err := c.Date(); return err }, "want date, got number (out of range)"},
		{"broken JSON", `"{\"a\":"`, func(c Cell) error { _, err := c.JSON(); return err }, "want JSON, got string (text is not JSON)"},
		{"file of number", `7`, func(c Cell) error { _, err := c.File(); return err }, "want file, got number"},
		{"time of words", `"soon"`, func(c Cell) error { _, err := c.Time(Timestamp); return err }, "want time, got string (not a time)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			err := tt.read(cellOfText(t, tt.text))
			is.True(errors.Is(err, ErrCell))
			is.Equal(err.Error(), "kalam: "+tt.want)
		})
	}
}

func TestCell_TimeInOtherUnits(t *testing.T) {
	is := is.New(t)
	want := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for unit, text := range map[time.Duration]string{time.Second: "1795428000", time.Millisecond: `"1795428000000"`, time.Microsecond: "1795428000000000", time.Nanosecond: "1795428000000000000", 24 * time.Hour: "20780"} {
		got, err := cellOfText(t, text).TimeIn(unit)
		is.NoErr(err)
		if unit == 24*time.Hour {
			got = got.Add(10 * time.Hour)
		}
		is.True(got.Equal(want))
	}
	_, err := cellOfText(t, "9223372036854775807").TimeIn(time.Hour)
	is.True(errors.Is(err, ErrCell))
	_, err = cellOfText(t, "1").TimeIn(0)
	is.True(errors.Is(err, ErrCell))
}

func TestCellOf_RefusesWhatAColumnCannotHold(t *testing.T) {
	is := is.New(t)
	for _, tt := range []struct {
		v any
		t DataType
	}{{70000, SmallInt}, {int64(1) << 40, Int}, {"x", Int}, {"x", BigInt}, {"1.2345", Decimal(9, 3)}, {"x", Decimal(9, 3)}, {"{", JSON}, {1, Text}, {25 * time.Hour, Time}, {"x", Bytes}, {make(chan int), ""}} {
		_, err := CellOf(tt.v, tt.t)
		is.True(errors.Is(err, ErrUnsupportedType) || errors.Is(err, ErrCell))
	}
	for _, tt := range []struct {
		v    any
		t    DataType
		want string
	}{{int64(7), BigInt, `"7"`}, {"1234.5", Decimal(12, 3), `"1234.500"`}, {(*string)(nil), Text, "null"}, {2.0, Double, "2.0"}, {[]byte{1, 2}, Bytes, "[1,2]"}, {`{"a":1}`, JSON, `"{\"a\":1}"`}} {
		c, err := CellOf(tt.v, tt.t)
		is.NoErr(err)
		is.Equal(string(c.Raw()), tt.want)
	}
}

func TestFileRef_StoredName(t *testing.T) {
	is := is.New(t)
	for name, want := range map[string]string{
		"Holiday Pic.PNG": "9-holiday-pic.png", "scan 1.pdf": "9-scan-1.pdf", "": "9.bin", "???.tar.gz": "9-tar.gz", "☕.txt": "9.txt",
		"a__b--c .d": "9-a-b-c.d", "noext": "9-noext.bin", "x.superlongextension": "9-x.bin", ".bashrc": "9.bashrc", "x.p!f": "9-x.bin",
		"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeTOOLONG.go": "9-aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee.go",
	} {
		is.Equal(FileRef{ID: "9", Name: name}.StoredName(), want)
	}
	shard := 3
	text, err := json.Marshal(FileRef{ID: "9", Shard: &shard})
	is.NoErr(err)
	var back FileRef
	is.NoErr(json.Unmarshal(text, &back))
	is.Equal(*back.Shard, 3)
}

func TestDataType_WrittenForms(t *testing.T) {
	is := is.New(t)
	for text, want := range map[string]DataType{
		`"BigInt"`: BigInt, `{"Embedding":384}`: Embedding(384), `{"Decimal":{"precision":12,"scale":2}}`: Decimal(12, 2),
		`"Something"`: "Something", `{"List":"Int"}`: `{"List":"Int"}`, `{"Embedding":-1}`: `{"Embedding":-1}`,
	} {
		var got DataType
		is.NoErr(json.Unmarshal([]byte(text), &got))
		is.Equal(got, want)
		back, err := json.Marshal(got)
		is.NoErr(err)
		is.Equal(string(back), text)
	}
	n, ok := Embedding(384).Embedding()
	is.True(ok && n == 384)
	p, s, ok := Decimal(12, 2).Decimal()
	is.True(ok && p == 12 && s == 2)
	_, ok = BigInt.Embedding()
	is.True(!ok)
	var bad DataType
	is.True(json.Unmarshal([]byte("7"), &bad) != nil)
}
