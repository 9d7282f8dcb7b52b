package kalamtest

import (
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
)

// defaultVisibility is how long a claim of a consumer group holds on the real server.
const defaultVisibility = time.Minute

// WithVisibility sets how long records that a consumer group was given, and has not acknowledged, are kept from the
// group's other polls. Default 60 s. It is looked at when the group polls, by the bubble's time in a synctest bubble.
func WithVisibility(d time.Duration) Option {
	return positive("visibility", d, func(c *config) { c.visibility = d })
}

// TopicOffsets is where a consumer group stands in one partition of a topic.
type TopicOffsets struct {
	Partition int
	Next      int64 // offset of the record that is written next, so the number of those that were written
	Committed int64 // the highest offset that was acknowledged; -1 for none
	Claimed   int64 // records that were given out, and are neither acknowledged nor due again
}

// TopicOffsets tells where a group stands in each partition of a topic, "namespace.name". A group that has never been
// heard of has committed and claimed nothing. An unknown topic is an error that wraps wire.CodeNotFound.
func (s *Server) TopicOffsets(topic, group string) ([]TopicOffsets, error) {
	list, err := s.db.TopicOffsets(topic, group)
	if err != nil {
		return nil, err
	}
	out := make([]TopicOffsets, len(list))
	for i, o := range list {
		out[i] = TopicOffsets{Partition: i, Next: o.Next, Committed: o.Committed, Claimed: o.Claimed}
	}
	return out, nil
}

// Publish writes a record to a topic past SQL and tells where it is: to fill a topic fast, and for payloads that no table
// makes, such as one that cannot be decoded. It is an Insert of no user; a key decides the partition, an empty one is none.
// The payload is copied. An unknown topic is an error that wraps wire.CodeNotFound, after Close it is ErrClosed.
func (s *Server) Publish(topic, key string, payload []byte) (partition int, offset int64, err error) {
	select {
	case <-s.done:
		return 0, 0, ErrClosed
	default:
	}
	return s.db.Publish(topic, key, payload)
}

// engine gives what the options say of the engine.
func (c *config) engine(now func() time.Time) engine.Options {
	return c.generation.engine(engine.Options{Now: now, Visibility: c.visibility, Seed: c.seed})
}
