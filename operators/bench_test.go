package operators_test

import (
	"context"
	"testing"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
)

const pipelineLen = 1_000_000

func tripled(v int) int  { return v*3 + 1 }
func even(v int) bool    { return v%2 == 0 }
func sum(acc, v int) int { return acc + v }
func perEvent(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/event")
}

// The same work six ways; the checksums must agree.
func BenchmarkPipeline3(b *testing.B) {
	want := plainLoop(pipelineLen)
	for _, c := range []struct {
		name string
		run  func(n int) int
	}{
		{"PlainLoop", plainLoop},
		{"FuncValues", func(n int) int { return funcValueLoop(n, tripled, even, sum) }},
		{"Operators", fused},
		{"Channels1024", func(n int) int { return channels(n, 1024) }},
		{"RxGo1024", func(n int) int { return rxgoPipeline(n, rxgo.WithBufferedChannel(1024)) }},
		{"RxGoDefault", func(n int) int { return rxgoPipeline(n) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := c.run(pipelineLen); got != want {
					b.Fatalf("checksum %d, want %d", got, want)
				}
			}
			perEvent(b, pipelineLen)
		})
	}
}

func plainLoop(n int) int {
	acc, x := 0, 0
	for i := range n {
		if v := i*3 + 1; v%2 == 0 {
			acc += v
			x ^= acc
		}
	}
	return x
}

//go:noinline
func funcValueLoop(n int, f func(int) int, p func(int) bool, s func(int, int) int) int {
	acc, x := 0, 0
	for i := range n {
		if v := f(i); p(v) {
			acc = s(acc, v)
			x ^= acc
		}
	}
	return x
}

func fused(n int) int {
	x := 0
	rx.Pipe3(operators.Range(0, n), operators.Map(tripled), operators.Filter(even), operators.Scan(0, sum)).
		Subscribe(context.Background(), rx.OnNext(func(v int) { x ^= v }))
	return x
}

func channels(n, size int) int {
	a, b, c, d := make(chan int, size), make(chan int, size), make(chan int, size), make(chan int, size)
	go func() {
		defer close(a)
		for i := range n {
			a <- i
		}
	}()
	go func() {
		defer close(b)
		for v := range a {
			b <- tripled(v)
		}
	}()
	go func() {
		defer close(c)
		for v := range b {
			if even(v) {
				c <- v
			}
		}
	}()
	go func() {
		defer close(d)
		acc := 0
		for v := range c {
			acc = sum(acc, v)
			d <- acc
		}
	}()
	x := 0
	for v := range d {
		x ^= v
	}
	return x
}

func rxgoPipeline(n int, opts ...rxgo.Option) int {
	x := 0
	ch := rxgo.Range(0, n, opts...).
		Map(func(_ context.Context, v any) (any, error) { return tripled(v.(int)), nil }, opts...).
		Filter(func(v any) bool { return even(v.(int)) }, opts...).
		Scan(func(_ context.Context, acc, v any) (any, error) {
			if acc == nil {
				return v, nil
			}
			return sum(acc.(int), v.(int)), nil
		}, opts...).
		Observe(opts...)
	for item := range ch {
		x ^= item.V.(int)
	}
	return x
}
