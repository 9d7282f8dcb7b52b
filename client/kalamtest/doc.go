// Package kalamtest is a KalamDB in a box: an in-process server that speaks the HTTP and WebSocket protocol of KalamDB
// 0.4.3 (of 0.7 or 0.8 by WithGeneration), on a loopback port or on an in-memory network inside a synctest bubble, with a real SQL engine underneath.
// It is for tests, and for trying things without a server.
//
//	func TestRooms(t *testing.T) {
//		srv := kalamtest.Start(t, kalamtest.WithUser("lena", "Secret-lena-1", "user"))
//		srv.Exec(t.Context(), "root", "CREATE NAMESPACE chat")
//		srv.Exec(t.Context(), "root", "CREATE TABLE chat.rooms (id BIGINT PRIMARY KEY, name TEXT) WITH (TYPE = 'USER')")
//		// a client at srv.URL(), as lena / Secret-lena-1 or with srv.Token("lena")
//	}
//
// There is always the user root, password kalamdb-root, role system.
//
// # Faithful to a fault
//
// What the real server was recorded to say is what this one says, its faults included, because a client must live with
// them: changes beyond 128 that wait for a connection are dropped in silence; a row that leaves a filter is not
// mentioned; a column set to NULL is absent from an update; deletes are not replayed on resume; changes during loading
// wait in a buffer of 1,024 and lose the oldest; a page of a snapshot is the limit+1 rows of lowest _seq, sorted by key
// and then cut, so that pages repeat rows and may skip some; ten subscriptions a user; a socket is closed after ten silent seconds
// plus the sweep of five; fifty text messages a second; gzip from 512 bytes; columns in random order; frames over
// 64 KiB cost the connection; fragmented messages are ignored; the counters of subscriptions can be fooled; a poll of a topic
// never waits, an explicit start counts only for a group that has committed nothing, who acknowledges commits what others
// hold, and a restart forgets claims, cursors, and where Latest was. Nothing of that is silent towards a test: Stats counts
// it, and HoldDelivery makes the loss exact.
//
// # What can be made to fail
//
// A Link stands between a client and any server, this one or a real one, in memory or over TCP: Refuse, Cut, ResetAfter
// some bytes, BlackHole, Stall, Latency with jitter, Bandwidth, Slice into single bytes, HalfClose, SlowAccept. It knows
// how many connections are open, and every dial with its time. Calm turns all off.
//
//	link := kalamtest.NewLink(srv.Dial, seed)
//	defer link.Close()
//	c, err := client.New(srv.URL(), client.WithDialer(link.Dial))
//
// A Server fails by itself: Stop, Kill and Restart; CloseConnections with any code, CutConnections, Inject of any frame;
// RefuseConnections, RefuseAuth, SwallowAuth, SwallowSubscribes; SlowUpgrade, SlowAuth, SlowAck, SlowUnsubscribe (late
// frames of a subscription that was ended); HoldDelivery and WithBurstLoss for exact loss, WithSlowDelivery;
// FaultFrames and FaultRate for change frames that are dropped, doubled, late, swapped or corrupt, of all connections or
// of one; Backup, Restore and RewindSeq for tables that go back in time; WithHTTPHook for answers of a proxy. Calm turns
// off what is a switch. Of files: FollowLeader, CorruptFiles, and the limits WithFileLimits and WithBodyLimit.
//
// FaultTopics spoils polls and acknowledgements of topics: an answer that is lost after it took effect, one that never comes,
// 500, 503 and 429. TopicOffsets tells where a consumer group stands, Publish fills a topic, WithVisibility says how long a
// claim holds.
//
// A Schedule plays such faults at their times; RandomSchedule makes one of a seed, Shrink leaves what matters of one that
// fails a test.
//
// # What it leaves out
//
// MessagePack: a socket that asks for it is told serialization "json" and gets JSON. Exports, OIDC, KILL LIVE QUERY,
// the connection guard's own counting, and everything of a cluster beyond saying that there is one node. Of the generations after 0.4.3 only what Generation lists is spoken; in 0.8
// STREAM tables have no _timestamp. The fan-out is synchronous: the real server's second queue, of 4,096 changes between
// tables and connections, is not there and loses nothing. Uploaded files are kept in memory until the server is closed, and
// outlive their rows and tables.
//
// Of topics: retention, routes in system.topics, RESET CONSUMER GROUP. Records are kept until CLEAR or DROP TOPIC or the server's end. A
// key's partition is not the real server's. Not recorded, and so by the best knowledge only: CLEAR TOPIC lets offsets begin
// at 0 again and forgets the groups; a topic outlives its namespace.
package kalamtest
