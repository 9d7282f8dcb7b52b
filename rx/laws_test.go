package rx_test

import (
	"context"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// fedBy has a goroutine feed a subject while somebody is subscribed to what made
// it; it is hot otherwise.
func fedBy(in rx.Observer[int], o rx.Observable[int], n int) rx.Observable[int] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		over := make(chan struct{})
		g.Add(func() { close(over) })
		o.Attach(g, out)
		go func() { // owner: the test; ends with the segment
			for i := range n {
				select {
				case <-over:
					return
				case <-time.After(time.Millisecond):
				}
				in.Next(i)
			}
			in.Complete()
		}()
	})
}

func TestLaws(t *testing.T) {
	for name, make := range map[string]func() rx.Observable[int]{
		"Create": func() rx.Observable[int] {
			return rx.Create(func(_ context.Context, out rx.Emitter[int]) {
				for i := 0; i < 50 && out.Next(i); i++ {
				}
				out.Complete()
			})
		},
		"Create, two goroutines": func() rx.Observable[int] {
			return rx.Create(func(ctx context.Context, out rx.Emitter[int]) {
				for range 2 {
					go func() {
						for i := 0; i < 50 && ctx.Err() == nil; i++ {
							out.Next(i)
						}
					}()
				}
			})
		},
		"Subject": func() rx.Observable[int] {
			s := rx.NewSubject[int]()
			return fedBy(s.Observer(), s.Observable(), 50)
		},
		"BehaviorSubject": func() rx.Observable[int] {
			s := rx.NewBehaviorSubject(-1)
			return fedBy(s.Observer(), s.Observable(), 50)
		},
		"ReplaySubject": func() rx.Observable[int] {
			s := rx.NewReplaySubject[int](5)
			for i := range 10 {
				s.Next(i)
			}
			return fedBy(s.Observer(), s.Observable(), 50)
		},
		"ReplaySubject, all": func() rx.Observable[int] {
			s := rx.NewReplaySubject[int](0)
			for i := range 10 {
				s.Next(i)
			}
			return fedBy(s.Observer(), s.Observable(), 50)
		},
		"Pipe3": func() rx.Observable[int] { return pipe3(count(100)) },
	} {
		t.Run(name, func(t *testing.T) { rxtest.Laws(t, make) })
	}
	for _, rule := range []rx.Overflow{rx.Block, rx.DropNewest, rx.DropOldest, rx.Latest, rx.Fail} {
		for _, capacity := range []int{1, 4} {
			t.Run("ObserveOn/"+rule.String(), func(t *testing.T) {
				rxtest.LawsOf(t, rx.ObserveOn[int](capacity, rule), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
			})
		}
	}
	t.Run("two boundaries", func(t *testing.T) {
		rxtest.LawsOf(t, func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe2(o, rx.ObserveOn[int](2, rx.Block), rx.ObserveOn[int](2, rx.Block))
		}, 1, 2, 3, 4, 5, 6)
	})
}

// TestNothingAfterDone_HundredThousandTries has the one law that depends on luck
// tried 10^5 times, on what delivers from goroutines of its own.
func TestNothingAfterDone_HundredThousandTries(t *testing.T) {
	if testing.Short() {
		t.Skip("10^5 bubbles are for the long run")
	}
	rxtest.NothingAfterDone(t, manyTries, func() rx.Observable[int] {
		s := rx.NewSubject[int]()
		return rx.Pipe1(fedBy(s.Observer(), s.Observable(), 20), rx.ObserveOn[int](4, rx.DropOldest))
	})
}
