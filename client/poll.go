package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/sethvargo/go-retry"
)

// Poll asks a topic once for a group's next records and returns what there is, in order,
// or nothing: for scripts; whoever goes on polling wants Consume. It takes of the options
// FromLatest, FromEarliest, FromOffset, PollLimit, Lease and Partitions with one number,
// by default 0; others are ErrConfig.
//
// The records are the caller's for 60 s, see Lease, then they come again unless they are
// committed by Record.Commit, which takes all of the poll up to that one. A failure that
// may pass is tried again if the server has refused the poll: see WithMaxRetries. If
// there is no answer records may be lost until they come again. Errors are those of
// Consume.
func Poll[T any](ctx context.Context, c *Client, topic, group string, opts ...ConsumeOption) ([]Record[T], error) {
	o, err := newPollOptions(topic, group, opts)
	if err != nil {
		return nil, err
	}
	read, err := newPayloads[T]()
	if err != nil {
		return nil, err
	}
	if c.closed.Load() {
		return nil, ErrClosed
	}
	c.alive.add()
	defer c.alive.remove()
	ctx, cancel := c.within(ctx, "consume", c.cfg.timeout)
	defer cancel()
	sent := time.Now()
	resp, err := c.pollOnce(ctx, topic, group, o)
	if err != nil {
		return nil, err
	}
	return claimed(c, group, resp.Messages, read, sent.Add(o.lease)), nil
}

// pollOnce polls, and again where the server has given nothing out.
func (c *Client) pollOnce(ctx context.Context, topic, group string, o consumeOptions) (resp *wire.ConsumeResponse, err error) {
	in := wire.ConsumeRequest{TopicID: topic, GroupID: group, Start: &o.start, Limit: &o.limit, PartitionID: &o.partitions[0]}
	again := &patience{next: queryBackoff(c.cfg.maxRetries)}
	err = retry.Do(ctx, again, func(ctx context.Context) error {
		var way departure
		resp, err = c.consume(ctx, in, &way)
		again.last = err
		if mayPass(ctx, err) && (!way.left.Load() || wasAnswered(err)) {
			return retry.RetryableError(err)
		}
		return err
	})
	return resp, again.explain(ctx, err)
}

// claimed makes records of what a poll claimed.
func claimed[T any](c *Client, group string, messages []wire.TopicMessage, read payloads[T], until time.Time) []Record[T] {
	if len(messages) == 0 {
		return nil
	}
	l := newLedger(&consumerCounts{}, func() {})
	l.tracker.committed = messages[0].Offset - 1
	records := make([]Record[T], len(messages))
	for i := range messages {
		m := &messages[i]
		h, attempt, _ := l.give(m.Offset, until)
		records[i] = newRecord(group, m, read, h, attempt)
	}
	l.flush = func(ctx context.Context, upto int64) error {
		ctx, cancel := c.within(ctx, "ack", c.cfg.timeout)
		defer cancel()
		in := wire.AckRequest{TopicID: records[0].Topic, GroupID: group, PartitionID: records[0].Partition, UptoOffset: upto}
		return c.ackAgain(ctx, in)
	}
	return records
}

// ackAgain commits, and again while a failure may pass.
func (c *Client) ackAgain(ctx context.Context, in wire.AckRequest) error {
	again := &patience{next: queryBackoff(c.cfg.maxRetries)}
	err := retry.Do(ctx, again, func(ctx context.Context) error {
		err := c.commitTopic(ctx, in)
		again.last = err
		if mayPass(ctx, err) {
			return retry.RetryableError(err)
		}
		return err
	})
	return again.explain(ctx, err)
}

func newPollOptions(topic, group string, opts []ConsumeOption) (consumeOptions, error) {
	o, err := newConsumeOptions(topic, group, opts)
	plain := consumeDefaults()
	switch {
	case err != nil:
		return o, err
	case len(o.partitions) > 1:
		return o, fmt.Errorf("%w: Poll asks one of the Partitions %v", ErrConfig, o.partitions)
	case o.manual, o.ordered, o.drain > 0, o.commitSet, o.fastest != plain.fastest, o.slowest != plain.slowest:
		return o, fmt.Errorf("%w: Poll takes a start, PollLimit, Lease and Partitions only", ErrConfig)
	case o.partitions == nil:
		o.partitions = []int{0}
	}
	return o, nil
}

// wasAnswered says whether the server has answered: then it has given nothing out.
func wasAnswered(err error) bool {
	var said *ServerError
	return errors.As(err, &said)
}
