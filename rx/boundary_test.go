package rx_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// behind is a boundary whose observer is in a call, and so what is told to in
// waits or overflows; open lets the observer go.
type behind struct {
	in   *rx.Subject[int]
	sub  *rx.Subscription
	got  []int
	open func()
}

func newBehind(t *testing.T, capacity int, rule rx.Overflow, opts ...rx.BoundaryOption) *behind {
	t.Helper()
	b := &behind{in: rx.NewSubject[int]()}
	gate := make(chan struct{})
	b.open = func() { close(gate) }
	o := rx.Pipe1(b.in.Observable(), rx.ObserveOn[int](capacity, rule, opts...))
	b.sub = o.Subscribe(t.Context(), rx.OnNext(func(v int) {
		<-gate
		b.got = append(b.got, v)
	}))
	b.in.Next(0)
	synctest.Wait()
	return b
}

func TestBoundary_RulesAreExact(t *testing.T) {
	for _, c := range []struct {
		rule rx.Overflow
		want []int
		err  error
	}{
		{rx.DropNewest, []int{0, 1, 2, 3, 4}, nil},
		{rx.DropOldest, []int{0, 16, 17, 18, 19}, nil},
		{rx.Latest, []int{0, 19}, nil},
		{rx.Fail, []int{0, 1, 2, 3, 4}, rx.ErrOverflow},
	} {
		t.Run(c.rule.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				told := []uint64{}
				b := newBehind(t, 4, c.rule, rx.OnDrop(func(total uint64) { told = append(told, total) }))
				const sent = 20
				for i := 1; i < sent; i++ {
					b.in.Next(i)
				}
				is.Equal(b.in.HasObservers(), c.rule != rx.Fail) // the producer is let go
				b.in.Complete()
				b.open()
				<-b.sub.Done()
				is.Equal(b.got, c.want)
				is.Equal(b.sub.Err(), c.err)
				dropped := sent - len(c.want)
				if c.rule == rx.Fail {
					dropped = 1 // it hears no more of the others
				}
				is.Equal(b.sub.Dropped(), uint64(dropped))
				is.Equal(len(told), dropped)
				for i, n := range told {
					is.Equal(n, uint64(i+1))
				}
			})
		})
	}
}

func TestBoundary_BlockWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		b := newBehind(t, 2, rx.Block)
		sent := make(chan int, 10)
		go func() {
			for i := 1; i <= 5; i++ {
				b.in.Next(i)
				sent <- i
			}
			b.in.Complete()
		}()
		synctest.Wait()
		is.Equal(len(sent), 2)
		b.open()
		<-b.sub.Done()
		is.Equal(b.got, []int{0, 1, 2, 3, 4, 5})
		is.Equal(b.sub.Dropped(), uint64(0))
	})
}

func TestBoundary_UnsubscribeLetsABlockedProducerGo(t *testing.T) {
	for name, end := range map[string]func(b *behind, cancel func()){
		"unsubscribe": func(b *behind, _ func()) { b.sub.Unsubscribe() },
		"context":     func(_ *behind, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				b := &behind{in: rx.NewSubject[int]()}
				gate := make(chan struct{})
				b.sub = rx.Pipe1(b.in.Observable(), rx.ObserveOn[int](1, rx.Block)).
					Subscribe(ctx, rx.OnNext(func(int) { <-gate }))
				through := make(chan struct{})
				go func() {
					defer close(through)
					for i := range 10 {
						b.in.Next(i)
					}
				}()
				synctest.Wait()
				end(b, cancel)
				<-through // although the observer is still in its call
				close(gate)
				<-b.sub.Done()
			})
		})
	}
}

func TestBoundary_TerminalsComeBehindWhatWaits(t *testing.T) {
	boom := errors.New("boom")
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		b := newBehind(t, 8, rx.Block)
		b.in.Next(1)
		b.in.Next(2)
		b.in.Error(boom)
		b.open()
		<-b.sub.Done()
		is.Equal(b.got, []int{0, 1, 2})
		is.Equal(b.sub.Err(), boom)
	})
}

// An idle boundary holds no goroutine, and one that was used neither.
func TestBoundary_HoldsNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		s := rx.NewSubject[int]()
		got := 0
		var sub *rx.Subscription
		done := make(chan struct{})
		go func() {
			// What is started here is the bubble's; a drainer left over would keep it.
			defer close(done)
			sub = rx.Pipe1(s.Observable(), rx.ObserveOn[int](4, rx.Block)).Subscribe(t.Context(), rx.OnNext(func(int) { got++ }))
			for i := range 100 {
				s.Next(i)
			}
		}()
		<-done
		synctest.Wait()
		is.Equal(got, 100)
		is.True(s.HasObservers()) // it is subscribed still, and the bubble ends all the same
		_ = sub
	})
}

func TestBoundary_ObserverMayFeedItsOwnSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		s := rx.NewSubject[int]()
		var got []int
		sub := rx.Pipe1(s.Observable(), rx.ObserveOn[int](4, rx.Fail)).Subscribe(t.Context(), rx.OnNext(func(v int) {
			got = append(got, v)
			if v < 10 {
				s.Next(v + 1)
			} else {
				s.Complete()
			}
		}))
		s.Next(0)
		<-sub.Done()
		is.NoErr(sub.Err())
		is.Equal(len(got), 11)
	})
}

func TestBoundary_Configuration(t *testing.T) {
	is := is.New(t)
	for _, o := range []rx.Operator[int, int]{
		rx.ObserveOn[int](0, rx.Block),
		rx.ObserveOn[int](-1, rx.Fail),
		rx.ObserveOn[int](1, rx.Overflow(99)),
		rx.ObserveOn[int](1, rx.Block, rx.OnDrop(nil)),
	} {
		ran := false
		sub := o(rx.Source(func(*rx.Segment, rx.Observer[int]) { ran = true })).Subscribe(context.Background(), rx.Observer[int]{})
		<-sub.Done()
		is.True(errors.Is(sub.Err(), rx.ErrConfig))
		is.True(!ran)
	}
	is.Equal(rx.Overflow(99).String(), "Overflow(99)")
	sub := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		_, err := rx.NewBoundary(g, g, out, 1, rx.Fail)
		is.True(errors.Is(err, rx.ErrConfig)) // Fail would end the stream in silence
		b, err := rx.NewBoundary(g, nil, out, 0, rx.Latest)
		is.NoErr(err)
		is.Equal(b.Len(), 0)
	}).Subscribe(context.Background(), rx.Observer[int]{})
	sub.Unsubscribe()
}

// A stream that ended while its teardown is still on the way must not keep the
// drainer spinning.
func TestBoundary_EndsWithASlowTeardown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := rx.NewSubject[int]()
		o := rx.Pipe1(s.Observable(), rx.ObserveOn[int](4, rx.Block))
		sub := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			g.Add(func() { <-gate })
			o.Attach(g, out)
		}).Subscribe(t.Context(), rx.Observer[int]{})
		go sub.Unsubscribe()
		synctest.Wait()
		s.Next(1)
		s.Complete()
		synctest.Wait() // for ever, were it spinning
		close(gate)
		<-sub.Done()
	})
}
