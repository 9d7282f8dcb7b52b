package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Ratios are what counts: run together, on one machine, in one run. On a busy one the lowest of many short runs is near
// the truth:
//
//	go test -run '^$' -bench . -benchtime 400us -count 150 ./wire/

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

// BenchmarkFrame reads a whole change as encoding/json does, and as a client of this package does.
func BenchmarkFrame(b *testing.B) {
	frames, schema := chatFrames(), chatSchema()
	typed, err := NewDecoder[chatMessage]()
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, take func(frame []byte) bool) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if !take(frames[n%len(frames)]) {
					b.Fatal(string(frames[n%len(frames)]))
				}
			}
		})
	}
	var m Change
	var v chatMessage
	var cells [2]Cell
	versioned := func(frame []byte) bool {
		err := m.Parse(frame, cells[:], "_seq", "id")
		_, seqErr := cells[0].Seq()
		_, keyErr := cells[1].Int64()
		return err == nil && seqErr == nil && keyErr == nil
	}
	run("route", func(frame []byte) bool { _, ok := ScanPrefix(frame); return ok })
	run("raw", func(frame []byte) bool { return m.Parse(frame, nil) == nil })
	run("raw, version and key", versioned)
	run("typed", func(frame []byte) bool {
		ok := versioned(frame)
		row, _, err := m.After(schema)
		return ok && err == nil && typed.Into(&v, row, schema) == nil
	})
	run("typed, in one walk", func(frame []byte) bool {
		_, decoded, err := typed.Change(&v, &m, frame, schema)
		return decoded && err == nil
	})
	run("ParseServer", func(frame []byte) bool { _, err := ParseServer(frame); return err == nil })
	run("encoding-json typed", func(frame []byte) bool {
		var m struct {
			Type           string        `json:"type"`
			SubscriptionID string        `json:"subscription_id"`
			ChangeType     string        `json:"change_type"`
			Rows           []chatMessage `json:"rows"`
		}
		return json.Unmarshal(frame, &m) == nil && m.Rows[0].ID != 0
	})
	run("encoding-json map", func(frame []byte) bool { var m map[string]any; return json.Unmarshal(frame, &m) == nil })
}

// chatPage is a page of a snapshot, packed.
func chatPage() (frame, text []byte) {
	text = []byte(`{"type":"initial_data_batch","subscription_id":"s","rows":[` + strings.Join(chatRows(), ",") + `],"batch_control":{"batch_num":0,"has_more":false,"status":"ready"}}`)
	var p Packer
	frame, _ = p.Pack(nil, text)
	return bytes.Clone(frame), text
}

// BenchmarkPage is a page of 64 rows: unpacked, and unpacked and decoded.
func BenchmarkPage(b *testing.B) {
	frame, text := chatPage()
	typed, err := NewDecoder[chatMessage]()
	if err != nil {
		b.Fatal(err)
	}
	schema := chatSchema()
	var u Unpacker
	buf := make([]byte, 0, 2*len(text))
	rows := make([]chatMessage, 0, 64)
	decode := func(text []byte) bool {
		m, err := ParseServer(text)
		if err != nil {
			return false
		}
		rows, err = typed.AppendRows(rows[:0], m.(*InitialDataBatch).Rows, schema)
		return err == nil && len(rows) == 64
	}
	b.Run("gunzip", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := u.Unpack(buf[:0], frame, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gunzip and typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if text, err := u.Unpack(buf[:0], frame, 0); err != nil || !decode(text) {
				b.Fatal(err)
			}
		}
	})
	b.Run("typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !decode(text) {
				b.Fatal("not decoded")
			}
		}
	})
}
