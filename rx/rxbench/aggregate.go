package main

import (
	"github.com/kalamdb/kalamrx/operators"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// aggregates make one value of all.
func aggregates() []work {
	const group = "one value"
	sumOf := func(n int) int { return n * (n - 1) / 2 }
	last := func(n int) int { return n - 1 }
	compared := func(a, b any) int { return a.(int) - b.(int) }
	counted := func(v any) int { return int(v.(int64)) }
	return append([]work{
		reshaped[int, int64]{group, "Reduce", ends(sumOf), operators.Reduce(0, sum), same,
			ro.Reduce(sum64, int64(0)), narrow,
			func(o rxgo.Observable) rxgo.Iterable { return o.Reduce(sumAny, wide()) }, unboxed}.work(),
		reshaped[int, int64]{group, "Count", ends(func(n int) int { return n }), operators.Count[int], same,
			ro.Count[int64](), narrow,
			func(o rxgo.Observable) rxgo.Iterable { return o.Count(wide()) }, counted}.work(),
		reshaped[int, int64]{group, "Sum", ends(sumOf), operators.Sum[int], same, ro.Sum[int64](), narrow,
			func(o rxgo.Observable) rxgo.Iterable { return o.SumInt64(wide()) }, counted}.work(),
		reshaped[float64, float64]{group, "Average", ends(func(n int) int { return (n - 1) / 2 }), operators.Average[int],
			func(v float64) int { return int(v) }, ro.Average[int64](), func(v float64) int { return int(v) },
			func(o rxgo.Observable) rxgo.Iterable { return o.AverageInt(wide()) }, unboxed}.work(),
		reshaped[int, int64]{group, "Min", ends(func(int) int { return 0 }), operators.Min[int], same, ro.Min[int64](), narrow,
			func(o rxgo.Observable) rxgo.Iterable { return o.Min(compared, wide()) }, unboxed}.work(),
		reshaped[int, int64]{group, "Max", ends(last), operators.Max[int], same, ro.Max[int64](), narrow,
			func(o rxgo.Observable) rxgo.Iterable { return o.Max(compared, wide()) }, unboxed}.work(),
		reshaped[[]int, []int64]{group, "ToSlice", ends(func(n int) int { return n }), operators.ToSlice[int],
			func(all []int) int { return len(all) }, ro.ToSlice[int64](), func(all []int64) int { return len(all) }, nil, nil}.work(),
	}, decisions()...)
}

// decisions answer yes or no, at the last value.
func decisions() []work {
	const group = "one value"
	yes := ends(func(int) int { return 1 })
	isLast := func(v int) bool { return v == some-1 }
	answered := func(v any) int { return truth(v.(bool)) }
	return []work{
		reshaped[bool, bool]{group, "All", yes, operators.All(func(v int) bool { return v >= 0 }), truth,
			ro.All(func(v int64) bool { return v >= 0 }), truth,
			func(o rxgo.Observable) rxgo.Iterable { return o.All(func(v any) bool { return v.(int) >= 0 }, wide()) }, answered}.work(),
		reshaped[bool, bool]{group, "Any", yes, operators.Any(isLast), truth,
			ro.Contains(func(v int64) bool { return v == some-1 }), truth,
			func(o rxgo.Observable) rxgo.Iterable {
				return o.Contains(func(v any) bool { return isLast(v.(int)) }, wide())
			}, answered}.work(),
		reshaped[bool, bool]{group, "Contains", yes, operators.Contains(some - 1), truth,
			ro.Contains(func(v int64) bool { return v == some-1 }), truth, nil, nil}.work(),
		reshaped[bool, bool]{group, "SequenceEqual", yes, operators.SequenceEqual(operators.Range(0, some)), truth,
			ro.SequenceEqual(ro.Range(0, some)), truth, nil, nil}.work(),
	}
}
