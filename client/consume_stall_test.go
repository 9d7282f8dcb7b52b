package client_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// The streams of one client look at the topic each by itself: what one has seen is not gone
// for the next, which would commit what somebody else holds.
func TestConsume_StreamsOfOneClientDoNotTakeWhatOthersHoldForGone(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(30)
		c, other := w.client(), w.client()
		for _, every := range []time.Duration{30 * time.Second, time.Second} { // the second looks soon behind the first
			held, err := client.Poll[topicOrder](w.t.Context(), other, w.topic, "g", client.FromEarliest(), client.PollLimit(1))
			is.NoErr(err)
			is.Equal(offsetsOf(held), counted(0, 1))
			sub := w.orders(c, "g", onePartition(client.CommitEvery(every))...).Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
			dueWork(35 * time.Second)
			is.Equal(c.Stats().Consumers[0].Pending, 29)
			is.Equal(w.committed("g", 0), int64(-1))
			sub.Unsubscribe()
			dueWork(26 * time.Second)
		}
		topicEnd(c)
		topicEnd(other)
	})
}

// What somebody else has committed behind the last record that was given is no gap for which
// an ordered stream would wait, and so is nothing that a lease has not brought.
func TestConsume_OrderedGoesOnBehindWhatOthersHaveCommitted(t *testing.T) {
	for _, generation := range []kalamtest.Generation{kalamtest.Generation043, kalamtest.Generation07} {
		inTopicWorld(t, 1, func(w *topicWorld) {
			is := is.New(w.t)
			w.publish(10)
			c := w.client()
			var given []int64
			sub := w.orders(c, "g", onePartition(client.Ordered())...).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
				given = append(given, r.Offset)
			}))
			dueWork(70 * time.Second)
			is.Equal(w.committed("g", 0), int64(9))
			w.exec(w.client(), "ACK "+w.topic+" GROUP 'g' UPTO OFFSET 14") // such as a Seek without an answer
			w.publish(10)
			dueWork(150 * time.Second)
			is.Equal(given, append(counted(0, 10), counted(15, 20)...))
			is.Equal(w.committed("g", 0), int64(19))
			topicEnd(c, sub)
		}, kalamtest.WithGeneration(generation))
	}
}

// Claims that overlap bring a record more often than every lease. One that nobody has any more
// is given out again all the same.
func TestConsume_OverlappingClaimsDoNotProlongForEver(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		again := map[int64]int{}
		sub := w.orders(c, "g", onePartition(client.ManualAck(), client.PollLimit(5))...).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
			if forgotten := r.Offset == 0 || r.Offset == 7; forgotten && r.Attempt == 1 {
				return
			}
			again[r.Offset]++
			r.Ack()
		}))
		w.publish(5)
		dueWork(25 * time.Second)
		w.publish(5)
		dueWork(25 * time.Second)
		w.publish(5)
		dueWork(5 * time.Minute)
		is.Equal(again[7], 1)
		is.Equal(w.committed("g", 0), int64(14))
		topicEnd(c, sub)
	})
}
