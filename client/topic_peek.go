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
		TopicID: k.topic, GroupID: k.group + "." + k.c.owner.prefix + strconv.FormatUint(k.c.consumers.groups.Add(1), 36),
		Start: &start, Limit: &one, PartitionID: &l.n,
	}, &departure{})
	if err != nil || len(resp.Messages) == 0 {
		return 0, false
	}
	return resp.Messages[0].Offset, true
}

// isGap says whether there may be a record before those of a haul that was neither given
// to this stream nor committed, by whomever. One that is still missing a lease after it was
// missed first is none: what others had been given before that has come again by now.
func (k *consumer) isGap(b *haul) bool {
	l, from := b.lane, b.lane.expected()
	if from != nothing && b.records[0].Offset <= from {
		return false
	}
	committed, instead, err := k.peek(k.ctx, l)
	switch {
	case err != nil: // it may have claimed something
		l.missed = gap{}
		return true
	case instead != nil:
		b.join(instead)
	case committed != nothing || !l.vague.Load():
		l.ledger.learn(b.era, committed)
		from = max(from, committed+1)
	}
	if from != nothing && b.records[0].Offset <= from {
		return false
	}
	if l.hasMissed(from, k.opts.lease) {
		return false
	}
	if from == nothing {
		return true
	}
	first, ok := k.firstKept(k.ctx, l, from)
	return !ok || first < b.records[0].Offset
}

// gap is what is missing before a record.
type gap struct {
	from  int64 // nothing where nobody knows
	since time.Time
}

// hasMissed says whether that has been missing for a lease.
func (l *lane) hasMissed(from int64, lease time.Duration) bool {
	if l.missed.since.IsZero() || l.missed.from != from {
		l.missed = gap{from, time.Now()}
	}
	return time.Since(l.missed.since) >= lease
}

// join takes the records of another haul in, which was sent for later.
func (b *haul) join(other *haul) {
	b.records = append(b.records, other.records...)
	slices.SortFunc(b.records, func(a, b wire.TopicMessage) int { return cmp.Compare(a.Offset, b.Offset) })
	b.records = slices.CompactFunc(b.records, func(a, b wire.TopicMessage) bool { return a.Offset == b.Offset })
}
