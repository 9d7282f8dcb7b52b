package operators_test

import (
	"context"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
)

const batch = 10_000

// drain runs a stream to its end.
func drain[T any](b *testing.B, o rx.Observable[T]) {
	sub := o.Subscribe(context.Background(), rx.Observer[T]{})
	<-sub.Done()
	if err := sub.Err(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOperator has what one value costs in each operator, the source's and
// the observer's share included: see Source.
func BenchmarkOperator(b *testing.B) {
	cases := chains()
	cases["Source"] = func(o rx.Observable[int]) rx.Observable[int] { return o }
	cases["Debounce"] = operators.Debounce[int](time.Hour)
	cases["ThrottleTrailing"] = operators.Throttle[int](time.Hour, operators.WithTrailing(true))
	for name, chain := range cases {
		b.Run(name, func(b *testing.B) {
			// Never ending, so that operators wait for no other source.
			src := rx.NewSubject[int]()
			n := 0
			sub := chain(src.Observable()).Subscribe(b.Context(), rx.OnNext(func(int) { n++ }))
			defer sub.Unsubscribe()
			b.ReportAllocs()
			v := 0
			for b.Loop() {
				v++
				src.Next(v)
			}
		})
	}
}

// BenchmarkMerge is two synchronous sources into one, against RxGo's.
func BenchmarkMerge(b *testing.B) {
	b.Run("Operators", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			drain(b, operators.Merge(operators.Range(0, batch/2), operators.Range(0, batch/2)))
		}
		perEvent(b, batch)
	})
	b.Run("RxGo1024", func(b *testing.B) {
		b.ReportAllocs()
		wide := rxgo.WithBufferedChannel(1024)
		for b.Loop() {
			half := rxgo.Range(0, batch/2, wide)
			for range rxgo.Merge([]rxgo.Observable{half, rxgo.Range(0, batch/2, wide)}, wide).Observe() {
			}
		}
		perEvent(b, batch)
	})
}

// BenchmarkSwitchMap is the cost per source value, with an inner stream of one
// value for each.
func BenchmarkSwitchMap(b *testing.B) {
	one := operators.Of(1)
	b.ReportAllocs()
	for b.Loop() {
		drain(b, rx.Pipe1(operators.Range(0, batch), operators.SwitchMap(func(int) rx.Observable[int] { return one })))
	}
	perEvent(b, batch)
}

// BenchmarkConcatMap is the same for ConcatMap, against RxGo's FlatMap, which is
// one.
func BenchmarkConcatMap(b *testing.B) {
	b.Run("Operators", func(b *testing.B) {
		one := operators.Of(1)
		b.ReportAllocs()
		for b.Loop() {
			drain(b, rx.Pipe1(operators.Range(0, batch), operators.ConcatMap(func(int) rx.Observable[int] { return one })))
		}
		perEvent(b, batch)
	})
	b.Run("RxGoDefault", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			all := rxgo.Range(0, batch).FlatMap(func(i rxgo.Item) rxgo.Observable { return rxgo.Just(i.V)() })
			for range all.Observe() {
			}
		}
		perEvent(b, batch)
	})
}

// BenchmarkBoundary is the producer's cost per value of crossing a boundary of 256
// values; under Block all of them arrive, under the others what the observer is in
// time for. Fail has room for all.
func BenchmarkBoundary(b *testing.B) {
	for _, c := range []struct {
		name string
		op   rx.Operator[int, int]
	}{
		{"Block", operators.OnBackpressureBuffer[int](256, rx.Block)},
		{"DropNewest", operators.OnBackpressureBuffer[int](256, rx.DropNewest)},
		{"DropOldest", operators.OnBackpressureBuffer[int](256, rx.DropOldest)},
		{"Latest", operators.OnBackpressureLatest[int]()},
		{"Drop", operators.OnBackpressureDrop[int]()},
		{"Fail", operators.OnBackpressureBuffer[int](pipelineLen, rx.Fail)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				drain(b, rx.Pipe1(operators.Range(0, pipelineLen), c.op))
			}
			perEvent(b, pipelineLen)
		})
	}
	b.Run("Channel256", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ch := make(chan int, 256)
			go func() { // owner: this loop; ends when all is sent
				defer close(ch)
				for i := range pipelineLen {
					ch <- i
				}
			}()
			for range ch {
			}
		}
		perEvent(b, pipelineLen)
	})
	b.Run("RxGo256", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for range rxgo.Range(0, pipelineLen, rxgo.WithBufferedChannel(256)).Observe() {
			}
		}
		perEvent(b, pipelineLen)
	})
}

// BenchmarkSubscribe is subscribing to three operators and leaving.
func BenchmarkSubscribe(b *testing.B) {
	src := rx.NewSubject[int]()
	o := rx.Pipe3(src.Observable(), operators.Map(tripled), operators.Filter(even), operators.Scan(0, sum))
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		o.Subscribe(ctx, rx.Observer[int]{}).Unsubscribe()
	}
}

// BenchmarkRetry is the cost of an attempt that fails at once.
func BenchmarkRetry(b *testing.B) {
	o := rx.Pipe1(operators.Throw[int](errBoom), operators.Retry[int](immediately(batch)))
	b.ReportAllocs()
	for b.Loop() {
		o.Subscribe(context.Background(), rx.Observer[int]{})
	}
	perEvent(b, batch)
}
