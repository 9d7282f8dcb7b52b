package client_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/client"
)

func ExampleSQL() {
	room := "it's'; DROP TABLE chat.messages; --"
	sql, err := client.SQL("SELECT * FROM chat.messages WHERE room = ? AND id > ?", room, 41)
	fmt.Println(sql, err)
	sql, err = client.SQL("INSERT INTO a.b (at, ok, n) VALUES (?, ?, ?)", time.UnixMicro(1772323200123456), true, nil)
	fmt.Println(sql, err)
	_, err = client.SQL("SELECT * FROM a.b WHERE x = ?", []byte{1})
	fmt.Println(errors.Is(err, client.ErrParam))
	// Output:
	// SELECT * FROM chat.messages WHERE room = 'it''s''; DROP TABLE chat.messages; --' AND id > 41 <nil>
	// INSERT INTO a.b (at, ok, n) VALUES ('2026-03-01T00:00:00.123456Z', true, NULL) <nil>
	// true
}
