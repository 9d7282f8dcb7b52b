package interop_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/interop"
	"github.com/matryer/is"
	"github.com/reactivex/rxgo/v2"
	"go.uber.org/goleak"
)

func count(n int) rx.Observable[int] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		for i := range n {
			if g.Closed() {
				return
			}
			out.Next(i)
		}
		out.Complete()
	})
}

func plusOne(_ context.Context, v interface{}) (interface{}, error) { return v.(int) + 1, nil }
func even(v interface{}) bool                                       { return v.(int)%2 == 0 }

func mapEven(o rxgo.Observable) rxgo.Observable { return o.Map(plusOne).Filter(even) }

func collect[T any](t *testing.T, o rx.Observable[T]) (got []T, err error) {
	t.Helper()
	sub := o.Subscribe(t.Context(), rx.OnNext(func(v T) { got = append(got, v) }))
	<-sub.Done()
	return got, sub.Err()
}

func TestVia_IsColdAndRepeatable(t *testing.T) {
	is := is.New(t)
	o := rx.Pipe1(count(6), interop.Via[int, int](mapEven))
	for range 2 {
		got, err := collect(t, o)
		is.NoErr(err)
		is.Equal(got, []int{2, 4, 6})
	}
}

// RxGo operators that can be observed once only are made anew for each.
func TestVia_MakesThePipelineForEverySubscription(t *testing.T) {
	is := is.New(t)
	o := rx.Pipe1(count(6), interop.Via[int, []interface{}](func(o rxgo.Observable) rxgo.Observable { return o.BufferWithCount(4) }))
	for range 2 {
		got, err := collect(t, o)
		is.NoErr(err)
		is.Equal(fmt.Sprint(got), "[[0 1 2 3] [4 5]]")
	}
}

func TestToRxGo_Assert(t *testing.T) {
	boom := errors.New("boom")
	ctx := t.Context()
	rxgo.Assert(ctx, t, interop.ToRxGo(count(4)), rxgo.HasItems(0, 1, 2, 3), rxgo.HasNoError())
	rxgo.Assert(ctx, t, mapEven(interop.ToRxGo(count(4), rxgo.WithBufferedChannel(8))), rxgo.HasItems(2, 4), rxgo.HasNoError())
	failing := rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { out.Next(1); out.Error(boom) })
	rxgo.Assert(ctx, t, interop.ToRxGo(failing), rxgo.HasItems(1), rxgo.HasError(boom))
	rxgo.Assert(ctx, t, interop.ToRxGo(rx.Observable[int]{}), rxgo.IsEmpty(), rxgo.HasNoError())
}

// There and back, as RxGo sees it.
func TestVia_Assert(t *testing.T) {
	ctx, boom := t.Context(), errors.New("boom")
	there := func(o rx.Observable[int]) rxgo.Observable {
		return interop.ToRxGo(rx.Pipe1(o, interop.Via[int, int](mapEven, rxgo.WithBufferedChannel(4))))
	}
	rxgo.Assert(ctx, t, there(count(7)), rxgo.HasItems(2, 4, 6), rxgo.HasNoError())
	rxgo.Assert(ctx, t, there(count(7)).Count(), rxgo.HasItem(int64(3)), rxgo.HasNoError())
	rxgo.Assert(ctx, t, there(rx.Observable[int]{}), rxgo.IsEmpty(), rxgo.HasNoError())
	failing := rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { out.Next(1); out.Error(boom) })
	rxgo.Assert(ctx, t, there(failing), rxgo.HasItems(2), rxgo.HasError(boom))
	both := func(o rxgo.Observable) rxgo.Observable { return rxgo.Merge([]rxgo.Observable{o, rxgo.Just(10, 20)()}) }
	rxgo.Assert(ctx, t, interop.ToRxGo(rx.Pipe1(count(2), interop.Via[int, int](both))), rxgo.HasItemsNoOrder(0, 1, 10, 20))
}

func TestFromRxGo_TheFirstErrorIsTerminal(t *testing.T) {
	is := is.New(t)
	boom := errors.New("boom")
	items := make(chan rxgo.Item, 4)
	for _, it := range []rxgo.Item{rxgo.Of(1), rxgo.Error(boom), rxgo.Of(2), rxgo.Error(errors.New("another"))} {
		items <- it
	}
	close(items)
	got, err := collect(t, interop.FromRxGo[int](rxgo.FromChannel(items)))
	is.Equal(got, []int{1})
	is.Equal(err, boom)
}

func TestFromRxGo_Types(t *testing.T) {
	is := is.New(t)
	send := func(v interface{}) rxgo.Observable {
		return rxgo.Defer([]rxgo.Producer{func(ctx context.Context, next chan<- rxgo.Item) { rxgo.Of(v).SendContext(ctx, next) }})
	}
	_, err := collect(t, interop.FromRxGo[int](send("text")))
	is.True(errors.Is(err, interop.ErrType))
	is.Equal(err.Error(), "rx: RxGo item of the wrong type: string, want int")
	_, err = collect(t, interop.FromRxGo[int](send(nil)))
	is.True(errors.Is(err, interop.ErrType))
	got, err := collect(t, interop.FromRxGo[error](send(nil)))
	is.NoErr(err)
	is.Equal(len(got), 1)
	is.Equal(got[0], nil)
	pointers, err := collect(t, interop.FromRxGo[*int](send((*int)(nil))))
	is.NoErr(err)
	is.Equal(len(pointers), 1)
	for _, o := range []rx.Observable[int]{interop.FromRxGo[int](nil), rx.Pipe1(count(1), interop.Via[int, int](nil))} {
		_, err = collect(t, o)
		is.True(errors.Is(err, interop.ErrPipeline))
	}
}

// panicking is an Observable whose Observe panics.
type panicking struct{ rxgo.Observable }

func (panicking) Observe(...rxgo.Option) <-chan rxgo.Item { panic("ouch") }

func TestFromRxGo_PanicsAreContained(t *testing.T) {
	is := is.New(t)
	var pe *rx.PanicError
	_, err := collect(t, interop.FromRxGo[int](panicking{rxgo.Empty()}))
	is.True(errors.As(err, &pe))
	// The pipeline's assembly is on the subscriber's goroutine.
	_, err = collect(t, rx.Pipe1(count(3), interop.Via[int, int](func(rxgo.Observable) rxgo.Observable { panic("ouch") })))
	is.True(errors.As(err, &pe))
	// The observer's is on the bridge's.
	sub := interop.FromRxGo[int](rxgo.Range(0, 3)).Subscribe(t.Context(), rx.OnNext(func(int) { panic("ouch") }))
	<-sub.Done()
	is.True(errors.As(sub.Err(), &pe))
}

// TestCancellation_LeavesNothing has pipelines that RxGo by itself leaves behind.
func TestCancellation_LeavesNothing(t *testing.T) {
	take := func(o rxgo.Observable) rxgo.Observable { return o.Map(plusOne).Take(3) }
	scan := func(o rxgo.Observable) rxgo.Observable {
		return o.Map(plusOne).Scan(func(_ context.Context, a, b interface{}) (interface{}, error) { return b, nil })
	}
	merge := func(o rxgo.Observable) rxgo.Observable { return rxgo.Merge([]rxgo.Observable{o.Map(plusOne), o}) }
	for name, pipeline := range map[string]func(rxgo.Observable) rxgo.Observable{"take": take, "scan": scan, "merge": merge} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			ignore := goleak.IgnoreCurrent()
			for i := range 20 {
				ctx, cancel := context.WithCancelCause(t.Context())
				s := rx.NewSubject[int]()
				sub := rx.Pipe1(s.Observable(), interop.Via[int, int](pipeline)).Subscribe(ctx, rx.Observer[int]{})
				for !s.HasObservers() { // RxGo subscribes on a goroutine of its own
					runtime.Gosched()
				}
				s.Next(1)
				if i%2 == 0 {
					sub.Unsubscribe()
				}
				cancel(context.Canceled)
				<-sub.Done()
				is.True(sub.Err() == nil || errors.Is(sub.Err(), context.Canceled))
				_, err := collect(t, rx.Pipe1(count(100), interop.Via[int, int](take)))
				is.NoErr(err)
			}
			goleak.VerifyNone(t, ignore)
		})
	}
}

func TestToRxGo_ReaderLeaves(t *testing.T) {
	is := is.New(t)
	torn := make(chan struct{})
	o := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		g.Add(func() { close(torn) })
		for i := 0; !g.Closed(); i++ {
			out.Next(i)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	items := interop.ToRxGo(o).Observe(rxgo.WithContext(ctx))
	for i := range 10 {
		is.Equal((<-items).V, i)
	}
	cancel()
	<-torn
	for range items { // it closes
	}
}

// The bridge keeps the contract where RxGo does.
func TestBridge_InVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		s := rx.NewSubject[int]()
		start := time.Now()
		var at []time.Duration
		sub := rx.Pipe1(s.Observable(), interop.Via[int, int](mapEven)).
			Subscribe(t.Context(), rx.OnNext(func(int) { at = append(at, time.Since(start)) }))
		synctest.Wait()
		for i := range 4 {
			time.Sleep(time.Second)
			s.Next(i)
		}
		s.Complete()
		<-sub.Done()
		is.NoErr(sub.Err())
		is.Equal(at, []time.Duration{2 * time.Second, 4 * time.Second})
	})
}

func BenchmarkVia(b *testing.B) {
	const n = 1 << 12
	for name, opts := range map[string][]rxgo.Option{"unbuffered": nil, "buffer256": {rxgo.WithBufferedChannel(256)}} {
		b.Run(name, func(b *testing.B) {
			sum := 0
			o := rx.Pipe1(count(n), interop.Via[int, int](func(o rxgo.Observable) rxgo.Observable { return o }, opts...))
			for b.Loop() {
				<-o.Subscribe(context.Background(), rx.OnNext(func(v int) { sum += v })).Done()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func printing(v int) { fmt.Println(v) }

func ExampleToRxGo() {
	o := interop.ToRxGo(count(5)).Filter(even)
	for item := range o.Observe() {
		fmt.Println(item.V)
	}
	// Output:
	// 0
	// 2
	// 4
}

func ExampleFromRxGo() {
	o := interop.FromRxGo[int](rxgo.Just(1, 2, 3)().Map(plusOne))
	<-o.Subscribe(context.Background(), rx.OnNext(printing)).Done()
	// Output:
	// 2
	// 3
	// 4
}

func ExampleVia() {
	sums := interop.Via[int, int](func(o rxgo.Observable) rxgo.Observable {
		return o.BufferWithCount(2).Map(func(_ context.Context, v interface{}) (interface{}, error) {
			sum := 0
			for _, x := range v.([]interface{}) {
				sum += x.(int)
			}
			return sum, nil
		})
	})
	<-rx.Pipe1(count(6), sums).Subscribe(context.Background(), rx.OnNext(printing)).Done()
	// Output:
	// 1
	// 5
	// 9
}
