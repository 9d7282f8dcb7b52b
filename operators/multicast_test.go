package operators_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

func TestShare_SubscribesOnceAndLeavesWithTheLast(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	o := rx.Pipe1(src.stream(), operators.Share[int]())
	is.Equal(src.joined(), 0)
	a, suba := listen(o)
	src.Next(1)
	b, subb := listen(o)
	src.Next(2)
	suba.Unsubscribe()
	src.Next(3)
	is.Equal(src.joined(), 1)
	is.Equal(src.live(), 1)
	subb.Unsubscribe()
	is.Equal(src.live(), 0)
	is.Equal(a.String(), "1 2")
	is.Equal(b.String(), "2 3")
	c, _ := listen(o) // anew
	src.Next(4)
	is.Equal(src.joined(), 2)
	is.Equal(c.String(), "4")
}

func TestShare_PanicOfOneObserverIsItsOwn(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	o := rx.Pipe1(src.stream(), operators.Share[int]())
	broken := o.Subscribe(t.Context(), rx.OnNext(func(int) { panic("bang") }))
	r, _ := listen(o)
	src.Next(1)
	<-broken.Done()
	src.Next(2)
	is.Equal(r.String(), "1 2")
	is.Equal(src.live(), 1)
}

func TestShare_EndsAsTheResetRulesSay(t *testing.T) {
	boom := func(p *probe[int]) { p.Error(errBoom) }
	over := func(p *probe[int]) { p.Complete() }
	keep := []operators.ShareOption{operators.WithResetOnError(false), operators.WithResetOnComplete(false)}
	replay := func(opts ...operators.ShareOption) rx.Operator[int, int] {
		return operators.ShareReplay[int](1, 0, opts...)
	}
	for _, c := range []struct {
		name  string
		op    rx.Operator[int, int]
		end   func(*probe[int])
		late  string // heard by who comes behind the end
		joins int
	}{
		{"share, error", operators.Share[int](), boom, "", 2},
		{"share, complete", operators.Share[int](), over, "", 2},
		{"share, error kept", operators.Share[int](keep...), boom, "#boom", 1},
		{"share, completion kept", operators.Share[int](keep...), over, "|", 1},
		{"replay, error", replay(), boom, "", 2},
		{"replay, completion kept", replay(), over, "2 |", 1},
		{"replay, error kept", replay(keep...), boom, "2 #boom", 1},
		{"replay, completion not kept", replay(operators.WithResetOnComplete(true)), over, "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			is := is.New(t)
			joins := 0
			src := newProbe[int]()
			now := src
			o := rx.Pipe1(operators.Defer(func() rx.Observable[int] { joins++; return now.stream() }), c.op)
			_, sub := listen(o)
			src.Next(1)
			src.Next(2)
			now = newProbe[int]()
			c.end(src)
			<-sub.Done()
			late, subl := listen(o)
			is.Equal(late.String(), c.late)
			is.Equal(joins, c.joins)
			subl.Unsubscribe()
			is.Equal(src.live()+now.live(), 0)
		})
	}
}

// Who subscribes again when told of the error finds a fresh source: so Retry below
// Share works.
func TestShare_SubscribingAgainInsideTheErrorBeginsAnew(t *testing.T) {
	is := is.New(t)
	o := rx.Pipe2(attempts(3), operators.Share[int](), operators.Retry[int](immediately(5)))
	is.Equal(play(o), "1 2 3 |")
}

func TestShare_WithoutResetOnZeroRunsOn(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	o := rx.Pipe1(src.stream(), operators.ShareReplay[int](1, 0, operators.WithResetOnZero(false)))
	_, sub := listen(o)
	sub.Unsubscribe()
	is.Equal(src.live(), 1)
	src.Next(5)
	r, _ := listen(o)
	is.Equal(r.String(), "5")
	is.Equal(src.joined(), 1)
	src.Complete()
	is.Equal(src.live(), 0)
}

func TestShare_GraceKeepsTheSourceForWhoComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		src := newProbe[int]()
		o := rx.Pipe1(src.stream(), operators.ShareReplay[int](1, 0, operators.WithGrace(time.Second)))
		_, sub := listen(o)
		src.Next(1)
		sub.Unsubscribe()
		time.Sleep(900 * time.Millisecond)
		is.Equal(src.live(), 1)
		src.Next(2) // nobody listens, but it is kept
		r, sub := listen(o)
		is.Equal(r.String(), "2")
		time.Sleep(5 * time.Second) // the timer of the first leave is of no effect
		is.Equal(src.live(), 1)
		sub.Unsubscribe()
		time.Sleep(999 * time.Millisecond)
		is.Equal(src.live(), 1)
		time.Sleep(time.Millisecond)
		synctest.Wait()
		is.Equal(src.live(), 0)
		r, sub = listen(o)
		is.Equal(r.String(), "") // what was kept is gone
		is.Equal(src.joined(), 2)
		sub.Unsubscribe()
		src.Complete() // ends the grace period
		is.Equal(src.live(), 0)
	})
}

func TestShareReplay_ForgetsByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		src := newProbe[int]()
		o := rx.Pipe1(src.stream(), operators.ShareReplay[int](0, time.Second))
		_, sub := listen(o)
		for v := range 4 {
			src.Next(v)
			time.Sleep(400 * time.Millisecond)
		}
		r, late := listen(o)
		is.Equal(r.String(), "2 3") // 0.8 and 0.4 s old
		late.Unsubscribe()
		sub.Unsubscribe()
	})
}

func TestConnectable_BeginsWhenToldTo(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	c := operators.Publish(src.stream())
	a, _ := listen(c.Observable())
	is.Equal(src.joined(), 0)
	first := c.Connect(t.Context())
	is.Equal(c.Connect(t.Context()), first) // it is connected
	b, _ := listen(c.Observable())
	src.Next(1)
	is.Equal(src.joined(), 1)
	first.Unsubscribe()
	is.Equal(src.live(), 0)
	src.Next(2)
	is.Equal(a.String(), "1")
	is.Equal(b.String(), "1")
	late, sub := listen(c.Observable())
	second := c.Connect(t.Context())
	src.Next(3)
	src.Complete()
	<-second.Done()
	<-sub.Done()
	is.Equal(late.String(), "3 |")
	is.Equal(a.String(), "1")
	is.Equal(src.joined(), 2)
}

func TestConnectable_ErrorIsToldAndConnectBeginsAnew(t *testing.T) {
	is := is.New(t)
	c := operators.Publish(attempts(2))
	a, _ := listen(c.Observable())
	is.Equal(c.Connect(t.Context()).Err().Error(), "attempt 1")
	is.Equal(a.String(), "1 #attempt 1")
	b, _ := listen(c.Observable())
	is.NoErr(c.Connect(t.Context()).Err())
	is.Equal(b.String(), "2 |")
}

func TestConnectable_EndedContextDoesNotConnect(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	c := operators.Publish(src.stream())
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBoom)
	is.Equal(c.Connect(ctx).Err(), errBoom)
	is.Equal(src.joined(), 0)
	sub := c.Connect(t.Context())
	is.Equal(src.live(), 1)
	sub.Unsubscribe()
}

func TestReplay_PlaysWhatWasKept(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	c := operators.Replay(src.stream(), 2, 0)
	sub := c.Connect(t.Context())
	for v := range 5 {
		src.Next(v)
	}
	r, _ := listen(c.Observable())
	is.Equal(r.String(), "3 4")
	sub.Unsubscribe()
	r, _ = listen(c.Observable())
	is.Equal(r.String(), "")
}

// Observers that come and go on many goroutines leave nothing behind, and none of
// them is left without a source.
func TestShare_ObserversComeAndGoConcurrently(t *testing.T) {
	const goroutines, rounds = 8, 300
	for name, opts := range map[string][]operators.ShareOption{
		"at once": nil,
		"grace":   {operators.WithGrace(time.Microsecond)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				p := newProbe[int]()
				src := operators.Merge(p.stream(), operators.Interval(time.Microsecond))
				o := rx.Pipe1(src, operators.Share[int](opts...))
				var group sync.WaitGroup
				for range goroutines {
					group.Go(func() { // owner: this test; ends after its rounds
						for range rounds {
							sub := rx.Pipe1(o, operators.Take[int](1)).Subscribe(t.Context(), rx.Observer[int]{})
							<-sub.Done() // else the source were missing
						}
					})
				}
				group.Wait()
				time.Sleep(time.Second) // a grace period may be left
				synctest.Wait()
				is.Equal(p.live(), 0)
			})
		})
	}
}

// A stream that both others of a Race and its own end may close is told of once.
func TestRace_SourcesOnManyGoroutines(t *testing.T) {
	is := is.New(t)
	for range 500 {
		subjects := []*probe[int]{newProbe[int](), newProbe[int](), newProbe[int]()}
		r, sub := listen(operators.Race(subjects[0].stream(), subjects[1].stream(), subjects[2].stream()))
		var group sync.WaitGroup
		for i, s := range subjects {
			group.Go(func() { // owner: this test; ends after two values and the terminal
				s.Next(i)
				s.Next(i)
				s.Complete()
			})
		}
		group.Wait()
		<-sub.Done()
		got := r.String()
		is.True(got == "0 0 |" || got == "1 1 |" || got == "2 2 |")
		for _, s := range subjects {
			is.Equal(s.live(), 0)
		}
	}
}
