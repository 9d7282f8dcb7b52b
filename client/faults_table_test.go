package client_test

import "testing"

// The fault table: what goes wrong, what is expected, what was measured.
//
//	go test ./client -run TestFaults -v
func TestFaults(t *testing.T) {
	table := newFaultTable()
	for _, row := range faultRows() {
		table.run(t, row)
	}
	t.Logf("\n%s", table)
}

func faultRows() []faultRow {
	return []faultRow{
		{n: 1, fault: "server restart under 10 live queries", expected: "all resumed within a backoff step, nothing lost", play: restartUnderTen, sockets: true},
		{n: 2, fault: "reset amid the first rows", expected: "one snapshot is told, whole", play: resetAmidTheRows, sockets: true},
		{n: 3, fault: "half-open", expected: "seen at quiet ± 0.1 s", play: halfOpen, sockets: true},
		{n: 4, fault: "loss one way", expected: "server closes at 10 s + sweep; no double life", play: oneWayLoss, sockets: true},
		{n: 5, fault: "no upgrade; no auth; no ack", expected: "three timeouts ± 0.1 s, three named errors", play: silentServer, sockets: true},
		{n: 6, fault: "expired token; refused again", expected: "one new token, one new dial; then final", play: expiredToken},
		{n: 7, fault: "login is down for 10 min", expected: "no socket before there is a token; backoff", play: loginDown},
		{n: 8, fault: "refresh takes 29 s", expected: "events go on; one refresh at a time", play: slowRefresh},
		{n: 9, fault: "1,000 clients lose a server that is back at once", expected: "dials in any 100 ms ÷ mean ≤ 3", play: herd},
		{n: 10, fault: "flap: dropped 50 ms after auth, 10 min", expected: "dials ≤ 40; short delays again only after 10 s of life", play: flapping},
		{n: 11, fault: "one observer of 10 stalls for 30 s", expected: "others' p99 ÷ p99 without ≤ 1.2; it is told", play: oneStalled},
		{n: 12, fault: "all observers slower than the stream", expected: "memory within what is configured; told + dropped = sent", play: slowConsumers, sockets: true},
		{n: 13, fault: "calls within callbacks", expected: "each returns within 100 ms", play: callsInCallbacks},
		{n: 14, fault: "a callback panics", expected: "one stream ends with the stack", play: panics, sockets: true},
		{n: 15, fault: "leaving streams", expected: "nothing is told afterwards, in 10⁵ tries", play: nothingAfterDone},
		{n: 16, fault: "100 Close among 1,000 Subscribe", expected: "all end, nothing is left", play: closedByAHundred, sockets: true},
		{n: 17, fault: "Close in 16 states", expected: "returns within 1 s, nothing dials, nothing is told later", play: closeAnywhere},
		{n: 18, fault: "subscribe, unsubscribe, both during an outage", expected: "first live after it; others never sent", play: comingAndGoing},
		{n: 19, fault: "reply of a former connection", expected: "ignored, counted", play: staleReply},
		{n: 20, fault: "500 rows come twice", expected: "deduped 500, told once", play: comingTwice},
		{n: 21, fault: "the table is reset to a backup", expected: "one refetch, told as a gap; no loop", play: tableReset},
		{n: 22, fault: "one live query is refused", expected: "it ends with what the server said, and is not tried again", play: refusedOnes},
		{n: 23, fault: "100 live queries resume at once", expected: "no limit error; all live ≤ 100/45 s + 1 s", play: hundredResume},
		{n: 24, fault: "bomb, oversize, nested, bad UTF-8, unknown, truncated", expected: "skipped, counted, recovered; memory held ≤ 2 × limit, with garbage ≤ 4 ×", play: hostileFrames, sockets: true},
		{n: 25, fault: "10 MB at 100 KB/s; single bytes; 300 ± 200 ms", expected: "no false drop", play: slowBytes},
		{n: 26, fault: "held up for 8 s; asleep for 8 h", expected: "what waited is read; one dial, one refresh at the end (the client runs meanwhile; the wall clock cannot jump in a bubble)", play: asleep},
		{n: 27, fault: "the close frame is not answered", expected: "Close takes 1 s", play: slowClose, sockets: true},
		{n: 28, fault: "consumer: crash before the ack, acks and answers lost, 500, 503, hang", expected: "processed once but for the unacked of the crash; Retry-After kept; Close commits", play: topicFaults},
		{n: 29, fault: "TLS: unknown CA, wrong host, expired; redirect", expected: "final, one dial; no token elsewhere; a token over ws:// to another machine is refused", play: untrusted},
		{n: 30, fault: "10,000 reconnects", expected: "goroutines, connections and heap flat", play: reconnects, sockets: true},
	}
}
