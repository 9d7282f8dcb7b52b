package client

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// stalled is an observer that takes nothing while it is shut.
type stalled struct {
	*watcher
	sub  *rx.Subscription
	gate chan struct{} // closed: open

	mu   sync.Mutex
	got  []int64
	end  string
	room int // times it said that it has room
}

func newStalled(t *testing.T, rule Overflow, count int) *stalled {
	o := &stalled{gate: make(chan struct{})}
	all := &sourceCounts{}
	o.sub = rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		o.watcher = &watcher{
			seg: g.Child(), alive: newLifetime(), counts: all.child("SELECT 1"), backlog: newBacklog(rule, false, count, 1<<20),
			fail: out.Error, end: out.Complete, deliver: o.take,
			epoch:   func() uint64 { return 0 },
			resumed: func() { o.note(func() { o.room++ }) },
		}
		o.seg.Add(o.close)
	}).Subscribe(t.Context(), rx.Observer[int]{
		Error:    func(err error) { o.note(func() { o.end = err.Error() }) },
		Complete: func() { o.note(func() { o.end = "complete" }) },
	})
	return o
}

func (o *stalled) take(deltas []delta, _ func() bool) int {
	<-o.gate
	for _, d := range deltas {
		seq, _ := strconv.ParseInt(d.seq.String(), 10, 64)
		o.note(func() { o.got = append(o.got, seq) })
	}
	return len(deltas)
}

func (o *stalled) note(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

func (o *stalled) shown() ([]int64, string) {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]int64(nil), o.got...), o.end
}

// rowsFrom are changes of rows of their own, in versions from first to last.
func rowsFrom(first, last int64) (all []delta) {
	for seq := first; seq <= last; seq++ {
		all = append(all, delta{key: KeyOf(seq), seq: wire.SeqOf(seq), after: there(true)})
	}
	return all
}

func TestWatcher_NeverWaitsForItsObserver(t *testing.T) {
	for _, rule := range []Overflow{Lossless, Latest, Conflate, DropOldest, Block, Fail} {
		t.Run(rule.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newStalled(t, rule, 5)
				o.offer(rowsFrom(1, 1))
				synctest.Wait()          // it is in a call now
				o.offer(rowsFrom(2, 50)) // and this returns
				close(o.gate)
				got, _ := o.shown()
				is.New(t).Equal(got[0], int64(1))
				is.New(t).Equal(o.alive.running, 0)
			})
		})
	}
}

func TestWatcher_BlockTakesWhatHasRoomAndSaysWhenThereIsMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		o := newStalled(t, Block, 3)
		is.Equal(o.offer(rowsFrom(1, 1)), 1)
		synctest.Wait()
		is.Equal(o.offer(rowsFrom(2, 9)), 3)
		is.Equal(o.offer(rowsFrom(5, 9)), 0)
		synctest.Wait()
		is.Equal(o.room, 0)
		close(o.gate)
		got, _ := o.shown()
		is.Equal(got, []int64{1, 2, 3, 4})
		is.True(o.room > 0)
		is.Equal(o.offer(rowsFrom(5, 7)), 3)
		got, _ = o.shown()
		is.Equal(len(got), 7)
		is.Equal(o.counts.dropped.load()+o.counts.conflated.load(), uint64(0))
	})
}

func TestWatcher_DroppedRowsAreCountedEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		o := newStalled(t, DropOldest, 3)
		o.offer(rowsFrom(1, 1))
		synctest.Wait()
		o.offer(rowsFrom(2, 20))
		close(o.gate)
		got, _ := o.shown()
		is.Equal(got, []int64{1, 18, 19, 20})
		is.Equal(o.counts.dropped.load(), uint64(16))
		is.Equal(o.counts.dropped.all.load(), uint64(16)) // of the client
		is.Equal(o.sub.Dropped(), uint64(16))
		is.Equal(o.counts.delivered.load(), uint64(4))
	})
}

// Fail ends the stream behind what had room.
func TestWatcher_FailEndsBehindWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		o := newStalled(t, Fail, 3)
		o.offer(rowsFrom(1, 1))
		synctest.Wait()
		is.Equal(o.offer(rowsFrom(2, 20)), 19) // the source goes on
		o.offer(rowsFrom(21, 30))
		o.finish(nil) // it is over already
		close(o.gate)
		got, end := o.shown()
		is.Equal(got, []int64{1, 2, 3, 4})
		is.Equal(end, "kalam: observer fell behind: 16 changes had no room")
		is.True(errors.Is(o.sub.Err(), ErrLagged))
		is.True(o.seg.Closed())
	})
}

func TestWatcher_EndsBehindWhatWaits(t *testing.T) {
	for _, err := range []error{nil, ErrDisconnected} {
		synctest.Test(t, func(t *testing.T) {
			is := is.New(t)
			o := newStalled(t, Lossless, 10)
			o.offer(rowsFrom(1, 3))
			o.finish(err)
			o.finish(errors.New("later"))
			o.offer(rowsFrom(4, 5))
			close(o.gate)
			got, _ := o.shown()
			is.Equal(got, []int64{1, 2, 3})
			is.Equal(o.sub.Err(), err)
		})
	}
}

func TestWatcher_AfterUnsubscribeNothingIsDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		o := newStalled(t, Block, 3)
		o.offer(rowsFrom(1, 1))
		synctest.Wait()
		o.offer(rowsFrom(2, 9))
		o.sub.Unsubscribe()
		is.True(o.room > 0) // the source must not wait for it any more
		is.Equal(o.offer(rowsFrom(5, 9)), 5)
		o.finish(ErrDisconnected)
		close(o.gate)
		got, end := o.shown()
		is.Equal(got, []int64{1}) // the call that was under way
		is.Equal(end, "")
		is.Equal(o.alive.running, 0)
	})
}

// Goes with -race: an observer leaves while it is behind and rows are dropped.
func TestWatcher_LeavingWhileRowsAreDropped(t *testing.T) {
	for _, rule := range []Overflow{DropOldest, Lossless, Conflate} {
		for range 50 {
			o := newStalled(t, rule, 2)
			close(o.gate)
			var left sync.WaitGroup
			left.Go(func() { o.offer(rowsFrom(1, 200)) })
			left.Go(o.sub.Unsubscribe)
			left.Wait()
			<-o.sub.Done()
		}
	}
}
