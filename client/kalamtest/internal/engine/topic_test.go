package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// topicClock is a clock that a test moves.
type topicClock struct{ at time.Time }

func newTopicClock() *topicClock {
	return &topicClock{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
}

func (c *topicClock) now() time.Time          { return c.at }
func (c *topicClock) advance(d time.Duration) { c.at = c.at.Add(d) }

// openTopics gives an engine with the SHARED table a.rooms, the USER table a.notes, and the topic a.t that has all of both.
func openTopics(t testing.TB, clock *topicClock, partitions int) *Engine {
	t.Helper()
	e := open(t, Options{Now: clock.now})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE SHARED TABLE a.rooms (name TEXT PRIMARY KEY, topic TEXT)",
		"CREATE USER TABLE a.notes (id BIGINT PRIMARY KEY, v TEXT)", fmt.Sprintf("CREATE TOPIC a.t PARTITIONS %d", partitions))
	for _, table := range []string{"a.rooms", "a.notes"} {
		for _, op := range []string{"INSERT", "UPDATE", "DELETE"} {
			must(t, e, root, "ALTER TOPIC a.t ADD SOURCE "+table+" ON "+op)
		}
	}
	return e
}

// poll fetches for a group and gives the offsets.
func poll(t testing.TB, e *Engine, group string, start wire.Start, limit int) []int64 {
	t.Helper()
	offsets, _ := pollNext(t, e, group, start, limit)
	return offsets
}

func pollNext(t testing.TB, e *Engine, group string, start wire.Start, limit int) (offsets []int64, next int64) {
	t.Helper()
	b, err := e.Fetch(TopicFetch{Topic: "a.t", Group: &group, Start: start, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	offsets = []int64{}
	for _, r := range b.Records {
		offsets = append(offsets, r.Offset)
	}
	return offsets, b.NextOffset
}

func publish(t testing.TB, e *Engine, n int) {
	t.Helper()
	for i := range n {
		if _, _, err := e.Publish("a.t", fmt.Sprint("k", i), []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
}

func ack(t testing.TB, e *Engine, group string, upto int64) {
	t.Helper()
	if err := e.Ack("a.t", group, 0, upto); err != nil {
		t.Fatal(err)
	}
}

func span(from, to int64) []int64 {
	out := []int64{}
	for n := from; n < to; n++ {
		out = append(out, n)
	}
	return out
}

func TestTopic_StartCountsOnlyForAGroupWithoutACommit(t *testing.T) {
	for name, c := range map[string]struct {
		start wire.Start
		want  []int64
		next  int64
	}{
		"earliest":           {wire.FromEarliest(), span(0, 4), 4},
		"latest":             {wire.FromLatest(), span(0, 0), 4},
		"offset":             {wire.FromOffset(2), span(2, 4), 4},
		"offset beyond":      {wire.FromOffset(9), span(0, 0), 9},
		"offset far too far": {wire.FromOffset(1<<63 - 1), span(0, 0), 1<<63 - 1},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			e := openTopics(t, newTopicClock(), 1)
			publish(t, e, 4)
			got, next := pollNext(t, e, "new", c.start, 10)
			is.Equal(got, c.want)
			is.Equal(next, c.next)
			ack(t, e, "old", 0)
			got, next = pollNext(t, e, "old", c.start, 2)
			is.Equal(got, span(1, 3)) // behind the commit, whatever was asked for
			is.Equal(next, int64(3))
		})
	}
}

func TestTopic_MembersOfAGroupGetDifferentRecords(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	publish(t, e, 5)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 2), span(0, 2))
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 2), span(2, 4))
	is.Equal(poll(t, e, "g", wire.FromOffset(0), 2), span(4, 5))
	is.Equal(poll(t, e, "other", wire.FromEarliest(), 2), span(0, 2)) // another group has a cursor of its own
	got, next := pollNext(t, e, "g", wire.FromLatest(), 2)
	is.Equal(got, span(0, 0))
	is.Equal(next, int64(5))
	got, next = pollNext(t, e, "g", wire.FromEarliest(), 2)
	is.Equal(got, span(0, 0))
	is.Equal(next, int64(0)) // where it was asked to start, not where it stands
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 0), span(0, 0))
}

func TestTopic_LatestIsWhereTheFirstPollStood(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	publish(t, e, 2)
	is.Equal(poll(t, e, "g", wire.FromLatest(), 10), span(0, 0))
	publish(t, e, 3)
	is.Equal(poll(t, e, "g", wire.FromLatest(), 10), span(2, 5))
}

func TestTopic_AnExpiredClaimRewindsTheGroupToIt(t *testing.T) {
	is := is.New(t)
	clock := newTopicClock()
	e := openTopics(t, clock, 1)
	publish(t, e, 9)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 3), span(0, 3))
	clock.advance(30 * time.Second)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 3), span(3, 6))
	clock.advance(30*time.Second - 1)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 1), span(6, 7)) // one nanosecond too early
	clock.advance(1)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(0, 9)) // claims that still hold are no obstacle
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(0, 0))
	clock.advance(30 * time.Second)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(3, 9)) // the claim of then was not renewed by the redelivery
}

func TestTopic_AnAckEndsTheClaimsBelowIt(t *testing.T) {
	is := is.New(t)
	clock := newTopicClock()
	e := openTopics(t, clock, 1)
	publish(t, e, 6)
	poll(t, e, "g", wire.FromEarliest(), 2)
	poll(t, e, "g", wire.FromEarliest(), 2)
	ack(t, e, "g", 2) // all of the first claim, half of the second
	clock.advance(time.Minute)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(3, 6))
	ack(t, e, "g", 5)
	clock.advance(time.Hour)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(0, 0))
}

func TestTopic_AnAckOfAWholeClaimKeepsItFromRewinding(t *testing.T) {
	is := is.New(t)
	clock := newTopicClock()
	e := openTopics(t, clock, 1)
	publish(t, e, 5)
	poll(t, e, "g", wire.FromEarliest(), 2)
	clock.advance(59 * time.Second)
	poll(t, e, "g", wire.FromEarliest(), 2)
	ack(t, e, "g", 1)
	clock.advance(time.Second)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(4, 5)) // 2 and 3 are held for another minute
}

func TestTopic_AcksNeverGoBackAndAreNotFenced(t *testing.T) {
	is := is.New(t)
	clock := newTopicClock()
	e := openTopics(t, clock, 1)
	publish(t, e, 6)
	poll(t, e, "g", wire.FromEarliest(), 2)
	clock.advance(2 * time.Minute)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 2), span(0, 2)) // another member's now
	ack(t, e, "g", 1)                                             // by the one whose claim is over
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 2), span(2, 4))
	ack(t, e, "g", 0)
	at, err := e.TopicOffsets("a.t", "g")
	is.NoErr(err)
	is.Equal(at, []TopicOffsets{{Next: 6, Committed: 1, Claimed: 2}})
	ack(t, e, "g", 7) // beyond the end: what comes up to there is never seen
	publish(t, e, 4)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(8, 10))
	ack(t, e, "g", 1<<63-1)
	is.Equal(poll(t, e, "g", wire.FromEarliest(), 9), span(0, 0))
}

func TestTopic_ARestartForgetsClaimsAndCursorsButNoCommit(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	publish(t, e, 4)
	poll(t, e, "committed", wire.FromEarliest(), 3)
	ack(t, e, "committed", 0)
	poll(t, e, "fresh", wire.FromEarliest(), 3)
	poll(t, e, "latest", wire.FromLatest(), 3)
	publish(t, e, 1)
	e.ForgetClaims()
	is.Equal(poll(t, e, "committed", wire.FromLatest(), 9), span(1, 5))
	is.Equal(poll(t, e, "fresh", wire.FromEarliest(), 9), span(0, 5))
	is.Equal(poll(t, e, "latest", wire.FromLatest(), 9), span(0, 0)) // latest is another place now: record 4 is lost
}

func TestTopic_ReadingWithoutAGroupClaimsNothing(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	publish(t, e, 3)
	for range 2 {
		b, err := e.Fetch(TopicFetch{Topic: "a.t", Start: wire.FromOffset(1), Limit: 1})
		is.NoErr(err)
		is.Equal(b.Records[0].Offset, int64(1))
		is.Equal(b.NextOffset, int64(2))
	}
}

func TestTopic_WhatDoesNotExist(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	group := "g"
	_, err := e.Fetch(TopicFetch{Topic: "a.nope", Group: &group})
	is.Equal(err, &Error{Status: 404, Code: wire.CodeNotFound, Message: "Topic 'a.nope' does not exist"})
	is.True(errors.Is(e.Ack("a.nope", "g", 0, 1), wire.CodeNotFound))
	_, err = e.TopicOffsets("a.nope", "g")
	is.True(errors.Is(err, wire.CodeNotFound))
	_, err = e.TopicEnd("a.nope", 0)
	is.True(errors.Is(err, wire.CodeNotFound))
	_, _, err = e.Publish("a.nope", "", nil)
	is.True(errors.Is(err, wire.CodeNotFound))
	b, err := e.Fetch(TopicFetch{Topic: "a.t", Group: &group, Partition: 7, Limit: 1}) // an empty one, as on the real server
	is.NoErr(err)
	is.Equal(len(b.Records), 0)
	is.NoErr(e.Ack("a.t", "g", 7, 3))
}

func TestTopic_ACommitIsWrittenWholeAndInOrder(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	must(t, e, root, "INSERT INTO a.rooms VALUES ('x', 'one'), ('y', NULL)",
		"BEGIN; UPDATE a.rooms SET topic = 'uno' WHERE name = 'x'; DELETE FROM a.rooms WHERE name = 'y'; COMMIT",
		"BEGIN; UPDATE a.rooms SET topic = 'lost' WHERE name = 'x'; ROLLBACK")
	must(t, e, lena, "INSERT INTO a.notes VALUES (7, 'hers')")
	_, err := e.Exec(context.Background(), root, "INSERT INTO a.rooms VALUES ('z', 'new'), ('x', 'there already')", nil)
	is.True(err != nil)
	b, err := e.Fetch(TopicFetch{Topic: "a.t", Start: wire.FromEarliest(), Limit: 100})
	is.NoErr(err)
	var got []string
	commits := map[string]bool{}
	for _, r := range b.Records {
		var row map[string]any
		is.NoErr(json.Unmarshal(r.Payload, &row))
		got = append(got, fmt.Sprintf("%d %s %s %q %v", r.Offset, r.Op, *r.Key, r.User, row["_deleted"]))
		commits[row["_commit_seq"].(string)] = true
	}
	is.Equal(got, []string{`0 Insert x "" false`, `1 Insert y "" false`, `2 Update x "" false`, `3 Delete y "" true`,
		`4 Insert 7 "lena" false`})
	is.Equal(len(commits), 3)
}

func TestTopic_PayloadsAreTheWholeRowOfEveryKind(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 1)
	for _, kind := range []string{"full", "diff", "key"} {
		must(t, e, root, "CREATE TOPIC a."+kind, "ALTER TOPIC a."+kind+" ADD SOURCE a.rooms ON DELETE WHERE (topic = 'nothing') WITH (payload = '"+kind+"')")
	}
	must(t, e, root, "INSERT INTO a.rooms VALUES ('x', 'one')", "DELETE FROM a.rooms WHERE name = 'x'")
	for kind, want := range map[string]any{"full": "a:rooms", "diff": "a:rooms", "key": nil} {
		b, err := e.Fetch(TopicFetch{Topic: "a." + kind, Start: wire.FromEarliest(), Limit: 9})
		is.NoErr(err)
		is.Equal(len(b.Records), 1) // the source's WHERE counts for nothing
		var row map[string]any
		is.NoErr(json.Unmarshal(b.Records[0].Payload, &row))
		is.Equal(row["_table"], want)
		is.Equal([]any{row["name"], row["topic"], row["_deleted"]}, []any{"x", "one", true})
		is.Equal(len(row["_seq"].(string)), 18)
		delete(row, "_table")
		is.Equal(slices.Sorted(maps.Keys(row)), []string{"_commit_seq", "_deleted", "_seq", "name", "topic"})
	}
}

func TestTopic_StreamRowsTellTheirLastValuesAndMayHaveNoKey(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 4)
	must(t, e, root, "CREATE STREAM TABLE a.typing (room TEXT, who TEXT) WITH (TTL_SECONDS = 30)",
		"ALTER TOPIC a.t ADD SOURCE a.typing ON INSERT", "ALTER TOPIC a.t ADD SOURCE a.typing ON DELETE WITH (payload = 'key')")
	must(t, e, lena, "INSERT INTO a.typing VALUES ('go', 'lena')", "DELETE FROM a.typing WHERE room = 'go'")
	var ops []string
	for n := range 4 {
		b, err := e.Fetch(TopicFetch{Topic: "a.t", Partition: n, Start: wire.FromEarliest(), Limit: 9})
		is.NoErr(err)
		for _, r := range b.Records {
			is.True(r.Key == nil)
			is.True(strings.Contains(string(r.Payload), `"who":"lena"`))
			is.Equal(r.User, "lena")
			ops = append(ops, r.Op)
		}
	}
	is.Equal(slices.Sorted(slices.Values(ops)), []string{"Delete", "Insert"})
}

func TestTopic_AKeyStaysInItsPartition(t *testing.T) {
	is := is.New(t)
	e := openTopics(t, newTopicClock(), 3)
	where := map[string]int{}
	ends := make([]int64, 3)
	for i := range 300 {
		key := fmt.Sprint("k", i%60)
		part, offset, err := e.Publish("a.t", key, []byte(`{}`))
		is.NoErr(err)
		if before, known := where[key]; known {
			is.Equal(part, before)
		}
		is.Equal(offset, ends[part]) // dense
		where[key] = part
		ends[part]++
	}
	for n, end := range ends {
		is.True(end > 30) // spread
		got, err := e.TopicEnd("a.t", n)
		is.NoErr(err)
		is.Equal(got, end)
	}
}
