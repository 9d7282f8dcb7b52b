package engine

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// topics keeps the topics of an engine. Safe for concurrent use: who consumes does not wait for the engine's turn. There is no
// retention: a record stays until its topic is cleared or dropped.
type topics struct {
	now        func() time.Time
	visibility time.Duration // how long a claim holds

	mu      sync.Mutex
	byName  map[string]*topic
	routes  map[sourceID][]route
	commits uint64
	shuffle *rand.Rand // of the members of payloads
	order   []int      // scratch of payload
}

// topic is one topic: its name, and a log for each partition. Guarded by topics.
type topic struct {
	name       string // "namespace.name"
	partitions int
	created    time.Time
	changed    time.Time          // it got a source
	parts      map[int]*partition // those that were used; also of numbers that the topic does not have, as on the real server
}

// partition is a log and where the groups stand in it. A record's offset is its index, so that offsets are dense from 0.
type partition struct {
	records []wire.TopicMessage
	groups  map[string]*group
}

// sourceID is what happens to which table.
type sourceID struct {
	table TableID
	op    Op
}

// route leads the changes of a source into a topic.
type route struct {
	to    *topic
	table bool // payloads tell the table: of 'full' and 'diff', which are the same, but not of 'key'
}

func newTopics(o Options) *topics {
	return &topics{
		now: o.Now, visibility: o.Visibility,
		byName: make(map[string]*topic), routes: make(map[sourceID][]route),
		shuffle: rand.New(rand.NewPCG(o.Seed, 3)),
	}
}

// part gives a partition, made when it is used first.
func (t *topic) part(n int) *partition {
	p := t.parts[n]
	if p == nil {
		p = &partition{groups: make(map[string]*group)}
		t.parts[n] = p
	}
	return p
}

// end gives the offset of the record that is written next.
func (p *partition) end() int64 { return int64(len(p.records)) }

// from gives at most limit records from an offset on, shared with the log.
func (p *partition) from(offset int64, limit int) []wire.TopicMessage {
	first := min(max(offset, 0), p.end())
	last := first + min(int64(max(limit, 0)), p.end()-first)
	return p.records[first:last:last]
}

// record writes what a commit did into the topics, in the order of its changes. Nobody sees a part of it.
func (ts *topics) record(changes []RowChange) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.commits++
	if len(ts.routes) == 0 {
		return
	}
	at := ts.now().UnixMilli()
	for _, c := range changes {
		for _, r := range ts.routes[sourceID{c.Table, c.Op}] {
			m := wire.TopicMessage{Payload: ts.payload(c, r.table), Key: keyOf(c), TimestampMS: at, User: c.Owner, Op: topicOp(c.Op)}
			r.to.append(m)
		}
	}
}

// append writes a record and tells where. Its partition is told by the key, of one without by the payload.
func (t *topic) append(m wire.TopicMessage) (part int, offset int64) {
	if t.partitions > 1 {
		part = partitionOf(m, t.partitions)
	}
	p := t.part(part)
	m.TopicID, m.PartitionID, m.Offset = t.name, part, p.end()
	p.records = append(p.records, m)
	return part, m.Offset
}

// partitionOf spreads keys over partitions by a hash that is the same for ever. It is not the real server's, so that a key may
// lie in another partition there.
func partitionOf(m wire.TopicMessage, n int) int {
	h := fnv.New64a()
	if m.Key != nil {
		_, _ = h.Write([]byte(*m.Key))
	} else {
		_, _ = h.Write(m.Payload)
	}
	return int(h.Sum64() % uint64(n))
}

// topicOp is an operation as topics spell it over HTTP.
func topicOp(op Op) string {
	switch op {
	case OpInsert:
		return "Insert"
	case OpUpdate:
		return "Update"
	}
	return "Delete"
}

// lastVersion gives the version whose values a change tells: of a delete the last ones.
func lastVersion(c RowChange) *Version {
	if c.New.Cells == nil {
		return c.Old // the end of a STREAM row
	}
	return c.New
}

// keyOf gives the primary key as text; nil where the table has none.
func keyOf(c RowChange) *string {
	pk := c.table.pk
	if pk < 0 {
		return nil
	}
	return new(asText(lastVersion(c).values[pk]))
}

// payload writes the whole row with its system columns, members in random order, as the real server's hash maps do.
func (ts *topics) payload(c RowChange, table bool) []byte {
	v, n := lastVersion(c), len(c.table.columns)
	members := n + 3
	if table {
		members++
	}
	ts.order = ts.order[:0]
	for i := range members {
		ts.order = append(ts.order, i)
	}
	ts.shuffle.Shuffle(members, func(i, j int) { ts.order[i], ts.order[j] = ts.order[j], ts.order[i] })
	out := make([]byte, 0, payloadSize(c, v))
	for i, at := range ts.order {
		out = append(out, "{,"[min(i, 1)])
		switch at - n {
		case 0:
			out = appendQuoted(appendName(out, c.table.version), c.Seq)
		case 1:
			out = appendQuoted(appendName(out, "_commit_seq"), ts.commits<<16)
		case 2:
			out = strconv.AppendBool(appendName(out, deletedColumn), c.Op == OpDelete)
		case 3:
			out = appendString(appendName(out, "_table"), c.Table.Namespace+":"+c.Table.Name)
		default:
			out = append(appendName(out, c.table.columns[at].name), v.Cells[at]...)
		}
	}
	return append(out, '}')
}

// payloadSize is about how long a payload gets.
func payloadSize(c RowChange, v *Version) int {
	size := 120 + len(c.Table.Namespace) + len(c.Table.Name)
	for i, column := range c.table.columns {
		size += len(column.name) + len(v.Cells[i]) + 4
	}
	return size
}

func appendName(dst []byte, name string) []byte { return append(appendString(dst, name), ':') }

func appendQuoted(dst []byte, n uint64) []byte {
	return append(strconv.AppendUint(append(dst, '"'), n, 10), '"')
}
