package operators_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// Whatever function of an operator panics: that is an error of its stream alone, and
// the source is left.
func TestPanic_OfAFunctionIsAnErrorOfItsStream(t *testing.T) {
	boom := func() { panic(errBoom) }
	notifier := func(int) rx.Observable[int] { boom(); return operators.Never[int]() }
	failing := func(int) rx.Observable[int] {
		return rx.Source(func(*rx.Segment, rx.Observer[int]) { boom() })
	}
	accept := func(int) bool { boom(); return true }
	for name, op := range map[string]rx.Operator[int, int]{
		"Reduce":                operators.Reduce(0, func(int, int) int { boom(); return 0 }),
		"TakeWhileInclusive":    operators.TakeWhileInclusive(accept),
		"SkipWhile":             operators.SkipWhile(accept),
		"SingleFunc":            operators.SingleFunc(accept),
		"Distinct":              operators.Distinct(func(int) int { boom(); return 0 }, 0),
		"AuditWhen":             operators.AuditWhen(notifier),
		"AuditWhen's stream":    operators.AuditWhen(failing),
		"DebounceWhen":          operators.DebounceWhen(notifier),
		"DebounceWhen's stream": operators.DebounceWhen(failing),
		"DelayWhen":             operators.DelayWhen(notifier),
		"DelayWhen's stream":    operators.DelayWhen(failing),
		"SampleWhen's notifier": operators.SampleWhen[int](failing(0)),
		"SkipUntil's notifier":  operators.SkipUntil[int](failing(0)),
		"Window's boundaries":   flat(operators.Window[int](failing(0))),
		"GroupBy": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.GroupBy(func(int) int { boom(); return 0 }),
				operators.MergeMap(func(g operators.Grouped[int, int]) rx.Observable[int] { return g.Observable }, 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			src := newProbe[int]()
			bystander, _ := listen(src.stream())
			sub := op(src.stream()).Subscribe(t.Context(), rx.Observer[int]{})
			src.Next(1)
			src.Next(2)
			<-sub.Done()
			var p *rx.PanicError
			is.True(errors.As(sub.Err(), &p))
			is.True(errors.Is(sub.Err(), errBoom))
			is.Equal(bystander.String(), "1 2")
			is.Equal(src.joins.Load(), src.leaves.Load()+1) // the bystander's
		})
	}
}

// Source and boundaries deliver from goroutines of their own: nothing is lost between
// two parts, and nothing comes twice.
func TestConcurrent_PartsHaveAllValuesOnce(t *testing.T) {
	const values = 20_000
	for name, op := range map[string]func(tick rx.Observable[int]) rx.Operator[int, int]{
		"Buffer": func(tick rx.Observable[int]) rx.Operator[int, int] {
			return func(o rx.Observable[int]) rx.Observable[int] {
				return rx.Pipe2(o, operators.Buffer[int](tick), operators.ConcatMap(operators.From[int]))
			}
		},
		"Window": func(tick rx.Observable[int]) rx.Operator[int, int] {
			return func(o rx.Observable[int]) rx.Observable[int] {
				return rx.Pipe2(o, operators.Window[int](tick),
					operators.MergeMap(func(w rx.Observable[int]) rx.Observable[int] { return w }, 0))
			}
		},
		"BufferTimeOrCount": func(rx.Observable[int]) rx.Operator[int, int] {
			return func(o rx.Observable[int]) rx.Observable[int] {
				return rx.Pipe2(o, operators.BufferTimeOrCount[int](50*time.Microsecond, 7), operators.ConcatMap(operators.From[int]))
			}
		},
		"GroupBy": func(rx.Observable[int]) rx.Operator[int, int] {
			return func(o rx.Observable[int]) rx.Observable[int] {
				return rx.Pipe2(o, operators.GroupBy(func(v int) int { return v / 50 }, operators.WithIdle(20*time.Microsecond)),
					operators.MergeMap(func(g operators.Grouped[int, int]) rx.Observable[int] { return g.Observable }, 0))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			src, tick := rx.NewSubject[int](), rx.NewSubject[int]()
			var got []int
			sub := op(tick.Observable())(src.Observable()).Subscribe(t.Context(), rx.OnNext(func(v int) { got = append(got, v) }))
			var wg sync.WaitGroup
			wg.Go(func() {
				for i := range values {
					src.Next(i)
				}
			})
			wg.Go(func() {
				for range values { // endless, it could keep the source's goroutine delivering
					tick.Next(0)
				}
			})
			wg.Wait()
			src.Complete()
			<-sub.Done()
			is.NoErr(sub.Err())
			is.Equal(sub.Dropped(), uint64(0))
			is.Equal(len(got), values)
			for i, v := range got {
				if i != v {
					t.Fatalf("value %d is %d", i, v)
				}
			}
		})
	}
}

// Operators whose notifier delivers from another goroutine keep the grammar, and their
// order.
func TestConcurrent_NotifiersKeepTheOrder(t *testing.T) {
	for name, op := range map[string]func(tick rx.Observable[int]) rx.Operator[int, int]{
		"SampleWhen": func(tick rx.Observable[int]) rx.Operator[int, int] { return operators.SampleWhen[int](tick) },
		"SkipUntil":  func(tick rx.Observable[int]) rx.Operator[int, int] { return operators.SkipUntil[int](tick) },
		"AuditWhen": func(tick rx.Observable[int]) rx.Operator[int, int] {
			return operators.AuditWhen(func(int) rx.Observable[int] { return tick })
		},
		"DebounceWhen": func(tick rx.Observable[int]) rx.Operator[int, int] {
			return operators.DebounceWhen(func(int) rx.Observable[int] { return tick })
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			src, tick := rx.NewSubject[int](), rx.NewSubject[int]()
			last := -1
			ordered := true
			sub := op(tick.Observable())(src.Observable()).Subscribe(t.Context(), rx.OnNext(func(v int) {
				ordered = ordered && v > last
				last = v
			}))
			var wg sync.WaitGroup
			wg.Go(func() {
				for i := range 5000 {
					src.Next(i)
				}
				src.Complete()
			})
			wg.Go(func() {
				for range 5000 {
					tick.Next(0)
				}
				tick.Complete()
			})
			wg.Wait()
			<-sub.Done()
			is.NoErr(sub.Err())
			is.True(ordered)
		})
	}
}
