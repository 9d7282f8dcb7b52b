package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/kalamdb/kalamrx/wire"
)

// The requests of topics, one try each. Refusals say why by a sentinel.

// consume polls one partition. way says whether the request may have reached the server:
// then records may be claimed although there is no answer.
func (c *Client) consume(ctx context.Context, in wire.ConsumeRequest, way *departure) (*wire.ConsumeResponse, error) {
	var out wire.ConsumeResponse
	if err := c.topicCall(ctx, "consume", in, &out, way); err != nil {
		return nil, err
	}
	for i := range out.Messages {
		m := &out.Messages[i]
		if m.PartitionID != *in.PartitionID || i > 0 && m.Offset <= out.Messages[i-1].Offset {
			return nil, fmt.Errorf("kalam: consume: answer: %w: %s", errOrder, place(m.TopicID, m.PartitionID, m.Offset))
		}
		m.TopicID = in.TopicID
	}
	return &out, nil
}

// commitTopic acknowledges a partition up to an offset. It may be done again.
func (c *Client) commitTopic(ctx context.Context, in wire.AckRequest) error {
	var out wire.AckResponse
	err := c.topicCall(ctx, "ack", in, &out, &departure{})
	if err == nil && !out.Success {
		return fmt.Errorf("kalam: ack: %w: no success", wire.ErrField)
	}
	return err
}

// latestOffsets are the offsets that are written next in partitions of a topic, which
// servers before 0.5.6 do not tell.
func (c *Client) latestOffsets(ctx context.Context, topic string, partitions []int) (map[int]int64, error) {
	in := wire.LatestOffsetsRequest{}
	for _, n := range partitions {
		in.Partitions = append(in.Partitions, wire.TopicPartition{TopicID: topic, PartitionID: n})
	}
	var out wire.LatestOffsetsResponse
	if err := c.topicCall(ctx, "latest-offsets", in, &out, &departure{}); err != nil {
		return nil, err
	}
	next := make(map[int]int64, len(out.Offsets))
	for _, o := range out.Offsets {
		next[o.PartitionID] = o.NextOffset
	}
	return next, nil
}

func (c *Client) topicCall(ctx context.Context, op string, in, out any, way *departure) error {
	body, err := wire.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.timeout, &TimeoutError{Step: op, After: c.cfg.timeout})
	defer cancel()
	a, err := c.fetch(ctx, request{
		op: op, method: http.MethodPost, path: "/v1/api/topics/" + op, kind: "application/json", way: way,
		body: func() (io.Reader, error) { return bytes.NewReader(body), nil },
	})
	if err != nil {
		if cause := context.Cause(ctx); ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", err, cause)
		}
		return topicRefusal(err)
	}
	if err := wire.Unmarshal(a.body, out); err != nil {
		return fmt.Errorf("kalam: %s: answer: %w", op, err)
	}
	return nil
}
