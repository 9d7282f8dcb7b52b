package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
)

// topicRecords is how many records a run of the benchmarks takes through a topic.
const topicRecords = 100_000

// BenchmarkTopic publishes records and gives them to a group in polls of 100, each acknowledged and encoded as over HTTP.
func BenchmarkTopic(b *testing.B) {
	payload := []byte(`{"id":"17","room":"blue","body":"some text of a message","_seq":"383399681559728128","_commit_seq":"458952","_deleted":false}`)
	for _, partitions := range []int{1, 8} {
		b.Run(fmt.Sprintf("partitions=%d", partitions), func(b *testing.B) {
			for b.Loop() {
				e := openTopics(b, newTopicClock(), partitions)
				for i := range topicRecords {
					if _, _, err := e.Publish("a.t", fmt.Sprint(i), payload); err != nil {
						b.Fatal(err)
					}
				}
				n := 0
				for part := range partitions {
					n += drain(b, e, part)
				}
				if n != topicRecords {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/topicRecords, "ns/record")
		})
	}
}

func drain(b *testing.B, e *Engine, part int) (n int) {
	b.Helper()
	group := "g"
	for {
		batch, err := e.Fetch(TopicFetch{Topic: "a.t", Group: &group, Start: wire.FromEarliest(), Partition: part, Limit: 100})
		if err != nil {
			b.Fatal(err)
		}
		if len(batch.Records) == 0 {
			return n
		}
		if _, err := json.Marshal(batch.Records); err != nil {
			b.Fatal(err)
		}
		n += len(batch.Records)
		if err := e.Ack("a.t", group, part, batch.NextOffset-1); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTopicSource is what a source adds to an INSERT of 1,000 rows.
func BenchmarkTopicSource(b *testing.B) {
	for _, source := range []string{"without", "with"} {
		b.Run(source, func(b *testing.B) {
			e := benchTable(b)
			must(b, e, root, "CREATE TOPIC a.u")
			if source == "with" {
				must(b, e, root, "ALTER TOPIC a.u ADD SOURCE a.t ON INSERT")
			}
			at := 0
			for b.Loop() {
				must(b, e, lena, rowsFrom(at, 1000))
				at += 1000
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(at), "ns/row")
		})
	}
}

// BenchmarkTopicRecord is a record of a commit, without the SQL.
func BenchmarkTopicRecord(b *testing.B) {
	e := benchTable(b)
	must(b, e, root, "CREATE TOPIC a.u", "ALTER TOPIC a.u ADD SOURCE a.t ON INSERT")
	var changes []RowChange
	e.OnChange(func(c RowChange) { changes = append(changes, c) })
	if _, err := e.Exec(context.Background(), lena, rowsFrom(0, 1000), nil); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		e.topics.record(changes)
		if n += len(changes); n%topicRecords == 0 {
			clear(e.topics.byName["a.u"].parts) // or the log fills the memory
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
}
