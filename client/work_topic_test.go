package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

type orderHandler = func(context.Context, client.Record[topicOrder]) error

// work runs a worker of a group; end ends it and closes its client.
func (w *topicWorld) work(group string, handler orderHandler, opts ...client.WorkOption) (*client.Worker[topicOrder], func() error) {
	w.t.Helper()
	c := w.client()
	records := w.orders(c, group, client.FromEarliest(), client.ManualAck())
	worker, end := startWorker(w.t, records, handler, opts...)
	return worker, func() error {
		_, err := end()
		topicEnd(c)
		return err
	}
}

// dueWork waits for so long in virtual time that all that is to happen has.
func dueWork(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestWork_WhatIsHandledIsCommittedAtTheEnd(t *testing.T) {
	inTopicWorld(t, 2, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(500)
		worker, end := w.work("billing", func(context.Context, client.Record[topicOrder]) error {
			time.Sleep(time.Millisecond)
			return nil
		})
		dueWork(10 * time.Second)
		is.NoErr(end())
		is.Equal(worker.Stats().Handled, uint64(500))
		is.Equal(worker.Stats().Unacked, uint64(0))
		is.Equal(w.committed("billing", 0)+w.committed("billing", 1), int64(498))
	})
}

func TestWork_UnreadableAndPoisonRecordsGoToTheDeadLetterTable(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		table := w.ns + ".dead"
		schema, err := client.DeadLetterSchema(table)
		is.NoErr(err)
		w.exec(c, schema)
		w.publish(2)
		for _, payload := range [][]byte{[]byte("not JSON"), {0xff, 0xfe}, slices.Repeat([]byte("x"), 600<<10)} {
			_, _, err = w.srv.Publish(w.topic, "k'; DROP TABLE x", payload)
			is.NoErr(err)
		}
		play := func(group string) *client.Worker[topicOrder] {
			worker, end := w.work(group, func(_ context.Context, r client.Record[topicOrder]) error {
				if r.Value.ID == 1 {
					panic("it's one")
				}
				return nil
			}, client.DeadLetterTable(c, table))
			dueWork(10 * time.Second)
			is.NoErr(end())
			return worker
		}
		is.Equal(play("billing").Stats().Dead, uint64(4))
		is.Equal(w.committed("billing", 0), int64(4))
		type row struct {
			ID       string    `kalam:"id"`
			Group    string    `kalam:"consumer_group"`
			Offset   int64     `kalam:"record_offset"`
			Key      string    `kalam:"record_key"`
			Tries    int32     `kalam:"tries"`
			Reason   string    `kalam:"reason"`
			Payload  *string   `kalam:"payload"`
			Encoding string    `kalam:"encoding"`
			Written  time.Time `kalam:"written_at"`
		}
		rows, err := client.Query[row](w.t.Context(), c, "SELECT * FROM "+table+" ORDER BY record_offset")
		is.NoErr(err)
		is.Equal(len(rows), 4)
		is.Equal(rows[0].Offset, int64(1))
		is.Equal(rows[0].Tries, int32(3))
		is.Equal(rows[0].Reason, "rx: panic in user code: it's one")
		is.Equal(rows[1].Key, "k'; DROP TABLE x")
		is.Equal(rows[1].Tries, int32(0))
		is.Equal(*rows[1].Payload, "not JSON")
		is.Equal(*rows[2].Payload, "//4=")
		is.Equal([]string{rows[0].Encoding, rows[1].Encoding, rows[2].Encoding, rows[3].Encoding}, []string{"text", "text", "base64", "omitted"})
		is.True(rows[3].Payload == nil)
	})
}

func TestWork_ADeadLetterThatFailsEndsTheWorkerAndLosesNothing(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		w.publish(1)
		broken := errors.New("broken")
		err := client.Work(w.t.Context(), w.orders(c, "billing", client.FromEarliest(), client.ManualAck()),
			func(context.Context, client.Record[topicOrder]) error { return client.Permanent(broken) },
			client.DeadLetterTable(c, w.ns+".nowhere"))
		is.True(errors.Is(err, client.ErrPoison) && errors.Is(err, broken))
		topicEnd(c)
		is.Equal(w.committed("billing", 0), int64(-1))
	})
}

func TestWork_ARecordThatIsThereAlreadyIsDeadAlready(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		table := w.ns + ".dead"
		schema, err := client.DeadLetterSchema(table)
		is.NoErr(err)
		w.exec(c, schema)
		w.publish(1)
		bury := func(_ context.Context, r client.Record[topicOrder]) error { return client.Permanent(errors.New("no")) }
		worker, end := w.work("billing", bury, client.DeadLetterTable(c, table))
		w.srv.FaultTopics(kalamtest.HangAck, 1000) // so that it comes again
		dueWork(5 * time.Second)
		_ = end()
		is.Equal(worker.Stats().Dead, uint64(1))
		w.srv.FaultTopics(kalamtest.HangAck, 0)
		worker, end = w.work("billing", bury, client.DeadLetterTable(c, table))
		dueWork(2 * time.Minute)
		is.NoErr(end())
		is.Equal(worker.Stats().Dead, uint64(1))
		is.Equal(w.committed("billing", 0), int64(0))
	})
}

func TestWork_AStreamThatAcknowledgesByItselfIsRefused(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(1)
		err := client.Work(w.t.Context(), w.orders(w.client(), "billing", client.FromEarliest()),
			func(context.Context, client.Record[topicOrder]) error { return nil })
		is.True(errors.Is(err, client.ErrConfig))
	})
}

// A handler that takes longer than the lease is cut off before its end, and the record
// comes again, marked, and in the order of its key.
func TestWork_SlowHandlerBeyondTheLeaseIsCutOffAndTheRecordComesAgain(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		for range 3 {
			_, _, err := w.srv.Publish(w.topic, "k", []byte(`{"id":"1","item":"x"}`))
			is.NoErr(err)
		}
		var lines []string
		began := time.Now()
		worker, end := w.work("billing", func(ctx context.Context, r client.Record[topicOrder]) error {
			lines = append(lines, fmt.Sprintf("%d attempt %d", r.Offset, r.Attempt))
			if r.Offset == 1 && r.Attempt == 1 {
				<-ctx.Done()
				is.True(errors.Is(context.Cause(ctx), client.ErrLease))
				is.Equal(time.Since(began).Round(time.Second), 54*time.Second) // 6 s are left to commit
				return ctx.Err()
			}
			return nil
		})
		dueWork(3 * time.Minute)
		is.NoErr(end())
		is.Equal(lines, []string{"0 attempt 1", "1 attempt 1", "1 attempt 2", "2 attempt 2"})
		n := worker.Stats()
		is.Equal(n.Handled, uint64(3))
		is.Equal(n.Expired, uint64(2))
		is.Equal(w.committed("billing", 0), int64(2))
	})
}

// One that does not heed its context is called again when it has returned at last, if what
// it did was not acknowledged; it was, and so it is not.
func TestWork_HandlerThatIgnoresItsLeaseIsNotCalledTwice(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(1)
		calls := 0
		worker, end := w.work("billing", func(context.Context, client.Record[topicOrder]) error {
			calls++
			time.Sleep(90 * time.Second)
			return nil
		})
		dueWork(5 * time.Minute)
		is.NoErr(end())
		is.Equal(calls, 1)
		is.Equal(worker.Stats().Skipped, uint64(1))
		is.Equal(w.srv.Stats().Redelivered, 1)
		is.Equal(w.committed("billing", 0), int64(0))
	})
}

func TestWork_ARecordThatIsAlwaysTooSlowIsPoison(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(2)
		var dead []client.DeadRecord
		worker, end := w.work("billing", func(ctx context.Context, r client.Record[topicOrder]) error {
			if r.Value.ID == 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}, client.RetryRecords(3, time.Second), client.DeadLetter(func(_ context.Context, d client.DeadRecord) error {
			dead = append(dead, d)
			return nil
		}))
		dueWork(10 * time.Minute)
		is.NoErr(end())
		is.Equal(len(dead), 1)
		is.True(errors.Is(dead[0].Err, client.ErrLease))
		is.Equal(dead[0].Record.Attempt, 3)
		is.Equal(worker.Stats().Handled, uint64(1))
		is.Equal(w.committed("billing", 0), int64(1))
	})
}

// A worker that is gone between doing and acknowledging: another gets what it had.
func TestWork_CrashBetweenHandlingAndAcknowledging(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(100)
		var mu sync.Mutex
		times := map[int64]int{}
		count := func(_ context.Context, r client.Record[topicOrder]) error {
			mu.Lock()
			defer mu.Unlock()
			times[r.Offset]++
			return nil
		}
		w.srv.FaultTopics(kalamtest.HangAck, 1000)
		_, end := w.work("billing", count)
		dueWork(time.Second)
		_ = end() // its acknowledgements never arrive
		is.Equal(w.committed("billing", 0), int64(-1))
		w.srv.FaultTopics(kalamtest.HangAck, 0)
		_, end = w.work("billing", count)
		dueWork(2 * time.Minute)
		is.NoErr(end())
		is.Equal(len(times), 100)
		for _, n := range times {
			is.Equal(n, 2)
		}
		is.Equal(w.committed("billing", 0), int64(99))
	})
}

// Whatever fails, each record is handled, and in the order of its key.
func TestWork_OrderAndAtLeastOnceUnderFaults(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 8 {
		playWorkFaults(t, rand.New(rand.NewPCG(seed, uint64(round))))
	}
}

func playWorkFaults(t *testing.T, random *rand.Rand) {
	inTopicWorld(t, 2, func(w *topicWorld) {
		is := is.New(w.t)
		var mu sync.Mutex
		chances := rand.New(rand.NewPCG(random.Uint64(), 2)) // under mu
		done := map[string][]int64{}                         // by key: each record when it was handled first
		seen := map[string]bool{}
		c := w.client()
		worker, stop := startWorker(w.t, w.orders(c, "billing", client.FromEarliest(), client.ManualAck()), func(ctx context.Context, r client.Record[topicOrder]) error {
			mu.Lock()
			chance := chances.IntN(60)
			mu.Unlock()
			switch {
			case chance == 0:
				<-ctx.Done() // too slow
				return ctx.Err()
			case chance == 1:
				panic("by chance")
			case chance < 10:
				return errors.New("by chance")
			}
			time.Sleep(time.Duration(chance) * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if !seen[r.IdempotencyKey()] {
				seen[r.IdempotencyKey()] = true
				lane := fmt.Sprint(r.Partition, r.Key)
				done[lane] = append(done[lane], r.Offset)
			}
			return nil
		}, client.RetryRecords(1000, 10*time.Millisecond), client.Parallel(1+random.IntN(8)))
		faults := []kalamtest.TopicFault{
			kalamtest.FailConsume, kalamtest.BusyAck, kalamtest.LoseConsume, kalamtest.LoseAck, kalamtest.HangConsume, kalamtest.FailAck,
		}
		for range 10 {
			w.publish(random.IntN(40))
			w.srv.FaultTopics(faults[random.IntN(len(faults))], random.IntN(3))
			if random.IntN(4) == 0 {
				worker.Pause()
				dueWork(time.Duration(random.IntN(100)) * time.Second)
				worker.Resume()
			}
			dueWork(time.Duration(random.IntN(30)) * time.Second)
		}
		dueWork(time.Hour)
		_, err := stop()
		is.NoErr(err)
		topicEnd(c)
		is.Equal(len(seen), int(w.ids))
		for lane, offsets := range done {
			if !slices.IsSorted(offsets) {
				w.t.Errorf("lane %s: %v", lane, offsets)
			}
		}
	})
}
