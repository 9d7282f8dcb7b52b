package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// workRecords are records of partition 0 with these keys, of no stream.
func workRecords(keys ...string) []client.Record[int] {
	all := make([]client.Record[int], len(keys))
	for i, key := range keys {
		all[i] = client.Record[int]{Topic: "shop.orders", Offset: int64(i), Key: key, Value: i, Attempt: 1, Payload: []byte(fmt.Sprint(i))}
	}
	return all
}

// runWorker runs a worker until the end of the stream.
func runWorker[T any](
	t *testing.T, records rx.Observable[client.Record[T]], handler func(context.Context, client.Record[T]) error, opts ...client.WorkOption,
) (*client.Worker[T], error) {
	t.Helper()
	w, err := client.NewWorker(records, handler, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return w, w.Run(t.Context())
}

func TestWork_OrderPerKeyUnderParallelism(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 20 {
		synctest.Test(t, func(t *testing.T) { playOrder(t, rand.New(rand.NewPCG(seed, uint64(round)))) })
	}
}

// playOrder handles records of few keys and random partitions by handlers that take
// random times, and some of which fail.
func playOrder(t *testing.T, random *rand.Rand) {
	is := is.New(t)
	parallel, keys := 1+random.IntN(8), 1+random.IntN(6)
	records := make([]client.Record[int], 200)
	takes, fails := make([]time.Duration, len(records)), make([]int, len(records))
	for i := range records {
		key := ""
		if random.IntN(3) > 0 {
			key = fmt.Sprint(random.IntN(keys))
		}
		records[i] = client.Record[int]{Topic: "a.b", Partition: random.IntN(2), Offset: int64(i), Key: key, Value: i}
		takes[i] = time.Duration(random.IntN(50)) * time.Millisecond
		fails[i] = max(0, random.IntN(6)-3)
	}
	var mu sync.Mutex
	at := map[string]int{}
	running, most := 0, 0
	w, err := runWorker(t, operators.From(records), func(_ context.Context, r client.Record[int]) error {
		lane := fmt.Sprint(r.Partition, r.Key)
		mu.Lock()
		running++
		most = max(most, running)
		if before, some := at[lane]; some && before > r.Value {
			t.Errorf("%v of lane %s was begun behind %d", r, lane, before)
		}
		at[lane] = r.Value
		fails[r.Value]--
		again := fails[r.Value] >= 0
		mu.Unlock()
		time.Sleep(takes[r.Value])
		mu.Lock()
		defer mu.Unlock()
		running--
		if at[lane] != r.Value {
			t.Errorf("%d of lane %s was begun beside %v", at[lane], lane, r)
		}
		if again {
			return errors.New("not yet")
		}
		return nil
	}, client.Parallel(parallel), client.RetryRecords(3, time.Millisecond))
	is.NoErr(err)
	is.Equal(w.Stats().Handled, uint64(len(records)))
	is.True(most <= parallel)
	is.True(w.Stats().InHand == 0 && w.Stats().Running == 0)
}

func TestWork_HandlersRunBesideEachOtherByKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		began := time.Now()
		_, err := runWorker(t, operators.From(workRecords("a", "b", "a", "c", "", "")), func(context.Context, client.Record[int]) error {
			time.Sleep(time.Second)
			return nil
		})
		is.NoErr(err)
		is.Equal(time.Since(began), 2*time.Second) // a after a, and "" after ""; all else at once
	})
}

func TestWork_RetriesAreSpacedAndLetOtherKeysGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		began := time.Now()
		var tries []time.Duration
		var other time.Duration
		w, err := runWorker(t, operators.From(workRecords("bad", "good")), func(_ context.Context, r client.Record[int]) error {
			if r.Key == "good" {
				other = time.Since(began)
				return nil
			}
			tries = append(tries, time.Since(began))
			if len(tries) < 4 {
				return errors.New("not yet")
			}
			return nil
		}, client.Parallel(1), client.RetryRecords(4, time.Second))
		is.NoErr(err)
		is.Equal(other, time.Duration(0)) // the only hand was free during the waits
		is.Equal(len(tries), 4)
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			wait := tries[i+1] - tries[i]
			is.True(wait >= want*8/10 && wait <= want*12/10)
		}
		is.Equal(w.Stats().Retried, uint64(3))
		is.Equal(w.Stats().Handled, uint64(2))
	})
}

func TestWork_RetryAfterAndPermanentAreObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		began := time.Now()
		var dead []client.DeadRecord
		var at []time.Duration
		broken := errors.New("broken")
		_, err := runWorker(t, operators.From(workRecords("later", "never")), func(_ context.Context, r client.Record[int]) error {
			if r.Key == "never" {
				return fmt.Errorf("wrapped: %w", client.Permanent(broken))
			}
			at = append(at, time.Since(began))
			if len(at) == 1 {
				return client.RetryAfter(7*time.Second, errors.New("busy"))
			}
			return nil
		}, client.DeadLetter(func(_ context.Context, d client.DeadRecord) error {
			dead = append(dead, d)
			return nil
		}))
		is.NoErr(err)
		is.Equal(at, []time.Duration{0, 7 * time.Second})
		is.Equal(len(dead), 1)
		is.Equal(dead[0].Tries, 1)
		is.True(errors.Is(dead[0].Err, broken))
		is.Equal(string(dead[0].Record.Value), "1")
		is.True(client.Permanent(nil) == nil && client.RetryAfter(time.Second, nil) == nil)
	})
}

func TestWork_PoisonEndsAWorkerWithoutADeadLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		broken := errors.New("broken")
		handled := 0
		w, err := runWorker(t, operators.From(workRecords("a", "a", "a")), func(_ context.Context, r client.Record[int]) error {
			if r.Offset == 1 {
				return broken
			}
			handled++
			return nil
		}, client.RetryRecords(2, time.Millisecond))
		var poison *client.PoisonError
		is.True(errors.As(err, &poison) && errors.Is(err, client.ErrPoison) && errors.Is(err, broken))
		is.Equal(poison.Place, "shop.orders/0@1")
		is.Equal(poison.Tries, 2)
		is.Equal(handled, 1) // nothing of the key behind the poison
		is.Equal(w.Stats().Abandoned, uint64(2))
	})
}

func TestWork_PanicsAreContainedAndCountAsTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		dead := rx.NewSubject[client.DeadRecord]()
		var got []client.DeadRecord
		over := false
		dead.Observable().Subscribe(t.Context(), rx.Observer[client.DeadRecord]{
			Next: func(d client.DeadRecord) { got = append(got, d) }, Complete: func() { over = true },
		})
		w, err := runWorker(t, operators.From(workRecords("a", "b")), func(_ context.Context, r client.Record[int]) error {
			if r.Key == "a" {
				panic("oh")
			}
			return nil
		}, client.DeadLetterTo(dead.Observer()))
		is.NoErr(err)
		is.Equal(w.Stats().Panics, uint64(3))
		is.Equal(w.Stats().Dead, uint64(1))
		is.Equal(w.Stats().Handled, uint64(1))
		var p *rx.PanicError
		is.Equal(len(got), 1)
		is.True(over)
		is.True(errors.As(got[0].Err, &p))
		is.Equal(p.Value, "oh")
		is.True(len(p.Stack) > 0)
	})
}
