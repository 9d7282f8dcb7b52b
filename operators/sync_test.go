package operators_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// Operators over synchronous sources: what goes in, what comes out.
func TestSynchronousStreams(t *testing.T) {
	failing := operators.Concat(operators.Of(1, 2), operators.Throw[int](errBoom))
	for _, c := range []struct{ name, got, want string }{
		{"Of", play(operators.Of(1, 2, 3)), "1 2 3 |"},
		{"Of nothing", play(operators.Of[int]()), "|"},
		{"From nil", play(operators.From[int](nil)), "|"},
		{"Range", play(operators.Range(-1, 3)), "-1 0 1 |"},
		{"Range of none", play(operators.Range(5, 0)), "|"},
		{"FromSeq", play(operators.FromSeq(slices.Values([]string{"a", "b"}))), "a b |"},
		{"FromSeq2", play(operators.FromSeq2(rx.All(t.Context(), operators.Of(1, 2)))), "1 2 |"},
		{"FromSeq2 error", play(operators.FromSeq2(rx.All(t.Context(), failing))), "1 2 #boom"},
		{"Empty", play(operators.Empty[int]()), "|"},
		{"Never", play(operators.Never[int]()), ""},
		{"Throw", play(operators.Throw[int](errBoom)), "#boom"},
		{"Defer", play(operators.Defer(func() rx.Observable[int] { return operators.Of(7) })), "7 |"},

		{"Map", play(rx.Pipe1(operators.Of(1, 2), operators.Map(strconv.Itoa))), "1 2 |"},
		{"Map error", play(rx.Pipe1(failing, operators.Map(tripled))), "4 7 #boom"},
		{"MapErr", play(rx.Pipe1(operators.Of("1", "x", "3"), operators.MapErr(strconv.Atoi))),
			`1 #strconv.Atoi: parsing "x": invalid syntax`},
		{"MapErr fine", play(rx.Pipe1(operators.Of("1", "3"), operators.MapErr(strconv.Atoi))), "1 3 |"},
		{"Scan", play(rx.Pipe1(operators.Of(1, 2, 3), operators.Scan(10, sum))), "11 13 16 |"},
		{"Scan of none", play(rx.Pipe1(operators.Empty[int](), operators.Scan(10, sum))), "|"},
		{"Pairwise", play(rx.Pipe1(operators.Of(1, 2, 3), operators.Pairwise)), "[1 2] [2 3] |"},
		{"Pairwise of one", play(rx.Pipe1(operators.Of(1), operators.Pairwise)), "|"},

		{"Filter", play(rx.Pipe1(operators.Range(0, 6), operators.Filter(even))), "0 2 4 |"},
		{"FilterMap", play(rx.Pipe1(operators.Of("1", "x", "3"), operators.FilterMap(parsed))), "1 3 |"},
		{"Take", play(rx.Pipe1(operators.Range(0, 9), operators.Take[int](2))), "0 1 |"},
		{"Take none", play(rx.Pipe1(failing, operators.Take[int](0))), "|"},
		{"Take more than there is", play(rx.Pipe1(operators.Of(1), operators.Take[int](5))), "1 |"},
		{"Take before the error", play(rx.Pipe1(failing, operators.Take[int](2))), "1 2 |"},
		{"Take with the error", play(rx.Pipe1(failing, operators.Take[int](3))), "1 2 #boom"},
		{"TakeWhile", play(rx.Pipe1(operators.Of(0, 2, 3, 4), operators.TakeWhile(even))), "0 2 |"},
		{"TakeWhile to the end", play(rx.Pipe1(operators.Of(0, 2), operators.TakeWhile(even))), "0 2 |"},
		{"TakeUntil sync notifier", play(rx.Pipe1(failing, operators.TakeUntil[int](operators.Of("x")))), "|"},
		{"TakeUntil empty notifier",
			play(rx.Pipe1(operators.Of(1), operators.TakeUntil[int](operators.Empty[string]()))), "1 |"},
		{"Skip", play(rx.Pipe1(operators.Range(0, 4), operators.Skip[int](2))), "2 3 |"},
		{"Skip all", play(rx.Pipe1(failing, operators.Skip[int](2))), "#boom"},
		{"Skip none", play(rx.Pipe1(failing, operators.Skip[int](0))), "1 2 #boom"},

		{"DistinctUntilChanged",
			play(rx.Pipe1(operators.Of(0, 0, 1, 1, 0), operators.DistinctUntilChanged)), "0 1 0 |"},
		{"DistinctUntilChanged NaN",
			play(rx.Pipe1(operators.Of(math.NaN(), math.NaN()), operators.DistinctUntilChanged)), "NaN NaN |"},
		{"DistinctUntilChangedBy", play(rx.Pipe1(operators.Of("a", "b", "cc", "d"),
			operators.DistinctUntilChangedBy(func(s string) int { return len(s) }))), "a cc d |"},
		{"DistinctUntilChangedFunc", play(rx.Pipe1(operators.Of([]int{1}, []int{1}, []int{2}),
			operators.DistinctUntilChangedFunc(slices.Equal[[]int]))), "[1] [2] |"},

		{"StartWith", play(rx.Pipe1(operators.Of(3), operators.StartWith(1, 2))), "1 2 3 |"},
		{"StartWith nothing", play(rx.Pipe1(operators.Of(3), operators.StartWith[int]())), "3 |"},
		{"StartWith, then Take", play(rx.Pipe2(failing, operators.StartWith(8, 9), operators.Take[int](1))), "8 |"},
		{"Merge", play(operators.Merge(operators.Of(1, 2), operators.Of(3))), "1 2 3 |"},
		{"Merge nothing", play(operators.Merge[int]()), "|"},
		{"Merge error", play(operators.Merge(failing, operators.Of(3))), "1 2 #boom"},
		{"Merge, then Take",
			play(rx.Pipe1(operators.Merge(operators.Of(1, 2), failing), operators.Take[int](2))), "1 2 |"},
		{"Concat", play(operators.Concat(operators.Of(1), operators.Empty[int](), operators.Of(2))), "1 2 |"},
		{"Concat nothing", play(operators.Concat[int]()), "|"},
		{"Concat error", play(operators.Concat(failing, operators.Of(3))), "1 2 #boom"},
		{"CombineLatest", play(operators.CombineLatest(operators.Of(1, 2), operators.Of(3, 4))), "[2 3] [2 4] |"},
		{"CombineLatest nothing", play(operators.CombineLatest[int]()), "|"},
		{"CombineLatest of one", play(operators.CombineLatest(operators.Of(1, 2))), "[1] [2] |"},
		{"CombineLatest with empty",
			play(operators.CombineLatest(operators.Of(1, 2), operators.Empty[int]())), "|"},
		{"CombineLatest2", play(operators.CombineLatest2(operators.Of(1, 2), operators.Of("a", "b"), pair)), "2a 2b |"},
		{"CombineLatest2 error", play(operators.CombineLatest2(failing, operators.Of("a"), pair)), "#boom"},
		{"CombineLatest3", play(operators.CombineLatest3(operators.Of(1), operators.Of("a"), operators.Of(true, false),
			func(a int, b string, c bool) string { return fmt.Sprint(a, b, c) })), "1atrue 1afalse |"},
		{"WithLatestFrom", play(rx.Pipe1(operators.Of(1, 2), operators.WithLatestFrom(operators.Of("a", "b"), pair))),
			"1b 2b |"},
		{"WithLatestFrom nothing",
			play(rx.Pipe1(operators.Of(1), operators.WithLatestFrom(operators.Empty[string](), pair))), "|"},

		{"SwitchMap", play(rx.Pipe1(operators.Of(1, 2), operators.SwitchMap(twice))), "1 1 2 2 |"},
		{"SwitchMap of none", play(rx.Pipe1(operators.Empty[int](), operators.SwitchMap(twice))), "|"},
		{"SwitchMap error", play(rx.Pipe1(failing, operators.SwitchMap(twice))), "1 1 2 2 #boom"},
		{"MergeMap", play(rx.Pipe1(operators.Of(1, 2), operators.MergeMap(twice, 0))), "1 1 2 2 |"},
		{"ConcatMap", play(rx.Pipe1(operators.Of(1, 2), operators.ConcatMap(twice))), "1 1 2 2 |"},
		{"ConcatMap inner error", play(rx.Pipe1(operators.Of(1, 2),
			operators.ConcatMap(func(int) rx.Observable[int] { return failing }))), "1 2 #boom"},
	} {
		t.Run(c.name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(c.got, c.want)
		})
	}
}

func parsed(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func pair(a int, b string) string { return strconv.Itoa(a) + b }

func twice(v int) rx.Observable[int] { return operators.Of(v, v) }

// A mistake of the program is an error of the stream, and the source is not
// touched.
func TestMisuse_FailsWithErrConfig(t *testing.T) {
	touched := 0
	src := operators.Defer(func() rx.Observable[int] { touched++; return operators.Of(1) })
	of := func(ops ...rx.Operator[int, int]) (all []rx.Observable[int]) {
		for _, op := range ops {
			all = append(all, op(src))
		}
		return all
	}
	for i, o := range slices.Concat(of(
		operators.Map[int, int](nil), operators.MapErr[int, int](nil), operators.Scan[int](0, nil),
		operators.Filter[int](nil), operators.FilterMap[int, int](nil), operators.Take[int](-1),
		operators.TakeWhile[int](nil), operators.Skip[int](-1), operators.DistinctUntilChangedBy[int, int](nil),
		operators.DistinctUntilChangedFunc[int](nil), operators.Finally[int](nil),
		operators.WithLatestFrom[int, int, int](src, nil), operators.SwitchMap[int, int](nil),
		operators.MergeMap[int, int](nil, 0), operators.MergeMap(twice, -1), operators.ConcatMap[int, int](nil),
		operators.Debounce[int](-1), operators.Delay[int](-1), operators.Throttle[int](-1), operators.Throttle[int](1, operators.WithLeading(false)),
		operators.OnBackpressureBuffer[int](0, rx.Block), operators.OnBackpressureBuffer[int](1, rx.Overflow(99)),
		operators.OnBackpressureLatest[int](rx.OnDrop(nil)), operators.OnBackpressureDrop[int](rx.OnDrop(nil)),
		operators.Retry[int](nil), operators.Retry[int](immediately(1), operators.WithRetryIf(nil)),
		operators.Retry[int](immediately(1), operators.WithResetAfter(-1)),
		operators.Retry[int](immediately(1), operators.WithOnRetry(nil)), operators.Retry[int](nilBackoff),
	), []rx.Observable[int]{
		operators.Range(0, -1), operators.Throw[int](nil), operators.Interval(0), operators.Defer[int](nil),
		operators.FromSeq(iter.Seq[int](nil)), operators.FromSeq2[int](nil),
		operators.CombineLatest2[int, int, int](src, src, nil),
		operators.CombineLatest3[int, int, int, int](src, src, src, nil),
	}) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			is := is.New(t)
			var got error
			sub := o.Subscribe(t.Context(), rx.Observer[int]{Error: func(err error) { got = err }})
			is.True(errors.Is(got, rx.ErrConfig))
			is.Equal(sub.Err(), got)
			is.Equal(touched, 0)
		})
	}
}

// An observable is a recipe: state of an operator belongs to the subscription.
func TestState_IsOfTheSubscription(t *testing.T) {
	src := operators.Of(1, 1, 2, 3)
	for name, o := range map[string]rx.Observable[int]{
		"Take":                 rx.Pipe1(src, operators.Take[int](2)),
		"Skip":                 rx.Pipe1(src, operators.Skip[int](2)),
		"Scan":                 rx.Pipe1(src, operators.Scan(0, sum)),
		"DistinctUntilChanged": rx.Pipe1(src, operators.DistinctUntilChanged),
		"Concat":               operators.Concat(src, src),
		"Merge":                operators.Merge(src, src),
		"ConcatMap":            rx.Pipe1(src, operators.ConcatMap(twice)),
		"WithLatestFrom":       rx.Pipe1(src, operators.WithLatestFrom(src, sum)),
		"CombineLatest2":       operators.CombineLatest2(src, src, sum),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(play(o), play(o))
		})
	}
}

func TestFromSeq_UnsubscribingEndsTheIteration(t *testing.T) {
	is := is.New(t)
	ended := false
	seq := func(yield func(int) bool) {
		defer func() { ended = true }()
		for i := 0; yield(i); i++ {
		}
	}
	is.Equal(play(rx.Pipe1(operators.FromSeq(seq), operators.Take[int](3))), "0 1 2 |")
	is.True(ended)
	is.Equal(play(operators.FromSeq(maps.Keys(map[int]int{4: 0}))), "4 |")
}
