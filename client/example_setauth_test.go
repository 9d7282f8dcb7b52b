package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// A live query goes on as another user's: all that was told before is void.
func ExampleClient_SetAuth() {
	optional(func(ctx context.Context, srv *kalamtest.Server, c *client.Client) {
		if err := srv.AddUser("lena", "correct-horse", "user"); err != nil {
			log.Fatal(err)
		}
		for id, user := range map[int]string{71: "root", 72: "lena"} {
			if err := srv.Exec(ctx, user, "INSERT INTO chat.messages (id, room) VALUES ($1, 'go')", id); err != nil {
				log.Fatal(err)
			}
		}
		messages := client.Changes[struct {
			ID int64 `kalam:"id"`
		}](c, "SELECT * FROM chat.messages WHERE (id > 70)")
		loaded := 0
		for m, err := range rx.All(ctx, messages) {
			if err != nil {
				log.Fatal(err)
			}
			if m.Op == client.Gap || m.Op == client.Resynced {
				continue
			}
			fmt.Println(m.Op, m.Row.ID)
			if m.Op != client.Loaded {
				continue
			}
			if loaded++; loaded == 2 {
				break
			}
			if err := c.SetAuth(ctx, auth.Password("lena", "correct-horse"), client.Redial); err != nil {
				log.Fatal(err)
			}
		}
	})
	// Output:
	// insert 71
	// loaded 0
	// reset 0
	// insert 72
	// loaded 0
}

func ExampleIdentityError() {
	var err error = &client.IdentityError{Before: "lena", After: "otto"}
	fmt.Println(err)
	fmt.Println(errors.Is(err, client.ErrIdentity))
	// Output:
	// kalam: the server knows us as "otto", and knew us as "lena"
	// true
}

func ExampleSocketPolicy() {
	fmt.Println(client.Redial, client.KeepSocket, client.CloseSocket)
	// Output: Redial KeepSocket CloseSocket
}
