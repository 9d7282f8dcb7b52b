// Package client is the KalamDB client: HTTP queries, and live queries as
// observables on one shared socket.
//
//	c, err := client.New("http://localhost:2900", client.WithAuth(auth.Password("lena", password)))
//	if err != nil {
//		return err
//	}
//	defer c.Close(context.Background())
//
//	type Message struct {
//		ID   int64   `kalam:"id"`
//		Room string  `kalam:"room"`
//		Body *string `kalam:"body"`
//	}
//	messages := client.Changes[Message](c, "SELECT * FROM chat.messages")
//	for m, err := range rx.All(ctx, messages) {
//		…
//	}
//
// # Streams
//
// [LiveEvents] is what the server says, [Changes] is that decoded, [Live] is
// that folded into views. They are cold: each Subscribe is a live query of its
// own, each Unsubscribe closes it. [Client.State], [Client.Messages] and
// [Client.Errors] show the connection itself; they are hot.
//
// # Goroutines
//
// A connection has two goroutines: its reader, which also dials, and its writer;
// while it dials, a third runs the token source and the dialer, which are the
// application's. What the connection knows is held by its owner, whose commands run one at a
// time on a goroutine that exists while there are any. The reader never waits for
// an application: every live query has a bounded queue of its own, drained on a
// goroutine of its own while there is something in it. A stream whose queue
// overflows ends with [ErrLagged]; nobody else notices.
//
// # How it ends
//
// Unsubscribing a stream tells the server. [Client.Close] ends the statements that
// run, completes the live queries, closes the socket by handshake, and completes the client's own
// streams; [Client.Done] is closed when the last observer has returned.
//
// # What is not here yet
//
// A lost socket ends its live queries with a [DisconnectedError]; a Retry on the
// stream opens them anew, with a new snapshot. Reconnecting by itself, resuming
// exactly, and the audit that finds what the server's push has dropped are to
// come: until then the streams are as exact as the push.
package client
