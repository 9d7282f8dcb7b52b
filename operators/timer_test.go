package operators_test

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// A timer that were still armed would hold on to the observer for an hour.
func TestTimers_AreStoppedByUnsubscribing(t *testing.T) {
	never := func(op rx.Operator[int, int]) rx.Observable[int] {
		return rx.Pipe1(operators.Merge(operators.Of(1, 2), operators.Never[int]()), op)
	}
	for name, o := range map[string]rx.Observable[int]{
		"Timer":    operators.Timer(time.Hour),
		"Interval": operators.Interval(time.Hour),
		"Debounce": never(operators.Debounce[int](time.Hour)),
		"Delay":    never(operators.Delay[int](time.Hour)),
		"Throttle": never(operators.Throttle[int](time.Hour, operators.WithTrailing(true))),
		"Retry":    rx.Pipe1(operators.Throw[int](errBoom), operators.Retry[int](every(time.Hour))),
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

type ballast struct {
	n int
	_ [64]byte
}

func subscribeHeld(t *testing.T, o rx.Observable[int]) (weak.Pointer[ballast], *rx.Subscription) {
	held := &ballast{}
	sub := o.Subscribe(t.Context(), rx.OnNext(func(v int) { held.n += v }))
	return weak.Make(held), sub
}
