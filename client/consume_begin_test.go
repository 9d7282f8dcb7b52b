package client_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// Where a group has begun at Latest, or at an offset, and nobody knows since the answer of
// its first poll was lost, what comes is given and committed all the same.
func TestConsume_ALostFirstAnswerKeepsNothingFromBeingCommitted(t *testing.T) {
	for name, opts := range map[string][]client.ConsumeOption{
		"latest":          {client.FromLatest()},
		"offset":          {client.FromOffset(20)},
		"latest, ordered": {client.FromLatest(), client.Ordered()},
		"offset, ordered": {client.FromOffset(20), client.Ordered()},
	} {
		for _, generation := range []kalamtest.Generation{kalamtest.Generation043, kalamtest.Generation07} {
			t.Run(fmt.Sprint(name, " ", generation), func(t *testing.T) {
				inTopicWorld(t, 1, func(w *topicWorld) {
					is := is.New(w.t)
					w.publish(20)
					w.srv.FaultTopics(kalamtest.LoseConsume, 1)
					c := w.client()
					var given []int64
					sub := w.orders(c, "g", append(opts, client.Partitions(0))...).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
						given = append(given, r.Offset)
					}))
					dueWork(time.Second)
					is.Equal(w.srv.Stats().TopicFaults, 1)
					w.publish(10)
					dueWork(5 * time.Minute)
					is.Equal(w.committed("g", 0), int64(29))
					is.Equal(given, counted(20, 30))
					topicEnd(c, sub)
				}, kalamtest.WithGeneration(generation))
			})
		}
	}
}

// The first member of a group may be gone before where it began is committed: others go on.
func TestConsume_AGroupWhoseFirstMemberIsGoneCommits(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(20)
		w.srv.FaultTopics(kalamtest.HangAck, 100)
		first, link := w.linked()
		sub := w.orders(first, "g", client.Partitions(0)).Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
		dueWork(time.Second)
		w.crash(first, link)
		sub.Unsubscribe()
		is.NoErr(w.srv.Calm())
		is.Equal(w.committed("g", 0), int64(-1))
		w.publish(10)
		var all []*client.Client
		var mu sync.Mutex
		given := map[int64]bool{}
		for range 2 {
			c := w.client()
			all = append(all, c)
			w.orders(c, "g", client.Partitions(0), client.PollLimit(3)).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
				mu.Lock()
				defer mu.Unlock()
				given[r.Offset] = true
			}))
		}
		dueWork(5 * time.Minute)
		is.Equal(w.committed("g", 0), int64(29))
		is.Equal(len(given), 10)
		for _, c := range all {
			topicEnd(c)
		}
	})
}

// Members that share a partition hear of a topic that was cleared by polls that bring
// nothing: none takes what another holds of the new records for committed.
func TestConsume_AClearedTopicIsNoticedWhileItIsEmpty(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		c, other := w.client(), w.client()
		sub := w.orders(c, "g", onePartition()...).Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
		dueWork(20 * time.Second)
		is.Equal(w.committed("g", 0), int64(9))
		shown := watchTopicErrors(c)
		w.exec(other, "CLEAR TOPIC "+w.topic)
		dueWork(5 * time.Second)
		is.Equal(len(shown.list()), 1)
		is.True(errors.Is(shown.list()[0], client.ErrTopicReset))
		w.publish(8)
		got, err := client.Poll[topicOrder](w.t.Context(), other, w.topic, "g", client.FromEarliest(), client.PollLimit(4))
		is.NoErr(err)
		is.Equal(offsetsOf(got), counted(0, 4))
		dueWork(20 * time.Second)
		is.Equal(c.Stats().Consumers[0].Pending, 4) // they wait for those
		is.Equal(w.committed("g", 0), int64(-1))
		is.NoErr(got[3].Commit(w.t.Context()))
		dueWork(20 * time.Second)
		is.Equal(w.committed("g", 0), int64(7))
		topicEnd(c, sub)
	})
}

// A topic that is always busy has its new partitions found, too.
func TestConsume_NewPartitionsOfABusyTopicAreTakenIn(t *testing.T) {
	s := &topicScript{end: 1 << 40, committed: -1, partitions: 1}
	inTopicScript(t, s, func(t *testing.T, c *client.Client) {
		is := is.New(t)
		sub := client.Consume[topicOrder](c, "shop.t", "g", client.FromEarliest(), client.PollLimit(5)).Subscribe(t.Context(), rx.OnNext(func(client.Record[topicOrder]) {
			time.Sleep(10 * time.Millisecond)
		}))
		dueWork(10 * time.Second)
		s.mu.Lock()
		s.partitions = 3
		s.mu.Unlock()
		dueWork(2 * time.Minute)
		is.Equal(c.Stats().Consumers[0].Partitions, 3)
		sub.Unsubscribe()
	})
}
