package operators_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// TestLaws_Many runs the operators of several streams, of errors, of multicast, of
// backpressure and of utility through the laws of package rx; see also manyChains.
func TestLaws_Many(t *testing.T) {
	const us = time.Microsecond
	type through = func(rx.Observable[int]) rx.Observable[int]
	tick := operators.Interval(700 * us)
	ticks := rx.Pipe1(tick, operators.Take[int](9)) // else they would queue
	inner := func(v int) rx.Observable[int] {
		return operators.Merge(operators.Of(v), rx.Pipe1(operators.Timer(1500*us), operators.StartWith(v)))
	}
	tree := func(v int) rx.Observable[int] {
		if v > 8 {
			return operators.Empty[int]()
		}
		return operators.Merge(operators.Of(2*v), rx.Pipe1(operators.Timer(300*us), operators.Map(func(int) int { return 9 })))
	}
	key := func(v int) int { return v % 2 }
	slow := rx.Pipe1(operators.Timer(500*us), operators.EndWith(8, 9))
	for name, op := range map[string]through{
		"ExhaustMap(inner)": operators.ExhaustMap(inner),
		"Expand(tree)":      operators.Expand(tree, 0),
		"Expand(tree, 2)":   operators.Expand(tree, 2),
		"EndWith":           operators.EndWith(7, 8),
		"Switch": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.Switch(rx.Pipe1(o, operators.Map(inner)))
		},
		"MergeAll": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.MergeAll(rx.Pipe1(o, operators.Map(inner)))
		},
		"ConcatAll": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.ConcatAll(rx.Pipe1(o, operators.Map(inner)))
		},
		"ExhaustAll": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.ExhaustAll(rx.Pipe1(o, operators.Map(inner)))
		},
		"CombineLatest5": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.CombineLatest5(o, tick, o, tick, o, sum5)
		},
		"Zip2":              func(o rx.Observable[int]) rx.Observable[int] { return operators.Zip2(o, ticks, sum) },
		"Zip5":              func(o rx.Observable[int]) rx.Observable[int] { return operators.Zip5(ticks, o, o, ticks, o, sum5) },
		"Race":              func(o rx.Observable[int]) rx.Observable[int] { return operators.Race(o, tick, o) },
		"Race late":         func(o rx.Observable[int]) rx.Observable[int] { return operators.Race(slow, o) },
		"Catch":             operators.Catch(func(error) rx.Observable[int] { return slow }),
		"Return":            operators.OnErrorReturn(func(error) int { return 7 }),
		"ResumeNext":        operators.OnErrorResumeNext(slow, operators.Throw[int](errBoom), operators.Of(3)),
		"Timeout":           operators.Timeout[int](1500*us, 800*us),
		"Timeout, fallback": operators.Timeout(1500*us, 800*us, operators.WithFallback(slow)),
		"Timeout, none":     operators.Timeout[int](time.Hour, time.Hour),
		"Repeat(3)":         operators.Repeat[int](3),
		"Repeat(3, 1ms)":    operators.Repeat[int](3, operators.WithRepeatDelay(ms)),
		"Repeat(endless)":   operators.Repeat[int](math.MaxInt, operators.WithRepeatDelay(ms)),
		"Share":             operators.Share[int](),
		"Share, no resets": operators.Share[int](
			operators.WithResetOnError(false), operators.WithResetOnComplete(false)),
		"ShareReplay":       operators.ShareReplay[int](2, 0),
		"ShareReplay age":   operators.ShareReplay[int](0, ms),
		"ObserveOn":         operators.ObserveOn[int](1),
		"Fail":              operators.OnBackpressureFail[int](3),
		"ConflateBy":        operators.ConflateBy(key, 2, rx.Block),
		"ConflateBy full":   operators.ConflateBy(key, 1, rx.Block),
		"ConflateBy oldest": operators.ConflateBy(key, 1, rx.DropOldest),
		"ConflateBy fail":   operators.ConflateBy(key, 1, rx.Fail),
		"RateLimit":         operators.RateLimit[int](1, 1500*us),
		"RateLimit drops":   operators.RateLimit[int](1, 1500*us, operators.WithQueue(0, rx.DropNewest)),
		"RateLimit oldest":  operators.RateLimit[int](1, 1500*us, operators.WithQueue(1, rx.DropOldest)),
		"RateLimit fail":    operators.RateLimit[int](1, 1500*us, operators.WithQueue(1, rx.Fail)),
		"Count":             operators.Count[int],
		"Sum":               operators.Sum[int],
		"Min":               operators.Min[int],
		"Max":               operators.Max[int],
		"Log":               operators.Log[int](slog.New(slog.DiscardHandler)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.LawsOf(t, rx.Operator[int, int](op), 1, 2, 3, 4, 5)
		})
	}
	three := func(v int) bool { return v == 3 }
	for name, op := range map[string]rx.Operator[int, string]{
		"Zip":           shown(func(o rx.Observable[int]) rx.Observable[[]int] { return operators.Zip(o, o, ticks) }),
		"ForkJoin":      shown(func(o rx.Observable[int]) rx.Observable[[]int] { return operators.ForkJoin(o, slow) }),
		"Batch":         shown(operators.Batch[int](2, 0)),
		"Batch(2500us)": shown(operators.Batch[int](20, 2500*us)),
		"Average":       shown(operators.Average[int]),
		"All":           shown(operators.All(func(v int) bool { return v < 3 })),
		"Any":           shown(operators.Any(three)),
		"Contains":      shown(operators.Contains(3)),
		"IsEmpty":       shown(operators.IsEmpty[int]),
		"SequenceEqual": shown(operators.SequenceEqual(slow)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rxtest.LawsOf(t, op, 1, 2, 3, 4, 5)
		})
	}
}

// shown is an operator whose values are what fmt makes of them.
func shown[A, B any](op rx.Operator[A, B]) rx.Operator[A, string] {
	return func(src rx.Observable[A]) rx.Observable[string] {
		return rx.Pipe2(src, op, operators.Map(func(v B) string { return fmt.Sprint(v) }))
	}
}

// TestLaws_Connectable runs the hot streams, connected by each observer, through the
// laws.
func TestLaws_Connectable(t *testing.T) {
	connected := func(c *operators.Connectable[int]) rx.Observable[int] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			c.Observable().Attach(g, out)
			sub := c.Connect(context.WithoutCancel(g.Context()))
			g.Add(sub.Unsubscribe)
		})
	}
	for name, make := range map[string]func() *operators.Connectable[int]{
		"Publish": func() *operators.Connectable[int] { return operators.Publish(operators.Interval(ms)) },
		"Replay":  func() *operators.Connectable[int] { return operators.Replay(operators.Interval(ms), 3, 5*ms) },
		"Publish at once": func() *operators.Connectable[int] {
			return operators.Publish(operators.Of(1, 2, 3))
		},
	} {
		t.Run(name, func(t *testing.T) {
			rxtest.Laws(t, func() rx.Observable[int] { return connected(make()) })
		})
	}
}

// What delivers from goroutines of its own, or on those of several streams, has more
// tries at delivering behind Done.
func TestLaws_NothingAfterDoneManyTimes(t *testing.T) {
	key := func(v int) int { return v % 3 }
	for name, o := range map[string]rx.Observable[int]{
		"ConflateBy": rx.Pipe1(operators.Range(0, 100), operators.ConflateBy(key, 2, rx.Block)),
		"Share":      rx.Pipe1(operators.Interval(time.Microsecond), operators.Share[int]()),
		"Race":       operators.Race(operators.Interval(2*time.Microsecond), operators.Interval(time.Microsecond)),
	} {
		t.Run(name, func(t *testing.T) {
			rxtest.NothingAfterDone(t, 2000, func() rx.Observable[int] { return o })
		})
	}
}
