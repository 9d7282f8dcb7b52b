package main

import (
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/lo"
	"github.com/samber/ro"
)

// groups cut a stream into pieces, or wrap its values.
func groups() []work {
	const group, size = "grouping", 16
	pieces := func(n int, next func(int)) {
		for left := n; left > 0; left -= size {
			next(min(left, size))
		}
	}
	all := func(n int, next func(int)) {
		for v := range n {
			next(v)
		}
	}
	keys := func(n int, next func(int)) {
		for k := range min(n, size) {
			next(k)
		}
	}
	first := func(o ro.Observable[int64]) (v int) {
		o.Subscribe(ro.NewObserver(func(each int64) { v = int(each) % size }, func(error) {}, func() {}))
		return v
	}
	return []work{
		reshaped[[]int, []int64]{group, "BufferCount", pieces, operators.BufferCount[int](size, size),
			func(all []int) int { return len(all) }, ro.BufferWithCount[int64](size), func(all []int64) int { return len(all) },
			func(o rxgo.Observable) rxgo.Iterable { return o.BufferWithCount(size, wide()) },
			func(v any) int { return len(v.([]any)) }}.work(),
		reshaped[[]int, []int64]{group, "BufferTimeOrCount", func(n int, next func(int)) {
			pieces(n, next)
			next(0) // ours ends with what it has begun, if that is empty, too
		}, operators.BufferTimeOrCount[int](time.Hour, size), func(all []int) int { return len(all) }, nil, nil, nil, nil}.work(),
		reshaped[rx.Observable[int], int]{group, "WindowCount", func(n int, next func(int)) {
			for range n/size + 1 {
				next(1)
			}
		}, operators.WindowCount[int](size, size), one[rx.Observable[int]], nil, nil, nil, nil}.work(),
		reshaped[operators.Grouped[int, int], ro.Observable[int64]]{group, "GroupBy", keys,
			operators.GroupBy(func(v int) int { return v % size }), func(g operators.Grouped[int, int]) int { return g.Key },
			ro.GroupBy(func(v int64) int64 { return v % size }), first, nil, nil}.work(),
		reshaped[operators.Notification[int], ro.Notification[int64]]{group, "Materialize", func(n int, next func(int)) {
			all(n, next)
			next(0)
		}, operators.Materialize[int], func(v operators.Notification[int]) int { return v.Value },
			ro.Materialize[int64](), func(v ro.Notification[int64]) int { return int(v.Value) }, nil, nil}.work(),
		reshaped[operators.Timestamped[int], ro.TimestampValue[int64]]{group, "Timestamp", all, operators.Timestamp[int],
			func(v operators.Timestamped[int]) int { return v.Value },
			ro.Timestamp[int64](), func(v ro.TimestampValue[int64]) int { return int(v.Value) },
			func(o rxgo.Observable) rxgo.Iterable { return o.Timestamp(wide()) },
			func(v any) int { return v.(rxgo.TimestampItem).V.(int) }}.work(),
		reshaped[operators.Elapsed[int], ro.IntervalValue[int64]]{group, "TimeInterval", all, operators.TimeInterval[int],
			func(v operators.Elapsed[int]) int { return v.Value },
			ro.TimeInterval[int64](), func(v ro.IntervalValue[int64]) int { return int(v.Value) }, nil, nil}.work(),
		{group: "combining", name: "Zip2", events: some, ways: []way{
			plain(func(n int, next func(int)) {
				for v := range n {
					next(2 * v)
				}
			}),
			typed(func(n int) rx.Observable[int] {
				return operators.Zip2(operators.Range(0, n), operators.Range(0, n), sum)
			}, same),
			peer(func(n int) ro.Observable[lo.Tuple2[int64, int64]] {
				return ro.Zip2(ro.Range(0, int64(n)), ro.Range(0, int64(n)))
			}, func(t lo.Tuple2[int64, int64]) int { return int(t.A + t.B) }),
			untyped(func(n int) rxgo.Observable {
				return rxgo.Range(0, n, wide()).ZipFromIterable(rxgo.Range(0, n, wide()), sumAny, wide())
			}, unboxed),
		}},
	}
}
