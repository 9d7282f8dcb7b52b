package client

import (
	"context"
	"fmt"
	"sync"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// Consumer is one member of a consumer group with a handle, for those who come from
// Kafka: its Records are those of Consume, and it commits, tells where it is, and seeks.
// All its methods may be called on any goroutine, an observer's included, but CommitSync
// and Close wait for I/O, which an observer had better not.
type Consumer[T any] struct {
	c     *Client
	topic string
	group string
	opts  consumeOptions
	read  payloads[T]

	mu     sync.Mutex // leaf lock
	stream *consumer  // the last one; nil before the first
}

// NewConsumer makes a consumer of a topic for a group. It does no I/O. What Consume would
// fail with at once is its error.
func NewConsumer[T any](c *Client, topic, group string, opts ...ConsumeOption) (*Consumer[T], error) {
	o, err := newConsumeOptions(topic, group, opts)
	if err != nil {
		return nil, err
	}
	read, err := newPayloads[T]()
	if err != nil {
		return nil, err
	}
	return &Consumer[T]{c: c, topic: topic, group: group, opts: o, read: read}, nil
}

// Records is the stream of records, see Consume. It may be subscribed to again when the
// last subscription has ended and committed, see Close; while one runs another fails
// with ErrConsuming.
func (m *Consumer[T]) Records() rx.Observable[Record[T]] {
	return tracked(m.c, rx.Source(func(g *rx.Segment, out rx.Observer[Record[T]]) {
		k := newConsumer(m.c, m.topic, m.group, m.opts)
		if !m.take(k) {
			out.Error(ErrConsuming)
			return
		}
		streamRecords(k, m.read, g, out)
	}))
}

// take makes a stream the consumer's, unless there is one that has not ended.
func (m *Consumer[T]) take(k *consumer) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stream != nil && !m.stream.isGone() {
		return false
	}
	m.stream = k
	return true
}

func (m *Consumer[T]) current() *consumer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stream
}

// CommitSync commits what is acknowledged, and returns when the server has it, with the
// error of one try otherwise; the stream tries on. What waits for records before it is
// not committed, and is no error. Without a stream there is nothing to do.
func (m *Consumer[T]) CommitSync(ctx context.Context) error {
	k := m.current()
	if k == nil || k.isGone() {
		return nil
	}
	return k.commitNow(ctx)
}

// CommitAsync is CommitSync that waits for nothing. A failure is shown by Errors, and
// tried again.
func (m *Consumer[T]) CommitAsync() {
	if k := m.current(); k != nil && !k.isGone() {
		k.keeper.ask(make(chan error, 1))
	}
}

// Position is the offset behind the last record of a partition that the stream gave
// out; false before the first.
func (m *Consumer[T]) Position(partition int) (next int64, known bool) {
	l := m.lane(partition)
	if l == nil {
		return 0, false
	}
	next = l.ledger.position()
	return max(0, next), next != nothing
}

// Committed is the highest offset of a partition that the group has committed, as far as
// the stream knows; false while it knows of none.
func (m *Consumer[T]) Committed(partition int) (offset int64, known bool) {
	l := m.lane(partition)
	if l == nil {
		return 0, false
	}
	l.ledger.look(func(t *tracker) { offset = t.committed })
	return max(0, offset), offset != nothing
}

func (m *Consumer[T]) lane(partition int) *lane {
	if k := m.current(); k != nil {
		return k.lane(partition)
	}
	return nil
}

// Seek has the group go on with an offset of a partition, and returns when the server has
// committed all before it: records that are passed over are done with, for all members
// of the group, whether anybody holds them or not. What comes behind the offset, and was
// given out, may come again.
//
// It can only go forward: the server takes back no commit, and keeps records that were
// given out, and are not acknowledged, until their lease is over. To a place that the
// stream has passed already it is ErrSeek; a new group can begin anywhere, see
// FromOffset. Without a stream it goes forward, too.
func (m *Consumer[T]) Seek(ctx context.Context, partition int, offset int64) error {
	if partition < 0 || partition > maxPartition || offset < 0 {
		return fmt.Errorf("%w: Seek: %s", ErrConfig, place(m.topic, partition, offset))
	}
	if m.c.closed.Load() {
		return ErrClosed
	}
	if next, known := m.Position(partition); known && offset < next {
		return fmt.Errorf("%w: %s is before the position %d", ErrSeek, place(m.topic, partition, offset), next)
	}
	if offset == 0 {
		return nil
	}
	m.c.alive.add()
	defer m.c.alive.remove()
	if err := m.c.commitTopic(ctx, wire.AckRequest{
		TopicID: m.topic, GroupID: m.group, PartitionID: partition, UptoOffset: offset - 1,
	}); err != nil {
		return err
	}
	if l := m.lane(partition); l != nil {
		l.ledger.skip(offset)
	}
	return nil
}

// Close ends the stream, as unsubscribing does, and returns when it has committed, or
// when ctx ends; the stream completes. It may be called again, and a new stream may
// follow.
func (m *Consumer[T]) Close(ctx context.Context) error {
	k := m.current()
	if k == nil {
		return nil
	}
	k.complete()
	select {
	case <-k.gone:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
