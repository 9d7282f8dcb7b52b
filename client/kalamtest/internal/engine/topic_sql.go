package engine

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

func (e *Engine) createTopic(st *createTopic) (string, error) {
	space, short, _ := strings.Cut(st.name, ".")
	if space == "" || short == "" {
		return "", fail(classOperation, "Topic name must be namespace-qualified: <namespace>.<topic>")
	}
	if !e.catalog.hasNamespace(space) {
		return "", fail(classNotFound, "Namespace '", space, "' does not exist")
	}
	ts := e.topics
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.byName[st.name] != nil {
		return "", fail(classExists, "Topic '", st.name, "' already exists")
	}
	now := ts.now()
	ts.byName[st.name] = &topic{name: st.name, partitions: st.partitions, created: now, changed: now, parts: make(map[int]*partition)}
	return "Created topic '" + st.name + "' with " + itoa(st.partitions) + " partition(s)", nil
}

// addSource does not ask whether the table is there, as the real server does not.
func (e *Engine) addSource(st *addSource, s Session) (string, error) {
	table, err := tableID(st.table, s)
	if err != nil {
		return "", err
	}
	ts := e.topics
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.byName[st.topic]
	if t == nil {
		return "", noTopic(st.topic)
	}
	id, shown := sourceID{table, st.op}, table.String()+" ON "+topicOp(st.op)
	if slices.ContainsFunc(ts.routes[id], func(r route) bool { return r.to == t }) {
		return "", fail(classExists, "Route for ", shown, " already exists in topic '", st.topic, "'")
	}
	ts.routes[id] = append(ts.routes[id], route{to: t, table: !st.bare})
	t.changed = ts.now()
	return "Added source " + shown + " to topic '" + st.topic + "'", nil
}

// clear removes all records and groups of a topic; offsets begin at 0 again.
func (ts *topics) clear(name string) (string, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.byName[name]
	if t == nil {
		return "", noTopic(name)
	}
	clear(t.parts)
	return "Scheduled cleanup job [" + cleanupJob() + "] for topic '" + name + "'", nil
}

func (ts *topics) drop(name string) (string, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.byName[name]
	if t == nil {
		return "", noTopic(name)
	}
	delete(ts.byName, name)
	for id, routes := range ts.routes {
		routes = slices.DeleteFunc(routes, func(r route) bool { return r.to == t })
		if ts.routes[id] = routes; len(routes) == 0 {
			delete(ts.routes, id)
		}
	}
	return "Dropped topic '" + name + "' and scheduled cleanup job [" + cleanupJob() + "]", nil
}

func noTopic(name string) error { return fail(classNotFound, "Topic '", name, "' does not exist") }

func cleanupJob() string {
	var job [6]byte
	_, _ = rand.Read(job[:])
	return "TC-" + hex.EncodeToString(job[:])
}

// mayConsume refuses role user.
func mayConsume(s Session, what string) error {
	if s.Role == RoleUser {
		return fail(classDenied, "Only service, dba, or system roles can ", what)
	}
	return nil
}

// consumeTopic answers CONSUME: like a poll of partition 0, but with a group it commits at once what it gives.
func (e *Engine) consumeTopic(st *consumeTopic, s Session) (Result, error) {
	if err := mayConsume(s, "consume from topics"); err != nil {
		return Result{}, err
	}
	ts := e.topics
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.byName[st.name]
	if t == nil {
		return Result{}, noTopic(st.name)
	}
	b := ts.fetch(t, TopicFetch{Group: st.group, Start: st.start, Limit: st.limit})
	if n := len(b.Records); n > 0 && st.group != nil {
		t.part(0).group(*st.group).ack(b.Records[n-1].Offset, ts.now())
	}
	out := Result{Query: true, Schema: recordSchema(), RowCount: int64(len(b.Records))}
	for _, r := range b.Records {
		out.Rows = append(out.Rows, recordRow(r, out.Schema))
	}
	return out, nil
}

func recordSchema() wire.Schema {
	return numbered(wire.Column{Name: "topic_id", Type: wire.Text}, wire.Column{Name: "partition_id", Type: wire.Int},
		wire.Column{Name: "offset", Type: wire.BigInt}, wire.Column{Name: "key", Type: wire.Text},
		wire.Column{Name: "payload", Type: wire.Bytes}, wire.Column{Name: "timestamp_ms", Type: wire.BigInt},
		wire.Column{Name: "user_id", Type: wire.Text}, wire.Column{Name: "op", Type: wire.Text})
}

func numbered(columns ...wire.Column) wire.Schema {
	for i := range columns {
		columns[i].Index = i
	}
	return columns
}

func recordRow(r wire.TopicMessage, schema wire.Schema) [][]byte {
	var key any
	if r.Key != nil {
		key = *r.Key
	}
	return encoded(schema, r.TopicID, int64(r.PartitionID), r.Offset, key, r.Payload, r.TimestampMS, orNull(r.User),
		strings.ToLower(r.Op))
}

func encoded(schema wire.Schema, values ...any) [][]byte {
	cells := make([][]byte, len(values))
	for i, v := range values {
		cells[i] = appendCell(nil, schema[i].Type, v)
	}
	return cells
}

// ackTopic answers ACK with the offset that was asked for, even where a higher one was committed before.
func (e *Engine) ackTopic(st *ackTopic, s Session) (Result, error) {
	if err := mayConsume(s, "acknowledge topic offsets"); err != nil {
		return Result{}, err
	}
	ts := e.topics
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.byName[st.name]
	if t == nil {
		return Result{}, noTopic(st.name)
	}
	t.part(st.partition).group(st.group).ack(st.upto, ts.now())
	schema := numbered(wire.Column{Name: "topic", Type: wire.Text}, wire.Column{Name: "group_id", Type: wire.Text},
		wire.Column{Name: "partition", Type: wire.Int}, wire.Column{Name: "committed_offset", Type: wire.BigInt})
	row := encoded(schema, st.name, st.group, int64(st.partition), st.upto)
	return Result{Query: true, Schema: schema, Rows: [][][]byte{row}, RowCount: 1}, nil
}
