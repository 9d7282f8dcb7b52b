package wire

import (
	"encoding/json"
	"testing"
)

// Ratios are what counts: run together, on one machine, in one run.
//
//	go test -run '^$' -bench . ./wire/

type benchRow struct {
	ID   int64  `kalam:"id" json:"id,string"`
	Room string `kalam:"room" json:"room"`
	Body string `kalam:"body" json:"body"`
	N    int    `kalam:"n" json:"n"`
	Seq  int64  `kalam:"_seq" json:"_seq,string"`
}

func BenchmarkScan(b *testing.B) {
	b.SetBytes(int64(len(updateFrame)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Scan(updateFrame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScanPrefix(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := ScanPrefix(updateFrame); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkParseServer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseServer(updateFrame); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecoderObject goes from the frame's text to the typed new row.
func BenchmarkDecoderObject(b *testing.B) {
	d, err := NewDecoder[benchRow]()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := ParseServer(updateFrame)
		if err != nil {
			b.Fatal(err)
		}
		row, _, err := m.(*Change).Rows.First()
		if err != nil {
			b.Fatal(err)
		}
		if v, err := d.Object(row, messagesSchema); err != nil || v.ID == 0 {
			b.Fatal(v, err)
		}
	}
}

// BenchmarkEncodingJSONTyped does the same work by encoding/json.
func BenchmarkEncodingJSONTyped(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var m struct {
			Type           string     `json:"type"`
			SubscriptionID string     `json:"subscription_id"`
			ChangeType     string     `json:"change_type"`
			Rows           []benchRow `json:"rows"`
			OldValues      json.RawMessage
		}
		if err := json.Unmarshal(updateFrame, &m); err != nil || m.Rows[0].ID == 0 {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodingJSONMap reads the frame into maps, as a plain client does.
func BenchmarkEncodingJSONMap(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var m map[string]any
		if err := json.Unmarshal(updateFrame, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnpack(b *testing.B) {
	text := []byte(`{"rows":[`)
	for range 20 {
		text = append(append(text, updateFrame...), ',')
	}
	text = append(text, "{}]}"...)
	var p Packer
	frame, _ := p.Pack(nil, text)
	var u Unpacker
	buf := make([]byte, 0, 2*len(text))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := u.Unpack(buf[:0], frame, 0); err != nil {
			b.Fatal(err)
		}
	}
}
