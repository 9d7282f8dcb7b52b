package operators_test

import (
	"context"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
)

// step is an operator both have, in both ways; n is whatever it makes of it.
type step struct {
	name   string
	ours   func(o rx.Observable[int], n int) rx.Observable[int]
	theirs func(o rxgo.Observable, n int) rxgo.Observable
	// early says that RxGo's is wrong with a source that fails: it passes on an error
	// behind its own end, or behind the error what it has. Sources complete then.
	early bool
}

// steps are those whose result is a stream of numbers again. Take is here because
// all sources end: on a quiet one RxGo's waits for a value more.
func steps() []step {
	return []step{
		{"Map",
			func(o rx.Observable[int], n int) rx.Observable[int] {
				return rx.Pipe1(o, operators.Map(func(v int) int { return v*3 + n }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.Map(func(_ context.Context, v any) (any, error) { return v.(int)*3 + n, nil }, roomy())
			}, false},
		{"Filter",
			func(o rx.Observable[int], n int) rx.Observable[int] {
				return rx.Pipe1(o, operators.Filter(func(v int) bool { return v%(n+1) != 0 }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.Filter(func(v any) bool { return v.(int)%(n+1) != 0 }, roomy())
			}, false},
		{"Scan",
			func(o rx.Observable[int], _ int) rx.Observable[int] { return rx.Pipe1(o, operators.Scan(0, sum)) },
			func(o rxgo.Observable, _ int) rxgo.Observable {
				return o.Scan(func(_ context.Context, acc, v any) (any, error) {
					if acc == nil {
						return v, nil
					}
					return acc.(int) + v.(int), nil
				}, roomy())
			}, false},
		{"Skip",
			func(o rx.Observable[int], n int) rx.Observable[int] { return rx.Pipe1(o, operators.Skip[int](n)) },
			func(o rxgo.Observable, n int) rxgo.Observable { return o.Skip(uint(n), roomy()) }, false},
		{"Take",
			func(o rx.Observable[int], n int) rx.Observable[int] { return rx.Pipe1(o, operators.Take[int](n+1)) },
			func(o rxgo.Observable, n int) rxgo.Observable { return o.Take(uint(n+1), roomy()) }, true},
		{"TakeWhile",
			func(o rx.Observable[int], n int) rx.Observable[int] {
				return rx.Pipe1(o, operators.TakeWhile(func(v int) bool { return v < n*5 }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.TakeWhile(func(v any) bool { return v.(int) < n*5 }, roomy())
			}, false},
		{"DistinctUntilChanged",
			func(o rx.Observable[int], _ int) rx.Observable[int] {
				return rx.Pipe1(o, operators.DistinctUntilChanged)
			},
			func(o rxgo.Observable, _ int) rxgo.Observable {
				return o.DistinctUntilChanged(func(_ context.Context, v any) (any, error) { return v, nil }, roomy())
			}, false},
		{"StartWith",
			func(o rx.Observable[int], n int) rx.Observable[int] { return rx.Pipe1(o, operators.StartWith(n, n)) },
			func(o rxgo.Observable, n int) rxgo.Observable { return o.StartWith(rxgoOf([]int{n, n}, nil), roomy()) }, false},
		{"ConcatMap", // RxGo's FlatMap is one
			func(o rx.Observable[int], n int) rx.Observable[int] {
				return rx.Pipe1(o, operators.ConcatMap(func(v int) rx.Observable[int] { return operators.Of(v, n) }))
			},
			func(o rxgo.Observable, n int) rxgo.Observable {
				return o.FlatMap(func(i rxgo.Item) rxgo.Observable {
					if i.E != nil { // it gives its function the source's errors, too
						return rxgo.Thrown(i.E)
					}
					return rxgoOf([]int{i.V.(int), n}, nil)
				}, roomy())
			}, false},
	}
}
