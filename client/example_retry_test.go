package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/sethvargo/go-retry"
)

// A lost socket is dialled again by the client. Retry is for live queries that have ended. It asks again where that may
// help, as with wire.ClassRetryable of too many live queries, and not for what is wrong.
func ExampleChanges_retry() {
	example(func(ctx context.Context, c *client.Client) {
		backoff := func() retry.Backoff { return retry.WithCappedDuration(time.Minute, retry.NewExponential(time.Second)) }
		changes := rx.Pipe1(client.Changes[Message](c, "SELECT * FROM chat.massages"),
			operators.Retry[client.Change[Message]](backoff))
		for _, err := range rx.All(ctx, changes) {
			fmt.Println(errors.Is(err, wire.CodeNotFound))
		}
	})
	// Output: true
}
