package client

import (
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// Consume is the records of a topic, "namespace.name", for a consumer group. It is cold:
// each Subscribe is one more member of the group, among which the server divides the
// records. T is what rows are decoded into, as in Query; []byte is their JSON text.
// Columns are decoded by their kind: there is no schema.
//
//	orders := client.Consume[Order](c, "shop.orders", "billing", client.FromEarliest())
//	sub := orders.Subscribe(ctx, rx.OnNext(func(r client.Record[Order]) { bill(r.Value) }))
//
// # Delivery
//
// Each record is given at least once, those of a partition in their order, partitions
// mixed. The observer is called on a goroutine of the stream, one record at a time, and
// while it is the next poll of the partition waits: polling is the backpressure, and
// nothing needs a boundary. A record is acknowledged when Next has returned, unless
// ManualAck says that Record.Ack does it; when Next panics it is not.
//
// The server gives a record that is not acknowledged to the group again 60 s after the
// poll, see Lease, and all behind it, and at once when it is restarted. The stream gives
// out no record in the last quarter of that time, nor one that would not be done in it
// by what records took before; it shows a *LeaseError in Errors for those that are held
// then. What comes again is given again with a higher Attempt, unless it is acknowledged
// or its time has not passed. There is no fencing: an acknowledgement after that time
// counts, too.
//
// The server commits all up to an offset, and does not ask whose it is. So the stream
// commits its acknowledgements only up to the first record that is not acknowledged by
// it, or is with another member of the group and not committed, of which it asks. Other
// clients do not; they should not share a group with it, nor members with another start.
//
// # Failures
//
// Polls and commits that fail are tried again, for ever, 500 ms later and then twice as
// long each time, 10 s at most, with jitter, or as long as the server asks for in
// Retry-After. Each failure is shown by Errors and counted, see ConsumerStats. Where a
// poll had no answer the server may have given records to it: until they come again, 60 s
// later, none behind them is given out, so that the order holds.
//
// A topic that does not exist is ErrNoTopic, a user who may not consume ErrTopicRole,
// and one who is not known auth.ErrUnauthenticated; they end the stream, as does an
// answer that cannot be read. A record that cannot be decoded comes with its Err.
//
// A topic that was cleared is noticed when an offset comes that was committed, or a poll
// says that it is not, and shown as a *TopicResetError. An acknowledgement that is committed
// before that counts for the new records: let all members be idle, or stop them, and have
// none begin at Latest, while a topic is cleared. A server that keeps a group's commit over that gives nothing
// until the offsets have passed it: DROP and CREATE the topic, or use another group.
//
// # The end
//
// Unsubscribing, and the end of ctx, stop the stream or drain it, see Drain, and commit
// what is acknowledged, in the background: Client.Close waits for that, half a
// second for the observer and half a second for the commit.
func Consume[T any](c *Client, topic, group string, opts ...ConsumeOption) rx.Observable[Record[T]] {
	o, err := newConsumeOptions(topic, group, opts)
	if err != nil {
		return operators.Throw[Record[T]](err)
	}
	read, err := newPayloads[T]()
	if err != nil {
		return operators.Throw[Record[T]](err)
	}
	return tracked(c, rx.Source(func(g *rx.Segment, out rx.Observer[Record[T]]) {
		streamRecords(newConsumer(c, topic, group, o), read, g, out)
	}))
}

// streamRecords starts a stream of records for an observer.
func streamRecords[T any](k *consumer, read payloads[T], g *rx.Segment, out rx.Observer[Record[T]]) {
	k.tell = func(m *wire.TopicMessage, h hand, attempt int) {
		r := newRecord(k.group, m, read, h, attempt)
		if r.Err != nil {
			k.counts.unreadable.Add(1)
		}
		out.Next(r)
	}
	k.start(g, out.Error, out.Complete)
}
