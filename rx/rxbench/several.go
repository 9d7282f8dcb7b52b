package main

import (
	"context"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/lo"
	"github.com/samber/ro"
	"github.com/sethvargo/go-retry"
)

func identity(_ context.Context, v any) (any, error) { return v, nil }

// immediately retries n times without waiting.
func immediately(n uint64) func() retry.Backoff {
	return func() retry.Backoff {
		return retry.WithMaxRetries(n, retry.BackoffFunc(func() (time.Duration, bool) { return 0, false }))
	}
}

// one is the hash where the order is that of chance, as in RxGo's Merge.
func one[T any](T) int { return 1 }

const combining = "combining"

func combinations() []work { return append(sums(), latest()...) }

// sums have two sources of half the events each.
func sums() []work {
	both := func(n int, next func(int)) {
		for v := range n / 2 {
			next(v)
		}
		for v := range n / 2 {
			next(v)
		}
	}
	return []work{
		{group: combining, name: "Merge", events: some, ways: []way{
			plain(func(n int, next func(int)) {
				both(n, func(int) { next(1) })
			}),
			typed(func(n int) rx.Observable[int] {
				return operators.Merge(operators.Range(0, n/2), operators.Range(0, n/2))
			}, one[int]),
			peer(func(n int) ro.Observable[int64] {
				return ro.Merge(ro.Range(0, int64(n/2)), ro.Range(0, int64(n/2)))
			}, one[int64]),
			untyped(func(n int) rxgo.Observable {
				return rxgo.Merge([]rxgo.Observable{rxgo.Range(0, n/2, wide()), rxgo.Range(0, n/2, wide())}, wide())
			}, one[any]),
		}},
		{group: combining, name: "Concat", events: some, ways: []way{
			plain(both),
			typed(func(n int) rx.Observable[int] {
				return operators.Concat(operators.Range(0, n/2), operators.Range(0, n/2))
			}, same),
			peer(func(n int) ro.Observable[int64] {
				return ro.Concat(ro.Range(0, int64(n/2)), ro.Range(0, int64(n/2)))
			}, narrow),
			untyped(func(n int) rxgo.Observable {
				return rxgo.Concat([]rxgo.Observable{rxgo.Range(0, n/2, wide()), rxgo.Range(0, n/2, wide())}, wide())
			}, unboxed),
		}},
	}
}

// latest have one source of all the events.
func latest() []work {
	numbers := func(n int, next func(int)) {
		for v := range n {
			next(v)
		}
	}
	return []work{
		single(combining, "StartWith", func(n int, next func(int)) {
			next(7)
			numbers(n, next)
		}, operators.StartWith(7), ro.StartWith(int64(7)),
			func(o rxgo.Observable) rxgo.Observable { return o.StartWith(rxgo.Just(7)(), wide()) }),
		single(combining, "EndWith", func(n int, next func(int)) {
			numbers(n, next)
			next(7)
		}, operators.EndWith(7), ro.EndWith(int64(7)), nil),
		single(combining, "Race", numbers, func(o rx.Observable[int]) rx.Observable[int] { return operators.Race(o, operators.Never[int]()) },
			func(o ro.Observable[int64]) ro.Observable[int64] {
				return ro.Race(o, ro.NewPublishSubject[int64]().AsObservable())
			}, nil),
		{group: combining, name: "CombineLatest2", events: some, ways: []way{
			plain(func(n int, next func(int)) {
				for v := range n {
					next(1 + v)
				}
			}),
			typed(func(n int) rx.Observable[int] {
				return operators.CombineLatest2(operators.Of(1), operators.Range(0, n), sum)
			}, same),
			peer(func(n int) ro.Observable[lo.Tuple2[int64, int64]] {
				return ro.CombineLatest2(ro.Of(int64(1)), ro.Range(0, int64(n)))
			}, func(t lo.Tuple2[int64, int64]) int { return int(t.A + t.B) }),
		}},
		single(combining, "WithLatestFrom", func(n int, next func(int)) {
			for v := range n {
				next(1 + v)
			}
		}, operators.WithLatestFrom(operators.Of(1), sum), nil, nil),
	}
}

// flattenings have an inner stream of one value for each event.
func flattenings() []work {
	const group, few = "flattening", 1 << 13
	each := func(n int, next func(int)) {
		for v := range n {
			next(v)
		}
	}
	inner := func(v int) rx.Observable[int] { return operators.Of(v) }
	flat := func(name string, op rx.Operator[int, int], others ...way) work {
		return work{group: group, name: name, events: few, ways: append([]way{
			plain(each),
			typed(func(n int) rx.Observable[int] { return rx.Pipe1(operators.Range(0, n), op) }, same),
		}, others...)}
	}
	merged := peer(func(n int) ro.Observable[int64] {
		return ro.Pipe1(ro.Range(0, int64(n)), ro.MergeMap(func(v int64) ro.Observable[int64] { return ro.Of(v) }))
	}, narrow)
	concatenated := peer(func(n int) ro.Observable[int64] {
		streams := ro.Pipe1(ro.Range(0, int64(n)), ro.Map(func(v int64) ro.Observable[int64] { return ro.Of(v) }))
		return ro.Pipe1(streams, ro.ConcatAll[int64]())
	}, narrow)
	rxgos := untyped(func(n int) rxgo.Observable { // its FlatMap is a ConcatMap
		return rxgo.Range(0, n, wide()).FlatMap(func(i rxgo.Item) rxgo.Observable { return rxgo.Just(i.V)() }, wide())
	}, unboxed)
	return []work{
		flat("MergeMap", operators.MergeMap(inner, 0), merged),
		flat("MergeMap, limit 1", operators.MergeMap(inner, 1)),
		flat("ConcatMap", operators.ConcatMap(inner), concatenated, rxgos),
		flat("SwitchMap", operators.SwitchMap(inner)),
	}
}
