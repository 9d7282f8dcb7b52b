package wire

import (
	"strconv"
	"strings"
)

// Start says where a consumer group without a committed offset begins. The zero value is Latest.
type Start struct {
	kind   startKind
	offset int64
}

type startKind uint8

const (
	startLatest startKind = iota
	startEarliest
	startOffset
)

// FromLatest begins with the next message to be written.
func FromLatest() Start { return Start{} }

// FromEarliest begins with the oldest message that is kept.
func FromEarliest() Start { return Start{kind: startEarliest} }

// FromOffset begins with this offset.
func FromOffset(n int64) Start { return Start{kind: startOffset, offset: n} }

// Offset gives the offset of FromOffset.
func (s Start) Offset() (n int64, ok bool) { return s.offset, s.kind == startOffset }

// IsEarliest reports whether s is FromEarliest.
func (s Start) IsEarliest() bool { return s.kind == startEarliest }

// String gives "Latest", "Earliest" or "Offset(n)".
func (s Start) String() string {
	switch s.kind {
	case startEarliest:
		return "Earliest"
	case startOffset:
		return "Offset(" + strconv.FormatInt(s.offset, 10) + ")"
	}
	return "Latest"
}

// MarshalJSON writes "Latest", "Earliest" or {"Offset":n}.
func (s Start) MarshalJSON() ([]byte, error) {
	if s.kind == startOffset {
		return append(strconv.AppendInt([]byte(`{"Offset":`), s.offset, 10), '}'), nil
	}
	return []byte(`"` + s.String() + `"`), nil
}

// UnmarshalJSON reads the words in any case, {"Offset":n} and {"offset":n}.
func (s *Start) UnmarshalJSON(text []byte) error {
	raw := trimSpace(text)
	if kindOf(raw) == KindObject {
		return s.readOffset(raw)
	}
	var word string
	if err := readString(raw, &word); err != nil {
		return err
	}
	switch {
	case strings.EqualFold(word, "latest"):
		*s = FromLatest()
	case strings.EqualFold(word, "earliest"):
		*s = FromEarliest()
	default:
		return &FieldError{Want: "Latest, Earliest or an offset", Got: KindString}
	}
	return nil
}

func (s *Start) readOffset(raw []byte) error {
	found := false
	err := eachMember(raw, func(key, value []byte) error {
		if name := string(key); name != "Offset" && name != "offset" {
			return nil
		}
		found = true
		s.kind = startOffset
		return readInt64(value, &s.offset)
	})
	if err == nil && !found {
		return missing("Offset", "integer")
	}
	return err
}

// ConsumeRequest is the body of POST /v1/api/topics/consume. Nil members are left to the server's defaults.
type ConsumeRequest struct {
	TopicID        string `json:"topic_id"`
	GroupID        string `json:"group_id,omitzero"` // must be there up to 0.5
	Start          *Start `json:"start,omitzero"`    // default Latest
	Limit          *int   `json:"limit,omitzero"`    // default 100
	PartitionID    *int   `json:"partition_id,omitzero"`
	TimeoutSeconds *int   `json:"timeout_seconds,omitzero"` // accepted and ignored by all known servers
}

// ConsumeResponse is its answer.
type ConsumeResponse struct {
	Messages   []TopicMessage `json:"messages"`
	NextOffset int64          `json:"next_offset"` // last offset + 1, or the start used
	HasMore    bool           `json:"has_more"`    // as many messages as the limit
}

// TopicMessage is one record of a topic.
type TopicMessage struct {
	TopicID     string  `json:"topic_id"`
	PartitionID int     `json:"partition_id"`
	Offset      int64   `json:"offset"`
	Payload     []byte  `json:"payload"` // the row as JSON, see Row; base64 on the wire
	Key         *string `json:"key"`     // primary key as text
	TimestampMS int64   `json:"timestamp_ms"`
	User        string  `json:"user,omitzero"` // missing for shared tables
	Op          string  `json:"op"`            // Insert, Update or Delete
}

// Row reads the payload. It has the columns `_seq`, `_commit_seq` and `_deleted`, and `_table` when the source was
// added with payload 'full'.
func (m *TopicMessage) Row() (Row, error) { return ParseRow(m.Payload) }

// AckRequest is the body of POST /v1/api/topics/ack: all offsets up to and with UptoOffset are done.
type AckRequest struct {
	TopicID     string `json:"topic_id"`
	GroupID     string `json:"group_id"`
	PartitionID int    `json:"partition_id"`
	UptoOffset  int64  `json:"upto_offset"`
}

// AckResponse is its answer. The offset is the one requested, even where a higher one was committed before.
type AckResponse struct {
	Success            bool  `json:"success"`
	AcknowledgedOffset int64 `json:"acknowledged_offset"`
}

// LatestOffsetsRequest is the body of POST /v1/api/topics/latest-offsets (0.5.6 and later).
type LatestOffsetsRequest struct {
	Partitions []TopicPartition `json:"partitions"`
}

// TopicPartition names one partition of a topic.
type TopicPartition struct {
	TopicID     string `json:"topic_id"`
	PartitionID int    `json:"partition_id"`
}

// LatestOffsetsResponse is its answer.
type LatestOffsetsResponse struct {
	Offsets []LatestOffset `json:"offsets"`
}

// LatestOffset tells where a partition ends.
type LatestOffset struct {
	TopicID     string `json:"topic_id"`
	PartitionID int    `json:"partition_id"`
	NextOffset  int64  `json:"next_offset"`
	LastOffset  *int64 `json:"last_offset"` // null when the partition is empty
}

// ParseConsumeRequest reads a consume request as strictly as a server of 0.4.3: topic_id and group_id must be there.
func ParseConsumeRequest(body []byte) (*ConsumeRequest, error) {
	c := &ConsumeRequest{}
	if err := Unmarshal(body, c); err != nil {
		return nil, err
	}
	return c, requireMembers(body, "topic_id", "group_id")
}

// ParseAckRequest reads an ack request as strictly as the server: topic_id, group_id and upto_offset must be there.
func ParseAckRequest(body []byte) (*AckRequest, error) {
	a := &AckRequest{}
	if err := Unmarshal(body, a); err != nil {
		return nil, err
	}
	return a, requireMembers(body, "topic_id", "group_id", "upto_offset")
}

func requireMembers(body []byte, fields ...string) error {
	var seen names
	err := eachMember(body, func(key, value []byte) error {
		if kindOf(value) != KindNull {
			seen.add(string(key))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return seen.want(fields...)
}
