package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// frameSeeds are the shapes of the transcripts, and what no server would send.
var frameSeeds = []string{
	`{"type":"auth_success","user":"lena","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`,
	`{"type":"auth_error","message":"Invalid credentials"}`,
	`{"type":"subscription_ack","subscription_id":"pages","total_rows":0,"batch_control":{"batch_num":0,"has_more":true,"status":"loading","last_seq_id":383399556531720194},"schema":[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},{"name":"e","data_type":{"Embedding":3},"index":1},{"name":"n","data_type":{"Decimal":{"precision":12,"scale":3}},"index":2}]}`,
	`{"type":"initial_data_batch","subscription_id":"all","rows":[{"id":"1","_deleted":false,"_seq":"383399511795273728","room":"blue","body":"one","n":1},{"n":null}],"batch_control":{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null}}`,
	`{"type":"initial_data_batch","subscription_id":"r","rows":[],"batch_control":{"batch_num":1,"has_more":true,"status":"loading_batch","last_seq_id":"4295032832","version_domain":{"history_incarnation":"h1","table_id":"chat.rooms","scope_id":3,"partition_id":null}}}`,
	`{"type":"change","subscription_id":"all","change_type":"insert","rows":[{"id":"42","room":"blue","body":"yo","_seq":"286286413828194305","_deleted":false}]}`,
	`{"type":"change","subscription_id":"all","change_type":"update","rows":[{"id":"42","_seq":"2"}],"old_values":[{"id":"42","body":"yo","_seq":"1"}]}`,
	`{"type":"change","subscription_id":"typing","change_type":"delete","old_values":[{"row_id":"lena:286286413836582913"}]}`,
	`{"type":"error","subscription_id":"e0","code":"NOT_FOUND","message":"Not found: Table not found: chat:nope"}`,
	`{"type":"hello","x":[1,2,{"a":null}]}`,
	`{"type":"authenticate","method":"jwt","token":"t","protocol":{"serialization":"json","compression":"gzip"}}`,
	`{"type":"subscribe","subscription":{"id":"a","sql":"SELECT 1","options":{"batch_size":3,"last_rows":2,"from":"7"}}}`,
	`{"type":"next_batch","subscription_id":"pages","last_seq_id":383399556531720194}`,
	`{"type":"unsubscribe","subscription_id":"never"}`,
	`{"type":"ping"}`,
	` { "rows" : [ { } ] , "subscription_id" : "\u0061\ud83d\ude00\ud800x" , "type" : "ch\u0061nge" } `,
	`{"type":1,"subscription_id":null}`, `{"type":1E10000}`, `{"type":"a","type":"ping"}`, `{}`, `[]`, `nul`, `{"a":}`, `{"a":1,}`, `{"a":01}`,
	`{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":"\x"}`, "{\"a\":\"\x01\"}", "{\"\xff\":\"\xff\"}", `{"a":1}x`, `{"a":"`, `{"a":[1 2]}`,
	`{"a":[],"b":{},"c":[[]],"d":{"e":{}},"f":-0.5e+10,"g":true,"h":false}`,
}

// FuzzScan compares Scan with encoding/json: the same texts are accepted, and the same type and id found.
func FuzzScan(f *testing.F) {
	for _, seed := range frameSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var want map[string]json.RawMessage
		stdErr := json.Unmarshal(frame, &want)
		object := stdErr == nil && want != nil // encoding/json takes null for a map
		env, err := Scan(frame)
		if (err == nil) != object {
			t.Fatalf("Scan: %v, encoding/json: %v, on %q", err, stdErr, frame)
		}
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > int64(len(frame)) {
				t.Fatalf("error %#v", err)
			}
			ScanPrefix(frame)
			return
		}
		checkText(t, "type", env.TypeName, want["type"])
		checkText(t, "subscription_id", env.SubscriptionID, want["subscription_id"])
		if prefix, ok := ScanPrefix(frame); ok && (prefix.TypeName == nil || prefix.SubscriptionID == nil) {
			t.Fatalf("ScanPrefix says ok without both: %+v", prefix)
		}
	})
}

// checkText compares what was found with a raw value: nil unless that is a string.
func checkText(t *testing.T, name string, got []byte, raw json.RawMessage) {
	t.Helper()
	text, isText := "", bytes.HasPrefix(raw, []byte{'"'})
	if isText {
		if err := json.Unmarshal(raw, &text); err != nil {
			t.Fatal(err)
		}
	}
	if isText != (got != nil) || text != string(got) {
		t.Fatalf("%s: found %q, encoding/json has %q", name, got, raw)
	}
}

// FuzzParseServer wants every message that is read to survive being written: read, written and read again it is the
// same JSON value written, and no text makes it panic.
func FuzzParseServer(f *testing.F) {
	for _, seed := range frameSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if m, err := ParseServer(frame); err == nil {
			roundTrip(t, frame, m, func(b []byte) (Message, error) { return ParseServer(b) })
		} else {
			checkTyped(t, err)
		}
		if m, err := ParseClient(frame); err == nil {
			roundTrip(t, frame, m, func(b []byte) (Message, error) { return ParseClient(b) })
		} else {
			checkTyped(t, err)
		}
	})
}

func checkTyped(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrField) {
		t.Fatalf("untyped error %#v", err)
	}
}

func roundTrip(t *testing.T, frame []byte, m Message, parse func([]byte) (Message, error)) {
	t.Helper()
	once, err := AppendMessage(nil, m)
	if err != nil {
		t.Fatalf("%q: %v", frame, err)
	}
	if !json.Valid(once) {
		t.Fatalf("%q was written as %q", frame, once)
	}
	again, err := parse(once)
	if err != nil {
		t.Fatalf("%q was written as %q: %v", frame, once, err)
	}
	twice, err := AppendMessage(nil, again)
	if err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("%q was written as %q, then as %q: %v", frame, once, twice, err)
	}
}
