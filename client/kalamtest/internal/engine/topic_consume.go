package engine

import (
	"net/http"
	"slices"

	"github.com/kalamdb/kalamrx/wire"
)

// TopicFetch asks for records of one partition of a topic.
type TopicFetch struct {
	Topic     string  // "namespace.name"
	Group     *string // nil reads without a group: nothing is claimed
	Start     wire.Start
	Partition int // one that the topic does not have is an empty one
	Limit     int
}

// TopicBatch is its answer.
type TopicBatch struct {
	Records     []wire.TopicMessage // shared with the log: not to be changed
	NextOffset  int64               // behind the last record; of none where the poll started from, whatever the cursor says
	Redelivered int                 // records among them that the group was given before
}

// TopicOffsets is where a group stands in a partition.
type TopicOffsets struct {
	Next      int64 // offset of the record that is written next
	Committed int64 // highest acknowledged offset; -1 for none
	Claimed   int64 // records that are handed out, not acknowledged, and not due again yet
}

// Fetch gives a group the next records of a partition and claims them for Options.Visibility. It does not wait. A topic that does
// not exist is an *Error with status 404; ErrClosed after Close.
func (e *Engine) Fetch(f TopicFetch) (TopicBatch, error) {
	ts := e.topics
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, err := e.topic(f.Topic)
	if err != nil {
		return TopicBatch{}, err
	}
	return ts.fetch(t, f), nil
}

func (ts *topics) fetch(t *topic, f TopicFetch) TopicBatch {
	p := t.part(f.Partition)
	begin := startOf(f.Start, p.end())
	var b TopicBatch
	if f.Group == nil {
		b.Records = p.from(begin, f.Limit)
	} else {
		g := p.group(*f.Group)
		begin = g.begin(f.Start, p.end())
		b.Records = g.claim(p, begin, f.Limit, ts.now(), ts.visibility)
		b.Redelivered = g.deliver(b.Records)
	}
	b.NextOffset = begin
	if n := len(b.Records); n > 0 {
		b.NextOffset = b.Records[n-1].Offset + 1
	}
	return b
}

// Ack commits a group's records of a partition up to and with an offset, also one that was never handed out or written. Errors are
// those of Fetch.
func (e *Engine) Ack(name, group string, partition int, upto int64) error {
	e.topics.mu.Lock()
	defer e.topics.mu.Unlock()
	t, err := e.topic(name)
	if err != nil {
		return err
	}
	t.part(partition).group(group).ack(upto, e.topics.now())
	return nil
}

// TopicOffsets tells where a group stands in each partition of a topic; of a group that is not known it has nothing committed and
// nothing claimed. Errors are those of Fetch.
func (e *Engine) TopicOffsets(name, group string) ([]TopicOffsets, error) {
	ts := e.topics
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, err := e.topic(name)
	if err != nil {
		return nil, err
	}
	out := make([]TopicOffsets, t.partitions)
	for n := range out {
		out[n].Committed = none
		p := t.parts[n]
		if p == nil {
			continue
		}
		out[n].Next = p.end()
		if g := p.groups[group]; g != nil {
			out[n].Committed, out[n].Claimed = g.committed, g.held(ts.now(), ts.visibility)
		}
	}
	return out, nil
}

// TopicEnd gives the offset of the record that is written next to a partition; 0 for one that the topic does not have. Errors are
// those of Fetch.
func (e *Engine) TopicEnd(name string, partition int) (int64, error) {
	e.topics.mu.Lock()
	defer e.topics.mu.Unlock()
	t, err := e.topic(name)
	if err != nil || t.parts[partition] == nil {
		return 0, err
	}
	return t.parts[partition].end(), nil
}

// Publish writes a record that comes from no table, as an insert, and tells where it is. An empty key is none. Errors are those of
// Fetch.
func (e *Engine) Publish(name, key string, payload []byte) (partition int, offset int64, err error) {
	ts := e.topics
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, err := e.topic(name)
	if err != nil {
		return 0, 0, err
	}
	m := wire.TopicMessage{Payload: slices.Clone(payload), TimestampMS: ts.now().UnixMilli(), Op: topicOp(OpInsert)}
	if key != "" {
		m.Key = &key
	}
	partition, offset = t.append(m)
	return partition, offset, nil
}

// ForgetClaims loses what a restart of the server loses: which records are handed out, and the cursors of all groups. What is
// committed stays.
func (e *Engine) ForgetClaims() {
	e.topics.mu.Lock()
	defer e.topics.mu.Unlock()
	for _, t := range e.topics.byName {
		for _, p := range t.parts {
			for _, g := range p.groups {
				g.forget()
			}
		}
	}
}

// topic finds a topic. Called with the lock of topics.
func (e *Engine) topic(name string) (*topic, error) {
	if e.closed.Load() {
		return nil, ErrClosed
	}
	t := e.topics.byName[name]
	if t == nil {
		return nil, &Error{Status: http.StatusNotFound, Code: wire.CodeNotFound, Message: "Topic '" + name + "' does not exist"}
	}
	return t, nil
}
