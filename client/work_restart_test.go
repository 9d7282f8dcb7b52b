package client_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

// Who has run a worker may end the process at once.
func TestWork_WhatIsAcknowledgedIsCommittedWhenRunReturns(t *testing.T) {
	inTopicWorld(t, 2, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(500)
		for _, drain := range []time.Duration{0, time.Hour} { // what the worker lets go is not waited for
			c := w.client()
			opts := []client.ConsumeOption{client.FromEarliest(), client.ManualAck()}
			if drain > 0 {
				opts = append(opts, client.Drain(drain))
			}
			n := 0
			worker, end := startWorker(w.t, w.orders(c, "billing"+drain.String(), opts...), func(context.Context, client.Record[topicOrder]) error {
				time.Sleep(time.Millisecond)
				n++
				return nil
			}, client.Parallel(1))
			time.Sleep(300 * time.Millisecond)
			took, err := end()
			is.NoErr(err)
			is.True(took <= 10*time.Millisecond)
			is.True(worker.Stats().Abandoned > 0)
			is.Equal(w.committed("billing"+drain.String(), 0)+1+w.committed("billing"+drain.String(), 1)+1, int64(n))
			topicEnd(c)
		}
	})
}

// What a worker had that is gone comes, under Ordered and with one member for the partition,
// before what its successor is given otherwise: the order of a key holds over restarts.
func TestWork_OrderedAndAloneOnAPartitionKeepsTheOrderOfAKeyOverRestarts(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 5 {
		playOrderedRestarts(t, rand.New(rand.NewPCG(seed, uint64(round))))
	}
}

func playOrderedRestarts(t *testing.T, random *rand.Rand) {
	inTopicWorld(t, 2, func(w *topicWorld) {
		is := is.New(w.t)
		done := map[string][]int64{} // by partition and key: in the order in which they were handled
		var mu sync.Mutex
		repeated := 0
		live := func(partition int) (crash func()) {
			c := w.client()
			records := w.orders(c, "billing", client.FromEarliest(), client.ManualAck(), client.Partitions(partition), client.Ordered())
			_, end := startWorker(w.t, records, func(_ context.Context, r client.Record[topicOrder]) error {
				time.Sleep(time.Duration(r.Offset%7) * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				lane := fmt.Sprint(r.Partition, r.Key)
				if slices.Contains(done[lane], r.Offset) {
					repeated++
					return nil
				}
				done[lane] = append(done[lane], r.Offset)
				return nil
			}, client.Parallel(4))
			return func() {
				_, _ = end()
				topicEnd(c)
			}
		}
		for range 8 {
			ends := []func(){live(0), live(1)}
			for range 5 {
				w.publish(random.IntN(60))
				dueWork(time.Duration(random.IntN(20_000)) * time.Millisecond)
			}
			w.publish(random.IntN(60))
			w.srv.FaultTopics(kalamtest.HangAck, 1000) // nothing of it is committed any more
			dueWork(time.Duration(random.IntN(3000)) * time.Millisecond)
			for _, end := range ends {
				end()
			}
			w.srv.FaultTopics(kalamtest.HangAck, 0)
		}
		ends := []func(){live(0), live(1)}
		dueWork(3 * time.Minute)
		for _, end := range ends {
			end()
		}
		n := 0
		for lane, offsets := range done {
			n += len(offsets)
			if !slices.IsSorted(offsets) {
				w.t.Errorf("lane %s: %v", lane, offsets)
			}
		}
		is.Equal(n, int(w.ids))
		is.True(repeated > 0) // or nothing was left behind
	})
}
