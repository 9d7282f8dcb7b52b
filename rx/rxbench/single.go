package main

import (
	"errors"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// events of one run of an operator.
const some = 1 << 15

// single is one operator on a range of numbers; peers that do not have it are nil.
func single(
	group, name string, each func(n int, next func(int)), op rx.Operator[int, int],
	peers func(ro.Observable[int64]) ro.Observable[int64], rxgos func(rxgo.Observable) rxgo.Observable,
) work {
	w := work{group: group, name: name, events: some, ways: []way{
		plain(each),
		typed(func(n int) rx.Observable[int] { return rx.Pipe1(operators.Range(0, n), op) }, same),
	}}
	if peers != nil {
		w.ways = append(w.ways, peer(func(n int) ro.Observable[int64] { return peers(ro.Range(0, int64(n))) }, narrow))
	}
	if rxgos != nil {
		w.ways = append(w.ways, untyped(func(n int) rxgo.Observable { return rxgos(rxgo.Range(0, n, wide())) }, unboxed))
	}
	return w
}

// creations have no source.
func creations() []work {
	const group = "creation"
	numbers := func(n int, next func(int)) {
		for v := range n {
			next(v)
		}
	}
	// made are numbers, outside of what is measured as good as this can be.
	made := func(n int) []int {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	return []work{
		{group: group, name: "Range", events: some, ways: []way{
			plain(numbers),
			typed(func(n int) rx.Observable[int] { return operators.Range(0, n) }, same),
			peer(func(n int) ro.Observable[int64] { return ro.Range(0, int64(n)) }, narrow),
			untyped(func(n int) rxgo.Observable { return rxgo.Range(0, n, wide()) }, unboxed),
		}},
		{group: group, name: "From", events: some, ways: []way{
			plain(func(n int, next func(int)) {
				for _, v := range made(n) {
					next(v)
				}
			}),
			typed(func(n int) rx.Observable[int] { return operators.From(made(n)) }, same),
			peer(func(n int) ro.Observable[int] { return ro.FromSlice(made(n)) }, same),
			untyped(func(n int) rxgo.Observable { return rxgo.Just(made(n))() }, unboxed),
		}},
		{group: group, name: "Defer", events: some, ways: []way{
			plain(numbers),
			typed(func(n int) rx.Observable[int] {
				return operators.Defer(func() rx.Observable[int] { return operators.Range(0, n) })
			}, same),
			peer(func(n int) ro.Observable[int64] {
				return ro.Defer(func() ro.Observable[int64] { return ro.Range(0, int64(n)) })
			}, narrow),
		}},
	}
}

func transforms() []work {
	const group = "transforming"
	return []work{
		single(group, "Map", func(n int, next func(int)) {
			for v := range n {
				next(tripled(v))
			}
		}, operators.Map(tripled), ro.Map(tripled64),
			func(o rxgo.Observable) rxgo.Observable { return o.Map(tripledAny, wide()) }),
		single(group, "MapErr", func(n int, next func(int)) {
			for v := range n {
				next(tripled(v))
			}
		}, operators.MapErr(func(v int) (int, error) { return tripled(v), nil }),
			ro.MapErr(func(v int64) (int64, error) { return tripled64(v), nil }), nil),
		single(group, "Scan", func(n int, next func(int)) {
			acc := 0
			for v := range n {
				acc += v
				next(acc)
			}
		}, operators.Scan(0, sum), ro.Scan(sum64, int64(0)),
			func(o rxgo.Observable) rxgo.Observable { return o.Scan(sumAny, wide()) }),
		{group: group, name: "Pairwise", events: some, ways: []way{
			plain(func(n int, next func(int)) {
				for v := 1; v < n; v++ {
					next(v - 1 + v)
				}
			}),
			typed(func(n int) rx.Observable[[2]int] { return rx.Pipe1(operators.Range(0, n), operators.Pairwise) },
				func(p [2]int) int { return p[0] + p[1] }),
			peer(func(n int) ro.Observable[[]int64] { return ro.Pipe1(ro.Range(0, int64(n)), ro.Pairwise[int64]()) },
				func(p []int64) int { return int(p[0] + p[1]) }),
		}},
	}
}

func filters() []work {
	const group, half = "filtering", some / 2
	always := func(int) bool { return true }
	upTo := func(from, to int) func(n int, next func(int)) {
		return func(n int, next func(int)) {
			for v := min(from, n); v < min(to, n); v++ {
				next(v)
			}
		}
	}
	return []work{
		single(group, "Filter", func(n int, next func(int)) {
			for v := 0; v < n; v += 2 {
				next(v)
			}
		}, operators.Filter(even), ro.Filter(even64),
			func(o rxgo.Observable) rxgo.Observable { return o.Filter(evenAny, wide()) }),
		single(group, "Take", upTo(0, some), operators.Take[int](some), ro.Take[int64](some),
			func(o rxgo.Observable) rxgo.Observable { return o.Take(some, wide()) }),
		single(group, "TakeWhile", upTo(0, some), operators.TakeWhile(always), ro.TakeWhile(func(int64) bool { return true }),
			func(o rxgo.Observable) rxgo.Observable {
				return o.TakeWhile(func(any) bool { return true }, wide())
			}),
		single(group, "TakeUntil", upTo(0, some), operators.TakeUntil[int](operators.Never[int]()),
			ro.TakeUntil[int64](ro.Never()), nil),
		single(group, "Skip", upTo(half, some), operators.Skip[int](half), ro.Skip[int64](half),
			func(o rxgo.Observable) rxgo.Observable { return o.Skip(half, wide()) }),
		single(group, "DistinctUntilChanged", upTo(0, some), operators.DistinctUntilChanged[int], nil,
			func(o rxgo.Observable) rxgo.Observable { return o.DistinctUntilChanged(identity, wide()) }),
	}
}

func utilities() []work {
	const group = "errors, utility"
	each := func(n int, next func(int)) {
		for v := range n {
			next(v)
		}
	}
	nothing := func(int) {}
	boom := errors.New("boom")
	return []work{
		single(group, "Tap", each, operators.Tap(rx.OnNext(nothing)), ro.TapOnNext(func(int64) {}), nil),
		single(group, "Finally", each, operators.Finally[int](func() {}), ro.TapOnFinalize[int64](func() {}), nil),
		single(group, "Retry, unused", each, operators.Retry[int](immediately(0)), ro.RetryWithConfig[int64](ro.RetryConfig{MaxRetries: 1}),
			func(o rxgo.Observable) rxgo.Observable { return o.Retry(1, func(error) bool { return true }, wide()) }),
		single(group, "Catch, unused", each, operators.Catch(func(error) rx.Observable[int] { return operators.Empty[int]() }),
			ro.Catch(func(error) ro.Observable[int64] { return ro.Empty[int64]() }),
			func(o rxgo.Observable) rxgo.Observable {
				return o.OnErrorResumeNext(func(error) rxgo.Observable { return rxgo.Empty() }, wide())
			}),
		single(group, "OnErrorReturn, unused", each, operators.OnErrorReturn(func(error) int { return 0 }), ro.OnErrorReturn(int64(0)),
			func(o rxgo.Observable) rxgo.Observable { return o.OnErrorReturn(func(error) any { return 0 }, wide()) }),
		single(group, "Timeout", each, operators.Timeout[int](time.Hour, time.Hour), ro.Timeout[int64](time.Hour), nil),
		single(group, "Share, one observer", each, operators.Share[int](), ro.Share[int64](), nil),
		single(group, "ShareReplay, one observer", each, operators.ShareReplay[int](1, 0), ro.ShareReplay[int64](1), nil),
		// An event is an attempt that fails.
		{group: group, name: "Retry, failing", events: 1 << 10, ways: []way{
			{loop, func(int) int { return 0 }},
			typed(func(n int) rx.Observable[int] {
				return rx.Pipe1(operators.Throw[int](boom), operators.Retry[int](immediately(uint64(n))))
			}, same),
			peer(func(n int) ro.Observable[int] {
				return ro.Pipe1(ro.Throw[int](boom), ro.RetryWithConfig[int](ro.RetryConfig{MaxRetries: uint64(n)}))
			}, same),
		}},
	}
}
