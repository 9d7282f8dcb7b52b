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
// [LiveEvents] is what the server says. [Changes] is what became of the rows,
// decoded, and [Live] is that folded into views. They are cold: Subscribe opens a
// live query of the server, or joins one with the same SQL and options that is open,
// and Unsubscribe leaves it. [Client.State], [Client.Messages] and [Client.Errors] show
// the connection itself; they are hot.
//
// # Credentials
//
// One token source, [WithAuth], stands behind HTTP, socket, files and consumers; it is
// asked before every dial and request, and once more when the server refuses a token.
// [Client.SetAuth] replaces it while the client is in use. Observers are never told rows
// of two users as if they were one's: behind a change of user comes a [Reset].
//
// # Queries
//
// [Query], [QueryOne], [QueryEach], [Client.Exec] and [Batch] are one HTTP request each,
// with all its retries; [QueryAll] is a stream of as many as there are pages. They take
// the client, or a [Session] that has other settings, see [Client.With]. [SQL] writes
// values as safe literals where there are no parameters, as in live queries.
//
// # Exactness
//
// The server's push is a hint: version 0.4.3 drops in silence what its queue of 128
// has no room for, and says nothing of a row that leaves a filter. So Changes and
// Live read the rows over HTTP, take from the socket what changes, and compare: an
// audit asks for every row and every deletion behind the newest version that was
// read, with the filter's verdict, once for all live queries of a table, and tells
// what the push did not. At rest, the fold of the changes is what SELECT gives. When
// that is confirmed a [View] is Exact.
//
// When a table is audited: 20 ms after rows were read for the first time, after a
// gap and after a reconnect; 25 ms after a burst of 64 changes or more; else 100 ms
// after the last change, or up to 5 s while audits find nothing; under changes
// without end every second; while nothing happens after 2 s, then after twice as long
// each time, up to 30 s ([WithAuditInterval]). Audits make 20 queries a second at
// most ([WithAuditRate]). What they cost and find is in [Client.Stats].
//
// Where audits are not possible all rows are read again and compared: over HTTP for
// tables that keep no deletions (STREAM), over the socket where HTTP does not answer.
// Which it is, is found out. Whatever may be missing in between is a Gap among the
// changes, and a view that is Stale or Resyncing, until it has been told.
//
// # Outages
//
// A lost socket is dialled again, see [WithBackoff], and the live queries are taken up
// under a new one: observers see a Gap, what happened meanwhile, and Resynced; never
// an empty view, a row twice, or a row that is no more. A [Checkpoint] carries the same
// over a restart of the process.
//
// # Observers
//
// Each has a queue of its own, and a rule for when it is full, see [Overflow]; by
// default nothing is lost by it but states in between. One that is slow delays
// neither another nor the socket.
//
// # Files
//
// [Client.Upload] sends files with a statement, streamed from their io.Readers, and [Upload]
// is the same as a stream that tells how far it is. [Client.Download] gives a file back, and
// ends with io.EOF only if it is the one that was stored. A transfer may take as long as its
// context lets it, if it moves: see [WithTransferTimeout].
//
// # Topics
//
// [Consume] is the records of a topic for a consumer group, each at least once and those
// of a partition in order: polling is the backpressure, acknowledgements come in any order
// and only a prefix without a hole is committed, and the time for which the server keeps a
// record from others is kept. [Poll] is one poll, for scripts, and a [Consumer] commits and
// seeks as Kafka's do.
//
// # Goroutines
//
// A connection has two goroutines: its reader, which also dials, and its writer;
// while it dials, a third runs the token source and the dialer, which are the
// application's. What the connection knows is held by its owner, whose commands run
// one at a time on a goroutine that exists while there are any. So do a live query's
// frames, and what waits for each of its observers: an idle live query holds no
// goroutine. Audits and readings over HTTP have one while they run, and so
// has an upload, and another one if it is observed. A stream of records has two, one
// that tells the observer and one that commits, and one more for each poll under way.
//
// # How it ends
//
// Unsubscribing a stream tells the server, if nobody else observes the same live
// query. [Client.Close] ends the statements that run, completes the live queries, has
// streams of records commit, closes the socket by handshake, and completes the client's
// own streams;
// [Client.Done] is closed when the last observer has returned.
package client
