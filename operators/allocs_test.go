package operators_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// Values pass without allocating: every operator that delivers at once, and those
// with timers.
func TestAllocs_NonePerValue(t *testing.T) {
	cases := chains()
	// Inner streams are made per value; that is their price.
	delete(cases, "SwitchMap")
	delete(cases, "MergeMap")
	delete(cases, "ConcatMap")
	delete(cases, "ExhaustMap")
	delete(cases, "Expand")
	cases["Debounce"] = operators.Debounce[int](time.Hour)
	cases["DebounceFiring"] = operators.Debounce[int](time.Nanosecond)
	cases["Throttle"] = operators.Throttle[int](time.Nanosecond)
	cases["ThrottleTrailing"] = operators.Throttle[int](time.Hour, operators.WithTrailing(true))
	cases["RetryReset"] = operators.Retry[int](immediately(1), operators.WithResetAfter(time.Second))
	cases["CombineLatest3"] = func(o rx.Observable[int]) rx.Observable[int] {
		one := operators.Of(1)
		return operators.CombineLatest3(o, one, one, func(a, b, c int) int { return a + b + c })
	}
	cases["RateLimitQueueing"] = operators.RateLimit[int](1, time.Hour, operators.WithQueue(4, rx.DropOldest))
	cases["Count"] = operators.Count[int]
	cases["Max"] = operators.Max[int]
	cases["All"] = func(o rx.Observable[int]) rx.Observable[int] {
		all := operators.All(func(v int) bool { return v > 0 })
		return rx.Pipe2(o, all, operators.Map(func(bool) int { return 0 }))
	}
	cases["SequenceEqual"] = func(o rx.Observable[int]) rx.Observable[int] {
		same := operators.SequenceEqual(operators.Range(1, 1000))
		return rx.Pipe2(o, same, operators.Map(func(bool) int { return 0 }))
	}
	cases["inner stream of SwitchMap"] = func(o rx.Observable[int]) rx.Observable[int] {
		return rx.Pipe1(operators.Of(0), operators.SwitchMap(func(int) rx.Observable[int] { return o }))
	}
	for name, chain := range cases {
		t.Run(name, func(t *testing.T) {
			src := rx.NewSubject[int]()
			n := 0
			sub := chain(src.Observable()).Subscribe(t.Context(), rx.OnNext(func(int) { n++ }))
			defer func() { sub.Unsubscribe(); <-sub.Done() }()
			v := 0
			got := testing.AllocsPerRun(500, func() {
				v++
				src.Next(v)
			})
			if got != 0 {
				t.Errorf("%v allocations per value", got)
			}
		})
	}
}
