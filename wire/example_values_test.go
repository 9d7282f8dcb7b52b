package wire_test

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/kalamdb/kalamrx/wire"
)

func ExampleSyntaxError() {
	_, err := wire.ParseRow([]byte(`{"id":"42","body":}`))
	var where *wire.SyntaxError
	fmt.Println(errors.Is(err, wire.ErrSyntax), errors.As(err, &where))
	fmt.Println(where.Offset, where.Reason)
	// Output:
	// true true
	// 18 want a value
}

func ExampleFieldError() {
	_, err := wire.ParseServer([]byte(`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":{"batch_num":"zero"}}`))
	var which *wire.FieldError
	fmt.Println(errors.Is(err, wire.ErrField), errors.As(err, &which))
	fmt.Println(which.Field, which.Want, which.Got)
	// Output:
	// true true
	// batch_control.batch_num integer string
}

func ExampleCellError() {
	d, err := wire.NewDecoder[struct{ Age int8 }]()
	if err != nil {
		fmt.Println(err)
		return
	}
	row, _ := wire.ParseRow([]byte(`{"age":300}`))
	_, err = d.Object(row, wire.Schema{{Name: "age", Type: wire.Int}})
	var which *wire.CellError
	fmt.Println(errors.Is(err, wire.ErrCell), errors.As(err, &which))
	fmt.Println(which.Column, which.Want, which.Got, which.Reason) // and not the value
	// Output:
	// true true
	// age int8 number out of range
}

func ExampleSizeError() {
	var p wire.Packer
	bomb, _ := p.Pack(nil, bytes.Repeat([]byte(" "), 1<<20))
	var u wire.Unpacker
	_, err := u.Unpack(nil, bomb, 64<<10)
	var size *wire.SizeError
	fmt.Println(errors.Is(err, wire.ErrTooLarge), errors.As(err, &size), size.Limit)
	// Output: true true 65536
}

func ExampleServerError() {
	var err error = wire.ParseError(429, []byte(`{"error":"RATE_LIMIT_EXCEEDED","message":"Slow down","retry_after_seconds":1}`))
	var said *wire.ServerError
	if errors.As(err, &said) && said.Temporary() {
		fmt.Println("again in", said.RetryAfter)
	}
	fmt.Println(errors.Is(err, wire.CodeRateLimitExceeded), errors.Is(err, wire.ClassRetryable))
	// Output:
	// again in 1s
	// true true
}

func ExampleCode() {
	for _, c := range []wire.Code{wire.CodeTokenExpired, wire.CodeInternalError, wire.CodeInvalidSQL, "FROM_THE_FUTURE"} {
		fmt.Println(string(c), c.Class().String(), c.Known(), c.OutcomeUnknown())
	}
	// Output:
	// TOKEN_EXPIRED auth true false
	// INTERNAL_ERROR retryable true true
	// INVALID_SQL fatal true false
	// FROM_THE_FUTURE fatal false false
}

// Where there is no code that is known, the HTTP status gives the class.
func ExampleClass() {
	for _, status := range []int{400, 401, 503} {
		err := wire.ParseError(status, nil)
		fmt.Println(status, err.Class().String(), errors.Is(err, wire.ClassRetryable))
	}
	// Output:
	// 400 fatal false
	// 401 auth false
	// 503 retryable true
}

func ExampleKind() {
	row, _ := wire.ParseRow([]byte(`{"id":"42","body":null,"n":1.5,"tags":["a"]}`))
	for _, name := range []string{"id", "body", "n", "tags", "nope"} {
		fmt.Println(name, row.Get(name).Kind())
	}
	// Output:
	// id string
	// body null
	// n number
	// tags array
	// nope nothing
}

// Types with parameters are objects on the wire and compared as values here.
func ExampleDataType() {
	var t wire.DataType
	err := wire.Unmarshal([]byte(`{"Decimal":{"precision":12,"scale":2}}`), &t)
	precision, scale, ok := t.Decimal()
	fmt.Println(t, t == wire.Decimal(12, 2), precision, scale, ok, err)
	text, err := wire.Marshal(wire.Embedding(384))
	fmt.Println(string(text), err)
	// Output:
	// Decimal(12,2) true 12 2 true <nil>
	// {"Embedding":384} <nil>
}

func ExampleField() {
	id, err := wire.CellOf(int64(42), wire.BigInt)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := wire.NewRow(wire.Field{Name: "id", Cell: id}, wire.Field{Name: "body", Cell: wire.Null()}).MarshalJSON()
	fmt.Println(string(text), err)
	// Output: {"id":"42","body":null} <nil>
}

// A value that is not to be read, only passed on: the version domain of a 0.8 server.
func ExampleRaw() {
	m, err := wire.ParseServer([]byte(`{"type":"initial_data_batch","subscription_id":"a","rows":[],"batch_control":
		{"batch_num":0,"has_more":false,"status":"ready","version_domain":{"table_id":"chat.rooms","scope_id":3}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var domain wire.Raw = m.(*wire.InitialDataBatch).BatchControl.VersionDomain
	fmt.Println(domain)
	// Output: {"table_id":"chat.rooms","scope_id":3}
}
