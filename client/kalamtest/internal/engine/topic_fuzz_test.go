package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
)

// FuzzTopicSQL runs any text by an administrator beside a topic: it must answer or fail with an *Error, and whatever it did to
// the topic must be consistent.
func FuzzTopicSQL(f *testing.F) {
	for _, sql := range []string{
		"CREATE TOPIC a.u PARTITIONS 3", "ALTER TOPIC a.t ADD SOURCE a.x ON INSERT WHERE (x = 1) WITH (payload = 'key')", "CLEAR TOPIC a.t",
		"DROP TOPIC a.t", "CONSUME FROM a.t GROUP 'g' FROM EARLIEST LIMIT 2", "CONSUME FROM a.t FROM 9223372036854775807 LIMIT 0",
		"ACK a.t GROUP 'g' PARTITION 7 UPTO OFFSET 9223372036854775807", "ACK a.t GROUP g UPTO OFFSET 1; CONSUME FROM a.t GROUP g",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		e := openTopics(t, newTopicClock(), 2)
		publish(t, e, 5)
		var said *Error
		if _, err := e.Exec(context.Background(), dora, sql, nil); err != nil && !errors.As(err, &said) {
			t.Fatalf("%T %v", err, err)
		}
		at, err := e.TopicOffsets("a.t", "g")
		if errors.Is(err, wire.CodeNotFound) {
			return // dropped
		}
		group := "g"
		for part, o := range at {
			b, err := e.Fetch(TopicFetch{Topic: "a.t", Group: &group, Start: wire.FromEarliest(), Partition: part, Limit: 100})
			if err != nil || o.Committed < none || o.Claimed != 0 {
				t.Fatalf("%+v %v", o, err)
			}
			if want := max(0, o.Next-o.Committed-1); int64(len(b.Records)) != want {
				t.Fatalf("partition %d, %+v: %d records, %d expected", part, o, len(b.Records), want)
			}
		}
	})
}
