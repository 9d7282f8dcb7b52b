package wire_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

func ExampleScan() {
	frame := []byte(`{"type":"change","subscription_id":"inbox-1","change_type":"insert","rows":[{"id":"42"}]}`)
	env, err := wire.Scan(frame)
	fmt.Printf("%s for %s, %v\n", env.Type, env.SubscriptionID, err)
	_, err = wire.Scan(frame[:40])
	fmt.Println(err)
	// Output:
	// change for inbox-1, <nil>
	// kalam: invalid JSON at offset 40: unexpected end
}

func ExampleScanPrefix() {
	cutOff := []byte(`{"type":"initial_data_batch","subscription_id":"inbox-1","rows":[{"id":"4`)
	env, ok := wire.ScanPrefix(cutOff)
	fmt.Println(env.Type, string(env.SubscriptionID), ok)
	// Output: initial_data_batch inbox-1 true
}

func ExampleParseServer() {
	for _, frame := range []string{
		`{"type":"auth_success","user":"u_lena","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`,
		`{"type":"error","subscription_id":"inbox-1","code":"NOT_FOUND","message":"Not found: Table not found: chat.nope"}`,
		`{"type":"from_the_future"}`,
	} {
		m, err := wire.ParseServer([]byte(frame))
		if err != nil {
			fmt.Println(err)
			continue
		}
		switch m := m.(type) {
		case *wire.AuthSuccess:
			fmt.Println("welcome", m.User)
		case *wire.ErrorMessage:
			fmt.Println(m.Err(), errors.Is(m.Err(), wire.CodeNotFound))
		case *wire.Unknown:
			fmt.Println("skipped", m.Type)
		}
	}
	// Output:
	// welcome u_lena
	// kalam: subscribe: inbox-1: NOT_FOUND: Not found: Table not found: chat.nope true
	// skipped from_the_future
}

func ExampleParseClient() {
	_, err := wire.ParseClient([]byte(`{"type":"authenticate","method":"jwt","token":"eyJ"}`))
	fmt.Println(err)
	// Output: kalam: invalid message: missing field protocol
}

func ExampleAppendMessage() {
	text, err := wire.AppendMessage(nil, &wire.Subscribe{
		ID:      "inbox-1",
		SQL:     "SELECT * FROM chat.messages WHERE (room = 'blue')",
		Options: &wire.SubscribeOptions{BatchSize: new(200), From: wire.SeqOf(286286413836582913)},
	})
	fmt.Println(string(text), err)
	// Output: {"type":"subscribe","subscription":{"id":"inbox-1","sql":"SELECT * FROM chat.messages WHERE (room = 'blue')","options":{"from":286286413836582913,"batch_size":200}}} <nil>
}

func ExampleAuthenticate() {
	m := wire.Authenticate{Method: "jwt", Token: "eyJhbGciOi", Protocol: wire.JSONProtocol()}
	fmt.Println(m)
	// Output: authenticate{method:jwt token:[redacted] protocol:json+gzip}
}

func ExampleSeq() {
	a, _ := wire.ParseSeq("286286413828194305")
	b := wire.SeqOf(286286413832388609)
	fmt.Println(a.Less(b), a == b, a, wire.Seq{}.IsZero())
	_, err := wire.ParseSeq("-1")
	fmt.Println(err)
	// Output:
	// true false 286286413828194305 true
	// kalam: invalid sequence id "-1": want a decimal from 1 to 18446744073709551615
}

func ExampleRow() {
	row, _ := wire.ParseRow([]byte(`{"_seq":"286286413828194305","body":null,"id":"9007199254740993"}`))
	id, _ := row.Get("id").Int64()
	fmt.Println(id, row.Get("body").IsNull(), row.Get("room").IsAbsent(), row.Seq())
	// Output: 9007199254740993 true true 286286413828194305
}

func ExampleRow_Overlay() {
	now, _ := wire.ParseRow([]byte(`{"id":"42","body":"new","_seq":"6"}`))
	old, _ := wire.ParseRow([]byte(`{"body":"old","_seq":"5"}`))
	text, _ := now.Overlay(old).MarshalJSON()
	fmt.Println(string(text))
	// Output: {"id":"42","body":"old","_seq":"5"}
}

func ExampleRows() {
	rows, _ := wire.ParseRows([]byte(`[{"id":"1"},{"id":"2"}]`))
	for row, err := range rows.All() {
		id, _ := row.Get("id").Text()
		fmt.Println(id, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
}

func ExampleCell() {
	cell, _ := wire.ParseCell([]byte(`1795428000123456`))
	at, _ := cell.Time(wire.Timestamp)
	fmt.Println(at)
	_, err := cell.Bool()
	fmt.Println(err)
	// Output:
	// 2026-11-23 10:00:00.123456 +0000 UTC
	// kalam: want bool, got number
}

func ExampleCellOf() {
	for _, tt := range []struct {
		v any
		t wire.DataType
	}{{int64(7), wire.BigInt}, {"1.5", wire.Decimal(12, 3)}, {[]byte{222, 173}, wire.Bytes}, {nil, wire.Text}} {
		c, _ := wire.CellOf(tt.v, tt.t)
		fmt.Println(tt.t, string(c.Raw()))
	}
	// Output:
	// BigInt "7"
	// Decimal(12,3) "1.500"
	// Bytes [222,173]
	// Text null
}

func ExampleChange_Before() {
	schema := wire.Schema{{Name: "id", Type: wire.BigInt}, {Name: "body", Type: wire.Text, Index: 1}}
	m, _ := wire.ParseServer([]byte(`{"type":"change","subscription_id":"a","change_type":"update","rows":[{"id":"42","_seq":"6"}],"old_values":[{"id":"42","body":"yo","_seq":"5"}]}`))
	c := m.(*wire.Change)
	before, _, _ := c.Before(schema)
	after, _, _ := c.After(schema) // the server left body out: it is NULL now
	fmt.Println(string(before.Get("body").Raw()), string(after.Get("body").Raw()))
	// Output: "yo" null
}

func ExampleDecoder() {
	type Message struct {
		ID   int64   `kalam:"id"`
		Room string  // column room
		Body *string // nil for NULL
		At   sql.Null[time.Time]
	}
	d, err := wire.NewDecoder[Message]()
	if err != nil {
		panic(err)
	}
	schema := wire.Schema{{Name: "id", Type: wire.BigInt}, {Name: "room", Type: wire.Text, Index: 1}, {Name: "body", Type: wire.Text, Index: 2}, {Name: "at", Type: wire.Timestamp, Index: 3}}
	m, err := d.Array([]byte(`["42","blue","hi",1772323200123456]`), schema)
	fmt.Println(m.ID, m.Room, *m.Body, m.At.V.Year(), err)

	row, _ := wire.ParseRow([]byte(`{"body":null,"id":"43","room":"red"}`))
	m, err = d.Object(row, schema)
	fmt.Println(m.ID, m.Room, m.Body, m.At.Valid, err)

	row, _ = wire.ParseRow([]byte(`{"id":"9223372036854775808"}`))
	_, err = d.Object(row, schema)
	fmt.Println(err)
	// Output:
	// 42 blue hi 2026 <nil>
	// 43 red <nil> false <nil>
	// kalam: column id: want int64, got string (out of range)
}

func ExampleUnpacker() {
	var p wire.Packer
	frame, binary := p.Pack(nil, bytes.Repeat([]byte(`{"a":1} `), 100))
	fmt.Println(binary, len(frame) < 100)

	var u wire.Unpacker
	text, err := u.Unpack(nil, frame, 1<<20)
	fmt.Println(len(text), err)
	text, err = u.Unpack(text[:0], frame, 7)
	fmt.Println(string(text), err, errors.Is(err, wire.ErrTooLarge))
	// Output:
	// true true
	// 800 <nil>
	// {"a":1} kalam: frame too large: over 7 bytes true
}

func ExampleParseError() {
	for _, body := range []string{
		`{"status":"error","results":[],"took":0.4,"error":{"code":"INVALID_SQL","message":"SQL statement is invalid or not allowed"}}`,
		`{"error":"IP_BANNED","message":"Too many requests","retry_after_seconds":300}`,
		`upstream is away`,
	} {
		e := wire.ParseError(503, []byte(body))
		fmt.Println(e, "|", e.Class().String(), e.RetryAfter)
	}
	// Output:
	// kalam: HTTP 503: INVALID_SQL: SQL statement is invalid or not allowed | fatal 0s
	// kalam: HTTP 503: IP_BANNED: Too many requests | retryable 5m0s
	// kalam: HTTP 503: upstream is away | retryable 0s
}

func ExampleParseQueryResponse() {
	body := []byte(`{"status":"success","results":[{"schema":[{"name":"n","data_type":"BigInt","index":0}],"rows":[["3"]],"row_count":1,"as_user":"u_lena"}],"took":1.274,"error":null}`)
	q, err := wire.ParseQueryResponse(body)
	if err != nil {
		panic(err)
	}
	count, _ := wire.NewDecoder[int64]()
	n, err := count.Array(q.Results[0].Rows[0], q.Results[0].Schema)
	fmt.Println(n, q.Results[0].AsUser, err)
	// Output: 3 u_lena <nil>
}

func ExampleFileRef() {
	cell, _ := wire.ParseCell([]byte(`"{\"id\":\"286286413824000100\",\"sub\":\"f0001\",\"name\":\"Holiday Pic.PNG\",\"size\":48213}"`))
	f, _ := cell.File()
	fmt.Println(f.Sub + "/" + f.StoredName())
	// Output: f0001/286286413824000100-holiday-pic.png
}

func ExampleMarshal() {
	start := wire.FromOffset(17)
	text, err := wire.Marshal(wire.ConsumeRequest{TopicID: "chat.new", GroupID: "mailer", Start: &start, Limit: new(50)})
	fmt.Println(string(text), err)
	// Output: {"topic_id":"chat.new","group_id":"mailer","start":{"Offset":17},"limit":50} <nil>
}
