package client_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
)

// lateness is how long after its write a row was told of, of all that observers saw.
type lateness struct {
	mu    sync.Mutex
	wrote map[int64]time.Time
	took  []time.Duration
}

func (l *lateness) wrotes(id int64) {
	l.mu.Lock()
	l.wrote[id] = time.Now()
	l.mu.Unlock()
}

func (l *lateness) saw(x client.Change[item]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.wrote[x.Row.ID]; ok && x.Op == client.Insert {
		l.took = append(l.took, time.Since(at))
	}
}

// p99 forgets what it is the percentile of.
func (l *lateness) p99() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	took := l.took
	l.took = nil
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// Row 11.
func oneStalled(f *trial) {
	f.start()
	f.link.Latency(5*time.Millisecond, 5*time.Millisecond)
	late := &lateness{wrote: map[int64]time.Time{}}
	var stall atomic.Bool
	gate := make(chan struct{})
	for i := range 10 {
		seen := late.saw
		if i == 0 {
			seen = func(client.Change[item]) {
				if stall.Load() {
					<-gate
				}
			}
		}
		f.loads(f.watch(f.c, fmt.Sprintf("%s WHERE qty < %d", f.all(), 1000+i), seen, client.QueueLength(16)))
	}
	write := func(first int) time.Duration {
		for i := range 300 {
			late.wrotes(int64(first + i))
			f.insert(first+i, 1)
			f.sleep(100 * time.Millisecond)
		}
		return late.p99()
	}
	free := write(0)
	stall.Store(true)
	stalled := write(1000)
	close(gate)
	f.whole()
	note(f, "p99_free", free)
	note(f, "p99_stalled", stalled)
	if free == 0 {
		f.t.Fatal("nothing was measured")
	}
	atMost(f, "ratio", float64(stalled*100/free)/100, 1.2)
	equal(f, "lagged_told", f.folds[0].lags, 1)
	others := 0
	for _, l := range f.folds[1:] {
		others += l.gaps
	}
	equal(f, "gaps_of_others", others, 0)
	equal(f, "dials", f.dials(), 1) // pings were answered for a minute
}

// Row 13.
func callsInCallbacks(f *trial) {
	f.start()
	f.insert(0, 3)
	keep := f.follow(f.all())
	calls := []struct {
		name string
		call func(sub *rx.Subscription) error
	}{
		{"query", func(*rx.Subscription) error {
			_, err := client.Query[int64](context.Background(), f.c, "SELECT COUNT(*) AS n FROM "+f.table)
			return err
		}},
		{"subscribe", func(*rx.Subscription) error {
			client.Changes[item](f.c, f.all()+" WHERE id = 1").Subscribe(f.t.Context(), rx.Observer[client.Change[item]]{}).Unsubscribe()
			return nil
		}},
		{"unsubscribe", func(sub *rx.Subscription) error { sub.Unsubscribe(); return nil }},
		{"disconnect", func(*rx.Subscription) error { return f.c.Disconnect(context.Background()) }},
		{"connect", func(*rx.Subscription) error { return f.c.Connect(context.Background()) }},
		{"close", func(*rx.Subscription) error { return f.c.Close(context.Background()) }},
	}
	longest := time.Duration(0)
	for _, test := range calls {
		took, err := callInside(f, test.call)
		if err != nil {
			f.t.Errorf("%s: %v", test.name, err)
		}
		longest = max(longest, took)
	}
	atMost(f, "longest", longest, 100*time.Millisecond)
	note(f, "calls", len(calls))
	<-keep.sub.Done()
}

// callInside runs a call within the first call of an observer.
func callInside(f *trial, call func(sub *rx.Subscription) error) (took time.Duration, err error) {
	subscribed, done := make(chan *rx.Subscription, 1), make(chan struct{})
	var once sync.Once
	sub := client.Changes[item](f.c, f.all()).Subscribe(f.t.Context(), rx.OnNext(func(client.Change[item]) {
		once.Do(func() {
			sub, began := <-subscribed, time.Now()
			err = call(sub)
			took = time.Since(began)
			close(done)
		})
	}))
	subscribed <- sub
	<-done
	sub.Unsubscribe()
	<-sub.Done()
	return took, err
}

// Row 14.
func panics(f *trial) {
	f.start()
	for i := range 3 {
		seen := func(x client.Change[item]) {
			if i == 1 && x.Row.ID == 7 {
				panic("seven")
			}
		}
		f.loads(f.watch(f.c, f.all(), seen))
	}
	f.insert(7, 1)
	err := f.folds[1].ended()
	var panicked *rx.PanicError
	if !errors.As(err, &panicked) || len(panicked.Stack) == 0 {
		f.t.Errorf("the stream ended with %v", err)
	}
	f.insert(8, 1)
	for _, i := range []int{0, 2} {
		f.folds[i].has(8)
	}
	hurt := 0
	for _, l := range f.folds {
		if l.over {
			hurt++
		}
	}
	equal(f, "streams_hurt", hurt, 1)
	f.folds = slices.Delete(f.folds, 1, 2)
	f.whole()
	equal(f, "dials", f.dials(), 1)
}

// Row 15: tries share one live query, and are left on the delivering goroutine, or
// on another.
func nothingAfterDone(f *trial) {
	tries := 100_000
	if testing.Short() {
		tries = 10_000
	}
	f.start()
	f.insert(0, 3)
	f.follow(f.all())
	late, seen := 0, 0
	for i := range tries {
		var left, done atomic.Bool
		subscribed := make(chan *rx.Subscription, 1)
		sub := client.Changes[item](f.c, f.all()).Subscribe(context.Background(), rx.OnNext(func(client.Change[item]) {
			seen++
			if left.Load() || done.Load() {
				late++
			}
			if i%2 == 0 {
				(<-subscribed).Unsubscribe()
				left.Store(true)
			}
		}))
		subscribed <- sub
		if i%2 != 0 {
			if i%4 == 1 {
				runtime.Gosched()
			}
			sub.Unsubscribe()
		}
		<-sub.Done()
		done.Store(true)
	}
	equal(f, "late", late, 0)
	note(f, "tries", tries)
	note(f, "delivered", seen)
	equal(f, "subs_sent", f.srv.Stats().Subscribes, 1)
}

// Row 16.
func closedByAHundred(f *trial) {
	f.serve(kalamtest.WithSubscriptionLimits(100, 100))
	f.client()
	f.insert(0, 10)
	f.connect()
	var all sync.WaitGroup
	var ended atomic.Int64
	for i := range 1000 {
		all.Go(func() {
			sql := fmt.Sprintf("%s WHERE qty >= %d", f.all(), i%50)
			sub := client.Changes[item](f.c, sql).Subscribe(context.Background(), rx.Observer[client.Change[item]]{})
			if i%2 == 0 {
				sub.Unsubscribe()
			}
			<-sub.Done()
			if err := sub.Err(); err != nil && !errors.Is(err, client.ErrClosed) {
				f.t.Errorf("stream %d: %v", i, err)
			}
			ended.Add(1)
		})
	}
	longest := time.Duration(0)
	var mu sync.Mutex
	for range 100 {
		all.Go(func() {
			began := time.Now()
			if err := f.c.Close(context.Background()); err != nil {
				f.t.Error(err)
			}
			mu.Lock()
			longest = max(longest, time.Since(began))
			mu.Unlock()
		})
	}
	all.Wait()
	<-f.c.Done()
	equal(f, "streams_ended", ended.Load(), 1000)
	atMost(f, "t_close", longest, f.d(time.Second, 5*time.Second))
}
