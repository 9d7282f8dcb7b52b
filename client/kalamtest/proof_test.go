package kalamtest_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// What a transcript presumes.
const (
	chatTables = messagesTable + `;
		CREATE SHARED TABLE chat.rooms (name TEXT PRIMARY KEY, topic TEXT) WITH (ACCESS_LEVEL = 'PUBLIC');
		CREATE STREAM TABLE chat.typing (id TEXT PRIMARY KEY, who TEXT) WITH (TTL_SECONDS = 30);
		CREATE TABLE chat.audit (id BIGINT PRIMARY KEY, room TEXT, v TEXT) WITH (TYPE = 'USER')`
	shopOrders = `CREATE NAMESPACE shop;
		CREATE TABLE shop.orders (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), item TEXT NOT NULL, qty INT, price DECIMAL(10,2), at TIMESTAMP DEFAULT NOW()) WITH (TYPE = 'USER')`
	orderOne = `EXECUTE AS USER 'lena' (INSERT INTO shop.orders (id, item) VALUES (1, 'tea'))`
)

// proof is one transcript: what it presumes, and which differences are accepted, each with its reason.
type proof struct {
	file   string
	setUp  []string
	accept []exception
	// without leaves the sockets out whose name holds this.
	without string
	mend    func(body string) string // puts back what the recording could not hold
	bubble  bool                     // in virtual time over the in-memory network, because it waits or counts by the second
}

func proofs() []proof {
	machine := "a fact of the recorded machine"
	return []proof{
		{file: "http-sql-ddl-dml"},
		{file: "http-sql-errors", setUp: []string{shopOrders, orderOne}},
		{file: "http-health-auth", accept: []exception{
			{".cluster_id", machine}, {".hostname", machine}, {".api_addr", machine}, {".memory_usage_mb", machine},
			{".cpu_usage_percent", machine}, {".uptime_seconds", machine}, {".uptime_human", machine}, {".last_applied", machine},
		}},
		{file: "ws-auth", setUp: []string{shopOrders}, bubble: true},
		{file: "ws-live-changes", setUp: []string{chatTables}},
		{file: "ws-snapshot-batches", setUp: []string{chatTables}},
		{file: "ws-shared-and-stream", setUp: []string{chatTables}},
		{file: "ws-errors", setUp: []string{chatTables}, bubble: true},
		{file: "audit", setUp: []string{chatTables}},
		// Beyond the nine that are asked for.
		{file: "http-sql-types", setUp: []string{"CREATE NAMESPACE shop"}},
		{file: "files", setUp: []string{"CREATE NAMESPACE shop"}, mend: pngAgain},
		{file: "topics", setUp: []string{chatTables}, accept: []exception{
			{"._commit_seq", "the recorded server had committed more before"}, {".timestamp_ms", "the time of the recording"},
		}},
		{file: "ws-idle", bubble: true},
		{file: "ws-gzip-and-msgpack", setUp: []string{chatTables}, without: "msgpack"},
	}
}

// normalised is what the comparison takes out of both sides, because it cannot be equal.
const normalised = `normalised in every transcript:
  took                 a duration; must be a number
  sequence ids         renamed one to one, in the same order everywhere
  tokens               compared by header, claims and lifetime
  times                compared by their form: RFC 3339 with as many digits, or a number of microseconds or nanoseconds
  payloads of topics   compared by what they hold
  CL-<12 hex digits>   the random id of a cleanup job
  members of objects   in any order`

// TestTranscripts plays the client's side of what was recorded with a real server and compares every answer.
func TestTranscripts(t *testing.T) {
	t.Log(normalised)
	for _, p := range proofs() {
		t.Run(p.file, func(t *testing.T) {
			entries := readTranscript(t, p.file)
			if p.bubble {
				synctest.Test(t, func(t *testing.T) { p.run(t, entries, kalamtest.WithNetwork(rxtest.NewNetwork())) })
				return
			}
			p.run(t, entries)
		})
	}
}

func (p proof) run(t *testing.T, entries []entry, opts ...kalamtest.Option) {
	for _, user := range []string{"lena", "max", "nia", "omar", "pia", "ravi"} {
		opts = append(opts, kalamtest.WithUser(user, "Secret-"+user+"-1", "user"))
	}
	opts = append(opts, kalamtest.WithUser("worker", "Secret-worker-1", "service"))
	srv := kalamtest.Start(t, opts...)
	setUp(t, srv, p.setUp...)
	var pace func(time.Duration)
	if p.bubble {
		pace = time.Sleep
	}
	if p.without != "" {
		entries = slices.DeleteFunc(entries, func(e entry) bool { return strings.Contains(e.Conn, p.without) })
	}
	if p.mend != nil {
		for i := range entries {
			entries[i].Body = p.mend(entries[i].Body)
		}
	}
	newPlayer(t, p.file, srv, p.accept).play(entries, pace)
}

// pngAgain gives the recorded file its first byte back, which is not UTF-8. The recorded size and sha256 are those of the file
// with it.
func pngAgain(body string) string { return strings.ReplaceAll(body, "\uFFFDPNG", "\x89PNG") }
