package wire

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
)

// chatMessage is the row of the benchmarks; one change of it is a frame of 312 bytes.
type chatMessage struct {
	ID             int64     `kalam:"id" json:"id,string"`
	ConversationID int64     `kalam:"conversation_id" json:"conversation_id,string"`
	Sender         string    `kalam:"sender" json:"sender"`
	Content        string    `kalam:"content" json:"content"`
	Score          float64   `kalam:"score" json:"score"`
	CreatedAt      time.Time `kalam:"created_at" json:"-"`
	Micros         int64     `kalam:"-" json:"created_at"` // as JSON libraries read it
}

func chatSchema() Schema {
	return Schema{
		{Name: "id", Type: BigInt, Flags: []string{"pk", "nn", "uq"}}, {Name: "conversation_id", Type: BigInt, Index: 1}, {Name: "sender", Type: Text, Index: 2},
		{Name: "content", Type: Text, Index: 3}, {Name: "score", Type: Double, Index: 4}, {Name: "created_at", Type: Timestamp, Index: 5},
		{Name: "_seq", Type: BigInt, Index: 6, Flags: []string{"nn"}}, {Name: "_deleted", Type: Boolean, Index: 7, Flags: []string{"nn"}},
	}
}

// chatRows are rows of one message each, with their columns in another order in each, as servers write them.
func chatRows() []string {
	r := rand.New(rand.NewPCG(8, 312))
	words := strings.Fields("see you at half past nine on the platform then I bring bread and two of your books back tonight unless it rains again")
	content := func() (text string) {
		for len(text) < 24 {
			text += words[r.IntN(len(words))] + " "
		}
		return text[:24]
	}
	rows := make([]string, 64)
	for i := range rows {
		cells := []string{
			fmt.Sprintf(`"id":"%d"`, 286286413828194300+i), fmt.Sprintf(`"conversation_id":"%d"`, 286286413828194301+r.IntN(1000)), fmt.Sprintf(`"sender":"lena%02d"`, i),
			fmt.Sprintf(`"content":"%s"`, content()), fmt.Sprintf(`"score":0.%04d`, 1000+r.IntN(9000)), fmt.Sprintf(`"created_at":%d`, 1795428000123456+i),
			fmt.Sprintf(`"_seq":"%d"`, 383399511795273728+i), `"_deleted":false`,
		}
		r.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
		rows[i] = "{" + strings.Join(cells, ",") + "}"
	}
	return rows
}

// chatFrames are changes with those rows, each of 312 bytes.
func chatFrames() [][]byte {
	var frames [][]byte
	for _, row := range chatRows() {
		frame := `{"type":"change","subscription_id":"SUB","change_type":"insert","rows":[` + row + `]}`
		frames = append(frames, []byte(strings.Replace(frame, "SUB", strings.Repeat("s", 312-len(frame)+len("SUB")), 1)))
	}
	return frames
}

// byHand decodes a chatMessage as one would by hand: with no check but what it needs, and one allocation.
func byHand(b []byte, m *chatMessage) bool {
	text := string(b)
	for i := 1; i < len(text); i++ {
		end := i + 1 + strings.IndexByte(text[i+1:], '"')
		name, value := text[i+1:end], text[end+2:]
		if value[0] == '"' {
			value = value[1 : 1+strings.IndexByte(value[1:], '"')]
			i = end + 2 + len(value) + 2
		} else {
			value = value[:strings.IndexAny(value, ",}")]
			i = end + 2 + len(value)
		}
		var err error
		switch name {
		case "id":
			m.ID, err = strconv.ParseInt(value, 10, 64)
		case "conversation_id":
			m.ConversationID, err = strconv.ParseInt(value, 10, 64)
		case "sender":
			m.Sender = value
		case "content":
			m.Content = value
		case "score":
			m.Score, err = strconv.ParseFloat(value, 64)
		case "created_at":
			m.Micros, err = strconv.ParseInt(value, 10, 64)
			m.CreatedAt = time.UnixMicro(m.Micros).UTC()
		}
		if err != nil || text[i] == '}' {
			return err == nil
		}
	}
	return false
}

// BenchmarkRow decodes the row of a change in every way; ratios to "by hand" are what counts.
func BenchmarkRow(b *testing.B) {
	texts, schema := chatRows(), chatSchema()
	rows, raw := make([]Row, len(texts)), make([][]byte, len(texts))
	for i, text := range texts {
		raw[i] = []byte(text)
		row, err := ParseRow(raw[i])
		if err != nil {
			b.Fatal(err)
		}
		rows[i] = row
	}
	typed, errTyped := NewDecoder[chatMessage]()
	maps, errMap := NewDecoder[map[string]any]()
	if errTyped != nil || errMap != nil {
		b.Fatal(errTyped, errMap)
	}
	run := func(name string, decode func(i int) bool) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if !decode(n % len(texts)) {
					b.Fatal(texts[n%len(texts)])
				}
			}
		})
	}
	var m chatMessage
	run("by hand", func(i int) bool { return byHand(raw[i], &m) })
	run("typed", func(i int) bool { return typed.Into(&m, rows[i], schema) == nil })
	run("typed from text", func(i int) bool { _, err := typed.Text(raw[i], schema); return err == nil })
	run("typed by setters", func(i int) bool {
		_, err := slowly[chatMessage](typed.plan(schema), rows[i])
		return err == nil
	})
	run("map", func(i int) bool { _, err := maps.Object(rows[i], schema); return err == nil })
	var cells [2]Cell
	run("pick", func(i int) bool { rows[i].Pick(cells[:], "_seq", "id"); return !cells[1].IsAbsent() })
	run("version", func(i int) bool { return !rows[i].Seq().IsZero() })
	run("checked only", func(i int) bool { _, err := ParseRow(raw[i]); return err == nil })
	run("encoding-json typed", func(i int) bool { return json.Unmarshal(raw[i], &m) == nil })
	run("json-v2 typed", func(i int) bool { return jsonv2.Unmarshal(raw[i], &m) == nil })
	run("encoding-json map", func(i int) bool { var m map[string]any; return json.Unmarshal(raw[i], &m) == nil })
}
