package main

import (
	"context"
	"fmt"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// The three operators of the pipeline.
func tripled(v int) int       { return v*3 + 1 }
func even(v int) bool         { return v&1 == 0 }
func sum(a, v int) int        { return a + v }
func tripled64(v int64) int64 { return v*3 + 1 }
func even64(v int64) bool     { return v&1 == 0 }
func sum64(a, v int64) int64  { return a + v }

func tripledAny(_ context.Context, v any) (any, error) { return tripled(v.(int)), nil }
func evenAny(v any) bool                               { return even(v.(int)) }
func sumAny(_ context.Context, a, v any) (any, error) {
	if a == nil {
		return v, nil
	}
	return sum(a.(int), v.(int)), nil
}

// pipelines is map, filter and scan over a range.
func pipelines() []work {
	return []work{{group: "pipeline", name: "map, filter, scan", events: 1 << 18, ways: []way{
		plain(inlined),
		{"loop of func values", func(n int) (x int) {
			funcValues(n, tripled, even, sum, func(v int) { x = fold(x, v) })
			return x
		}},
		{channels, channelPipeline},
		typed(func(n int) rx.Observable[int] {
			return rx.Pipe3(operators.Range(0, n), operators.Map(tripled), operators.Filter(even), operators.Scan(0, sum))
		}, same),
		peer(func(n int) ro.Observable[int64] {
			return ro.Pipe3(ro.Range(0, int64(n)), ro.Map(tripled64), ro.Filter(even64), ro.Scan(sum64, int64(0)))
		}, narrow),
		untyped(func(n int) rxgo.Observable { return rxgoPipeline(n, wide()) }, unboxed),
		{"RxGo, default", func(n int) (x int) {
			for item := range rxgoPipeline(n).Observe() {
				x = fold(x, item.V.(int))
			}
			return x
		}},
	}}}
}

func rxgoPipeline(n int, opts ...rxgo.Option) rxgo.Observable {
	return rxgo.Range(0, n, opts...).Map(tripledAny, opts...).Filter(evenAny, opts...).Scan(sumAny, opts...)
}

func inlined(n int, next func(int)) {
	acc := 0
	for i := range n {
		if v := i*3 + 1; v&1 == 0 {
			acc += v
			next(acc)
		}
	}
}

//go:noinline
func funcValues(n int, m func(int) int, p func(int) bool, s func(int, int) int, next func(int)) {
	acc := 0
	for i := range n {
		if v := m(i); p(v) {
			acc = s(acc, v)
			next(acc)
		}
	}
}

func channelPipeline(n int) (x int) {
	numbers, mapped, kept := make(chan int, 256), make(chan int, 256), make(chan int, 256)
	go func() { // owner: this call; ends when all is sent
		defer close(numbers)
		for i := range n {
			numbers <- i
		}
	}()
	go func() { // owner: this call; ends with numbers
		defer close(mapped)
		for v := range numbers {
			mapped <- tripled(v)
		}
	}()
	go func() { // owner: this call; ends with mapped
		defer close(kept)
		for v := range mapped {
			if even(v) {
				kept <- v
			}
		}
	}()
	acc := 0
	for v := range kept {
		acc = sum(acc, v)
		x = fold(x, acc)
	}
	return x
}

// depths is one operator after the other.
func depths() (all []work) {
	for _, depth := range []int{0, 1, 2, 4, 8, 16} {
		all = append(all, work{group: "depth", name: fmt.Sprintf("%d × map", depth), events: 1 << 16, ways: []way{
			plain(func(n int, next func(int)) {
				for v := range n {
					for range depth {
						v = tripled(v)
					}
					next(v)
				}
			}),
			typed(func(n int) rx.Observable[int] {
				o := operators.Range(0, n)
				for range depth {
					o = rx.Pipe1(o, operators.Map(tripled))
				}
				return o
			}, same),
			peer(func(n int) ro.Observable[int64] {
				o := ro.Range(0, int64(n))
				for range depth {
					o = ro.Pipe1(o, ro.Map(tripled64))
				}
				return o
			}, narrow),
			untyped(func(n int) rxgo.Observable {
				o := rxgo.Range(0, n, wide())
				for range depth {
					o = o.Map(tripledAny, wide())
				}
				return o
			}, unboxed),
		}})
	}
	return all
}
