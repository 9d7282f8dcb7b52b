package operators_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// tripping is a downstream that panics when it is told a terminal, and notes which
// terminals it was told.
func tripping[T any](told *[]string) rx.Operator[T, T] {
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			src.Attach(g, rx.Observer[T]{
				Next: out.Next,
				Error: func(error) {
					*told = append(*told, "error")
					panic("in Error")
				},
				Complete: func() {
					*told = append(*told, "complete")
					panic("in Complete")
				},
			})
		})
	}
}

// serialised are the operators that tell their terminals while they handle an event
// in order, on the given source.
func serialised() map[string]func(rx.Observable[int], *[]string) rx.Observable[any] {
	type stream = rx.Observable[int]
	all := map[string]func(stream, *[]string) rx.Observable[any]{}
	add := func(name string, op rx.Operator[int, int]) {
		all[name] = func(src stream, told *[]string) rx.Observable[any] {
			return boxed(tripping[int](told)(op(src)))
		}
	}
	one := func(v int) stream { return operators.Of(v) }
	never, sum := operators.Never[int](), func(a, b int) int { return a + b }
	add("Merge", func(src stream) stream { return operators.Merge(src, operators.Of(9)) })
	add("CombineLatest2", func(src stream) stream { return operators.CombineLatest2(src, operators.Of(9), sum) })
	add("Zip2", func(src stream) stream { return operators.Zip2(src, operators.Of(9), sum) })
	add("WithLatestFrom", operators.WithLatestFrom(never, sum))
	add("MergeMap", operators.MergeMap(one, 0))
	add("ConcatMap", operators.ConcatMap(one))
	add("SwitchMap", operators.SwitchMap(one))
	add("ExhaustMap", operators.ExhaustMap(one))
	add("Expand", operators.Expand(func(int) stream { return operators.Empty[int]() }, 0))
	add("TakeUntil", operators.TakeUntil[int](never))
	add("SkipUntil", operators.SkipUntil[int](never))
	add("SampleWhen", operators.SampleWhen[int](never))
	add("AuditWhen", operators.AuditWhen(func(int) stream { return operators.Empty[int]() }))
	add("DebounceWhen", operators.DebounceWhen(func(int) stream { return never }))
	add("Timeout", operators.Timeout[int](time.Hour, time.Hour))
	add("Debounce", operators.Debounce[int](time.Second))
	add("Throttle", operators.Throttle[int](time.Second, operators.WithTrailing(true)))
	add("Audit", operators.Audit[int](time.Second))
	add("Delay", operators.Delay[int](time.Second))
	add("RateLimit", operators.RateLimit[int](1, time.Second))
	all["Batch"] = func(src stream, told *[]string) rx.Observable[any] {
		return boxed(tripping[[]int](told)(operators.Batch[int](2, time.Second)(src)))
	}
	all["Buffer"] = func(src stream, told *[]string) rx.Observable[any] {
		return boxed(tripping[[]int](told)(operators.Buffer[int](never)(src)))
	}
	all["BufferCount"] = func(src stream, told *[]string) rx.Observable[any] {
		return boxed(tripping[[]int](told)(operators.BufferCount[int](2, 2)(src)))
	}
	all["WindowCount"] = func(src stream, told *[]string) rx.Observable[any] {
		return boxed(tripping[stream](told)(operators.WindowCount[int](2, 2)(src)))
	}
	all["GroupBy"] = func(src stream, told *[]string) rx.Observable[any] {
		type grouped = operators.Grouped[int, int]
		return boxed(tripping[grouped](told)(operators.GroupBy(func(v int) int { return v })(src)))
	}
	return all
}

func boxed[T any](src rx.Observable[T]) rx.Observable[any] {
	return operators.Map(func(v T) any { return v })(src)
}

// What panics in a terminal is told nobody downstream of the operator again: it ends
// the stream, and is its error.
func TestSerialised_APanicInATerminalIsTheLastWord(t *testing.T) {
	sources := map[string]rx.Observable[int]{
		"complete": operators.Of(1, 2, 3),
		"error":    operators.Concat(operators.Of(1, 2, 3), operators.Throw[int](errors.New("broken"))),
	}
	for name, make := range serialised() {
		for want, src := range sources {
			t.Run(name+"/"+want, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					is := is.New(t)
					var told, heard []string
					sub := make(src, &told).Subscribe(t.Context(), rx.Observer[any]{
						Error:    func(error) { heard = append(heard, "error") },
						Complete: func() { heard = append(heard, "complete") },
					})
					<-sub.Done()
					is.Equal(told, []string{want})
					is.Equal(heard, []string{"error"})
					var p *rx.PanicError
					is.True(errors.As(sub.Err(), &p))
				})
			})
		}
	}
}

// What panics in the value that completion lets go is an error like any other: the
// terminal has not been told yet.
func TestSerialised_APanicBeforeTheTerminalIsAnError(t *testing.T) {
	is := is.New(t)
	src := rx.Pipe3(operators.Of(1, 2, 3),
		operators.BufferCount[int](2, 2),
		operators.Map(func(all []int) int {
			if len(all) < 2 {
				panic("the rest")
			}
			return len(all)
		}),
		operators.OnErrorReturn(func(error) int { return -1 }))
	var got []int
	sub := src.Subscribe(t.Context(), rx.OnNext(func(v int) { got = append(got, v) }))
	<-sub.Done()
	is.NoErr(sub.Err())
	is.Equal(got, []int{2, -1})
}
