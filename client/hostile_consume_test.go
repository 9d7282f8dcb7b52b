package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// A consumer whose user is replaced by one who may not consume ends with that; by one who
// may, it goes on, and nothing is told twice.
func TestConsume_AnotherUserDuringConsumption(t *testing.T) {
	for user, want := range map[string]error{"worker": nil, "lena": client.ErrTopicRole} {
		t.Run(user, func(t *testing.T) {
			inTopicWorld(t, 1, func(w *topicWorld) {
				is := is.New(w.t)
				c := w.client()
				var got []int64
				sub := w.orders(c, "billing", client.FromEarliest()).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) { got = append(got, r.Offset) }))
				w.publish(5)
				dueWork(20 * time.Second)
				is.Equal(len(got), 5)
				source, err := auth.JWT(w.srv.Token(user))
				is.NoErr(err)
				is.NoErr(c.SetAuth(w.t.Context(), source, client.Redial))
				w.publish(5)
				dueWork(20 * time.Second)
				is.True(errors.Is(sub.Err(), want))
				if want == nil {
					is.Equal(len(got), 10)
					topicEnd(c, sub)
					is.Equal(w.committed("billing", 0), int64(9))
				}
			}, kalamtest.WithUser("worker", "Secret-worker-1", "service"), kalamtest.WithUser("lena", "Secret-lena-1", "user"))
		})
	}
}

// Close while a stream drains is bounded by a second, and commits what is acknowledged.
func TestConsume_CloseDuringDrainIsBoundedAndCommits(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		var held []client.Record[topicOrder]
		sub := w.orders(c, "billing", client.FromEarliest(), client.ManualAck(), client.Drain(time.Hour)).
			Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) { held = append(held, r) }))
		w.publish(3)
		dueWork(5 * time.Second)
		sub.Unsubscribe()
		dueWork(time.Minute)
		is.True(held[0].Ack()) // while it drains it counts
		begin := time.Now()
		_ = c.Close(context.Background())
		<-c.Done()
		is.True(time.Since(begin) <= 1100*time.Millisecond)
		is.Equal(w.committed("billing", 0), int64(0))
		is.True(!held[1].Ack())
		is.True(!held[1].Acked())
		is.True(errors.Is(held[1].Commit(w.t.Context()), client.ErrConfig))
	})
}

// A handler that acknowledges by itself, and one that does so and fails, end nothing.
func TestWork_AHandlerThatAcknowledgesByItself(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(4)
		worker, end := w.work("billing", func(_ context.Context, r client.Record[topicOrder]) error {
			r.Ack()
			if r.Offset == 2 {
				return errors.New("too late")
			}
			return nil
		})
		dueWork(10 * time.Second)
		is.NoErr(end())
		is.Equal(worker.Stats().Unacked, uint64(0))
		is.Equal(worker.Stats().Handled, uint64(3))
		is.Equal(worker.Stats().Skipped, uint64(1)) // its second try is none
		is.Equal(w.committed("billing", 0), int64(3))
	})
}

// A stream that acknowledges by itself is refused, and what it gave is not acknowledged.
func TestWork_ARefusedStreamHasAcknowledgedNothing(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(5)
		c := w.client()
		err := client.Work(w.t.Context(), w.orders(c, "billing", client.FromEarliest()),
			func(context.Context, client.Record[topicOrder]) error { panic("must not be called") })
		is.True(errors.Is(err, client.ErrConfig))
		topicEnd(c)
		is.Equal(w.committed("billing", 0), int64(-1))
	})
}

// A topic that is dropped ends the stream; a partition nobody has is empty.
func TestConsume_ADroppedTopicEndsTheStreamAndTheWorker(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		w.publish(3)
		result := make(chan error, 1)
		go func() { // owner: the test; ends with the worker
			result <- client.Work(w.t.Context(), w.orders(c, "billing", client.FromEarliest(), client.ManualAck()),
				func(context.Context, client.Record[topicOrder]) error { return nil })
		}()
		dueWork(10 * time.Second)
		w.exec(c, "DROP TOPIC "+w.topic)
		is.True(errors.Is(<-result, client.ErrNoTopic))
		topicEnd(c)
	})
}

// Records of a Poll that is long over can be committed still.
func TestPoll_CommitOfRecordsKeptBeyondTheirLease(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(5)
		c := w.client()
		records, err := client.Poll[topicOrder](w.t.Context(), c, w.topic, "billing", client.FromEarliest())
		is.NoErr(err)
		dueWork(10 * time.Minute)
		is.NoErr(records[2].Commit(w.t.Context()))
		is.NoErr(records[1].Commit(w.t.Context())) // is less, and harmless
		is.Equal(w.committed("billing", 0), int64(2))
		is.True(records[1].Acked() && !records[3].Acked())
		topicEnd(c)
		is.True(errors.Is(records[4].Commit(w.t.Context()), client.ErrClosed))
	})
}
