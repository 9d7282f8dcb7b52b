package client_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// Members that share a partition hold ranges that alternate, and each can commit only what
// the other has committed before: that must not take so long that leases end.
func TestConsume_MembersThatShareAPartitionCommitInTurn(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		var clients []*client.Client
		for range 3 {
			k := w.client()
			clients = append(clients, k)
			w.orders(k, "billing", client.FromEarliest()).Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
		}
		for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			w.publish(20)
		}
		dueWork(20 * time.Second)
		is.Equal(w.committed("billing", 0), w.ids-1)
		is.Equal(w.srv.Stats().Redelivered, 0)
		for _, k := range clients {
			topicEnd(k)
		}
	})
}

// What a member had that is gone keeps others from committing until its lease is over. A
// stream that has too much behind it polls seldom, but must poll, or nobody is given it.
func TestConsume_AHoleWithTooMuchBehindItIsClosed(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(70_000)
		_, err := client.Poll[topicOrder](w.t.Context(), w.client(), w.topic, "billing", client.FromEarliest(), client.PollLimit(10))
		is.NoErr(err) // and never commits
		c := w.client()
		w.orders(c, "billing", client.FromEarliest(), client.PollLimit(1000)).Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
		dueWork(5 * time.Minute)
		is.Equal(w.committed("billing", 0), int64(69_999))
		topicEnd(c)
	})
}

// What a member held for longer than its lease, and another has committed, is done with,
// and keeps nothing from being committed.
func TestConsume_WhatAnotherHasCommittedBehindALeaseIsHeldNoMore(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		a, b := w.client(), w.client()
		var stale client.Record[topicOrder]
		w.orders(a, "billing", client.FromEarliest(), client.ManualAck(), client.PollPace(10*time.Minute, 10*time.Minute)).
			Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
				if r.Offset == 0 {
					stale = r
					return
				}
				r.Ack()
			}))
		dueWork(61 * time.Second)
		topicEnd(b, w.orders(b, "billing", client.FromEarliest(), client.ManualAck()).
			Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) { r.Ack() })))
		is.Equal(w.committed("billing", 0), int64(-1)) // it left at once
		b = w.client()
		sub := w.orders(b, "billing", client.FromEarliest()).Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
		dueWork(10 * time.Second)
		topicEnd(b, sub)
		is.Equal(w.committed("billing", 0), int64(9))
		w.publish(10)
		dueWork(10 * time.Minute)
		is.Equal(w.committed("billing", 0), int64(19))
		is.Equal(a.Stats().Consumers[0].Held, 0)
		is.Equal(a.Stats().Consumers[0].Pending, 0)
		is.True(!stale.Ack())
		is.True(stale.Acked())
		topicEnd(a)
	})
}
