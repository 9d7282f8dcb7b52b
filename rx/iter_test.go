package rx_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

func TestAll_GivesEveryValueAndTheError(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		o    rx.Observable[int]
		n    int
		last error
	}{
		"completes":             {count(1000), 1000, nil},
		"empty":                 {rx.Observable[int]{}, 0, nil},
		"fails":                 {rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { out.Next(1); out.Error(boom) }), 1, boom},
		"panics in an operator": {rx.Pipe1(count(9), ouchAt(3)), 3, errOuch},
		"panics in the source":  {rx.Source(func(*rx.Segment, rx.Observer[int]) { panic(errOuch) }), 0, errOuch},
		"overflows":             {rx.Pipe1(count(1000), rx.ObserveOn[int](2000, rx.Fail)), 1000, nil},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			n := 0
			var last error
			for v, err := range rx.All(context.Background(), c.o) {
				is.NoErr(last) // nothing behind an error
				if last = err; err != nil {
					is.Equal(v, 0)
					continue
				}
				n++
			}
			is.Equal(n, c.n)
			is.True(errors.Is(last, c.last))
		})
	}
}

func TestAll_BreakUnsubscribesAndLetsTheSourceGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		torn := make(chan struct{})
		endless := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			g.Add(func() { close(torn) })
			for i := 0; !g.Closed(); i++ {
				out.Next(i)
			}
		})
		for v, err := range rx.All(t.Context(), endless) {
			is.NoErr(err)
			if v == 100 {
				break
			}
		}
		<-torn
	})
}

func TestAll_Context(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		why := errors.New("why")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
		defer cancel()
		s := rx.NewSubject[int]()
		go func() {
			time.Sleep(time.Millisecond)
			s.Next(1)
		}()
		n := 0
		var last error
		start := time.Now()
		for _, err := range rx.All(ctx, s.Observable()) {
			n++
			last = err
		}
		is.Equal(n, 2)
		is.Equal(last, why)
		is.Equal(time.Since(start), time.Second)
		n = 0
		for _, err := range rx.All(ctx, count(5)) { // it has ended
			n++
			is.Equal(err, why)
		}
		is.Equal(n, 1)
	})
}

// A loop body that panics unsubscribes; the sequence may be ranged over again.
func TestAll_PanicInTheBodyAndASecondLoop(t *testing.T) {
	is := is.New(t)
	seq := rx.All(context.Background(), count(5))
	func() {
		defer func() { is.Equal(recover(), errOuch) }()
		for range seq {
			panic(errOuch)
		}
	}()
	n := 0
	for range seq {
		n++
	}
	is.Equal(n, 5)
}

func TestAll_TheSourceWaitsForTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		sent := 0
		src := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			for i := 0; i < 1000 && !g.Closed(); i++ {
				out.Next(i)
				sent = i + 1
			}
			out.Complete()
		})
		n := 0
		for range rx.All(t.Context(), src) {
			synctest.Wait()
			n++
			is.True(sent <= n+64)
		}
		is.Equal(n, 1000)
	})
}
