package wire_test

import (
	"fmt"

	"github.com/kalamdb/kalamrx/wire"
)

func ExampleChange_Parse() {
	schema := wire.Schema{{Name: "id", Type: wire.BigInt}, {Name: "body", Type: wire.Text}, {Name: "_seq", Type: wire.BigInt}}
	type message struct {
		ID   int64
		Body string
	}
	d, err := wire.NewDecoder[message]()
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := []byte(`{"type":"change","subscription_id":"inbox-1","change_type":"insert","rows":[{"body":"hi","_seq":"17","id":"42"}]}`)
	var m wire.Change // to be used again for the next frame
	var cells [2]wire.Cell
	if err := m.Parse(frame, cells[:], "_seq", "id"); err != nil {
		fmt.Println(err)
		return
	}
	seq, _ := cells[0].Seq()
	id, _ := cells[1].Int64()
	fmt.Println(m.ChangeType, "row", id, "in version", seq)
	if row, ok, err := m.After(schema); ok && err == nil {
		var v message
		err = d.Into(&v, row, schema)
		fmt.Printf("%+v %v\n", v, err)
	}
	// Output:
	// insert row 42 in version 17
	// {ID:42 Body:hi} <nil>
}

func ExampleRow_Pick() {
	row, err := wire.ParseRow([]byte(`{"room":"blue","id":"42","_seq":"17"}`))
	var cells [3]wire.Cell
	row.Pick(cells[:], "id", "_seq", "body")
	fmt.Printf("%s %s %t %v\n", cells[0].Raw(), cells[1].Raw(), cells[2].IsAbsent(), err)
	// Output: "42" "17" true <nil>
}

func ExampleDecoder_AppendRows() {
	schema := wire.Schema{{Name: "id", Type: wire.BigInt}, {Name: "name", Type: wire.Text}}
	type room struct {
		ID   int64
		Name string
	}
	d, err := wire.NewDecoder[room]()
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := wire.ParseRows([]byte(`[{"id":"1","name":"blue"},{"name":"red","id":"2"}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	rooms, err := d.AppendRows(nil, page, schema)
	fmt.Printf("%+v %v\n", rooms, err)
	// Output: [{ID:1 Name:blue} {ID:2 Name:red}] <nil>
}
