package client

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// What the server does not tell, and can be found out by polls all the same.

// peek asks what the group has committed: a poll of no records tells it. A server that
// clamps the number gives one out instead; its haul is the caller's.
func (k *consumer) peek(ctx context.Context, l *lane) (committed int64, instead *haul, err error) {
	b := &haul{lane: l, limit: 1, extra: true}
	if !sleep(ctx, k.c.consumers.looks.take()) {
		return nothing, nil, context.Cause(ctx)
	}
	l.ledger.standing(b)
	b.sent = time.Now()
	none, start := 0, wire.FromEarliest()
	resp, err := k.c.consume(ctx, wire.ConsumeRequest{
		TopicID: k.topic, GroupID: k.group, Start: &start, Limit: &none, PartitionID: &l.n,
	}, &departure{})
	switch {
	case err != nil:
		return nothing, nil, err
	case len(resp.Messages) == 0:
		return resp.NextOffset - 1, nil, nil
	}
	b.arrived, b.records = time.Now(), resp.Messages
	return nothing, b, nil
}

// firstKept asks for the first record from an offset on, as a group that nobody else is:
// the place where a group begins counts once.
func (k *consumer) firstKept(ctx context.Context, l *lane, from int64) (first int64, ok bool) {
	one, start := 1, wire.FromOffset(from)
	resp, err := k.c.consume(ctx, wire.ConsumeRequest{
		TopicID: k.topic, GroupID: k.group + "." + k.c.owner.prefix + strconv.FormatUint(k.looks.Add(1), 36),
		Start: &start, Limit: &one, PartitionID: &l.n,
	}, &departure{})
	if err != nil || len(resp.Messages) == 0 {
		return 0, false
	}
	return resp.Messages[0].Offset, true
}

// isGap says whether there may be a record before those of a haul that was neither given
// to this stream nor committed.
func (k *consumer) isGap(b *haul) bool {
	l, from := b.lane, b.lane.expected()
	if from == nothing {
		committed, instead, err := k.peek(k.ctx, l)
		switch {
		case err != nil:
			return true
		case instead != nil:
			b.join(instead)
			return l.waitOnce()
		case committed == nothing && l.vague.Load():
			return l.waitOnce()
		}
		from = committed + 1
	}
	if b.records[0].Offset <= from {
		return false
	}
	first, ok := k.firstKept(k.ctx, l, from)
	return !ok || first < b.records[0].Offset
}

// waitOnce says whether a lane still has to wait for a lease: within one, what others were
// given comes again.
func (l *lane) waitOnce() bool {
	first := !l.waited
	l.waited = true
	return first
}

// join takes the records of another haul in, which was sent for later.
func (b *haul) join(other *haul) {
	b.records = append(b.records, other.records...)
	slices.SortFunc(b.records, func(a, b wire.TopicMessage) int { return cmp.Compare(a.Offset, b.Offset) })
	b.records = slices.CompactFunc(b.records, func(a, b wire.TopicMessage) bool { return a.Offset == b.Offset })
}
