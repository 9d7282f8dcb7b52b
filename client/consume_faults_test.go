package client_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// onePartition are the options of most of these tests.
func onePartition(more ...client.ConsumeOption) []client.ConsumeOption {
	return append([]client.ConsumeOption{client.FromEarliest(), client.Partitions(0)}, more...)
}

// linked is a client behind a link that can be cut.
func (w *topicWorld) linked() (*client.Client, *kalamtest.Link) {
	link := kalamtest.NewLink(w.dial, 1)
	return w.client(client.WithDialer(link.Dial)), link
}

// crash ends a client so that it can say nothing more.
func (w *topicWorld) crash(c *client.Client, link *kalamtest.Link) {
	link.Refuse(true)
	link.Cut()
	topicEnd(c)
}

func counted(from, to int64) []int64 {
	var all []int64
	for n := from; n < to; n++ {
		all = append(all, n)
	}
	return all
}

func TestConsume_CrashBetweenProcessingAndAckGivesThemAgain(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		c, link := w.linked()
		r := recording(w.t, w.orders(c, "g", onePartition(client.ManualAck())...))
		all := topicUntil(r, 10)
		for _, rec := range all[:4] {
			is.True(rec.Ack())
		}
		time.Sleep(6 * time.Second)
		is.Equal(w.committed("g", 0), int64(3))
		is.True(all[4].Ack()) // too late to be committed
		w.crash(c, link)
		is.True(!all[5].Ack())

		second := w.client()
		begin := time.Now()
		again := recording(w.t, w.orders(second, "g", onePartition()...))
		got := topicUntil(again, 6)
		is.Equal(offsetsOf(got), counted(4, 10))
		is.True(time.Since(begin) > 50*time.Second && time.Since(begin) < time.Minute) // the lease of the first
		is.Equal(got[0].Attempt, 1)                                                    // of this process
		topicEnd(second, again.sub)
		is.Equal(w.committed("g", 0), int64(9))
	})
}

// Faults of single requests: nothing is lost, nothing comes twice, and the order holds.
func TestConsume_SpoiltRequestsAreMadeAgain(t *testing.T) {
	for _, f := range []struct {
		fault  kalamtest.TopicFault
		n      int
		within time.Duration
		atAll  time.Duration // it takes at least
	}{
		{kalamtest.FailConsume, 3, 5 * time.Second, 0},
		{kalamtest.BusyConsume, 2, 20 * time.Second, 14 * time.Second},
		{kalamtest.LimitConsume, 2, 20 * time.Second, 14 * time.Second},
		{kalamtest.HangConsume, 1, 91 * time.Second, 90 * time.Second}, // 30 s, then what may have been claimed
		{kalamtest.LoseConsume, 1, 61 * time.Second, 60 * time.Second},
		{kalamtest.FailAck, 3, time.Second, 0},
		{kalamtest.BusyAck, 2, time.Second, 0},
		{kalamtest.LimitAck, 2, time.Second, 0},
		{kalamtest.HangAck, 1, time.Second, 0},
		{kalamtest.LoseAck, 2, time.Second, 0},
	} {
		t.Run(string(f.fault), func(t *testing.T) {
			inTopicWorld(t, 1, func(w *topicWorld) {
				is := is.New(w.t)
				w.srv.TopicRetryAfter(7 * time.Second)
				w.publish(10)
				c := w.client()
				shown := watchTopicErrors(c)
				w.srv.FaultTopics(f.fault, f.n)
				begin := time.Now()
				r := recording(w.t, w.orders(c, "g", onePartition()...))
				got := topicUntil(r, 10)
				is.Equal(offsetsOf(got), counted(0, 10))
				took := time.Since(begin)
				is.True(took >= f.atAll && took < f.within)
				time.Sleep(50 * time.Second)
				is.Equal(w.committed("g", 0), int64(9))
				n := c.Stats().Consumers[0]
				is.Equal(int(n.PollFailures+n.CommitFailures), f.n)
				is.Equal(len(shown.list()), f.n)
				is.Equal(n.Redelivered, uint64(0))
				topicEnd(c, r.sub)
			})
		})
	}
}

func TestConsume_RecordsBehindALostAnswerWaitForIt(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		w.publish(5)
		r := recording(w.t, w.orders(c, "g", onePartition()...))
		topicUntil(r, 5)
		w.srv.FaultTopics(kalamtest.LoseConsume, 1)
		w.publish(5)
		time.Sleep(3 * time.Second)
		w.publish(5)
		time.Sleep(10 * time.Second)
		is.True(c.Stats().Consumers[0].Abandoned >= 5)
		got := topicUntil(r, 15)
		is.Equal(offsetsOf(got), counted(0, 15)) // in order, once
		topicEnd(c, r.sub)
	})
}

func TestConsume_ServerRestartGivesWhatIsNotCommittedAgain(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		c := w.client()
		r := recording(w.t, w.orders(c, "g", onePartition(client.ManualAck())...))
		all := topicUntil(r, 10)
		all[0].Ack()
		all[7].Ack()
		is.NoErr(w.srv.Restart())
		w.publish(1)
		got := topicUntil(r, 11)
		is.Equal(offsetsOf(got), counted(0, 11)) // those that are held, and acknowledged, do not come to the observer again
		n := c.Stats().Consumers[0]
		is.Equal(n.Repeated, uint64(10))
		for _, rec := range got {
			rec.Ack()
		}
		topicEnd(c, r.sub)
		is.Equal(w.committed("g", 0), int64(10))
	})
}

func TestConsume_LatestOverARestartLosesNothing(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		c, link := w.linked()
		r := recording(w.t, w.orders(c, "g", client.Partitions(0)))
		time.Sleep(time.Second)
		is.Equal(w.committed("g", 0), int64(9)) // where it began
		w.crash(c, link)
		w.publish(3)
		is.NoErr(w.srv.Restart())
		second := w.client()
		again := recording(w.t, w.orders(second, "g", client.Partitions(0)))
		is.Equal(offsetsOf(topicUntil(again, 3)), counted(10, 13))
		topicEnd(second, r.sub, again.sub)
	})
}

func TestConsume_ClearedTopicBeginsAnew(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		shown := watchTopicErrors(c)
		w.publish(10)
		r := recording(w.t, w.orders(c, "g", onePartition()...))
		first := topicUntil(r, 10)
		time.Sleep(10 * time.Second)
		w.exec(w.client(), "CLEAR TOPIC "+w.topic)
		w.publish(4)
		got := topicUntil(r, 14)
		is.Equal(offsetsOf(got[10:]), counted(0, 4))
		is.Equal(got[13].Value.ID, int64(13))
		var reset *client.TopicResetError
		is.True(errors.As(shown.list()[0], &reset))
		is.Equal([]int64{reset.Committed, reset.Offset}, []int64{9, 0})
		is.True(!first[3].Ack()) // of what was
		topicEnd(c, r.sub)
		is.Equal(w.committed("g", 0), int64(3))
	})
}

func TestConsume_TokenIsRenewed(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		r := recording(w.t, w.orders(c, "g", onePartition()...))
		for range 20 {
			w.publish(1)
			time.Sleep(17 * time.Second)
		}
		is.Equal(offsetsOf(topicUntil(r, 20)), counted(0, 20))
		is.Equal(c.Stats().Consumers[0].PollFailures, uint64(0))
		w.srv.RefuseTokens(1)
		w.publish(1)
		topicUntil(r, 21)
		topicEnd(c, r.sub)
		is.Equal(w.committed("g", 0), int64(20))
	}, kalamtest.WithTokenLifetime(60*time.Second))
}

func TestConsume_SlowHandlerGetsFewerRecordsAndNoneTwice(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(30)
		c := w.client()
		var offsets []int64
		done := make(chan struct{})
		sub := w.orders(c, "g", onePartition()...).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
			time.Sleep(10 * time.Second)
			is.True(time.Now().Before(r.Deadline()))
			if offsets = append(offsets, r.Offset); len(offsets) == 30 {
				close(done)
			}
		}))
		<-done
		is.Equal(offsets, counted(0, 30))
		n := c.Stats().Consumers[0]
		is.Equal(n.LateAcks, uint64(0))
		is.True(n.Abandoned > 0)
		is.Equal(n.LeaseWarnings, uint64(1)) // of the first poll, which asked for 100
		topicEnd(c, sub)
		is.Equal(w.committed("g", 0), int64(29))
	})
}

func TestConsume_RecordHeldBeyondItsLeaseIsWarnedOfAndComesAgain(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(3)
		c := w.client()
		shown := watchTopicErrors(c)
		r := recording(w.t, w.orders(c, "g", onePartition(client.ManualAck())...))
		all := topicUntil(r, 3)
		all[0].Ack()
		all[2].Ack()
		time.Sleep(44 * time.Second)
		is.Equal(len(shown.list()), 0)
		time.Sleep(2 * time.Second)
		var lease *client.LeaseError
		is.True(errors.As(shown.list()[0], &lease))
		is.Equal([]any{lease.Offset, lease.Records}, []any{int64(1), 1})
		got := topicUntil(r, 4)
		is.Equal(offsetsOf(got), []int64{0, 1, 2, 1})
		is.Equal(got[3].Attempt, 2)
		is.True(got[1].Deadline().Equal(got[3].Deadline())) // one record
		is.True(!got[3].Acked())
		is.True(got[1].Ack()) // by the first who had it
		is.True(got[3].Acked() && !got[3].Ack())
		topicEnd(c, r.sub)
		is.Equal(w.committed("g", 0), int64(2))
	})
}

func TestConsume_AckBehindTheLeaseCountsAndIsCounted(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(1)
		c := w.client()
		sub := w.orders(c, "g", onePartition()...).Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {
			time.Sleep(70 * time.Second)
		}))
		time.Sleep(80 * time.Second)
		n := c.Stats().Consumers[0]
		is.Equal([]uint64{n.Records, n.LateAcks, n.LeaseWarnings}, []uint64{1, 1, 1})
		is.Equal(w.committed("g", 0), int64(0))
		topicEnd(c, sub)
	})
}

// Records that always take too long come one by one, late as they are.
func TestConsume_HandlerSlowerThanTheLeaseGetsOn(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(5)
		c := w.client()
		var offsets []int64
		sub := w.orders(c, "g", onePartition()...).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
			time.Sleep(100 * time.Second)
			offsets = append(offsets, r.Offset)
		}))
		time.Sleep(20 * time.Minute)
		is.Equal(c.Stats().Consumers[0].LateAcks, uint64(5))
		topicEnd(c, sub)
		is.Equal(offsets, counted(0, 5))
		is.Equal(w.committed("g", 0), int64(4))
	})
}

func TestConsume_RefusalsEndTheStream(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		is.NoErr(w.srv.AddUser("plain", "Secret-plain-1", "user"))
		plain := auth.Password("plain", "Secret-plain-1")
		asked := func(c *client.Client, topic string) error {
			sub := client.Consume[[]byte](c, topic, "g").Subscribe(w.t.Context(), rx.Observer[client.Record[[]byte]]{})
			<-sub.Done()
			return sub.Err()
		}
		is.True(errors.Is(asked(w.client(), w.ns+".nope"), client.ErrNoTopic))
		err := asked(w.client(client.WithAuth(plain)), w.topic)
		is.True(errors.Is(err, client.ErrTopicRole) && errors.Is(err, wire.CodeForbidden))

		c := w.client(client.WithAuth(plain))
		is.NoErr(c.Connect(w.t.Context())) // then the role is known
		synctest.Wait()                    // what the clients before it had under way has arrived
		polls := w.srv.Stats().HTTPRequests
		err = asked(c, w.topic)
		is.True(errors.Is(err, client.ErrTopicRole) && !errors.Is(err, wire.CodeForbidden))
		is.Equal(w.srv.Stats().HTTPRequests, polls)
		is.True(errors.Is(asked(w.client(client.WithAuth(auth.Password("plain", "wrong"))), w.topic), auth.ErrUnauthenticated))
	})
}

func TestConsume_MembersOfAGroupDoNotCommitForEachOther(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		a, link := w.linked()
		b := w.client()
		w.publish(5)
		ra := recording(w.t, w.orders(a, "g", onePartition(client.ManualAck(), client.PollPace(time.Hour, time.Hour))...))
		topicUntil(ra, 5)
		time.Sleep(time.Second)
		w.publish(5)
		rb := recording(w.t, w.orders(b, "g", onePartition(client.ManualAck())...))
		second := topicUntil(rb, 5)
		is.Equal(offsetsOf(second), counted(5, 10))
		for _, rec := range second {
			rec.Ack()
		}
		time.Sleep(10 * time.Second)
		is.Equal(w.committed("g", 0), int64(-1)) // those before are the other's
		w.crash(a, link)
		got := topicUntil(rb, 10)
		is.Equal(offsetsOf(got[5:]), counted(0, 5))
		for _, rec := range got[5:] {
			rec.Ack()
		}
		topicEnd(b, ra.sub, rb.sub)
		is.Equal(w.committed("g", 0), int64(9))
	})
}

func TestConsume_CommitsOnceTheOtherMemberHas(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		a, b := w.client(), w.client()
		w.publish(5)
		ra := recording(w.t, w.orders(a, "g", onePartition(client.ManualAck(), client.PollPace(time.Hour, time.Hour))...))
		first := topicUntil(ra, 5)
		time.Sleep(time.Second)
		w.publish(5)
		rb := recording(w.t, w.orders(b, "g", onePartition()...))
		topicUntil(rb, 5)
		time.Sleep(10 * time.Second)
		for _, rec := range first {
			rec.Ack()
		}
		time.Sleep(12 * time.Second)
		is.Equal(w.committed("g", 0), int64(9))
		topicEnd(a, ra.sub)
		topicEnd(b, rb.sub)
	})
}
