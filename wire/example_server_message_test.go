package wire_test

import (
	"errors"
	"fmt"

	"github.com/kalamdb/kalamrx/wire"
)

// What a client does with the frames of its server.
func ExampleServerMessage() {
	for _, frame := range []string{
		`{"type":"auth_success","user":"u_lena","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`,
		`{"type":"change","subscription_id":"inbox-1","change_type":"insert","rows":[{"id":"42","_seq":"5"}]}`,
	} {
		var m wire.ServerMessage
		m, err := wire.ParseServer([]byte(frame))
		if err != nil {
			fmt.Println(err)
			return
		}
		switch m := m.(type) {
		case *wire.AuthSuccess:
			fmt.Println("welcome", m.User)
		case *wire.Change:
			fmt.Println(m.ChangeType, "in", m.SubscriptionID, "at", m.Seq())
		}
	}
	// Output:
	// welcome u_lena
	// insert in inbox-1 at 5
}

func ExampleAuthSuccess() {
	m, err := wire.ParseServer([]byte(`{"type":"auth_success","user":"u_lena","role":"user","protocol":{"serialization":"json","compression":"gzip"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	ok := m.(*wire.AuthSuccess)
	fmt.Println(ok.User, ok.Role, ok.Protocol == wire.JSONProtocol())
	// Output: u_lena user true
}

func ExampleAuthError() {
	m, err := wire.ParseServer([]byte(`{"type":"auth_error","message":"Invalid credentials"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.(*wire.AuthError).Message)
	// Output: Invalid credentials
}

func ExampleSubscriptionAck() {
	m, err := wire.ParseServer([]byte(`{"type":"subscription_ack","subscription_id":"inbox-1","total_rows":0,
		"batch_control":{"batch_num":0,"has_more":true,"status":"loading","last_seq_id":286286413824000007},
		"schema":[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},{"name":"body","data_type":"Text","index":1}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	ack := m.(*wire.SubscriptionAck)
	for _, c := range ack.Schema {
		fmt.Println(c.Name, c.Type, c.PrimaryKey())
	}
	fmt.Println(ack.BatchControl.HasMore)
	// Output:
	// id BigInt true
	// body Text false
	// true
}

func ExampleInitialDataBatch() {
	m, err := wire.ParseServer([]byte(`{"type":"initial_data_batch","subscription_id":"inbox-1",
		"rows":[{"id":"41","body":"hi","_seq":"7"},{"body":"yo","id":"42","_seq":"8"}],
		"batch_control":{"batch_num":1,"has_more":false,"status":"ready","last_seq_id":8}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	page := m.(*wire.InitialDataBatch)
	for row, err := range page.Rows.All() {
		body, _ := row.Get("body").Text()
		fmt.Println(body, row.Seq(), err)
	}
	fmt.Println("complete:", page.BatchControl.Status == wire.StatusReady)
	// Output:
	// hi 7 <nil>
	// yo 8 <nil>
	// complete: true
}

// Three generations of servers tell in three ways that a page was empty, or where it ended.
func ExampleBatchControl() {
	for _, control := range []string{
		`{"batch_num":0,"has_more":false,"status":"ready","last_seq_id":null}`,
		`{"batch_num":0,"has_more":false,"status":"ready"}`,
		`{"batch_num":2,"has_more":true,"status":"loading_batch","last_seq_id":"4295032832"}`,
	} {
		m, err := wire.ParseServer([]byte(`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":` + control + `}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		c := m.(*wire.InitialDataBatch).BatchControl
		fmt.Printf("%d more:%v last:%q absent:%v as %v\n", c.BatchNum, c.HasMore, c.LastSeqID, c.LastSeqAbsent, c.LastSeqForm)
	}
	// Output:
	// 0 more:false last:"" absent:false as number
	// 0 more:false last:"" absent:true as number
	// 2 more:true last:"4295032832" absent:false as string
}

func ExampleBatchStatus() {
	for _, status := range []string{"loading", "loading_batch", "ready"} {
		m, err := wire.ParseServer([]byte(`{"type":"initial_data_batch","subscription_id":"a","rows":[],
			"batch_control":{"batch_num":0,"has_more":false,"status":"` + status + `"}}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		now := m.(*wire.InitialDataBatch).BatchControl.Status
		fmt.Println(now, "and live from here:", now == wire.StatusReady)
	}
	// Output:
	// loading and live from here: false
	// loading_batch and live from here: false
	// ready and live from here: true
}

func ExampleChange() {
	m, err := wire.ParseServer([]byte(`{"type":"change","subscription_id":"inbox-1","change_type":"delete",
		"old_values":[{"id":"42","body":null,"_seq":"286286413836582913","_deleted":true}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	c := m.(*wire.Change)
	gone, _, err := c.OldValues.First()
	fmt.Println(c.Rows.IsAbsent(), string(gone.Get("id").Raw()), gone.Deleted(), c.Seq(), err)
	// Output: true "42" true 286286413836582913 <nil>
}

func ExampleChangeType() {
	for _, kind := range []string{"insert", "update", "upsert"} {
		m, err := wire.ParseServer([]byte(`{"type":"change","subscription_id":"a","change_type":"` + kind + `","rows":[{"id":"1","_seq":"2"}]}`))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(m.(*wire.Change).ChangeType)
	}
	// Output:
	// insert
	// update
	// kalam: invalid message: field change_type: want insert, update or delete, got string
}

func ExampleErrorMessage() {
	m, err := wire.ParseServer([]byte(`{"type":"error","subscription_id":"inbox-1","code":"SUBSCRIPTION_LIMIT_EXCEEDED","message":"Maximum subscriptions reached"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	said := m.(*wire.ErrorMessage).Err()
	fmt.Println(said)
	fmt.Println(errors.Is(said, wire.CodeSubscriptionLimitExceeded), said.Temporary())
	// Output:
	// kalam: subscribe: inbox-1: SUBSCRIPTION_LIMIT_EXCEEDED: Maximum subscriptions reached
	// true true
}

// A newer server may send what this package does not know: it is kept as it came.
func ExampleUnknown() {
	m, err := wire.ParseServer([]byte(`{"type":"from_the_future","n":1}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	u := m.(*wire.Unknown)
	fmt.Println(u.Type, u.Raw, u.MessageType())
	// Output: from_the_future {"type":"from_the_future","n":1} unknown
}

func ExampleSchema() {
	schema := wire.Schema{
		{Name: "id", Type: wire.BigInt, Flags: []string{"pk", "nn", "uq"}},
		{Name: "body", Type: wire.Text, Index: 1},
		{Name: "_seq", Type: wire.BigInt, Index: 2, Flags: []string{"nn"}},
	}
	body, ok := schema.Find("body")
	fmt.Println(body.Type, ok, schema.PrimaryKey()[0].Name, schema.VersionColumn())
	_, ok = schema.Find("Body") // exactly this name
	fmt.Println(ok)
	// Output:
	// Text true id _seq
	// false
}

func ExampleColumn() {
	text, err := wire.Marshal(wire.Column{Name: "price", Type: wire.Decimal(12, 2), Index: 3, Flags: []string{"nn"}})
	fmt.Println(string(text), err)

	var c wire.Column
	err = wire.Unmarshal([]byte(`{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]}`), &c)
	fmt.Println(c.Name, c.PrimaryKey(), c.NotNull(), c.Unique(), err)
	// Output:
	// {"name":"price","data_type":{"Decimal":{"precision":12,"scale":2}},"index":3,"flags":["nn"]} <nil>
	// id true true true <nil>
}
