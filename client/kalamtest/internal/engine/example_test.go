package engine_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

func Example() {
	e, err := engine.New(engine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = e.Close() }()
	ctx := context.Background()
	root, lena := engine.Session{User: "root", Role: engine.RoleSystem}, engine.Session{User: "lena", Role: engine.RoleUser}

	_, err = e.Exec(ctx, root, "CREATE NAMESPACE chat; CREATE USER TABLE chat.messages (id BIGINT PRIMARY KEY, body TEXT)", nil)
	fmt.Println(err)
	q, err := e.ParseLive(lena, "SELECT id, body FROM chat.messages WHERE body LIKE 'h%'")
	fmt.Println(q.Table(), err)
	e.OnChange(func(c engine.RowChange) {
		if ok, err := q.Matches(c.New); err == nil && ok && q.Concerns(c) {
			fmt.Println("live:", c.Op, string(c.New.Cells[1]))
		}
	})
	_, _ = e.Exec(ctx, lena, "INSERT INTO chat.messages VALUES (1, $1)", []any{"hello"})
	out, _ := e.Exec(ctx, lena, "SELECT body FROM chat.messages", nil)
	fmt.Printf("%s\n", out.Results[0].Rows[0][0])
	_, err = e.Exec(ctx, lena, "SELECT * FROM chat.nope", nil)
	fmt.Println(err, errors.Is(err, wire.CodeSQLExecutionError))

	// Output:
	// <nil>
	// chat.messages <nil>
	// live: insert "hello"
	// "hello"
	// kalamtest: SQL_EXECUTION_ERROR: SQL statement failed true
}
