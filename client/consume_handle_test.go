package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

func TestConsumer_CommitsAndTellsWhereItIs(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		ctx := w.t.Context()
		w.publish(10)
		c := w.client()
		m, err := client.NewConsumer[topicOrder](c, w.topic, "g", onePartition(client.ManualAck())...)
		is.NoErr(err)
		is.NoErr(m.CommitSync(ctx))
		m.CommitAsync()
		_, known := m.Position(0)
		is.True(!known)
		r := recording(w.t, m.Records())
		all := topicUntil(r, 10)
		next, known := m.Position(0)
		is.True(known)
		is.Equal(next, int64(10))
		_, known = m.Committed(0)
		is.True(!known)
		_, known = m.Committed(7)
		is.True(!known)
		all[0].Ack()
		all[2].Ack()
		is.NoErr(m.CommitSync(ctx))
		is.Equal(w.committed("g", 0), int64(0)) // not past the second
		all[1].Ack()
		m.CommitAsync()
		time.Sleep(time.Millisecond)
		is.Equal(w.committed("g", 0), int64(2))
		offset, known := m.Committed(0)
		is.True(known)
		is.Equal(offset, int64(2))

		w.srv.FaultTopics(kalamtest.FailAck, 1)
		all[3].Ack()
		is.True(m.CommitSync(ctx) != nil)
		time.Sleep(time.Second)
		is.Equal(w.committed("g", 0), int64(3)) // tried again

		sub := m.Records().Subscribe(ctx, rx.Observer[client.Record[topicOrder]]{})
		is.True(errors.Is(sub.Err(), client.ErrConsuming))
		all[4].Ack()
		is.NoErr(m.Close(ctx))
		is.NoErr(m.Close(ctx))
		is.Equal(w.committed("g", 0), int64(4))
		is.NoErr(r.ended())
		again := recording(w.t, m.Records())
		time.Sleep(65 * time.Second)
		is.Equal(offsetsOf(topicUntil(again, 5)), counted(5, 10))
		late, cancel := context.WithCancel(ctx)
		cancel()
		is.True(errors.Is(m.CommitSync(late), context.Canceled))
		topicEnd(c, again.sub)
	})
}

func TestConsumer_SeekGoesForwardOnly(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		ctx := w.t.Context()
		w.publish(100)
		c := w.client()
		m, err := client.NewConsumer[topicOrder](c, w.topic, "g", onePartition(client.ManualAck(), client.PollLimit(10), client.PollPace(time.Second, time.Second))...)
		is.NoErr(err)
		var given []int64
		sub := m.Records().Subscribe(ctx, rx.OnNext(func(r client.Record[topicOrder]) {
			if given = append(given, r.Offset); r.Offset == 9 {
				is.NoErr(m.Seek(ctx, 0, 50)) // in an observer it may, though it waits
			}
		}))
		time.Sleep(5 * time.Second)
		is.Equal(w.committed("g", 0), int64(49))
		is.True(errors.Is(m.Seek(ctx, 0, 60), client.ErrSeek))
		is.True(errors.Is(m.Seek(ctx, -1, 60), client.ErrConfig))
		is.NoErr(m.Seek(ctx, 3, 0))
		topicEnd(c, sub)
		is.Equal(given[:11], append(counted(0, 10), 50))
		is.True(errors.Is(m.Seek(ctx, 0, 100), client.ErrClosed))
	})
}

func TestPoll_GivesWhatIsThereOnceAndCommitsWhatIsDone(t *testing.T) {
	inTopicWorld(t, 2, func(w *topicWorld) {
		is := is.New(w.t)
		ctx := w.t.Context()
		c := w.client()
		none, err := client.Poll[topicOrder](ctx, c, w.topic, "g", client.FromEarliest())
		is.NoErr(err)
		is.Equal(len(none), 0)
		w.publish(34)
		w.srv.FaultTopics(kalamtest.FailConsume, 2)
		w.srv.FaultTopics(kalamtest.LoseAck, 1)
		got, err := client.Poll[topicOrder](ctx, c, w.topic, "g", client.FromEarliest(), client.PollLimit(5))
		is.NoErr(err)
		is.Equal(offsetsOf(got), counted(0, 5))
		is.True(time.Until(got[0].Deadline()) > 58*time.Second)
		is.Equal(got[0].Attempt, 1)
		is.NoErr(got[3].Commit(ctx))
		is.Equal(w.committed("g", 0), int64(3))
		is.True(got[2].Acked() && !got[4].Acked())
		time.Sleep(time.Minute)
		got, err = client.Poll[topicOrder](ctx, c, w.topic, "g")
		is.NoErr(err)
		is.Equal(got[0].Offset, int64(4))
		other, err := client.Poll[topicOrder](ctx, c, w.topic, "g", client.FromEarliest(), client.Partitions(1))
		is.NoErr(err)
		is.Equal(len(got)+len(other), 30)
		is.Equal(other[0].Partition, 1)

		_, err = client.Poll[topicOrder](ctx, c, w.ns+".nope", "g")
		is.True(errors.Is(err, client.ErrNoTopic))
		w.srv.FaultTopics(kalamtest.LoseConsume, 1)
		polls := w.srv.Stats().Polls
		_, err = client.Poll[topicOrder](ctx, c, w.topic, "g")
		is.True(err != nil) // records may be claimed: who asks again would pass over them
		is.Equal(w.srv.Stats().Polls, polls+1)
		is.True(errors.Is(client.Record[topicOrder]{}.Commit(ctx), client.ErrConfig))
		is.NoErr(c.Close(ctx))
		_, err = client.Poll[topicOrder](ctx, c, w.topic, "g")
		is.True(errors.Is(err, client.ErrClosed))
	})
}

func TestRecord_ZeroIsNobodys(t *testing.T) {
	is := is.New(t)
	var r client.Record[topicOrder]
	is.True(!r.Ack() && !r.Acked() && r.Deadline().IsZero())
	is.Equal(r.String(), "/0@0")
}
