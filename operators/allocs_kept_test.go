package operators_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// Operators that keep something, or wait for something, do not allocate per value
// either. Those with a stream per value (AuditWhen, DebounceWhen, DelayWhen) do: that
// is their price; those that emit slices or streams allocate per slice or stream.
func TestAllocs_NonePerValueKept(t *testing.T) {
	always := func(int) bool { return true }
	never := operators.Never[int]()
	for name, op := range map[string]rx.Operator[int, int]{
		"Reduce":                  operators.Reduce(0, sum),
		"TakeLast":                operators.TakeLast[int](3),
		"SkipLast":                operators.SkipLast[int](3),
		"TakeWhileInclusive":      operators.TakeWhileInclusive(always),
		"SkipWhile":               operators.SkipWhile(func(int) bool { return false }),
		"SkipUntil":               operators.SkipUntil[int](operators.Concat(operators.Of(1), never)),
		"Last":                    operators.Last[int],
		"ElementAt":               operators.ElementAt[int](1 << 30),
		"SingleFunc":              operators.SingleFunc(func(int) bool { return false }),
		"IgnoreElements":          operators.IgnoreElements[int],
		"DefaultIfEmpty":          operators.DefaultIfEmpty(7),
		"ThrowIfEmpty":            operators.ThrowIfEmpty[int](operators.ErrEmpty),
		"Distinct":                operators.Distinct(func(v int) int { return v % 7 }, 5),
		"Sample":                  operators.Sample[int](time.Hour),
		"SampleFiring":            operators.Sample[int](time.Microsecond),
		"SampleWhen":              operators.SampleWhen[int](never),
		"Audit":                   operators.Audit[int](time.Hour),
		"AuditFiring":             operators.Audit[int](time.Nanosecond),
		"AuditWhen in its window": operators.AuditWhen(func(int) rx.Observable[int] { return never }),
		"WindowCount":             flat(operators.WindowCount[int](1<<30, 1<<30)),
		"WindowTimeOrCount":       flat(operators.WindowTimeOrCount[int](time.Hour, 1<<30)),
		"GroupBy": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.GroupBy(even, operators.WithIdle(time.Hour)),
				operators.MergeMap(func(g operators.Grouped[bool, int]) rx.Observable[int] { return g.Observable }, 0))
		},
		"Materialize, Dematerialize": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.Materialize, operators.Dematerialize)
		},
		"Timestamp": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.Timestamp, operators.Map(func(s operators.Timestamped[int]) int { return s.Value }))
		},
		"TimeInterval": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.TimeInterval, operators.Map(func(e operators.Elapsed[int]) int { return e.Value }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			src := rx.NewSubject[int]()
			n := 0
			sub := op(src.Observable()).Subscribe(t.Context(), rx.OnNext(func(int) { n++ }))
			defer func() { sub.Unsubscribe(); <-sub.Done() }()
			v := 0
			for range 10 { // what is kept grows to its size
				v++
				src.Next(v)
			}
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

// Values in buffers of 1,000 cost the slices, and nothing more.
func TestAllocs_BuffersCostTheirSlices(t *testing.T) {
	for name, op := range map[string]rx.Operator[int, []int]{
		"BufferCount":       operators.BufferCount[int](1000, 1000),
		"BufferTimeOrCount": operators.BufferTimeOrCount[int](time.Hour, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			src := rx.NewSubject[int]()
			n := 0
			sub := op(src.Observable()).Subscribe(t.Context(), rx.OnNext(func(part []int) { n += len(part) }))
			defer func() { sub.Unsubscribe(); <-sub.Done() }()
			for i := range 1000 {
				src.Next(i)
			}
			got := testing.AllocsPerRun(50, func() {
				for i := range 1000 {
					src.Next(i)
				}
			})
			if got > 1 || n != 52*1000 {
				t.Errorf("%v allocations per buffer, %d values", got, n)
			}
		})
	}
}

// A timer that were still armed would hold on to the observer for an hour.
func TestTimers_OfKeptStreamsAreStoppedByUnsubscribing(t *testing.T) {
	never := operators.Concat(operators.Of(1, 2), operators.Never[int]())
	for name, op := range map[string]rx.Operator[int, int]{
		"Sample":       operators.Sample[int](time.Hour),
		"Audit":        operators.Audit[int](time.Hour),
		"AuditWhen":    operators.AuditWhen(after(time.Hour)),
		"DebounceWhen": operators.DebounceWhen(after(time.Hour)),
		"DelayWhen":    operators.DelayWhen(after(time.Hour)),
		"WindowTime":   flat(operators.WindowTime[int](time.Hour)),
		"BufferTime": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.BufferTime[int](time.Hour), operators.Map(func(part []int) int { return len(part) }))
		},
		"GroupBy": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.GroupBy(even, operators.WithIdle(time.Hour)),
				operators.MergeMap(func(g operators.Grouped[bool, int]) rx.Observable[int] { return g.Observable }, 0))
		},
	} {
		t.Run(name, func(t *testing.T) { stopsItsTimer(t, op(never)) })
	}
}

func stopsItsTimer(t *testing.T, o rx.Observable[int]) {
	t.Helper()
	held, sub := subscribeHeld(t, o)
	runtime.GC()
	if held.Value() == nil {
		t.Error("the observer is gone while the stream waits")
	}
	sub.Unsubscribe()
	sub = nil
	for range 5 {
		runtime.GC()
	}
	if held.Value() != nil {
		t.Error("something holds on to the observer")
	}
}
