package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// Sentinels of topics, for errors.Is.
var (
	// ErrNoTopic marks a topic that does not exist. It ends a stream of records.
	ErrNoTopic = errors.New("kalam: no such topic")
	// ErrTopicRole marks a user who may not consume: that takes the role service, dba or
	// system. It ends a stream of records.
	ErrTopicRole = errors.New("kalam: role may not consume topics")
	// ErrRecord marks a record whose payload could not be read; see [*RecordError].
	ErrRecord = errors.New("kalam: unreadable record")
	// ErrLease marks records that are held for so long that the server may give them to
	// somebody else; see [*LeaseError].
	ErrLease = errors.New("kalam: lease of records")
	// ErrTopicReset marks a topic that began anew; see [*TopicResetError].
	ErrTopicReset = errors.New("kalam: topic began anew")
	// ErrSeek marks a position that the server cannot be brought to.
	ErrSeek = errors.New("kalam: cannot seek there")
	// ErrConsuming marks a Consumer that has a stream already.
	ErrConsuming = errors.New("kalam: consumer has a stream already")
)

// errOp is the cause of a record of a kind that this client does not know.
var errOp = errors.New("kalam: unknown operation")

// RecordError says which record could not be read. It shows nothing of its content.
type RecordError struct {
	Place string // of the record: "shop.orders/0@17"
	Err   error
}

// Error names the record and the cause.
func (e *RecordError) Error() string {
	return fmt.Sprintf("kalam: unreadable record %s: %v", e.Place, e.Err)
}

// Unwrap gives the cause, such as wire.ErrSyntax or wire.ErrCell.
func (e *RecordError) Unwrap() error { return e.Err }

// Is reports whether target is ErrRecord.
func (e *RecordError) Is(target error) bool { return target == ErrRecord }

// LeaseError is shown by [Client.Errors] when three quarters of the time have passed for
// which the server keeps records from others, and some of them are not acknowledged.
type LeaseError struct {
	Topic     string
	Group     string
	Partition int
	Offset    int64         // of the first that is missing
	Records   int           // that are missing, of one poll
	Left      time.Duration // until the server gives them to somebody else
}

// Error names the first of the records, their number, and the time that is left.
func (e *LeaseError) Error() string {
	return fmt.Sprintf("kalam: lease of records: %d of group %q are not acknowledged, the first is %s; they come again in %v",
		e.Records, e.Group, place(e.Topic, e.Partition, e.Offset), e.Left.Round(time.Millisecond))
}

// Is reports whether target is ErrLease.
func (e *LeaseError) Is(target error) bool { return target == ErrLease }

// TopicResetError is shown by [Client.Errors] when the server gives offsets that were
// committed already: the topic was cleared, or dropped and made again. The stream goes
// on with the new records; acknowledgements of old ones count no more.
type TopicResetError struct {
	Topic     string
	Partition int
	Committed int64 // the last offset that was committed
	Offset    int64 // that the server gave now, or gives next
}

// Error names the partition and both offsets.
func (e *TopicResetError) Error() string {
	return fmt.Sprintf("kalam: topic began anew: %s was committed up to %d",
		place(e.Topic, e.Partition, e.Offset), e.Committed)
}

// Is reports whether target is ErrTopicReset.
func (e *TopicResetError) Is(target error) bool { return target == ErrTopicReset }

// place names a record.
func place(topic string, partition int, offset int64) string {
	return fmt.Sprintf("%s/%d@%d", topic, partition, offset)
}

// topicRefusal marks what the server refuses for good with the sentinel that says why.
func topicRefusal(err error) error {
	switch {
	case errors.Is(err, wire.CodeNotFound):
		return fmt.Errorf("%w: %w", ErrNoTopic, err)
	case errors.Is(err, wire.CodeForbidden):
		return fmt.Errorf("%w: %w", ErrTopicRole, err)
	}
	return err
}
