package rx_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// heard is what a stream tells, as text: values, | and #.
func heard[T any](o rx.Observable[T]) (*string, *rx.Subscription) {
	var s string
	sub := o.Subscribe(context.Background(), rx.Observer[T]{
		Next:     func(v T) { s += fmt.Sprint(v) },
		Error:    func(err error) { s += "#" + err.Error() },
		Complete: func() { s += "|" },
	})
	return &s, sub
}

func TestSubject_IsHot(t *testing.T) {
	is := is.New(t)
	s := rx.NewSubject[int]()
	is.True(!s.HasObservers())
	s.Next(1)
	a, sub := heard(s.Observable())
	is.True(s.HasObservers())
	s.Next(2)
	b, _ := heard(s.Observable())
	s.Next(3)
	sub.Unsubscribe()
	s.Next(4)
	s.Complete()
	s.Next(5)
	s.Error(errors.New("late"))
	c, _ := heard(s.Observable())
	is.Equal(*a, "23")
	is.Equal(*b, "34|")
	is.Equal(*c, "|")
	is.True(!s.HasObservers())
}

func TestSubject_ErrorsReachThoseWhoComeLater(t *testing.T) {
	is := is.New(t)
	boom := errors.New("boom")
	s, b, r := rx.NewSubject[int](), rx.NewBehaviorSubject(7), rx.NewReplaySubject[int](2)
	for _, in := range []rx.Observer[int]{s.Observer(), b.Observer(), r.Observer()} {
		for i := range 3 {
			in.Next(i)
		}
		in.Error(boom)
		in.Complete()
	}
	for want, o := range map[string]rx.Observable[int]{
		"#boom": s.Observable(), "12#boom": r.Observable(),
	} {
		got, sub := heard(o)
		is.Equal(*got, want)
		is.Equal(sub.Err(), boom)
	}
	got, _ := heard(b.Observable())
	is.Equal(*got, "#boom") // a behaviour that has ended has no current value
	is.Equal(b.Value(), 2)
	n := rx.NewSubject[int]()
	got, _ = heard(n.Observable())
	n.Error(nil)
	is.Equal(*got, "|")
}

func TestReplaySubject_Windows(t *testing.T) {
	for size, want := range map[int]string{0: "01234|", -1: "01234|", 1: "4|", 2: "34|", 5: "01234|", 9: "01234|"} {
		is := is.New(t)
		r := rx.NewReplaySubject[int](size)
		for i := range 5 {
			r.Next(i)
		}
		got, _ := heard(r.Observable())
		r.Complete()
		is.Equal(*got, want)
		late, _ := heard(r.Observable())
		is.Equal(*late, want)
	}
}

// Notifications come to all in one order, those told by an observer behind the one
// in hand.
func TestSubject_Reentrancy(t *testing.T) {
	is := is.New(t)
	s := rx.NewSubject[int]()
	var log string
	var joined *string
	note := func(name string) func(int) { return func(v int) { log += fmt.Sprint(name, v, " ") } }
	s.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) {
		note("a")(v)
		if v == 1 {
			joined, _ = heard(s.Observable())
			s.Next(2)
			s.Complete()
			s.Next(3)
		}
	}))
	s.Observable().Subscribe(context.Background(), rx.OnNext(note("b")))
	s.Next(1)
	is.Equal(log, "a1 b1 a2 b2 ")
	is.Equal(*joined, "2|")
}

func TestSubject_UnsubscribeOthersInsideNext(t *testing.T) {
	is := is.New(t)
	s := rx.NewSubject[int]()
	var subs [3]*rx.Subscription
	var got [3]int
	for i := range subs {
		subs[i] = s.Observable().Subscribe(context.Background(), rx.OnNext(func(int) {
			got[i]++
			for _, sub := range subs {
				sub.Unsubscribe()
			}
		}))
	}
	s.Next(1)
	s.Next(2)
	is.Equal(got, [3]int{1, 0, 0})
	for _, sub := range subs {
		<-sub.Done()
	}
}

func TestReplaySubject_UnsubscribeInsideTheReplay(t *testing.T) {
	is := is.New(t)
	r := rx.NewReplaySubject[int](0)
	for i := range 5 {
		r.Next(i)
	}
	var root *rx.Segment
	got := 0
	sub := rx.Source(func(g *rx.Segment, out rx.Observer[int]) { root = g; r.Observable().Attach(g, out) }).
		Subscribe(context.Background(), rx.OnNext(func(v int) {
			if got++; v == 2 {
				root.Close()
			}
		}))
	<-sub.Done()
	is.Equal(got, 3)
	is.True(!r.HasObservers())
}

// Nobody holds on to those who left a subject that nobody feeds.
func TestSubject_LeavingLeavesNoMemory(t *testing.T) {
	is := is.New(t)
	s := rx.NewSubject[int]()
	stay, _ := heard(s.Observable())
	before := inUse()
	for range 200_000 {
		s.Observable().Subscribe(context.Background(), rx.Observer[int]{}).Unsubscribe()
	}
	is.True(int64(inUse()-before) < 1<<20)
	s.Next(1)
	is.Equal(*stay, "1")
}

func TestPerEvent_NothingIsAllocated(t *testing.T) {
	is := is.New(t)
	s := rx.NewSubject[int]()
	sum := 0
	for range 10 {
		pipe3(s.Observable()).Subscribe(context.Background(), rx.OnNext(func(v int) { sum ^= v }))
	}
	is.Equal(testing.AllocsPerRun(1000, func() { s.Next(1) }), 0.0)
	b, r := rx.NewBehaviorSubject(0), rx.NewReplaySubject[int](8)
	for _, in := range []rx.Observer[int]{b.Observer(), r.Observer()} {
		is.Equal(testing.AllocsPerRun(1000, func() { in.Next(1) }), 0.0)
	}
	var emit rx.Emitter[int]
	rx.Create(func(_ context.Context, out rx.Emitter[int]) { emit = out }).
		Subscribe(context.Background(), rx.OnNext(func(v int) { sum ^= v }))
	is.Equal(testing.AllocsPerRun(1000, func() { emit.Next(1) }), 0.0)
}

func TestPerSubscription_Allocations(t *testing.T) {
	is := is.New(t)
	o := pipe3(rx.NewSubject[int]().Observable())
	obs := rx.OnNext(func(int) {})
	is.True(testing.AllocsPerRun(1000, func() { o.Subscribe(context.Background(), obs).Unsubscribe() }) <= 10)
}

func TestCreate_Contract(t *testing.T) {
	is := is.New(t)
	var emit rx.Emitter[int]
	var ended context.Context
	closed := 0
	o := rx.Create(func(ctx context.Context, out rx.Emitter[int]) {
		emit, ended = out, ctx
		out.OnClose(func() { closed++ })
	})
	got, sub := heard(o)
	is.True(emit.Next(1))
	is.True(!emit.Closed())
	emit.Complete()
	is.True(!emit.Next(2)) // ignored, and said so
	emit.Error(errors.New("late"))
	is.True(emit.Closed())
	<-sub.Done()
	is.Equal(*got, "1|")
	is.Equal(closed, 1)
	is.True(ended.Err() != nil)
	emit.OnClose(func() { closed++ })
	is.Equal(closed, 2)

	got, sub = heard(o)
	sub.Unsubscribe()
	is.True(!emit.Next(1))
	is.True(ended.Err() != nil)
	is.Equal(*got, "")

	got, _ = heard(o)
	emit.Error(nil)
	is.Equal(*got, "|")
}
