package engine

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

var jobID = regexp.MustCompile(`TC-[0-9a-f]{12}`)

func TestTopicSQL_ConsumeCommitsWhatItGivesToAGroup(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	must(t, e, root, "INSERT INTO a.rooms VALUES ('x', 'one')")
	publish(t, e, 2)
	out := must(t, e, worker, "CONSUME FROM a.t GROUP 'mailer' FROM EARLIEST LIMIT 1")
	is.Equal(out.Results[0].RowCount, int64(1))
	row := out.Results[0].Rows[0]
	var names []string
	for _, c := range out.Results[0].Schema {
		names = append(names, c.Name)
	}
	is.Equal(names, []string{"topic_id", "partition_id", "offset", "key", "payload", "timestamp_ms", "user_id", "op"})
	is.Equal(string(row[0])+string(row[1])+string(row[2])+string(row[3]), `"a.t"0"0""x"`)
	is.Equal(row[4][:5], []byte("[123,")[:5]) // an array of bytes that begins with a brace
	is.Equal(string(row[6])+string(row[7]), `null"insert"`)
	at, err := e.TopicOffsets("a.t", "mailer")
	is.NoErr(err)
	is.Equal(at, []TopicOffsets{{Next: 3, Committed: 0}})
	is.Equal(len(ask(t, e, worker, "CONSUME FROM a.t GROUP mailer FROM 0")), 2)
	is.Equal(len(ask(t, e, worker, "CONSUME FROM a.t GROUP mailer FROM EARLIEST")), 0)
	is.Equal(len(ask(t, e, worker, "CONSUME FROM a.t FROM 1 LIMIT 1")), 1)
	is.Equal(len(ask(t, e, worker, "CONSUME FROM a.t")), 0) // latest
}

func TestTopicSQL_AckTellsWhatWasAskedFor(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 2)
	is.Equal(ask(t, e, worker, "ACK a.t GROUP 'g' PARTITION 1 UPTO OFFSET 7"), []string{`"a.t" "g" 1 "7"`})
	is.Equal(ask(t, e, worker, "ACK a.t GROUP 'g' PARTITION 1 UPTO OFFSET 3"), []string{`"a.t" "g" 1 "3"`})
	at, err := e.TopicOffsets("a.t", "g")
	is.NoErr(err)
	is.Equal(at, []TopicOffsets{{Committed: -1}, {Committed: 7}})
}

func TestTopicSQL_ClearAndDrop(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	publish(t, e, 3)
	ack(t, e, "g", 1)
	out := must(t, e, root, "CLEAR TOPIC a.t")
	is.Equal(jobID.ReplaceAllString(out.Results[0].Message, "TC"), "Scheduled cleanup job [TC] for topic 'a.t'")
	at, err := e.TopicOffsets("a.t", "g")
	is.NoErr(err)
	is.Equal(at, []TopicOffsets{{Committed: -1}})
	must(t, e, root, "INSERT INTO a.rooms VALUES ('x', 'one')") // the sources stay
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(0, 1))

	out = must(t, e, root, "DROP TOPIC a.t")
	is.Equal(jobID.ReplaceAllString(out.Results[0].Message, "TC"), "Dropped topic 'a.t' and scheduled cleanup job [TC]")
	must(t, e, root, "INSERT INTO a.rooms VALUES ('y', 'two')", "CREATE TOPIC a.t")
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(0, 0)) // nothing is left of the old one, sources included
	must(t, e, root, "INSERT INTO a.rooms VALUES ('z', 'three')")
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(0, 0))
}

func TestTopicSQL_Refusals(t *testing.T) {
	const bad, denied = wire.CodeSQLExecutionError, wire.CodePermissionDenied
	for sql, want := range map[string]struct {
		by   Session
		code wire.Code
		text string
	}{
		"CREATE TOPIC a.t":                                                {root, bad, "Statement 1 failed: Already exists: Topic 'a.t' already exists"},
		"CREATE TOPIC t":                                                  {root, bad, "Statement 1 failed: Invalid operation: Topic name must be namespace-qualified: <namespace>.<topic>"},
		"CREATE TOPIC b.t":                                                {root, bad, "Statement 1 failed: Not found: Namespace 'b' does not exist"},
		"CREATE TOPIC a.u PARTITIONS 0":                                   {root, wire.CodeInvalidSQL, ""},
		"CREATE TOPIC a.u PARTITIONS 1025":                                {root, wire.CodeInvalidSQL, ""},
		"CREATE TOPIC a.u PARTITIONS -1":                                  {root, wire.CodeInvalidSQL, ""},
		"CREATE TOPIC IF NOT EXISTS a.u":                                  {root, wire.CodeInvalidSQL, ""},
		"CREATE TOPIC a.v":                                                {worker, denied, "Admin privileges (DBA or System role) required for topic management"},
		"DROP TOPIC a.t":                                                  {lena, denied, "Admin privileges (DBA or System role) required for topic management"},
		"CLEAR TOPIC a.t":                                                 {worker, denied, "Admin privileges (DBA or System role) required for topic management"},
		"ALTER TOPIC a.t ADD SOURCE a.x ON INSERT":                        {worker, denied, "Admin privileges (DBA or System role) required for topic management"},
		"ALTER TOPIC a.t ADD SOURCE a.rooms ON INSERT":                    {dora, bad, "Statement 1 failed: Already exists: Route for a.rooms ON Insert already exists in topic 'a.t'"},
		"ALTER TOPIC a.n ADD SOURCE a.rooms ON INSERT":                    {dora, bad, "Statement 1 failed: Not found: Topic 'a.n' does not exist"},
		"ALTER TOPIC a.t ADD SOURCE a.x ON TRUNCATE":                      {root, wire.CodeInvalidSQL, ""},
		"ALTER TOPIC a.t ADD SOURCE a.x ON INSERT WITH (payload = 'all')": {root, wire.CodeInvalidSQL, ""},
		"ALTER TOPIC a.t ADD SOURCE a.x ON INSERT WITH (colour = 'red')":  {root, wire.CodeInvalidSQL, ""},
		"DROP TOPIC a.n":                                                  {root, bad, "Statement 1 failed: Not found: Topic 'a.n' does not exist"},
		"CLEAR TOPIC a.n":                                                 {root, bad, "Statement 1 failed: Not found: Topic 'a.n' does not exist"},
		"CONSUME FROM a.t": {lena, denied,
			"Statement 1 failed: Permission denied: Only service, dba, or system roles can consume from topics"},
		"CONSUME FROM a.n":                {worker, bad, "Statement 1 failed: Not found: Topic 'a.n' does not exist"},
		"CONSUME FROM a.t FROM SOMEWHERE": {root, wire.CodeInvalidSQL, ""},
		"CONSUME FROM a.t LIMIT 1.5":      {root, wire.CodeInvalidSQL, ""},
		"ACK a.t GROUP 'g' UPTO OFFSET 1": {lena, denied, "Statement 1 failed: Permission denied: Only service, dba, or system roles can acknowledge topic offsets"},
		"ACK a.n GROUP 'g' UPTO OFFSET 1": {worker, bad, "Statement 1 failed: Not found: Topic 'a.n' does not exist"},
		"ACK a.t UPTO OFFSET 1":           {root, wire.CodeInvalidSQL, ""},
		"ACK a.t GROUP 'g'":               {root, wire.CodeInvalidSQL, ""},
		"BEGIN; CREATE TOPIC a.w; COMMIT": {root, bad, "Statement 2 failed: Invalid operation: DDL statements are not allowed inside a transaction"},
		"CLEAR TABLE a.t":                 {root, wire.CodeInvalidSQL, ""},
	} {
		t.Run(sql, func(t *testing.T) {
			is := is.New(t)
			e := openTopics(t, newTopicClock(), 1)
			_, err := e.Exec(context.Background(), want.by, sql, nil)
			var said *Error
			is.True(errors.As(err, &said))
			is.Equal(said.Code, want.code)
			if want.text != "" {
				is.Equal(said.Message, want.text)
			}
		})
	}
}
