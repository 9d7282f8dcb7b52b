package operators_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

func TestTakeUntil_FirstValueOfTheNotifierEndsBoth(t *testing.T) {
	is := is.New(t)
	src, stop := newProbe[int](), newProbe[string]()
	r, sub := listen(rx.Pipe1(src.stream(), operators.TakeUntil[int](stop.stream())))
	src.Next(1)
	is.Equal(src.live()+stop.live(), 2)
	stop.Next("now")
	src.Next(2)
	is.Equal(r.String(), "1 |")
	is.Equal(src.live()+stop.live(), 0)
	<-sub.Done()
}

func TestTakeUntil_NotifierThatFailsOrCompletes(t *testing.T) {
	is := is.New(t)
	src, stop := newProbe[int](), newProbe[string]()
	r, _ := listen(rx.Pipe1(src.stream(), operators.TakeUntil[int](stop.stream())))
	stop.Complete()
	is.Equal(stop.live(), 0)
	src.Next(1)
	src.Complete()
	is.Equal(r.String(), "1 |")

	src, stop = newProbe[int](), newProbe[string]()
	r, _ = listen(rx.Pipe1(src.stream(), operators.TakeUntil[int](stop.stream())))
	stop.Error(errBoom)
	is.Equal(r.String(), "#boom")
	is.Equal(src.live(), 0)
}

func TestTake_CompletesWithTheLastValueNotTheNext(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	var order []string
	note := func(s string) func() { return func() { order = append(order, s) } }
	o := rx.Pipe2(src.stream(), operators.Finally[int](note("left")), operators.Take[int](1))
	o.Subscribe(t.Context(), rx.Observer[int]{
		Next:     func(int) { order = append(order, "value") },
		Complete: note("complete"),
	})
	src.Next(1)
	is.Equal(strings.Join(order, " "), "value left complete")
}

func TestMerge_ErrorUnsubscribesTheOthers(t *testing.T) {
	is := is.New(t)
	a, b, c := newProbe[int](), newProbe[int](), newProbe[int]()
	r, _ := listen(operators.Merge(a.stream(), b.stream(), c.stream()))
	a.Next(1)
	b.Next(2)
	a.Complete()
	is.Equal(a.live(), 0) // what has completed is let go, though the stream lives
	is.Equal(b.live(), 1)
	b.Error(errBoom)
	c.Next(3)
	is.Equal(r.String(), "1 2 #boom")
	is.Equal(b.live()+c.live(), 0)
}

func TestCombineLatest2_WaitsForBothThenFollowsEach(t *testing.T) {
	is := is.New(t)
	a, b := newProbe[int](), newProbe[string]()
	r, _ := listen(operators.CombineLatest2(a.stream(), b.stream(), pair))
	a.Next(1)
	a.Next(2)
	b.Next("x")
	b.Complete()
	is.Equal(b.live(), 0)
	a.Next(3)
	a.Complete()
	is.Equal(r.String(), "2x 3x |")
}

func TestWithLatestFrom_OnlyTheSourceEmits(t *testing.T) {
	is := is.New(t)
	a, b := newProbe[int](), newProbe[string]()
	r, _ := listen(rx.Pipe1(a.stream(), operators.WithLatestFrom(b.stream(), pair)))
	a.Next(1)
	b.Next("x")
	b.Next("y")
	a.Next(2)
	b.Complete()
	is.Equal(b.live(), 0)
	a.Next(3)
	is.Equal(r.String(), "2y 3y")
	a.Complete()
	is.Equal(r.String(), "2y 3y |")

	a, b = newProbe[int](), newProbe[string]()
	r, _ = listen(rx.Pipe1(a.stream(), operators.WithLatestFrom(b.stream(), pair)))
	b.Error(errBoom)
	is.Equal(r.String(), "#boom")
	is.Equal(a.live(), 0)
}

func TestConcat_SubscribesInTurnAndLetsGo(t *testing.T) {
	is := is.New(t)
	a, b := newProbe[int](), newProbe[int]()
	r, sub := listen(operators.Concat(a.stream(), b.stream()))
	is.Equal(b.joined(), 0)
	b.Next(8) // nobody listens yet
	a.Next(1)
	a.Complete()
	is.Equal(a.live(), 0)
	is.Equal(b.live(), 1)
	b.Next(2)
	sub.Unsubscribe()
	is.Equal(b.live(), 0)
	is.Equal(r.String(), "1 2")
}

func TestConcat_ManySourcesKeepTheStack(t *testing.T) {
	is := is.New(t)
	n := 0
	src := slices.Repeat([]rx.Observable[int]{operators.Of(1)}, 200_000)
	operators.Concat(src...).Subscribe(t.Context(), rx.OnNext(func(v int) { n += v }))
	is.Equal(n, 200_000)
}

func TestTap_IsToldFirst(t *testing.T) {
	is := is.New(t)
	var order []string
	note := func(s string) { order = append(order, s) }
	observer := func(who string) rx.Observer[int] {
		return rx.Observer[int]{
			Next:     func(v int) { note(fmt.Sprint(who, v)) },
			Error:    func(err error) { note(who + "#") },
			Complete: func() { note(who + "|") },
		}
	}
	rx.Pipe1(operators.Of(1), operators.Tap(observer("tap"))).Subscribe(t.Context(), observer("obs"))
	rx.Pipe1(operators.Throw[int](errBoom), operators.Tap(observer("tap"))).Subscribe(t.Context(), observer("obs"))
	is.Equal(strings.Join(order, " "), "tap1 obs1 tap| obs| tap# obs#")
	is.Equal(play(rx.Pipe1(operators.Of(1), operators.Tap(rx.Observer[int]{}))), "1 |")
}

func TestTap_PanicAtCompletionIsAnErrorDownstreamCanHandle(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	fails := operators.Tap(rx.Observer[int]{Complete: func() { panic("bang") }})
	r, _ := listen(rx.Pipe2(src.stream(), fails, operators.Retry[int](immediately(1))))
	src.Complete()
	is.Equal(r.String(), "#rx: panic in user code: bang")
	is.Equal(src.joined(), 2)
}

func TestTap_PanicInEachCallbackIsAnErrorOfTheStream(t *testing.T) {
	is := is.New(t)
	bang := func() { panic("bang") }
	fails := operators.Tap(rx.OnNext(func(int) { bang() }))
	is.Equal(play(rx.Pipe1(operators.Of(1), fails)), "#rx: panic in user code: bang")
	fails = operators.Tap(rx.Observer[int]{Complete: bang})
	is.Equal(play(rx.Pipe1(operators.Of(1), fails)), "1 #rx: panic in user code: bang")
	fails = operators.Tap(rx.Observer[int]{Error: func(error) { bang() }})
	is.Equal(play(rx.Pipe1(operators.Throw[int](errBoom), fails)), "#rx: panic in user code: bang")
	twice := operators.Retry[int](immediately(1))
	fails = operators.Tap(rx.Observer[int]{Complete: bang})
	is.Equal(play(rx.Pipe2(operators.Of(1), fails, twice)), "1 1 #rx: panic in user code: bang")
	is.Equal(play(rx.Pipe2(operators.Of(1), twice, fails)), "1 #rx: panic in user code: bang")
}

func TestFinally_RunsOnceHoweverItEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*probe[int], *rx.Subscription)
		want string
	}{
		"complete":    {func(p *probe[int], _ *rx.Subscription) { p.Complete() }, "| lower upper"},
		"error":       {func(p *probe[int], _ *rx.Subscription) { p.Error(errBoom) }, "# lower upper"},
		"unsubscribe": {func(_ *probe[int], s *rx.Subscription) { s.Unsubscribe() }, "lower upper"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var order []string
			note := func(s string) func() { return func() { order = append(order, s) } }
			src := newProbe[int]()
			sub := rx.Pipe2(src.stream(), operators.Finally[int](note("upper")), operators.Finally[int](note("lower"))).
				Subscribe(t.Context(), rx.Observer[int]{Error: func(error) { note("#")() }, Complete: note("|")})
			c.end(src, sub)
			sub.Unsubscribe()
			is.Equal(strings.Join(order, " "), c.want)
		})
	}
}

func TestFinally_RunsForEverySourceOfAConcat(t *testing.T) {
	is := is.New(t)
	n := 0
	src := rx.Pipe1(operators.Of(1), operators.Finally[int](func() { n++ }))
	is.Equal(play(rx.Pipe1(operators.Concat(src, src, src), operators.Take[int](2))), "1 1 |")
	is.Equal(n, 2)
}

func TestFinally_PanicIsJoinedToTheError(t *testing.T) {
	is := is.New(t)
	sub := rx.Pipe1(operators.Throw[int](errBoom), operators.Finally[int](func() { panic("bang") })).
		Subscribe(t.Context(), rx.Observer[int]{})
	var p *rx.PanicError
	is.True(errors.As(sub.Err(), &p))
	is.True(errors.Is(sub.Err(), errBoom))
}

// An error of one of several inputs: the others are left before it is told.
func TestError_OfOneInputLeavesTheOthersFirst(t *testing.T) {
	type two = func(a, b rx.Observable[int]) rx.Observable[int]
	for name, of := range map[string]two{
		"Merge":          func(a, b rx.Observable[int]) rx.Observable[int] { return operators.Merge(a, b) },
		"CombineLatest2": func(a, b rx.Observable[int]) rx.Observable[int] { return operators.CombineLatest2(a, b, sum) },
		"CombineLatest": func(a, b rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(operators.CombineLatest(a, b), operators.Map(func(all []int) int { return all[0] }))
		},
		"WithLatestFrom": func(a, b rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(a, operators.WithLatestFrom(b, sum))
		},
		"TakeUntil": func(a, b rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(a, operators.TakeUntil[int](b))
		},
		"SwitchMap": func(a, b rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(operators.Merge(operators.Of(0), a), operators.SwitchMap(func(int) rx.Observable[int] { return b }))
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

// chains are all operators whose values come at once, over a source of ints.
func chains() map[string]func(rx.Observable[int]) rx.Observable[int] {
	never := operators.Never[int]()
	other := operators.Concat(operators.Of(0), never)
	always := func(int) bool { return true }
	op := func(o rx.Operator[int, int]) func(rx.Observable[int]) rx.Observable[int] { return o }
	all := map[string]func(rx.Observable[int]) rx.Observable[int]{
		"Map":                    op(operators.Map(tripled)),
		"MapErr":                 op(operators.MapErr(func(v int) (int, error) { return v, nil })),
		"Scan":                   op(operators.Scan(0, sum)),
		"Filter":                 op(operators.Filter(always)),
		"FilterMap":              op(operators.FilterMap(func(v int) (int, bool) { return v, true })),
		"Take":                   op(operators.Take[int](1000)),
		"TakeWhile":              op(operators.TakeWhile(always)),
		"TakeUntil":              op(operators.TakeUntil[int](never)),
		"Skip":                   op(operators.Skip[int](0)),
		"DistinctUntilChanged":   operators.DistinctUntilChanged[int],
		"DistinctUntilChangedBy": op(operators.DistinctUntilChangedBy(tripled)),
		"DistinctUntilChangedFunc": op(operators.DistinctUntilChangedFunc(
			func(a, b int) bool { return a == b })),
		"Tap":             op(operators.Tap(rx.OnNext(func(int) {}))),
		"Finally":         op(operators.Finally[int](func() {})),
		"StartWith":       op(operators.StartWith[int]()),
		"Merge":           func(o rx.Observable[int]) rx.Observable[int] { return operators.Merge(never, o) },
		"Concat":          func(o rx.Observable[int]) rx.Observable[int] { return operators.Concat(o, o) },
		"CombineLatest2":  func(o rx.Observable[int]) rx.Observable[int] { return operators.CombineLatest2(o, other, sum) },
		"WithLatestFrom":  op(operators.WithLatestFrom(other, sum)),
		"SwitchMap":       op(operators.SwitchMap(func(v int) rx.Observable[int] { return operators.Of(v) })),
		"MergeMap":        op(operators.MergeMap(func(v int) rx.Observable[int] { return operators.Of(v) }, 0)),
		"ConcatMap":       op(operators.ConcatMap(func(v int) rx.Observable[int] { return operators.Of(v) })),
		"ThrottleLeading": op(operators.Throttle[int](0)),
		"Retry":           op(operators.Retry[int](immediately(1))),
		"Defer": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.Defer(func() rx.Observable[int] { return o })
		},
	}
	maps.Copy(all, manyChains())
	return all
}

func TestUnsubscribe_AtEveryStepNothingFollows(t *testing.T) {
	for name, chain := range chains() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for stop := range 4 {
				src := newProbe[int]()
				ctx, cancel := context.WithCancel(t.Context())
				heard := 0
				var sub *rx.Subscription
				sub = chain(src.stream()).Subscribe(ctx, rx.Observer[int]{
					Next: func(int) {
						if heard++; heard == stop {
							sub.Unsubscribe()
						}
					},
					Error:    func(error) { heard += 100 },
					Complete: func() { heard += 100 },
				})
				if stop == 0 {
					sub.Unsubscribe()
				}
				for v := range 5 {
					src.Next(v)
				}
				src.Complete()
				<-sub.Done()
				is.Equal(heard, stop)
				is.Equal(src.live(), 0)
				is.NoErr(sub.Err())
				cancel()
			}
		})
	}
}

func TestReentrancy_FeedingTheSourceInsideTheObserver(t *testing.T) {
	for name, chain := range chains() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			src := newProbe[int]()
			heard, inside := 0, false
			sub := chain(src.stream()).Subscribe(t.Context(), rx.OnNext(func(int) {
				is.True(!inside) // delivered one after the other
				inside = true
				if heard++; heard < 50 {
					src.Next(heard)
				}
				inside = false
			}))
			src.Next(0)
			is.Equal(heard, 50)
			sub.Unsubscribe()
			<-sub.Done()
		})
	}
}

func TestReentrancy_EndingTheSourceInsideTheObserver(t *testing.T) {
	for name, chain := range chains() {
		if name == "Concat" || name == "Merge" || name == "CombineLatest2" {
			continue // their other source goes on
		}
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			src := newProbe[int]()
			r := recording[int]{}
			obs := r.observer()
			tell := obs.Next
			obs.Next = func(v int) {
				tell(v)
				src.Complete()
				src.Next(9)
			}
			sub := chain(src.stream()).Subscribe(t.Context(), obs)
			src.Next(0)
			<-sub.Done()
			is.True(strings.HasSuffix(r.String(), " |"))
			is.Equal(strings.Count(r.String(), " "), 1)
		})
	}
}

func TestContext_EndIsSilent(t *testing.T) {
	for name, chain := range chains() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			src := newProbe[int]()
			ctx, cancel := context.WithCancelCause(t.Context())
			var r recording[int]
			sub := chain(src.stream()).Subscribe(ctx, r.observer())
			cancel(errBoom)
			<-sub.Done()
			src.Next(1)
			is.Equal(r.String(), "")
			is.Equal(sub.Err(), errBoom)
			is.Equal(src.live(), 0)
		})
	}
}

// The error of a source passes every operator, and lets everything go.
func TestError_Passes(t *testing.T) {
	for name, chain := range chains() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			src := newProbe[int]()
			r, sub := listen(chain(src.stream()))
			src.Error(errBoom)
			<-sub.Done()
			is.Equal(r.String(), "#boom")
			is.Equal(sub.Err(), errBoom)
			is.Equal(src.live(), 0)
		})
	}
}

func TestPanic_OfAFunctionIsAnErrorDownstreamCanHandle(t *testing.T) {
	bang := func(int) int { panic(errBoom) }
	no := func(int) bool { return bang(0) == 0 }
	for name, op := range map[string]rx.Operator[int, int]{
		"Map":       operators.Map(bang),
		"MapErr":    operators.MapErr(func(int) (int, error) { return bang(0), nil }),
		"Scan":      operators.Scan(0, func(int, int) int { return bang(0) }),
		"Filter":    operators.Filter(no),
		"FilterMap": operators.FilterMap(func(int) (int, bool) { return bang(0), true }),
		"TakeWhile": operators.TakeWhile(no),
		"By":        operators.DistinctUntilChangedBy(bang),
		"Func":      operators.DistinctUntilChangedFunc(func(int, int) bool { return no(0) }),
		"Tap":       operators.Tap(rx.OnNext(func(int) { bang(0) })),
		"WithLatestFrom": operators.WithLatestFrom(operators.Of(1),
			func(int, int) int { return bang(0) }),
		"SwitchMap": operators.SwitchMap(func(int) rx.Observable[int] { bang(0); return rx.Observable[int]{} }),
		"MergeMap":  operators.MergeMap(func(int) rx.Observable[int] { bang(0); return rx.Observable[int]{} }, 2),
		"inner source": operators.ConcatMap(func(int) rx.Observable[int] {
			return rx.Source(func(*rx.Segment, rx.Observer[int]) { bang(0) })
		}),
		"combining": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.CombineLatest2(o, o, func(int, int) int { return bang(0) })
		},
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
