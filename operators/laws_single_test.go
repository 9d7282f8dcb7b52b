package operators_test

import (
	"context"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// after makes a timer of every value.
func after(d time.Duration) func(int) rx.Observable[int] {
	return func(int) rx.Observable[int] { return operators.Timer(d) }
}

// flat is op with what it makes of the source emitted again in one stream, a 0 for
// the beginning of each: so a law that waits for values need not wait for a minute of
// empty windows.
func flat(op rx.Operator[int, rx.Observable[int]]) rx.Operator[int, int] {
	return func(o rx.Observable[int]) rx.Observable[int] {
		return rx.Pipe2(o, op, operators.MergeMap(func(w rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(w, operators.StartWith(0))
		}, 0))
	}
}

// TestLaws_Kept runs the operators that keep something of their source through the
// laws of package rx.
func TestLaws_Kept(t *testing.T) {
	short, long := 1500*time.Microsecond, time.Hour
	tick := operators.Interval(1700 * time.Microsecond)
	for name, op := range map[string]rx.Operator[int, int]{
		"Reduce":             operators.Reduce(0, sum),
		"TakeLast(2)":        operators.TakeLast[int](2),
		"SkipLast(2)":        operators.SkipLast[int](2),
		"TakeWhileInclusive": operators.TakeWhileInclusive(func(v int) bool { return v < 3 }),
		"SkipWhile":          operators.SkipWhile(func(v int) bool { return v < 3 }),
		"SkipUntil":          operators.SkipUntil[int](operators.Timer(short)),
		"First":              operators.First[int],
		"Last":               operators.Last[int],
		"ElementAt(2)":       operators.ElementAt[int](2),
		"ElementAt(9)":       operators.ElementAt[int](9),
		"Single":             operators.Single[int],
		"SingleFunc":         operators.SingleFunc(func(v int) bool { return v == 3 }),
		"IgnoreElements":     operators.IgnoreElements[int],
		"DefaultIfEmpty":     operators.DefaultIfEmpty(7),
		"ThrowIfEmpty":       operators.ThrowIfEmpty[int](operators.ErrEmpty),
		"empty, with default": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.IgnoreElements, operators.DefaultIfEmpty(7))
		},
		"Distinct":      operators.Distinct(same, 2),
		"Sample":        operators.Sample[int](20 * ms),
		"SampleWhen":    operators.SampleWhen[int](rx.Pipe1(tick, operators.Take[int](4))),
		"Audit":         operators.Audit[int](short),
		"Audit(long)":   operators.Audit[int](long),
		"AuditWhen":     operators.AuditWhen(after(short)),
		"DebounceWhen":  operators.DebounceWhen(after(500 * time.Microsecond)),
		"DebounceWhen*": operators.DebounceWhen(after(long)),
		"DelayWhen":     operators.DelayWhen(after(short)),
		"GroupBy": flat(func(o rx.Observable[int]) rx.Observable[rx.Observable[int]] {
			return rx.Pipe2(o, operators.GroupBy(even, operators.WithIdle(short)),
				operators.Map(func(g operators.Grouped[bool, int]) rx.Observable[int] { return g.Observable }))
		}),
		"Window":            flat(operators.Window[int](tick)),
		"WindowCount":       flat(operators.WindowCount[int](2, 1)),
		"WindowTime":        flat(operators.WindowTime[int](short)),
		"WindowTimeOrCount": flat(operators.WindowTimeOrCount[int](short, 2)),
		"Materialize, Dematerialize": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.Materialize, operators.Dematerialize)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.LawsOf(t, op, 1, 2, 3, 4, 5)
		})
	}
}

// TestLaws_OfMany are the operators that emit something else than their source does.
func TestLaws_OfMany(t *testing.T) {
	short := 1500 * time.Microsecond
	tick := operators.Interval(short)
	for name, op := range map[string]rx.Operator[int, []int]{
		"ToSlice":           operators.ToSlice[int],
		"Buffer":            operators.Buffer[int](tick),
		"BufferCount":       operators.BufferCount[int](2, 1),
		"BufferTime":        operators.BufferTime[int](short),
		"BufferTimeOrCount": operators.BufferTimeOrCount[int](short, 2),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.LawsOf(t, op, 1, 2, 3, 4, 5)
		})
	}
	for name, op := range map[string]rx.Operator[int, rx.Observable[int]]{
		"Window":            operators.Window[int](tick),
		"WindowCount":       operators.WindowCount[int](2, 3),
		"WindowTime":        operators.WindowTime[int](short),
		"WindowTimeOrCount": operators.WindowTimeOrCount[int](short, 2),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.LawsOf(t, op, 1, 2, 3, 4, 5)
		})
	}
	t.Run("GroupBy", func(t *testing.T) { rxtest.LawsOf(t, operators.GroupBy(even), 1, 2, 3, 4, 5) })
	t.Run("Materialize", func(t *testing.T) {
		rxtest.LawsOf(t, rx.Operator[int, operators.Notification[int]](operators.Materialize[int]), 1, 2, 3)
	})
	t.Run("Timestamp", func(t *testing.T) {
		rxtest.LawsOf(t, rx.Operator[int, operators.Timestamped[int]](operators.Timestamp[int]), 1, 2, 3)
	})
	t.Run("TimeInterval", func(t *testing.T) {
		rxtest.LawsOf(t, rx.Operator[int, operators.Elapsed[int]](operators.TimeInterval[int]), 1, 2, 3)
	})
}

// TestLaws_Sources are those that run user code or a goroutine. Channels are made
// within the bubble, as rxtest.Laws has make called.
func TestLaws_Sources(t *testing.T) {
	full := func(closed bool) func() rx.Observable[int] {
		return func() rx.Observable[int] {
			ch := make(chan int, 5)
			for i := range cap(ch) {
				ch <- i
			}
			if closed {
				close(ch)
			}
			return operators.FromChannel(ch)
		}
	}
	waits := func(ctx context.Context) (int, error) {
		select {
		case <-time.After(ms):
			return 1, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	for name, make := range map[string]func() rx.Observable[int]{
		"FromChannel":      full(true),
		"FromChannel open": full(false),
		"FromFunc":         func() rx.Observable[int] { return operators.FromFunc(waits) },
		"FromFunc at once": func() rx.Observable[int] {
			return operators.FromFunc(func(context.Context) (int, error) { return 1, nil })
		},
		"FromFunc error": func() rx.Observable[int] {
			return operators.FromFunc(func(context.Context) (int, error) { return 0, errBoom })
		},
		"FromFunc panic": func() rx.Observable[int] {
			return operators.FromFunc(func(context.Context) (int, error) { panic(errBoom) })
		},
		"Using": func() rx.Observable[int] {
			return operators.Using(func() (int, error) { return 3, nil },
				func(n int) rx.Observable[int] { return operators.Range(0, n) }, func(int) {})
		},
		"Generate": func() rx.Observable[int] {
			return operators.Generate(1, func(s int) bool { return s < 100 }, func(s int) int { return s * 2 }, same)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.Laws(t, make)
		})
	}
}
