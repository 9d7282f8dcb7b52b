package operators_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
	"github.com/reactivex/rxgo/v2"
)

// gathered is what a synchronous stream emits.
func gathered[T any](o rx.Observable[T]) (all []T) {
	o.Subscribe(context.Background(), rx.OnNext(func(v T) { all = append(all, v) }))
	return all
}

// observed is what an RxGo observable emits.
func observed[T any](o rxgo.Observable) (all []T) {
	for item := range o.Observe(roomy()) {
		all = append(all, item.V.(T))
	}
	return all
}

// roomy has RxGo's channels hold all a test has to say: what its Take and TakeWhile
// leave behind would otherwise wait for ever to send.
func roomy() rxgo.Option { return rxgo.WithBufferedChannel(4096) }

func rxgoOf(values []int) rxgo.Observable {
	ch := make(chan rxgo.Item, len(values))
	for _, v := range values {
		ch <- rxgo.Of(v)
	}
	close(ch)
	return rxgo.FromChannel(ch)
}

// TestDifferential_RxGo compares with RxGo v2.5.0 the operators it has and has
// right, one by one and in random pipelines.
func TestDifferential_RxGo(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 200 {
		values := make([]int, random.IntN(50))
		for i := range values {
			values[i] = random.IntN(10)
		}
		ours, theirs, names := operators.From(values), rxgoOf(values), ""
		for range 1 + random.IntN(5) {
			s := steps[random.IntN(len(steps))]
			n := random.IntN(12)
			names += fmt.Sprintf(" %s(%d)", s.name, n)
			ours, theirs = s.ours(ours, n), s.theirs(theirs, n)
		}
		want, got := observed[int](theirs), gathered(ours)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d, round %d, %v:%s\nRxGo %v\nours %v", seed, round, values, names, want, got)
		}
	}
}

// steps are the operators both have. Take is here because all sources complete:
// on a quiet one RxGo's waits for a value more.
var steps = []struct {
	name   string
	ours   func(rx.Observable[int], int) rx.Observable[int]
	theirs func(rxgo.Observable, int) rxgo.Observable
}{
	{"Map",
		func(o rx.Observable[int], n int) rx.Observable[int] {
			return rx.Pipe1(o, operators.Map(func(v int) int { return v*3 + n }))
		},
		func(o rxgo.Observable, n int) rxgo.Observable {
			return o.Map(func(_ context.Context, v any) (any, error) { return v.(int)*3 + n, nil }, roomy())
		}},
	{"Filter",
		func(o rx.Observable[int], n int) rx.Observable[int] {
			return rx.Pipe1(o, operators.Filter(func(v int) bool { return v%(n+1) != 0 }))
		},
		func(o rxgo.Observable, n int) rxgo.Observable {
			return o.Filter(func(v any) bool { return v.(int)%(n+1) != 0 }, roomy())
		}},
	{"Scan",
		func(o rx.Observable[int], _ int) rx.Observable[int] { return rx.Pipe1(o, operators.Scan(0, sum)) },
		func(o rxgo.Observable, _ int) rxgo.Observable {
			return o.Scan(func(_ context.Context, acc, v any) (any, error) {
				if acc == nil {
					return v, nil
				}
				return acc.(int) + v.(int), nil
			}, roomy())
		}},
	{"Skip",
		func(o rx.Observable[int], n int) rx.Observable[int] { return rx.Pipe1(o, operators.Skip[int](n)) },
		func(o rxgo.Observable, n int) rxgo.Observable { return o.Skip(uint(n), roomy()) }},
	{"Take",
		func(o rx.Observable[int], n int) rx.Observable[int] { return rx.Pipe1(o, operators.Take[int](n+1)) },
		func(o rxgo.Observable, n int) rxgo.Observable { return o.Take(uint(n+1), roomy()) }},
	{"TakeWhile",
		func(o rx.Observable[int], n int) rx.Observable[int] {
			return rx.Pipe1(o, operators.TakeWhile(func(v int) bool { return v < n*5 }))
		},
		func(o rxgo.Observable, n int) rxgo.Observable {
			return o.TakeWhile(func(v any) bool { return v.(int) < n*5 }, roomy())
		}},
	{"DistinctUntilChanged",
		func(o rx.Observable[int], _ int) rx.Observable[int] {
			return rx.Pipe1(o, operators.DistinctUntilChanged)
		},
		func(o rxgo.Observable, _ int) rxgo.Observable {
			return o.DistinctUntilChanged(func(_ context.Context, v any) (any, error) { return v, nil }, roomy())
		}},
	{"StartWith",
		func(o rx.Observable[int], n int) rx.Observable[int] { return rx.Pipe1(o, operators.StartWith(n, n)) },
		func(o rxgo.Observable, n int) rxgo.Observable { return o.StartWith(rxgoOf([]int{n, n}), roomy()) }},
	{"ConcatMap", // RxGo's FlatMap is one
		func(o rx.Observable[int], n int) rx.Observable[int] {
			return rx.Pipe1(o, operators.ConcatMap(func(v int) rx.Observable[int] { return operators.Of(v, n) }))
		},
		func(o rxgo.Observable, n int) rxgo.Observable {
			return o.FlatMap(func(i rxgo.Item) rxgo.Observable { return rxgoOf([]int{i.V.(int), n}) }, roomy())
		}},
}

// Merge and Concat of several sources. The order of a merge is nobody's promise:
// it is compared as a multiset, and each source's own order by the values.
func TestDifferential_RxGoMergeAndConcat(t *testing.T) {
	is := is.New(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		var lists [][]int
		for i := range 1 + random.IntN(4) {
			list := make([]int, random.IntN(20))
			for j := range list {
				list[j] = i*100 + j
			}
			lists = append(lists, list)
		}
		ours := make([]rx.Observable[int], len(lists))
		for i, l := range lists {
			ours[i] = fromGoroutine(len(l), func(j int) int { return l[j] })
		}
		is.Equal(settled(operators.Concat(ours...)), observed[int](rxgo.Concat(theirs(lists), roomy())))
		merged, want := settled(operators.Merge(ours...)), observed[int](rxgo.Merge(theirs(lists), roomy()))
		for i := range lists {
			of := slices.DeleteFunc(slices.Clone(merged), func(v int) bool { return v/100 != i })
			is.True(slices.IsSorted(of))
		}
		slices.Sort(merged)
		slices.SortFunc(want, cmp.Compare[int])
		is.Equal(merged, want)
	}
}

func theirs(lists [][]int) (all []rxgo.Observable) {
	for _, l := range lists {
		all = append(all, rxgoOf(l))
	}
	return all
}

// settled is what a stream emits until it ends.
func settled[T any](o rx.Observable[T]) (all []T) {
	sub := o.Subscribe(context.Background(), rx.OnNext(func(v T) { all = append(all, v) }))
	<-sub.Done()
	return all
}
