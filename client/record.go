package client

import (
	"context"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// Record is one record of a topic, as [Consume] and [Poll] give it: a row that was
// inserted, updated or deleted in a table that the topic has as a source.
//
// Topic, Partition and Offset name it for ever, so that they are the key by which a
// worker knows that it has done something before. It may be passed on and copied; all
// copies are one record, and are acknowledged together.
type Record[T any] struct {
	Topic     string // "namespace.name"
	Group     string
	Partition int
	Offset    int64
	Key       string    // primary key of the row as text, of a composite one as JSON; empty where the table has none
	Op        Op        // Insert, Update or Delete
	User      string    // whose row it is; empty for shared tables
	Time      time.Time // at which the server wrote the record, in milliseconds
	Value     T         // the row after the change; of a Delete, as it was. Zero where Err is set

	// Err says why Value is zero: the payload is no row of T. It is ErrRecord. Such a
	// record comes like any other, to be put aside and acknowledged: it would come
	// again for ever otherwise.
	Err error

	// Payload is what the server sent: a row as JSON text, with the columns _seq,
	// _commit_seq and _deleted, and _table, in what order it likes. It is not changed,
	// and must not be.
	Payload []byte

	// Attempt is how often this process was given the record by one stream, this time
	// included: from 1. The server does not say how often others were.
	Attempt int

	hand hand
}

// hand is the record as the stream knows it that gave it out.
type hand struct {
	ledger *ledger // nil for the zero Record
	era    uint64  // of the ledger
	offset int64
}

// Ack says that the record is done with. It waits for nothing, may be called on any
// goroutine, in any order and more than once, and is a must under ManualAck; without
// that the stream does it when the observer has returned.
//
// What is committed to the server is each partition's prefix without a hole: while one
// record is missing, those behind it stay as they are, and come again should the
// process end. False means that it does not count: the stream is over, has been told
// that the topic begins anew, or the record was acknowledged before, or committed by
// another member of the group behind its Deadline.
//
// An Ack behind the Deadline counts, since the work is done, but somebody else may have
// been given the record by then; it is counted in ConsumerStats.LateAcks.
func (r Record[T]) Ack() bool {
	return r.hand.ledger != nil && r.hand.ledger.ack(r.hand.era, r.hand.offset)
}

// Commit acknowledges a record of Poll, and all that the same poll gave before it, and
// returns when the server has committed them. It is tried again while a failure may pass,
// see WithMaxRetries. A record of a stream is acknowledged by Ack, and Commit is ErrConfig.
func (r Record[T]) Commit(ctx context.Context) error {
	if r.hand.ledger == nil || r.hand.ledger.flush == nil {
		return fmt.Errorf("%w: Commit: %v is no record of Poll", ErrConfig, r)
	}
	if err := r.hand.ledger.flush(ctx, r.Offset); err != nil {
		return err
	}
	r.hand.ledger.skip(r.Offset + 1)
	return nil
}

// Acked says whether the record is done with: it has been acknowledged, by whomever in
// this process, or committed by another member of the group behind its Deadline. A worker
// that was given it twice, because the first time took long, looks here.
func (r Record[T]) Acked() bool {
	return r.hand.ledger != nil && r.hand.ledger.acked(r.hand.era, r.hand.offset)
}

// Deadline is when the server gives the record to somebody else, unless it, and all of
// its partition before it, is committed by then. Later is too late to begin with it.
// It moves, once, when the server has given this stream the record again meanwhile.
func (r Record[T]) Deadline() time.Time {
	if r.hand.ledger == nil {
		return time.Time{}
	}
	return r.hand.ledger.deadline(r.hand.era, r.hand.offset)
}

// String names the record: "shop.orders/0@17". It shows nothing of its content.
func (r Record[T]) String() string { return place(r.Topic, r.Partition, r.Offset) }

// recordOp is an operation as topics spell it; false for one that is not known.
func recordOp(name string) (op Op, known bool) {
	switch name {
	case "Insert":
		return Insert, true
	case "Update":
		return Update, true
	case "Delete":
		return Delete, true
	}
	return 0, false
}

// newRecord makes a record of what the server sent.
func newRecord[T any](group string, m *wire.TopicMessage, read payloads[T], h hand, attempt int) Record[T] {
	r := Record[T]{
		Topic: m.TopicID, Group: group, Partition: m.PartitionID, Offset: m.Offset,
		User: m.User, Time: time.UnixMilli(m.TimestampMS), Payload: m.Payload, Attempt: attempt, hand: h,
	}
	if m.Key != nil {
		r.Key = *m.Key
	}
	var known bool
	if r.Op, known = recordOp(m.Op); !known {
		r.Err = &RecordError{Place: r.String(), Err: errOp}
		return r
	}
	v, err := read(m.Payload)
	if err != nil {
		r.Err = &RecordError{Place: r.String(), Err: err}
		return r
	}
	r.Value = v
	return r
}
