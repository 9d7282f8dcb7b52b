package operators_test

import (
	"context"
	"strconv"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
)

type numbers = rx.Observable[int]

// single is what an RxGo operator for one value gives, as an observable.
func single(o rxgo.Iterable) rxgo.Observable { return rxgo.FromChannel(o.Observe(roomy())) }

// as makes numbers of what a step ends with.
func as[T any](o rx.Observable[T], number func(T) int) numbers {
	return rx.Pipe1(o, operators.Map(number))
}

// asNumbers is the same for RxGo's.
func asNumbers[T any](o rxgo.Observable, number func(T) int) rxgo.Observable {
	return o.Map(func(_ context.Context, v any) (any, error) { return number(v.(T)), nil }, roomy())
}

func truth(v bool) int {
	if v {
		return 1
	}
	return 0
}

// digits makes one small number of several in a row.
func digits[T any](all []T, number func(T) int) (n int) {
	for _, v := range all {
		n = (n*1000 + number(v) + 1) % 1_000_003
	}
	return n
}

func anyNumber(v any) int { return v.(int) }
func itself(v int) int    { return v }

func compared(a, b any) int { return a.(int) - b.(int) }

func added(_ context.Context, acc, v any) (any, error) {
	if acc == nil {
		return v, nil
	}
	return acc.(int) + v.(int), nil
}

func unchanged(_ context.Context, v any) (any, error) { return v, nil }

// startingWith has a value first, for what has nothing to say of nothing.
func startingWith(o rxgo.Observable, n int) rxgo.Observable {
	return o.StartWith(rxgoOf([]int{n}, nil), roomy())
}

// positionSteps choose values by where they are.
func positionSteps() []step {
	return []step{
		{"TakeLast",
			func(o numbers, n int) numbers { return rx.Pipe1(o, operators.TakeLast[int](n+1)) },
			func(o rxgo.Observable, n int) rxgo.Observable { return o.TakeLast(uint(n+1), roomy()) }, true},
		{"SkipWhile",
			func(o numbers, n int) numbers {
				return rx.Pipe1(o, operators.SkipWhile(func(v int) bool { return v < n }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.SkipWhile(func(v any) bool { return v.(int) < n }, roomy())
			}, false},
		{"TakeWhileInclusive",
			func(o numbers, n int) numbers {
				return rx.Pipe1(o, operators.TakeWhileInclusive(func(v int) bool { return v < n }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.TakeUntil(func(v any) bool { return v.(int) >= n }, roomy())
			}, true},
		{"First",
			func(o numbers, n int) numbers { return rx.Pipe2(o, operators.DefaultIfEmpty(n), operators.First) },
			func(o rxgo.Observable, n int) rxgo.Observable { return single(o.FirstOrDefault(n, roomy())) }, true},
		{"Last",
			func(o numbers, n int) numbers { return rx.Pipe2(o, operators.DefaultIfEmpty(n), operators.Last) },
			func(o rxgo.Observable, n int) rxgo.Observable { return single(o.LastOrDefault(n, roomy())) }, true},
		{"ElementAt",
			func(o numbers, n int) numbers {
				return rx.Pipe2(o, operators.StartWith(n), operators.ElementAt[int](0))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return single(startingWith(o, n).ElementAt(0, roomy()))
			}, true},
		{"Distinct",
			func(o numbers, _ int) numbers { return rx.Pipe1(o, operators.Distinct(itself, 0)) },
			func(o rxgo.Observable, _ int) rxgo.Observable { return o.Distinct(unchanged, roomy()) }, false},
		{"IgnoreElements",
			func(o numbers, _ int) numbers { return rx.Pipe1(o, operators.IgnoreElements) },
			func(o rxgo.Observable, _ int) rxgo.Observable { return o.IgnoreElements(roomy()) }, false},
		{"DefaultIfEmpty",
			func(o numbers, n int) numbers { return rx.Pipe1(o, operators.DefaultIfEmpty(n)) },
			func(o rxgo.Observable, n int) rxgo.Observable { return o.DefaultIfEmpty(n, roomy()) }, true},
	}
}

// aggregateSteps make one value of all.
func aggregateSteps() []step {
	return []step{
		{"Reduce",
			func(o numbers, n int) numbers { return rx.Pipe1(o, operators.Reduce(n, sum)) },
			func(o rxgo.Observable, n int) rxgo.Observable {
				return single(startingWith(o, n).Reduce(added, roomy()))
			}, true},
		{"Count", // RxGo's swallows errors
			func(o numbers, _ int) numbers { return rx.Pipe1(o, operators.Count) },
			func(o rxgo.Observable, _ int) rxgo.Observable {
				return asNumbers(single(o.Count(roomy())), func(n int64) int { return int(n) })
			}, true},
		{"Sum",
			func(o numbers, n int) numbers { return rx.Pipe2(o, operators.StartWith(n), operators.Sum) },
			func(o rxgo.Observable, n int) rxgo.Observable {
				return asNumbers(single(startingWith(o, n).SumInt64(roomy())), func(n int64) int { return int(n) })
			}, true},
		{"Average",
			func(o numbers, n int) numbers {
				return as(rx.Pipe2(o, operators.StartWith(n), operators.Average), func(v float64) int { return int(v) })
			},
			func(o rxgo.Observable, n int) rxgo.Observable { return single(startingWith(o, n).AverageInt(roomy())) }, true},
		{"Min",
			func(o numbers, _ int) numbers { return rx.Pipe1(o, operators.Min) },
			func(o rxgo.Observable, _ int) rxgo.Observable { return single(o.Min(compared, roomy())) }, true},
		{"Max",
			func(o numbers, _ int) numbers { return rx.Pipe1(o, operators.Max) },
			func(o rxgo.Observable, _ int) rxgo.Observable { return single(o.Max(compared, roomy())) }, true},
		{"All",
			func(o numbers, n int) numbers {
				return as(rx.Pipe1(o, operators.All(func(v int) bool { return v < n })), truth)
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return asNumbers(single(o.All(func(v any) bool { return v.(int) < n }, roomy())), truth)
			}, true},
		{"Any", // RxGo's Contains takes a predicate
			func(o numbers, n int) numbers {
				return as(rx.Pipe1(o, operators.Any(func(v int) bool { return v == n })), truth)
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return asNumbers(single(o.Contains(func(v any) bool { return v.(int) == n }, roomy())), truth)
			}, true},
	}
}

// groupSteps put values together, or put something in the place of an error.
func groupSteps() []step {
	return []step{
		{"BufferCount",
			func(o numbers, n int) numbers {
				return as(rx.Pipe1(o, operators.BufferCount[int](n+1, n+1)), func(all []int) int { return digits(all, itself) })
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return asNumbers(o.BufferWithCount(n+1, roomy()), func(all []any) int { return digits(all, anyNumber) })
			}, true},
		{"WindowCount", // of nothing ours opens a window, as RxJS's does, and RxGo's none
			func(o numbers, n int) numbers {
				return rx.Pipe3(o, operators.StartWith(n), operators.WindowCount[int](n+1, n+1),
					operators.ConcatMap(func(w numbers) numbers { return rx.Pipe1(w, operators.Reduce(0, sum)) }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return startingWith(o, n).WindowWithCount(n+1, roomy()).FlatMap(func(i rxgo.Item) rxgo.Observable {
					return single(startingWith(i.V.(rxgo.Observable), 0).Reduce(added, roomy()))
				}, roomy())
			}, true},
		{"Zip2", // which reads its sources one after the other, so an error comes at once
			func(o numbers, n int) numbers { return operators.Zip2(o, operators.Range(n, 20), sum) },
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.ZipFromIterable(rxgo.Range(n, 20), added, roomy())
			}, true},
		{"OnErrorReturn",
			func(o numbers, n int) numbers {
				return rx.Pipe1(o, operators.OnErrorReturn(func(error) int { return n }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.OnErrorReturn(func(error) any { return n }, roomy())
			}, false},
		{"Catch",
			func(o numbers, n int) numbers {
				return rx.Pipe1(o, operators.Catch(func(error) numbers { return operators.Of(n, n) }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.OnErrorResumeNext(func(error) rxgo.Observable { return rxgoOf([]int{n, n}, nil) }, roomy())
			}, false},
		{"EndWith", // RxGo's Concat
			func(o numbers, n int) numbers { return rx.Pipe1(o, operators.EndWith(n)) },
			func(o rxgo.Observable, n int) rxgo.Observable {
				return rxgo.Concat([]rxgo.Observable{o, rxgoOf([]int{n}, nil)}, roomy())
			}, false},
		{"GroupBy", // by remainders, and each group's values in a row
			func(o numbers, n int) numbers {
				return rx.Pipe3(o, operators.GroupBy(func(v int) int { return v % (n + 1) }), operators.ToSlice,
					operators.ConcatMap(func(all []operators.Grouped[int, int]) numbers { return operators.Count(operators.From(all)) }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				key := func(i rxgo.Item) string {
					if i.E != nil { // it gives its function the source's errors, too
						return ""
					}
					return strconv.Itoa(i.V.(int) % (n + 1))
				}
				return asNumbers(single(o.GroupByDynamic(key, roomy()).Count(roomy())), func(n int64) int { return int(n) })
			}, true},
	}
}
