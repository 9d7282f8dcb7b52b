package client

import "sync/atomic"

// ConsumerStats counts what happened in one stream of records since it began.
type ConsumerStats struct {
	Topic      string
	Group      string
	Partitions int // that are polled

	Polls          uint64 // that were answered
	EmptyPolls     uint64 // of these, without a record
	PollFailures   uint64
	Records        uint64 // given to the observer, redelivered ones included
	Redelivered    uint64 // of these, those that it had been given before
	Repeated       uint64 // sent again by the server, and not given out: acknowledged already, or still held
	Abandoned      uint64 // not given out, since time was short or records before them had been lost: they come again
	Unreadable     uint64 // given out with an Err
	Acks           uint64 // records that were acknowledged
	LateAcks       uint64 // of these, behind their deadline: somebody else may have been given them, too
	Commits        uint64 // acknowledgements that the server accepted
	CommitFailures uint64
	LeaseWarnings  uint64 // emitted by Errors
	Resets         uint64 // of the topic, noticed

	Held    int   // records that were given out and are not acknowledged
	Pending int   // records that are acknowledged and not known to be committed
	Lag     int64 // records that are written and not committed; -1 where the server does not tell
}

// consumerCounts are the counts of one stream.
type consumerCounts struct {
	polls, empty, failures, records, redelivered, repeated, abandoned, unreadable atomic.Uint64
	acks, lateAcks, commits, commitFailures, warnings, resets                     atomic.Uint64
}

func (n *consumerCounts) stats() ConsumerStats {
	return ConsumerStats{
		Polls: n.polls.Load(), EmptyPolls: n.empty.Load(), PollFailures: n.failures.Load(),
		Records: n.records.Load(), Redelivered: n.redelivered.Load(), Repeated: n.repeated.Load(),
		Abandoned: n.abandoned.Load(), Unreadable: n.unreadable.Load(),
		Acks: n.acks.Load(), LateAcks: n.lateAcks.Load(),
		Commits: n.commits.Load(), CommitFailures: n.commitFailures.Load(),
		LeaseWarnings: n.warnings.Load(), Resets: n.resets.Load(),
	}
}
