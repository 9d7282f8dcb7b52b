package rx_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

const manyTries = 100_000

// feed tells s values from two goroutines until stop. They take turns: else one
// would fill the queue without bound while the other delivers.
func feed(s *rx.Subject[int]) (stop func()) {
	over := make(chan struct{})
	var turn sync.Mutex
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				turn.Lock()
				s.Next(i)
				turn.Unlock()
				runtime.Gosched()
			}
		})
	}
	return func() { close(over); wg.Wait() }
}

// TestDone_NothingAfterIt unsubscribes 10^5 times from another goroutine than the
// one that delivers.
func TestDone_NothingAfterIt(t *testing.T) {
	if testing.Short() {
		t.Skip("10^5 tries are for the long run")
	}
	for name, through := range map[string]func(rx.Observable[int]) rx.Observable[int]{
		"subject":  func(o rx.Observable[int]) rx.Observable[int] { return o },
		"boundary": func(o rx.Observable[int]) rx.Observable[int] { return rx.Pipe1(o, rx.ObserveOn[int](4, rx.DropOldest)) },
		"pipe":     pipe3,
	} {
		t.Run(name, func(t *testing.T) {
			s := rx.NewSubject[int]()
			o := through(s.Observable())
			stop := feed(s)
			defer stop()
			var after, overlap atomic.Int64
			for i := range (manyTries + 2) / 3 {
				var done, inside bool // plain: the race detector is a witness too
				sub := o.Subscribe(context.Background(), rx.OnNext(func(int) {
					if done {
						after.Add(1)
					}
					if inside {
						overlap.Add(1)
					}
					inside = true
					if i%7 == 0 {
						runtime.Gosched()
					}
					inside = false
				}))
				if i%3 == 0 {
					runtime.Gosched()
				}
				sub.Unsubscribe()
				<-sub.Done()
				done = true
			}
			is := is.New(t)
			is.Equal(after.Load(), int64(0))
			is.Equal(overlap.Load(), int64(0))
		})
	}
}

// A stream that left a subject while it was delivering must not wait for the next
// value to be done: there may be none.
func TestDone_OnAQuietSubject(t *testing.T) {
	is := is.New(t)
	s := rx.NewSubject[int]()
	for range manyTries / 4 {
		sub := s.Observable().Subscribe(context.Background(), rx.Observer[int]{})
		var wg sync.WaitGroup
		wg.Go(func() { s.Next(1) })
		sub.Unsubscribe()
		wg.Wait()
		select {
		case <-sub.Done():
		default:
			is.Fail() // nothing is left that could close it
			return
		}
	}
}

func TestDone_WaitsForTheCallUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		s := rx.NewSubject[int]()
		gate := make(chan struct{})
		sub := s.Observable().Subscribe(t.Context(), rx.OnNext(func(int) { <-gate }))
		go s.Next(1)
		synctest.Wait()
		sub.Unsubscribe()
		select {
		case <-sub.Done():
			is.Fail()
		default:
		}
		told := false
		sub.OnDone(func() { told = true })
		is.True(!told)
		close(gate)
		<-sub.Done()
		synctest.Wait()
		is.True(told)
		late := false
		sub.OnDone(func() { late = true })
		is.True(late)
	})
}

func TestSubscribe_DeadContext(t *testing.T) {
	is := is.New(t)
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	ran := false
	sub := rx.Source(func(*rx.Segment, rx.Observer[int]) { ran = true }).Subscribe(ctx, rx.Observer[int]{
		Error: func(error) { is.Fail() }, Complete: func() { is.Fail() },
	})
	<-sub.Done()
	is.Equal(sub.Err(), why)
	is.True(!ran)
}

func TestSubscribe_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("late"))
		defer cancel()
		torn := 0
		o := rx.Source(func(g *rx.Segment, _ rx.Observer[int]) { g.Add(func() { torn++ }) })
		start := time.Now()
		sub := o.Subscribe(ctx, rx.Observer[int]{Error: func(error) { is.Fail() }, Complete: func() { is.Fail() }})
		<-sub.Done()
		is.Equal(time.Since(start), time.Second)
		is.Equal(sub.Err().Error(), "late")
		is.Equal(torn, 1)
	})
}

func TestSubscribe_NilMembersAndNilContext(t *testing.T) {
	is := is.New(t)
	boom := errors.New("boom")
	var nobody context.Context
	for _, o := range []rx.Observable[int]{count(3), {}, rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { out.Error(boom) })} {
		sub := o.Subscribe(nobody, rx.Observer[int]{})
		<-sub.Done()
		is.True(sub.Err() == nil || sub.Err() == boom)
	}
}

func TestTeardown_OnceDownstreamFirst(t *testing.T) {
	layer := func(name string, log *[]string) rx.Operator[int, int] {
		return func(src rx.Observable[int]) rx.Observable[int] {
			return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
				g.Add(func() { *log = append(*log, name) })
				src.Attach(g.Child(), out)
			})
		}
	}
	for name, end := range map[string]struct {
		next func(sub func(), v int)
		want string
	}{
		"completion":  {func(func(), int) {}, "<nil>"},
		"unsubscribe": {func(unsubscribe func(), v int) { unsubscribe(); unsubscribe() }, "<nil>"},
		"panic":       {func(func(), int) { panic("ouch") }, "rx: panic in user code: ouch"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var log []string
			var root *rx.Segment
			o := rx.Pipe3(count(2), layer("source", &log), layer("middle", &log), layer("end", &log))
			sub := rx.Source(func(g *rx.Segment, out rx.Observer[int]) { root = g; o.Attach(g, out) }).
				Subscribe(context.Background(), rx.OnNext(func(v int) { end.next(root.Close, v) }))
			<-sub.Done()
			is.Equal(fmt.Sprint(sub.Err()), end.want)
			is.Equal(strings.Join(log, " "), "end middle source")
		})
	}
}

func TestTeardown_ThatPanicsOrAddsOrCloses(t *testing.T) {
	is := is.New(t)
	ran := 0
	boom := errors.New("boom")
	sub := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		c := g.Child()
		g.Add(func() { panic(boom) })
		g.Add(func() { c.Close(); g.Close() })
		g.Add(func() { g.Add(func() { ran++ }) })
		g.Add(func() { panic("two") })
		c.Add(func() { ran++ })
		g.Add(func() { ran++ })
	}).Subscribe(context.Background(), rx.Observer[int]{})
	sub.Unsubscribe()
	<-sub.Done()
	is.Equal(ran, 3)
	is.True(errors.Is(sub.Err(), boom))
	is.True(strings.Contains(sub.Err().Error(), "two"))
}

func TestDone_TeardownOfAChildIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		gate := make(chan struct{})
		var c *rx.Segment
		sub := rx.Source(func(g *rx.Segment, _ rx.Observer[int]) {
			c = g.Child()
			c.Add(func() { <-gate })
		}).Subscribe(t.Context(), rx.Observer[int]{})
		go c.Close() // by nobody's turn
		synctest.Wait()
		sub.Unsubscribe()
		select {
		case <-sub.Done():
			is.Fail()
		default:
		}
		close(gate)
		<-sub.Done()
	})
}

// TestChild_LeavesNoMemory opens and closes as many children as a long SwitchMap.
func TestChild_LeavesNoMemory(t *testing.T) {
	is := is.New(t)
	rx.Source(func(g *rx.Segment, _ rx.Observer[int]) {
		before := inUse()
		for range 1_000_000 {
			c := g.Child()
			c.Add(func() {})
			c.Close()
		}
		is.True(int64(inUse()-before) < 1<<20)
	}).Subscribe(context.Background(), rx.Observer[int]{})
}

func TestChild_ConcurrentCloseAndEnd(t *testing.T) {
	is := is.New(t)
	for range 2000 {
		var torn atomic.Int64
		var root *rx.Segment
		sub := rx.Source(func(g *rx.Segment, _ rx.Observer[int]) { root = g }).Subscribe(context.Background(), rx.Observer[int]{})
		var wg sync.WaitGroup
		const n = 8
		for range n {
			c := root.Child()
			c.Add(func() { torn.Add(1) })
			wg.Go(c.Close)
			wg.Go(c.Close)
		}
		wg.Go(sub.Unsubscribe)
		<-sub.Done()
		is.Equal(torn.Load(), int64(n)) // no teardown is left to run
		wg.Wait()
		root.Child().Add(func() { torn.Add(1) })
		is.Equal(torn.Load(), int64(n+1)) // on an ended segment: at once
	}
}
