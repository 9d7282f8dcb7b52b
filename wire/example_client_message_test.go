package wire_test

import (
	"errors"
	"fmt"

	"github.com/kalamdb/kalamrx/wire"
)

// A message knows its type; AppendMessage writes any of them.
func ExampleMessage() {
	for _, m := range []wire.Message{&wire.Ping{}, &wire.Unsubscribe{SubscriptionID: "inbox-1"}, &wire.AuthError{Message: "Invalid credentials"}} {
		text, err := wire.AppendMessage(nil, m)
		fmt.Println(m.MessageType(), string(text), err)
	}
	// Output:
	// ping {"type":"ping"} <nil>
	// unsubscribe {"type":"unsubscribe","subscription_id":"inbox-1"} <nil>
	// auth_error {"type":"auth_error","message":"Invalid credentials"} <nil>
}

// What a server does with the frames of its clients.
func ExampleClientMessage() {
	for _, frame := range []string{
		`{"type":"subscribe","subscription":{"id":"typing-1","sql":"SELECT * FROM chat.typing"}}`,
		`{"type":"next_batch","subscription_id":"inbox-1"}`,
		`{"type":"ping"}`,
	} {
		var m wire.ClientMessage
		m, err := wire.ParseClient([]byte(frame))
		if err != nil {
			fmt.Println(err)
			return
		}
		switch m := m.(type) {
		case *wire.Subscribe:
			fmt.Println("open", m.ID, "with a snapshot:", m.Options != nil)
		case *wire.NextBatch:
			fmt.Println("page of", m.SubscriptionID, "from the beginning:", m.LastSeqID.IsZero())
		case *wire.Ping:
			fmt.Println("still there")
		}
	}
	// Output:
	// open typing-1 with a snapshot: false
	// page of inbox-1 from the beginning: true
	// still there
}

func ExampleSubscribe() {
	text, err := wire.AppendMessage(nil, &wire.Subscribe{ID: "typing-1", SQL: "SELECT * FROM chat.typing"})
	fmt.Println(string(text), err)
	// Output: {"type":"subscribe","subscription":{"id":"typing-1","sql":"SELECT * FROM chat.typing"}} <nil>
}

// A snapshot from the beginning, the newest rows only, and a resume on a server of 0.8, which writes cursors as text.
func ExampleSubscribeOptions() {
	cursor, _ := wire.ParseSeq("4295032832")
	for _, o := range []wire.SubscribeOptions{
		{},
		{LastRows: new(10)},
		{From: cursor, FromForm: wire.SeqAsString, VersionDomain: wire.Raw(`{"table_id":"c.rooms"}`)},
	} {
		text, err := wire.AppendMessage(nil, &wire.Subscribe{ID: "a", SQL: "SELECT * FROM c.rooms", Options: &o})
		fmt.Println(string(text), err)
	}
	// Output:
	// {"type":"subscribe","subscription":{"id":"a","sql":"SELECT * FROM c.rooms","options":{}}} <nil>
	// {"type":"subscribe","subscription":{"id":"a","sql":"SELECT * FROM c.rooms","options":{"last_rows":10}}} <nil>
	// {"type":"subscribe","subscription":{"id":"a","sql":"SELECT * FROM c.rooms","options":{"from":"4295032832","version_domain":{"table_id":"c.rooms"}}}} <nil>
}

// The cursor goes back in the form in which the last page had it.
func ExampleNextBatch() {
	m, err := wire.ParseServer([]byte(`{"type":"initial_data_batch","subscription_id":"inbox-1","rows":[{"id":"41"}],
		"batch_control":{"batch_num":0,"has_more":true,"status":"loading","last_seq_id":286286413824000007}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	page := m.(*wire.InitialDataBatch)
	text, err := wire.AppendMessage(nil, &wire.NextBatch{
		SubscriptionID: page.SubscriptionID,
		LastSeqID:      page.BatchControl.LastSeqID,
		Form:           page.BatchControl.LastSeqForm,
	})
	fmt.Println(string(text), err)
	// Output: {"type":"next_batch","subscription_id":"inbox-1","last_seq_id":286286413824000007} <nil>
}

// Servers of 0.4.3 read cursors as numbers, those of 0.8 as text.
func ExampleSeqForm() {
	for _, form := range []wire.SeqForm{wire.SeqAsNumber, wire.SeqAsString} {
		text, err := wire.AppendMessage(nil, &wire.NextBatch{SubscriptionID: "a", LastSeqID: wire.SeqOf(7), Form: form})
		fmt.Println(form, string(text), err)
	}
	// Output:
	// number {"type":"next_batch","subscription_id":"a","last_seq_id":7} <nil>
	// string {"type":"next_batch","subscription_id":"a","last_seq_id":"7"} <nil>
}

func ExampleUnsubscribe() {
	text, err := wire.AppendMessage(nil, &wire.Unsubscribe{SubscriptionID: "inbox-1"})
	fmt.Println(string(text), err)
	_, err = wire.ParseClient([]byte(`{"type":"unsubscribe"}`))
	fmt.Println(err, errors.Is(err, wire.ErrField))
	// Output:
	// {"type":"unsubscribe","subscription_id":"inbox-1"} <nil>
	// kalam: invalid message: missing field subscription_id true
}

func ExamplePing() {
	text, err := wire.AppendMessage(nil, &wire.Ping{})
	fmt.Println(string(text), err)
	// Output: {"type":"ping"} <nil>
}

// A client asks for JSON; what the server grants is in its answer.
func ExampleProtocol() {
	fmt.Printf("asked %+v\n", wire.JSONProtocol())
	m, err := wire.ParseServer([]byte(`{"type":"auth_success","user":"u_lena","role":"user","protocol":{"serialization":"json","compression":"none"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	granted := m.(*wire.AuthSuccess).Protocol
	fmt.Println("granted", granted.Serialization, granted.Compression)
	// Output:
	// asked {Serialization:json Compression:gzip}
	// granted json none
}

// Short texts go as they are, long ones as gzip in a binary message.
func ExamplePacker() {
	var p wire.Packer
	frame, binary := p.Pack(nil, []byte(`{"type":"ping"}`))
	fmt.Println(string(frame), binary, wire.IsGzip(frame))

	long := fmt.Appendf(nil, `{"type":"auth_error","message":%q}`, fmt.Sprintf("%*s", wire.PackThreshold, "no"))
	frame, binary = p.Pack(frame[:0], long)
	fmt.Println(len(frame) < len(long), binary, wire.IsGzip(frame))
	// Output:
	// {"type":"ping"} false false
	// true true true
}

// Scan gives the type and the subscription id as they were written, and reads nothing else.
func ExampleEnvelope() {
	env, err := wire.Scan([]byte(`{"type":"from_the_future","subscription_id":"inbox-1","rows":[{"id":"42"}]}`))
	fmt.Println(env.Type, string(env.TypeName), string(env.SubscriptionID), err)
	// Output: unknown from_the_future inbox-1 <nil>
}

func ExampleMessageType() {
	for _, frame := range []string{`{"type":"change"}`, `{"type":"from_the_future"}`, `{"kind":"change"}`} {
		env, _ := wire.Scan([]byte(frame))
		fmt.Println(env.Type, env.Type == wire.TypeChange)
	}
	// Output:
	// change true
	// unknown false
	// none false
}
