package operators_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
	"github.com/sethvargo/go-retry"
)

func immediately(n uint64) func() retry.Backoff {
	return func() retry.Backoff {
		return retry.WithMaxRetries(n, retry.BackoffFunc(func() (time.Duration, bool) { return 0, false }))
	}
}

func nilBackoff() retry.Backoff { return nil }

func every(d time.Duration) func() retry.Backoff {
	return func() retry.Backoff { return retry.NewConstant(d) }
}

// failing emits its number of the attempt, then fails, until attempt last.
func attempts(last int) rx.Observable[int] {
	n := 0
	return operators.Defer(func() rx.Observable[int] {
		n++
		if n == last {
			return operators.Of(n)
		}
		return operators.Concat(operators.Of(n), operators.Throw[int](fmt.Errorf("attempt %d", n)))
	})
}

func TestRetry_UntilItSucceeds(t *testing.T) {
	is := is.New(t)
	is.Equal(play(rx.Pipe1(attempts(3), operators.Retry[int](immediately(5)))), "1 2 3 |")
}

func TestRetry_GivesUpWithTheLastError(t *testing.T) {
	is := is.New(t)
	is.Equal(play(rx.Pipe1(attempts(9), operators.Retry[int](immediately(2)))), "1 2 3 #attempt 3")
}

func TestRetry_BackoffIsFreshForEverySubscription(t *testing.T) {
	is := is.New(t)
	made := 0
	o := rx.Pipe1(operators.Throw[int](errBoom), operators.Retry[int](func() retry.Backoff {
		made++
		return immediately(3)()
	}))
	play(o)
	play(o)
	is.Equal(made, 2)
}

func TestRetry_MillionImmediateRetriesKeepTheStack(t *testing.T) {
	is := is.New(t)
	const tries = 1_000_000
	n, depth := 0, 0
	src := rx.Source(func(_ *rx.Segment, out rx.Observer[int]) {
		if n++; n%100_000 == 0 {
			depth = max(depth, runtime.Callers(0, make([]uintptr, 1000)))
		}
		out.Error(errBoom)
	})
	is.Equal(play(rx.Pipe1(src, operators.Retry[int](immediately(tries)))), "#boom")
	is.Equal(n, tries+1)
	is.True(depth < 60)
}

func TestRetry_WaitsAsTheBackoffSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		began := time.Now()
		var waits []string
		src := operators.Defer(func() rx.Observable[int] {
			waits = append(waits, time.Since(began).String())
			return operators.Throw[int](errBoom)
		})
		r, sub := listen(rx.Pipe1(src, operators.Retry[int](func() retry.Backoff {
			return retry.WithMaxRetries(4, retry.NewExponential(time.Second))
		})))
		<-sub.Done()
		is.Equal(strings.Join(waits, " "), "0s 1s 3s 7s 15s")
		is.Equal(r.String(), "#boom")
		is.Equal(sub.Err(), errBoom)
	})
}

func TestRetry_UnsubscribeEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		var n atomic.Int64
		src := operators.Defer(func() rx.Observable[int] { n.Add(1); return operators.Throw[int](errBoom) })
		r, sub := listen(rx.Pipe1(src, operators.Retry[int](every(time.Hour))))
		synctest.Wait()
		sub.Unsubscribe()
		<-sub.Done()
		time.Sleep(3 * time.Hour)
		is.Equal(n.Load(), int64(1))
		is.Equal(r.String(), "")
	})
}

func TestRetry_FailedAttemptIsLeftBeforeTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		p := newProbe[int]()
		r, sub := listen(rx.Pipe1(operators.Merge(p.stream(), operators.Throw[int](errBoom)),
			operators.Retry[int](every(time.Second))))
		is.Equal(p.joined(), 1)
		is.Equal(p.live(), 0)
		time.Sleep(2500 * time.Millisecond)
		is.Equal(p.joined(), 3)
		is.Equal(p.live(), 0)
		sub.Unsubscribe()
		is.Equal(r.String(), "")
	})
}

func TestRetry_FailedAttemptIsTornDownBeforeTheWait(t *testing.T) {
	is := is.New(t)
	n := 0
	src := rx.Pipe1(operators.Throw[int](errBoom), operators.Finally[int](func() { n++ }))
	_, sub := listen(rx.Pipe1(src, operators.Retry[int](every(time.Hour))))
	is.Equal(n, 1)
	sub.Unsubscribe()
}

func TestRetry_PredicateAndHookSeeTheUnmarkedError(t *testing.T) {
	is := is.New(t)
	var told []string
	marked := operators.Throw[int](retry.RetryableError(errBoom))
	got := play(rx.Pipe1(marked, operators.Retry[int](immediately(2),
		operators.WithRetryIf(func(err error) bool { return err == errBoom }),
		operators.WithOnRetry(func(n int, err error, wait time.Duration) {
			told = append(told, fmt.Sprint(n, err, wait))
		}))))
	is.Equal(got, "#boom")
	is.Equal(strings.Join(told, ", "), "1 boom 0s, 2 boom 0s")
	refused := operators.WithRetryIf(func(error) bool { return false })
	is.Equal(play(rx.Pipe1(attempts(9), operators.Retry[int](immediately(2), refused))), "1 #attempt 1")
}

func TestRetry_ErrConfigIsNotRetriedByDefault(t *testing.T) {
	is := is.New(t)
	n := 0
	src := operators.Defer(func() rx.Observable[int] { n++; return operators.Range(0, -1) })
	play(rx.Pipe1(src, operators.Retry[int](immediately(5))))
	is.Equal(n, 1)
}

// verdict is an error that says whether another attempt may help.
type verdict bool

func (v verdict) Error() string   { return fmt.Sprintf("may pass: %t", bool(v)) }
func (v verdict) Retryable() bool { return bool(v) }

func TestRetry_AnErrorMaySayThatItWillNotPass(t *testing.T) {
	is := is.New(t)
	for _, tt := range []struct {
		err   error
		tries int
	}{{verdict(false), 1}, {verdict(true), 3}, {fmt.Errorf("wrapped: %w", verdict(false)), 1}, {errors.New("silent"), 3}} {
		tries := 0
		src := operators.Defer(func() rx.Observable[int] {
			tries++
			return operators.Throw[int](tt.err)
		})
		is.Equal(play(rx.Pipe1(src, operators.Retry[int](immediately(2)))), "#"+tt.err.Error())
		is.Equal(tries, tt.tries)
	}
}

func TestRetry_ResetsAfterAStablePeriod(t *testing.T) {
	for _, c := range []struct {
		name  string
		opts  []operators.RetryOption
		alive time.Duration
		want  string
	}{
		{"never by default", nil, time.Hour, "1 2 3 #boom"},
		{"unstable", []operators.RetryOption{operators.WithResetAfter(10 * time.Second)}, 9 * time.Second, "1 2 3 #boom"},
		{"stable", []operators.RetryOption{operators.WithResetAfter(10 * time.Second)}, 10 * time.Second, "1 2 3 4 5 #over"},
		{"any value", []operators.RetryOption{operators.WithResetAfter(0)}, 0, "1 2 3 4 5 #over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				n := 0
				src := operators.Defer(func() rx.Observable[int] {
					if n++; n == 6 {
						return operators.Throw[int](errors.New("over"))
					}
					return operators.Concat(operators.Of(n), rx.Pipe1(operators.Timer(c.alive),
						operators.MapErr(func(int) (int, error) { return 0, errBoom })))
				})
				opts := append(c.opts, operators.WithRetryIf(func(err error) bool { return err == errBoom }))
				r, sub := listen(rx.Pipe1(src, operators.Retry[int](immediately(2), opts...)))
				<-sub.Done()
				is.Equal(r.String(), c.want)
			})
		})
	}
}

func TestRetry_PanicAboveIsRetriedPanicBelowIsNot(t *testing.T) {
	explode := operators.Map(func(int) int { panic("bang") })
	twiceMore := operators.Retry[int](immediately(2))
	sources := map[string]func(*int) rx.Observable[int]{
		"cold": func(n *int) rx.Observable[int] {
			return operators.Defer(func() rx.Observable[int] { *n++; return operators.Of(1, 2) })
		},
		"careless": func(n *int) rx.Observable[int] {
			return rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { *n++; out.Next(1) })
		},
		"emitter": func(n *int) rx.Observable[int] {
			return operators.Defer(func() rx.Observable[int] {
				*n++
				return operators.Merge(operators.Of(1), operators.Never[int]())
			})
		},
	}
	for name, src := range sources {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			above, below, observer := 0, 0, 0
			is.Equal(play(rx.Pipe2(src(&above), explode, twiceMore)), "#rx: panic in user code: bang")
			is.Equal(above, 3)
			is.Equal(play(rx.Pipe2(src(&below), twiceMore, explode)), "#rx: panic in user code: bang")
			is.Equal(below, 1)
			sub := rx.Pipe1(src(&observer), twiceMore).
				Subscribe(t.Context(), rx.OnNext(func(int) { panic("observer") }))
			<-sub.Done()
			is.Equal(observer, 1)
			var p *rx.PanicError
			is.True(errors.As(sub.Err(), &p))
			is.Equal(p.Value, "observer")
		})
	}
}

func TestRetry_PanicAtCompletionBelowIsNotRetried(t *testing.T) {
	is := is.New(t)
	careless := func(src rx.Observable[int]) rx.Observable[int] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			out.Complete = func() { panic("bang") }
			src.Attach(g, out)
		})
	}
	is.Equal(play(rx.Pipe2(operators.Of(1), operators.Retry[int](immediately(5)), careless)),
		"1 #rx: panic in user code: bang")
}

func TestRetry_PanicInItsOwnFunctionsEndsTheStream(t *testing.T) {
	bang := func() { panic("bang") }
	src := operators.Throw[int](errBoom)
	for name, op := range map[string]rx.Operator[int, int]{
		"backoff maker": operators.Retry[int](func() retry.Backoff { bang(); return nil }),
		"backoff": operators.Retry[int](func() retry.Backoff {
			return retry.BackoffFunc(func() (time.Duration, bool) { bang(); return 0, false })
		}),
		"predicate": operators.Retry[int](immediately(2), operators.WithRetryIf(func(error) bool { bang(); return true })),
		"hook": operators.Retry[int](immediately(2),
			operators.WithOnRetry(func(int, error, time.Duration) { bang() })),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(play(rx.Pipe1(src, op)), "#rx: panic in user code: bang")
		})
	}
}
