package operators_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

func TestPanic_OfAFunctionOfManyIsAnErrorDownstreamCanHandle(t *testing.T) {
	bang := func(...int) int { panic(errBoom) }
	no := func(int) bool { return bang() == 0 }
	two := func(int, int) int { return bang() }
	to := func(int) rx.Observable[int] { bang(); return rx.Observable[int]{} }
	numbered := func(op rx.Operator[int, bool]) rx.Operator[int, int] {
		return func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, op, operators.Map(func(bool) int { return 0 }))
		}
	}
	for name, op := range map[string]rx.Operator[int, int]{
		"ExhaustMap": operators.ExhaustMap(to),
		"Expand":     operators.Expand(to, 0),
		"Zip2":       func(o rx.Observable[int]) rx.Observable[int] { return operators.Zip2(o, o, two) },
		"Zip5": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.Zip5(o, o, o, o, o, func(a, b, c, d, e int) int { return bang() })
		},
		"CombineLatest4": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.CombineLatest4(o, o, o, o, func(a, b, c, d int) int { return bang() })
		},
		"Catch": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.MapErr(func(int) (int, error) { return 0, context.Canceled }),
				operators.Catch(func(error) rx.Observable[int] { return to(0) }))
		},
		"OnErrorReturn": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, operators.MapErr(func(int) (int, error) { return 0, context.Canceled }),
				operators.OnErrorReturn(func(error) int { return bang() }))
		},
		"ConflateBy": operators.ConflateBy(func(int) int { return bang() }, 1, rx.Block),
		"MinFunc":    operators.MinFunc(two),
		"All":        numbered(operators.All(no)),
		"Any":        numbered(operators.Any(no)),
		"SequenceEqualFunc": numbered(operators.SequenceEqualFunc(operators.Of(1, 1, 1),
			func(int, int) bool { return no(0) })),
		"Log": operators.Log[int](slog.New(panicking{})),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			tapped := 0
			count := operators.Tap(rx.Observer[int]{Error: func(error) { tapped++ }})
			hot := newProbe[int]()
			r, sub := listen(rx.Pipe2(hot.stream(), op, count))
			hot.Next(1)
			hot.Next(1)
			<-sub.Done()
			cold, csub := listen(rx.Pipe2(operators.Of(1, 1), op, count))
			<-csub.Done()
			is.True(strings.HasSuffix(r.String(), "#rx: panic in user code: boom"))
			is.Equal(cold.String(), r.String())
			is.True(errors.Is(sub.Err(), errBoom))
			is.Equal(tapped, 2) // downstream was told, hot and cold alike
			is.Equal(hot.live(), 0)
		})
	}
}

// panicking is a slog.Handler that panics with a value's record.
type panicking struct{ slog.Handler }

func (panicking) Enabled(context.Context, slog.Level) bool { return true }

func (panicking) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "next" {
		panic(errBoom)
	}
	return nil
}

// What downstream panics with is no error of the source: it is not handled.
func TestPanic_BelowErrorHandlingIsNotHandled(t *testing.T) {
	explode := operators.Map(func(int) int { panic("bang") })
	seven := operators.Of(7)
	for name, op := range map[string]rx.Operator[int, int]{
		"Catch":             operators.Catch(func(error) rx.Observable[int] { return seven }),
		"OnErrorReturn":     operators.OnErrorReturn(func(error) int { return 7 }),
		"OnErrorResumeNext": operators.OnErrorResumeNext(seven),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			const bang = "#rx: panic in user code: bang"
			is.Equal(play(rx.Pipe2(operators.Of(1, 2), op, explode)), bang)
			hot := newProbe[int]()
			r, sub := listen(rx.Pipe2(hot.stream(), op, explode))
			hot.Next(1)
			<-sub.Done()
			is.Equal(r.String(), bang)
			is.Equal(hot.live(), 0)
			is.True(strings.HasPrefix(play(rx.Pipe2(operators.Of(1, 2), explode, op)), "7")) // above: it is
		})
	}
}

// An error of one of several inputs: the others are left before it is told.
func TestError_OfOneOfManyInputsLeavesTheOthersFirst(t *testing.T) {
	first := operators.Map(func(all []int) int { return all[0] })
	type two = func(a, b rx.Observable[int]) rx.Observable[int]
	for name, of := range map[string]two{
		"Zip2":     func(a, b rx.Observable[int]) rx.Observable[int] { return operators.Zip2(a, b, sum) },
		"Zip":      func(a, b rx.Observable[int]) rx.Observable[int] { return rx.Pipe1(operators.Zip(a, b), first) },
		"Race":     func(a, b rx.Observable[int]) rx.Observable[int] { return operators.Race(a, b) },
		"ForkJoin": func(a, b rx.Observable[int]) rx.Observable[int] { return rx.Pipe1(operators.ForkJoin(a, b), first) },
		"SequenceEqual": func(a, b rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(a, operators.SequenceEqual(b), operators.Map(func(bool) int { return 0 }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for first := range 2 {
				inputs := []*probe[int]{newProbe[int](), newProbe[int]()}
				told := 0
				of(inputs[0].stream(), inputs[1].stream()).Subscribe(t.Context(), rx.Observer[int]{
					Error: func(error) {
						told++
						is.Equal(inputs[1-first].live(), 0)
					},
				})
				is.Equal(inputs[1-first].live(), 1)
				inputs[first].Error(errBoom)
				is.Equal(told, 1)
			}
		})
	}
}

// A timer that were still armed would hold on to the observer for an hour.
func TestTimers_OfManyAreStoppedByUnsubscribing(t *testing.T) {
	waits := func(op rx.Operator[int, int]) rx.Observable[int] {
		return rx.Pipe1(operators.Merge(operators.Of(1, 2), operators.Never[int]()), op)
	}
	for name, o := range map[string]rx.Observable[int]{
		"Timeout":   waits(operators.Timeout[int](time.Hour, time.Hour)),
		"Repeat":    rx.Pipe1(operators.Of(1), operators.Repeat[int](9, operators.WithRepeatDelay(time.Hour))),
		"RateLimit": waits(operators.RateLimit[int](1, time.Hour)),
		"Batch": rx.Pipe1(waits(operators.Tap(rx.Observer[int]{})), func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(operators.Batch[int](9, time.Hour)(o), operators.Map(func(all []int) int { return len(all) }))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			held, sub := subscribeHeld(t, o)
			runtime.GC()
			is.True(held.Value() != nil) // while it waits
			sub.Unsubscribe()
			sub = nil
			for range 5 {
				runtime.GC()
			}
			is.True(held.Value() == nil)
		})
	}
}

// A million rounds, sources or steps that end at once use no more stack than one.
func TestTrampolines_KeepTheStack(t *testing.T) {
	const rounds = 100_000
	step := func(v int) rx.Observable[int] {
		if v == rounds {
			return operators.Empty[int]()
		}
		return operators.Of(v + 1)
	}
	others := make([]rx.Observable[int], rounds)
	for i := range others {
		others[i] = rx.Pipe1(operators.Of(i), operators.EndWith[int]())
	}
	for name, o := range map[string]rx.Observable[int]{
		"Repeat":            rx.Pipe1(operators.Of(1), operators.Repeat[int](rounds)),
		"Expand":            rx.Pipe1(operators.Of(1), operators.Expand(step, 0)),
		"OnErrorResumeNext": rx.Pipe1(operators.Throw[int](errBoom), operators.OnErrorResumeNext(others...)),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			n, deepest := 0, 0
			sub := o.Subscribe(t.Context(), rx.OnNext(func(int) {
				if n++; n%10_000 == 0 {
					deepest = max(deepest, depth())
				}
			}))
			<-sub.Done()
			is.NoErr(sub.Err())
			is.Equal(n, rounds)
			is.True(deepest < 100)
		})
	}
}

func TestRepeat_FailedRoundIsPassedOn(t *testing.T) {
	is := is.New(t)
	n := 0
	src := operators.Defer(func() rx.Observable[int] {
		if n++; n == 3 {
			return operators.Throw[int](errBoom)
		}
		return operators.Of(n)
	})
	is.Equal(play(rx.Pipe1(src, operators.Repeat[int](math.MaxInt))), "1 2 #boom")
}

func TestRateLimit_CountsWhatItDrops(t *testing.T) {
	is := is.New(t)
	src := rx.NewSubject[int]()
	var told []uint64
	r, sub := listen(rx.Pipe1(src.Observable(), operators.RateLimit[int](2, time.Hour,
		operators.WithQueue(1, rx.DropOldest), operators.WithOnDrop(func(n uint64) { told = append(told, n) }))))
	for v := range 5 {
		src.Next(v)
	}
	is.Equal(r.String(), "0 1")
	is.Equal(told, []uint64{1, 2})
	is.Equal(sub.Dropped(), uint64(2))
	sub.Unsubscribe()
}

func TestRateLimit_NoMoreThanTheBucketInAnyPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		const n, per = 7, 100 * time.Millisecond
		var times []time.Time
		src := rx.Pipe1(operators.Interval(3*time.Millisecond), operators.Take[int](300))
		sub := rx.Pipe1(src, operators.RateLimit[int](n, per)).
			Subscribe(t.Context(), rx.OnNext(func(int) { times = append(times, time.Now()) }))
		<-sub.Done()
		is.NoErr(sub.Err())
		is.Equal(len(times), 300)
		for i := range len(times) - 2*n {
			// A full bucket and what falls in meanwhile: at most 2n in a period.
			is.True(times[i+2*n].Sub(times[i]) >= per)
		}
		average := times[299].Sub(times[0]) / 293 // behind the first full bucket
		is.True(average >= per/n-time.Millisecond)
	})
}

func TestObserveOn_LosesNothingAndRunsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		slow := operators.Tap(rx.OnNext(func(int) { pause(ms) }))
		r, sub := listen(rx.Pipe3(operators.Range(0, 20), operators.ObserveOn[int](2), slow, operators.Count[int]))
		<-sub.Done()
		is.Equal(r.String(), "20 |")
		is.Equal(sub.Dropped(), uint64(0))
	})
}

func TestLog_SaysHowItEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*probe[int], *rx.Subscription)
		want string
	}{
		"complete":    {func(p *probe[int], _ *rx.Subscription) { p.Complete() }, "subscribe next complete end"},
		"error":       {func(p *probe[int], _ *rx.Subscription) { p.Error(errBoom) }, "subscribe next error end"},
		"unsubscribe": {func(_ *probe[int], s *rx.Subscription) { s.Unsubscribe() }, "subscribe next end"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var text bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{
				Level: slog.LevelDebug,
				ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.MessageKey {
						return a
					}
					return slog.Attr{}
				},
			}))
			src := newProbe[int]()
			_, sub := listen(rx.Pipe1(src.stream(), operators.Log[int](logger)))
			src.Next(1)
			c.end(src, sub)
			is.Equal(strings.Join(strings.Fields(strings.ReplaceAll(text.String(), "msg=", "")), " "), c.want)
		})
	}
}
