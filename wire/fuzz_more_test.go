package wire

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// FuzzUnpack wants the limit kept, the prefix right and nothing but typed errors, against compress/gzip.
func FuzzUnpack(f *testing.F) {
	var p Packer
	for _, seed := range []string{`{}`, strings.Repeat(`{"type":"change"}`, 60), strings.Repeat("0", 1<<14)} {
		frame, _ := p.Pack(nil, []byte(seed))
		f.Add(frame, 100)
		f.Add(frame, len(seed))
		f.Add(frame[:len(frame)/2], 1<<15)
		f.Add(append(append([]byte(nil), frame...), frame...), 1<<15)
	}
	f.Add([]byte{0x1f, 0x8b}, 0)
	var u Unpacker
	f.Fuzz(func(t *testing.T, frame []byte, limit int) {
		limit = max(limit, 1) & (1<<16 - 1)
		limit = max(limit, 1)
		head := []byte("head")
		out, err := u.Unpack(head, frame, limit)
		if !bytes.HasPrefix(out, head) || len(out) > len(head)+limit || cap(out) > 2*(limit+len(head))+4096 {
			t.Fatalf("len %d cap %d of limit %d", len(out), cap(out), limit)
		}
		if err != nil && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrBadGzip) {
			t.Fatalf("untyped error %v", err)
		}
		text, stdErr := frame, error(nil)
		if IsGzip(frame) {
			text, stdErr = gunzip(frame, limit+1)
		}
		switch {
		case len(text) > limit:
			if !errors.Is(err, ErrTooLarge) || !bytes.Equal(out[len(head):], text[:limit]) {
				t.Fatalf("too large: %v", err)
			}
		case (err == nil) != (stdErr == nil):
			t.Fatalf("Unpack: %v, compress/gzip: %v", err, stdErr)
		case err == nil && !bytes.Equal(out[len(head):], text):
			t.Fatal("another text")
		}
	})
}

func gunzip(frame []byte, limit int) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(frame))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(zr, int64(limit)))
}

// FuzzSeq wants what is accepted to be digits that come back as they were, in both forms.
func FuzzSeq(f *testing.F) {
	for _, seed := range []string{"1", "0", "-1", "18446744073709551615", "18446744073709551616", "01", "1e3", "1.0", " 1", "", `"7"`, "null", `"x"`, `"\u0031"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSeq(text)
		switch {
		case err == nil && (s.String() != text || s.IsZero() || s.Compare(s) != 0 || !(Seq{}).Less(s)):
			t.Fatalf("%q read as %s", text, s)
		case err != nil && (!errors.Is(err, ErrSeq) || !s.IsZero()):
			t.Fatalf("%q: %v", text, err)
		}
		var j Seq
		if err := json.Unmarshal([]byte(text), &j); err != nil {
			return
		}
		for _, form := range []SeqForm{SeqAsNumber, SeqAsString} {
			back, gotForm, err := readSeq(j.appendJSON(nil, form))
			if err != nil || back != j || !j.IsZero() && gotForm != form {
				t.Fatalf("%q: %s comes back as %s, %v", text, j, back, err)
			}
		}
	})
}

// FuzzParseError wants an error of every body, its parts from the body, and no more than a screenful of it.
func FuzzParseError(f *testing.F) {
	for _, seed := range []string{
		`{"status":"error","results":[],"took":0.6,"error":{"code":"INVALID_SQL","message":"Statement 2 failed: no","details":"SELEC"}}`,
		`{"code":"FILE_NOT_FOUND","error":"File not found"}`, `{"error":"unauthorized","message":"Invalid credentials"}`,
		`{"error":"IP_BANNED","message":"m","retry_after_seconds":300}`, `{"error":"BODY_TOO_LARGE","size_bytes":1,"max_bytes":2}`,
		`Json deserialize error: EOF`, ``, `{"error":7}`, `{"error":null}`, "\xff", `{"error":{"code":null}}`, `[]`,
	} {
		f.Add(400, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := ParseError(status, body)
		if e.HTTPStatus != status || len(e.Error()) > 1000+len(e.Code) || e.RetryAfter < 0 {
			t.Fatalf("%#v", e)
		}
		if e.Code != "" && !errors.Is(e, e.Code) || !errors.Is(e, e.Class()) {
			t.Fatalf("%#v does not match itself", e)
		}
		var shape struct {
			Error struct{ Code, Message, Details string }
		}
		if json.Unmarshal(body, &shape) == nil && strings.Count(string(body), "rror") == 1 && shape.Error.Code != "" &&
			!strings.Contains(string(body), `\`) && strings.Count(strings.ToLower(string(body)), "code") == 1 &&
			strings.Contains(string(body), `"error"`) && strings.Contains(string(body), `"code"`) && string(e.Code) != shape.Error.Code {
			t.Fatalf("code %q of %q", e.Code, body)
		}
	})
}

// everything has a field for each thing that a cell can be decoded into.
type everything struct {
	A int8
	B *uint16
	C float32
	D string
	E bool
	F time.Time
	G time.Duration
	H []byte
	I []float64
	J map[string]any
	K any
	L json.RawMessage
	M sql.Null[int64]
	N sql.NullString
	O FileRef
	P Seq
	Q Cell
}

// FuzzDecoder wants every row and schema decoded or refused with a typed error, by name and by position alike.
func FuzzDecoder(f *testing.F) {
	types := []DataType{"", Boolean, SmallInt, Int, BigInt, Float, Double, Text, Timestamp, Date, DateTime, Time, JSON, Bytes, UUID, File, Embedding(3), Decimal(9, 2), "Other"}
	for i := range types {
		f.Add([]byte(`{"a":"12","b":null,"c":1.5,"d":"x","e":true,"f":1795428000123456,"g":45296000000,"h":[1,2],"i":[0.5],"j":"{\"a\":1}","k":"v","l":"[1]","m":"7","n":"s","o":"{\"id\":\"1\"}","p":"9","q":[]}`), byte(i))
	}
	d, err := NewDecoder[everything]()
	if err != nil {
		f.Fatal(err)
	}
	m, err := NewDecoder[map[string]any]()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, at byte) {
		row, err := ParseRow(text)
		if err != nil {
			return
		}
		var schema Schema
		array := []byte{'['}
		for name, cell := range row.All() {
			if len(schema) > 0 {
				array = append(array, ',')
			}
			schema = append(schema, Column{Name: name, Type: types[(int(at)+len(schema))%len(types)], Index: len(schema)})
			array = append(array, cell.Raw()...)
		}
		array = append(array, ']')
		byName, err := d.Object(row, schema)
		byPosition, err2 := d.Array(array, schema)
		if err != nil && !errors.Is(err, ErrCell) || (err == nil) != (err2 == nil) {
			t.Fatalf("by name: %v; by position: %v", err, err2)
		}
		if err == nil && (byName.A != byPosition.A || byName.D != byPosition.D || !byName.F.Equal(byPosition.F) || byName.M != byPosition.M) {
			t.Fatalf("by name %+v, by position %+v", byName, byPosition)
		}
		if _, err := m.Object(row, schema); err != nil && !errors.Is(err, ErrCell) {
			t.Fatalf("map: %v", err)
		}
	})
}
