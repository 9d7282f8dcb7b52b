package wire

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"
)

// TestMessages_BothGenerations has each form of a cursor and wants it back as it was.
func TestMessages_BothGenerations(t *testing.T) {
	frames := []string{
		`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null}}`,
		`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":{"batch_num":0,"has_more":false,"status":"ready"}}`,
		`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":{"batch_num":0,"has_more":true,"status":"loading","last_seq_id":383399511795273729}}`,
		`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":{"batch_num":1,"has_more":true,"status":"loading_batch","last_seq_id":"4295032832","version_domain":{"history_incarnation":"h1","table_id":"chat.rooms","scope_id":3,"partition_id":null}}}`,
		`{"type":"subscription_ack","subscription_id":"a","total_rows":0,"batch_control":{"batch_num":0,"has_more":false,"status":"ready"},"schema":[]}`,
		`{"type":"subscription_ack","subscription_id":"a","total_rows":0,"batch_control":{"batch_num":0,"has_more":false,"status":"ready"}}`,
	}
	for _, frame := range frames {
		m, err := ParseServer([]byte(frame))
		checkWritten(t, frame, m, err)
	}
	requests := []string{
		`{"type":"subscribe","subscription":{"id":"a","sql":"S"}}`,
		`{"type":"subscribe","subscription":{"id":"a","sql":"S","options":{}}}`,
		`{"type":"subscribe","subscription":{"id":"a","sql":"S","options":{"from":286286413836582913,"batch_size":0,"last_rows":7}}}`,
		`{"type":"subscribe","subscription":{"id":"a","sql":"S","options":{"from":"4295032832","version_domain":{"scope_id":3}}}}`,
		`{"type":"next_batch","subscription_id":"a"}`,
		`{"type":"next_batch","subscription_id":"a","last_seq_id":"7"}`,
		`{"type":"next_batch","subscription_id":"a","last_seq_id":7}`,
		`{"type":"ping"}`,
	}
	for _, frame := range requests {
		m, err := ParseClient([]byte(frame))
		checkWritten(t, frame, m, err)
	}
}

func checkWritten(t *testing.T, frame string, m Message, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", frame, err)
	}
	out, err := AppendMessage(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != frame && sameJSON([]byte(frame), out) != nil {
		t.Fatalf("%s\nwas written as\n%s", frame, out)
	}
}

func TestParseClient_IsAsStrictAsTheServer(t *testing.T) {
	is := is.New(t)
	for frame, want := range map[string]string{
		`{"type":"nonsense"}`: "kalam: invalid message: field type: want a client message's type, got string",
		`{}`:                  "kalam: invalid message: missing field type",
		`{"type":"change"}`:   "kalam: invalid message: field type: want a client message's type, got string",
		`{"type":"authenticate","method":"jwt","token":"t"}`:                                                         "kalam: invalid message: missing field protocol",
		`{"type":"authenticate","method":"basic","token":"t"}`:                                                       "kalam: invalid message: field method: want jwt, got string",
		`{"type":"authenticate","method":"jwt","token":"t","protocol":{"serialization":"json"}}`:                     "kalam: invalid message: missing field protocol.compression",
		`{"type":"authenticate","method":"jwt","token":"t","protocol":{"serialization":"xml","compression":"gzip"}}`: "kalam: invalid message: field protocol.serialization: want json or msgpack or domain, got string",
		`{"type":"subscribe","subscriptions":[]}`:                                                                    "kalam: invalid message: missing field subscription",
		`{"type":"subscribe","subscription":{"id":"a"}}`:                                                             "kalam: invalid message: missing field subscription.sql",
		`{"type":"subscribe","subscription":{"id":7,"sql":""}}`:                                                      "kalam: invalid message: field subscription.id: want string, got number",
		`{"type":"subscribe","subscription":{"id":"a","sql":"","options":{"batch_size":-1}}}`:                        "kalam: invalid message: field subscription.options.batch_size: want count, got number",
		`{"type":"subscribe","subscription":{"id":"a","sql":"","options":{"from":"x"}}}`:                             "kalam: invalid message: field subscription.options.from: kalam: invalid sequence id \"\\\"x\\\"\": want a decimal from 1 to 18446744073709551615",
		`{"type":"next_batch"}`:  "kalam: invalid message: missing field subscription_id",
		`{"type":"unsubscribe"}`: "kalam: invalid message: missing field subscription_id",
		`not json`:               "kalam: invalid JSON at offset 0: want an object",
		`{"type":"ping"`:         "kalam: invalid JSON at offset 14: unexpected end",
	} {
		_, err := ParseClient([]byte(frame))
		is.True(err != nil)
		is.Equal(err.Error(), want)
	}
}

func TestParseServer_WhatCannotBeActedOnIsAnError(t *testing.T) {
	is := is.New(t)
	for _, frame := range []string{
		`{}`, `{"type":7}`, `{"type":"change","change_type":"insert"}`, `{"type":"change","subscription_id":"a"}`,
		`{"type":"change","subscription_id":"a","change_type":"truncate"}`, `{"type":"change","subscription_id":"a","change_type":"insert","rows":{}}`,
		`{"type":"subscription_ack","subscription_id":"a"}`, `{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":7}`,
		`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":{"last_seq_id":1.5}}`,
		`{"type":"subscription_ack","subscription_id":"a","batch_control":{},"schema":[{"name":7}]}`,
	} {
		_, err := ParseServer([]byte(frame))
		is.True(errors.Is(err, ErrField))
	}
	m, err := ParseServer([]byte(` {"x":1,"type":"later","subscription_id":"a"} `))
	is.NoErr(err)
	is.Equal(m.(*Unknown).Type, "later")
	is.Equal(m.(*Unknown).Raw.String(), `{"x":1,"type":"later","subscription_id":"a"}`)
	_, err = AppendMessage(nil, &Unknown{})
	is.True(errors.Is(err, ErrField))
	_, err = AppendMessage(nil, nil)
	is.True(errors.Is(err, ErrField))
	_, err = AppendMessage(nil, &Unknown{Raw: Raw(`{"a"`)})
	is.True(errors.Is(err, ErrField) && errors.Is(err, ErrSyntax))
	_, err = AppendMessage(nil, &Subscribe{Options: &SubscribeOptions{VersionDomain: Raw(`}`)}})
	is.True(errors.Is(err, ErrField))
	out, err := AppendMessage([]byte("kept"), &Unsubscribe{SubscriptionID: "\xff"})
	is.True(errors.Is(err, ErrField))
	is.Equal(string(out), "kept")
}

func TestSeq_FormsAndOrder(t *testing.T) {
	is := is.New(t)
	for text, want := range map[string]string{`7`: "7", `"7"`: "7", `null`: "", `0`: "", `"0"`: "", `18446744073709551615`: "18446744073709551615", ` "8" `: "8"} {
		var s Seq
		is.NoErr(json.Unmarshal([]byte(text), &s))
		is.Equal(s.String(), want)
	}
	for _, text := range []string{`-1`, `1.0`, `1e3`, `""`, `"x"`, `"+1"`, `"1 "`, `true`, `[]`, `18446744073709551616`} {
		var s Seq
		is.True(errors.Is(json.Unmarshal([]byte(text), &s), ErrSeq))
		is.True(s.IsZero())
	}
	a, b := SeqOf(9), SeqOf(10)
	is.True(a.Less(b) && a.Compare(b) < 0 && a == SeqOf(9) && SeqOf(-1).IsZero())
	out, err := json.Marshal([]Seq{a, {}})
	is.NoErr(err)
	is.Equal(string(out), "[9,null]")
}

func TestQueryRequest_Parameters(t *testing.T) {
	is := is.New(t)
	type id string
	at := time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC)
	n := 7
	out, err := Marshal(&QueryRequest{SQL: "S", Params: []any{nil, true, int8(-3), uint64(18446744073709551615), 2.0, 2.5, "it's", id("x"), &n, (*int)(nil), at, SeqOf(9)}, NamespaceID: "chat"})
	is.NoErr(err)
	is.Equal(string(out), `{"sql":"S","params":[null,true,-3,18446744073709551615,2.0,2.5,"it's","x",7,null,"2026-11-23T10:00:00.123456Z","9"],"namespace_id":"chat"}`)
	back := &QueryRequest{}
	is.NoErr(Unmarshal([]byte(`{"sql":"S","params":[9007199254740993,2.0,18446744073709551615,{"a":1},null]}`), back))
	is.Equal(back.Params, []any{int64(9007199254740993), 2.0, Raw("18446744073709551615"), Raw(`{"a":1}`), nil})
	for _, bad := range []any{[]int{1}, map[string]int{}, struct{}{}, make(chan int)} {
		_, err := Marshal(QueryRequest{SQL: "S", Params: []any{bad}})
		is.True(errors.Is(err, ErrUnsupportedType))
	}
}

func TestUnmarshal_NumbersAsTextAndTypedErrors(t *testing.T) {
	is := is.New(t)
	var c ConsumeResponse
	is.NoErr(Unmarshal([]byte(`{"messages":[{"topic_id":"t","offset":"9007199254740993","payload":"eyJpZCI6IjQyIn0=","key":null,"timestamp_ms":1,"op":"Insert","new":{}}],"next_offset":"8","has_more":true}`), &c))
	is.Equal(c.Messages[0].Offset, int64(9007199254740993))
	is.Equal(c.NextOffset, int64(8))
	row, err := c.Messages[0].Row()
	is.NoErr(err)
	id, err := row.Get("id").Text()
	is.NoErr(err)
	is.Equal(id, "42")
	err = Unmarshal([]byte(`{"messages":[{"offset":true}]}`), &c)
	var field *FieldError
	is.True(errors.As(err, &field))
	is.Equal(field.Field, "messages.0.offset")
	is.True(errors.Is(Unmarshal([]byte(`{"a"`), &c), ErrSyntax))
	for text, want := range map[string]Start{`"latest"`: FromLatest(), `"EARLIEST"`: FromEarliest(), `{"offset":17}`: FromOffset(17)} {
		var s Start
		is.NoErr(Unmarshal([]byte(text), &s))
		is.Equal(s, want)
	}
	var s Start
	is.True(errors.Is(Unmarshal([]byte(`"never"`), &s), ErrField))
	var l LoginRequest
	is.NoErr(Unmarshal([]byte(`{"username":"lena","password":"p"}`), &l))
	is.Equal(l.User, "lena")
	_, err = ParseAckRequest([]byte(`{"topic_id":"t","group_id":"g"}`))
	is.True(errors.Is(err, ErrField))
	at, err := Stamp("2026-11-24T23:32:38.067248464+00:00").Time()
	is.NoErr(err)
	is.Equal(at.UnixNano(), int64(1795563158067248464))
}
