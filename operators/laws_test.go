package operators_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// TestLaws runs every operator through the laws of package rx.
func TestLaws(t *testing.T) {
	cases := chains()
	inner := func(v int) rx.Observable[int] {
		return operators.Merge(operators.Of(v), rx.Pipe1(operators.Timer(1500*time.Microsecond), operators.StartWith(v)))
	}
	for name, op := range map[string]rx.Operator[int, int]{
		"Take(2)":              operators.Take[int](2),
		"Take(0)":              operators.Take[int](0),
		"TakeWhile(<3)":        operators.TakeWhile(func(v int) bool { return v < 3 }),
		"TakeUntil(2.5ms)":     operators.TakeUntil[int](operators.Timer(2500 * time.Microsecond)),
		"Skip(2)":              operators.Skip[int](2),
		"StartWith(7, 8)":      operators.StartWith(7, 8),
		"MapErr(at 3)":         operators.MapErr(failAt3),
		"SwitchMap(inner)":     operators.SwitchMap(inner),
		"MergeMap(inner, 2)":   operators.MergeMap(inner, 2),
		"ConcatMap(inner)":     operators.ConcatMap(inner),
		"Debounce":             operators.Debounce[int](500 * time.Microsecond),
		"Debounce(long)":       operators.Debounce[int](time.Hour),
		"Delay":                operators.Delay[int](2500 * time.Microsecond),
		"Throttle":             operators.Throttle[int](2 * time.Millisecond),
		"Throttle(both)":       operators.Throttle[int](2*time.Millisecond, operators.WithTrailing(true)),
		"Throttle(trailing)":   operators.Throttle[int](ms, operators.WithLeading(false), operators.WithTrailing(true)),
		"OnBackpressureBuffer": operators.OnBackpressureBuffer[int](2, rx.Block),
		"OnBackpressureLatest": operators.OnBackpressureLatest[int](),
		"OnBackpressureDrop":   operators.OnBackpressureDrop[int](),
		"Retry(1ms)":           operators.Retry[int](every(ms)),
		"Merge(other)": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.Merge(o, operators.Interval(700*time.Microsecond))
		},
		"CombineLatest3": func(o rx.Observable[int]) rx.Observable[int] {
			tick := operators.Interval(700 * time.Microsecond)
			return operators.CombineLatest3(o, tick, o, func(a, b, c int) int { return a + b + c })
		},
	} {
		cases[name] = op
	}
	for name, op := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.LawsOf(t, rx.Operator[int, int](op), 1, 2, 3, 4, 5)
		})
	}
	rxtest.LawsOf(t, rx.Operator[int, [2]int](operators.Pairwise[int]), 1, 2, 3)
	rxtest.LawsOf(t, func(o rx.Observable[int]) rx.Observable[[]int] { return operators.CombineLatest(o, o) }, 1, 2, 3)
}

func failAt3(v int) (int, error) {
	if v == 3 {
		return 0, errBoom
	}
	return v, nil
}

// TestLaws_Creation runs the sources through the laws.
func TestLaws_Creation(t *testing.T) {
	for name, o := range map[string]rx.Observable[int]{
		"Of":      operators.Of(1, 2, 3),
		"FromSeq": operators.FromSeq(func(yield func(int) bool) { _ = yield(1) && yield(2) }),
		"FromSeq2": operators.FromSeq2(func(yield func(int, error) bool) {
			_ = yield(1, nil) && yield(0, errBoom)
		}),
		"Range":    operators.Range(0, 1000),
		"Empty":    operators.Empty[int](),
		"Never":    operators.Never[int](),
		"Throw":    operators.Throw[int](errBoom),
		"Defer":    operators.Defer(func() rx.Observable[int] { return operators.Of(1) }),
		"Timer":    operators.Timer(ms),
		"Interval": operators.Interval(ms),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.Laws(t, func() rx.Observable[int] { return o })
		})
	}
}
