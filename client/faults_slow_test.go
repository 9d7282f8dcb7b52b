package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// slowOne is an observer that is held up by its first change.
type slowOne struct {
	rule client.Overflow
	fold *faultFold
	n    atomic.Int64 // updates that it was told of
}

const (
	slowQueue   = 128 << 10
	slowRow     = 4 << 10
	slowKeys    = 8
	slowUpdates = 1500
)

// Row 12: all observers are slower than the stream. What each may keep is bounded,
// and what it is not told is counted.
func slowConsumers(f *trial) {
	f.serve(kalamtest.WithQueue(4096))
	f.client(client.WithQueueLength(1<<20), client.WithQueueBytes(slowQueue))
	f.insert(0, slowKeys)
	gate := make(chan struct{})
	var slow []*slowOne
	for _, rule := range []client.Overflow{client.Lossless, client.Conflate, client.DropOldest, client.Latest} {
		slow = append(slow, f.stall(rule, gate))
	}
	subs := f.srv.Stats().SubscriptionsOpen
	base := heapAfterGC()
	f.updates(0, slowUpdates)
	held := heapAfterGC() - base
	close(gate)
	f.slowAreExact(slow)
	note(f, "sent_MB", slowUpdates*slowRow*subs>>20)
	limit := len(slow) * (slowQueue + 4*slowKeys*slowRow) // the queues; the rows as the client and the folds know them
	atMost(f, "heap_KB", held>>10, limit*3/2>>10)
	equal(f, "Fail_lagged", f.failing(), true)
	equal(f, "dials", f.dials(), 1)
}

// updates makes updates, no faster than they are delivered.
func (f *trial) updates(first, n int) {
	f.t.Helper()
	body := strings.Repeat("x", slowRow)
	sent := f.srv.Stats()
	for i := range n {
		f.write("UPDATE %s SET qty = %d, note = '%s' WHERE id = %d", f.table, first+i, body, i%slowKeys)
		if i%20 == 0 || i == n-1 {
			f.delivered(sent.Delivered + (i+1)*sent.SubscriptionsOpen)
		}
	}
	f.rest(0)
}

func (f *trial) delivered(n int) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Second)
	defer cancel()
	if s, err := f.srv.Await(ctx, func(s kalamtest.Stats) bool { return s.Delivered >= n }); err != nil {
		f.t.Fatalf("delivered %d of %d: %v", s.Delivered, n, err)
	}
}

func (f *trial) stall(rule client.Overflow, gate chan struct{}) *slowOne {
	f.t.Helper()
	s := &slowOne{rule: rule}
	s.fold = f.watch(f.c, f.all(), func(x client.Change[item]) {
		if x.Op == client.Update {
			s.n.Add(1)
			<-gate
		}
	}, client.OnOverflow(rule), client.WithExactness(client.OnGap)) // an audit ahead of the push would leave states out
	f.loads(s.fold)
	return s
}

// slowAreExact demands of each rule what it promises.
func (f *trial) slowAreExact(slow []*slowOne) {
	f.t.Helper()
	var kept []*faultFold
	for _, s := range slow {
		if s.rule != client.DropOldest && s.rule != client.Latest {
			kept = append(kept, s.fold)
			continue
		}
		s.fold.wait("all", time.Minute, func() bool { return int(s.n.Load())+int(s.fold.sub.Dropped()) >= slowUpdates })
		s.fold.sub.Unsubscribe()
		<-s.fold.sub.Done()
		equal(f, fmt.Sprint(s.rule, "_told+dropped"), int(s.n.Load())+int(s.fold.sub.Dropped()), slowUpdates)
	}
	f.folds = kept
	f.whole()
}

// failing says whether the rule Fail ends the stream of an observer that is too slow.
func (f *trial) failing() bool {
	f.t.Helper()
	gate := make(chan struct{})
	slow := f.stall(client.Fail, gate)
	f.folds = f.folds[:len(f.folds)-1]
	body := strings.Repeat("y", slowRow)
	for i := range 4 * slowQueue / slowRow {
		f.write("UPDATE %s SET qty = %d, note = '%s' WHERE id = %d", f.table, i, body, i%slowKeys)
	}
	f.rest(time.Second)
	f.write("UPDATE %s SET qty = -1, note = NULL WHERE id = 0", f.table)
	for _, l := range f.folds {
		l.wait("the last update", 10*time.Second, func() bool { return l.rows[0].Qty != nil && *l.rows[0].Qty == -1 })
	}
	close(gate)
	return errors.Is(slow.fold.ended(), client.ErrLagged)
}
