package client_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// Room is a row of the table that messages are joined with.
type Room struct {
	Name  string `kalam:"name"`
	Title string `kalam:"title"`
}

// The server joins nothing in a live query: two views are joined here. Debounce waits until both are at rest.
func ExampleLive_join() {
	example(func(ctx context.Context, c *client.Client) {
		if _, err := client.Batch(ctx, c, `CREATE TABLE chat.rooms (name TEXT PRIMARY KEY, title TEXT) WITH (TYPE = 'USER');
			INSERT INTO chat.rooms (name, title) VALUES ('go', 'The Go room')`); err != nil {
			log.Fatal(err)
		}
		titled := func(messages client.View[Message], rooms client.View[Room]) []string {
			var lines []string
			for _, m := range messages.All() {
				room, ok := rooms.Get(m.Room)
				if !ok {
					room.Title = m.Room
				}
				lines = append(lines, room.Title+": "+*m.Body)
			}
			return lines
		}
		lines := rx.Pipe2(
			operators.CombineLatest2(
				client.Live[Message](c, "SELECT * FROM chat.messages"), client.Live[Room](c, "SELECT * FROM chat.rooms"), titled),
			operators.Debounce[[]string](20*time.Millisecond),
			operators.Take[[]string](1))
		for now, err := range rx.All(ctx, lines) {
			fmt.Printf("%q %v\n", now, err)
		}
	})
	// Output: ["The Go room: hello" "rust: hi"] <nil>
}
