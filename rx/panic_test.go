package rx_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

var errOuch = errors.New("ouch")

// caught is an operator that listens to errors: what it heard, and a completion
// instead. A retry is the same with another subscription.
func caught(heard *[]error) rx.Operator[int, int] {
	return func(src rx.Observable[int]) rx.Observable[int] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			src.Attach(g.Child(), rx.Observer[int]{Next: out.Next, Complete: out.Complete, Error: func(err error) {
				*heard = append(*heard, err)
				out.Complete()
			}})
		})
	}
}

func ouchAt(n int) rx.Operator[int, int] {
	return mapped(func(v int) int {
		if v == n {
			panic(errOuch)
		}
		return v
	})
}

func same(o rx.Observable[int]) rx.Observable[int] { return o }

func serialized(src rx.Observable[int]) rx.Observable[int] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		z := rx.NewSerial(g, out.Error, out.Next)
		src.Attach(g, rx.Observer[int]{Next: z.Push, Error: out.Error, Complete: out.Complete})
	})
}

func created(n int) rx.Observable[int] {
	return rx.Create(func(_ context.Context, out rx.Emitter[int]) {
		for i := range n {
			out.Next(i)
		}
		out.Complete()
	})
}

// late has a goroutine feed a subject after Subscribe.
func late(n int) rx.Observable[int] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		s := rx.NewSubject[int]()
		s.Observable().Attach(g, out)
		go func() { // owner: the test; ends by itself
			for i := range n {
				s.Next(i)
			}
			s.Complete()
		}()
	})
}

func replayed(n int) rx.Observable[int] {
	s := rx.NewReplaySubject[int](0)
	for i := range n {
		s.Next(i)
	}
	s.Complete()
	return s.Observable()
}

var chains = map[string]struct {
	src     rx.Observable[int]
	between rx.Operator[int, int]
}{
	"Create":        {created(5), same},
	"Subject":       {late(5), same},
	"ReplaySubject": {replayed(5), same},
	"Boundary":      {count(5), rx.ObserveOn[int](3, rx.Block)},
	"Serial":        {created(5), serialized},
	"Subject, Boundary, Serial": {late(5), func(o rx.Observable[int]) rx.Observable[int] {
		return serialized(rx.Pipe1(o, rx.ObserveOn[int](3, rx.Block)))
	}},
}

func TestPanic_InAnOperatorIsCatchableDownstream(t *testing.T) {
	for name, c := range chains {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var heard []error
			var got []int
			completed := false
			o := rx.Pipe3(c.src, c.between, ouchAt(2), caught(&heard))
			sub := o.Subscribe(context.Background(), rx.Observer[int]{
				Next:     func(v int) { got = append(got, v) },
				Error:    func(error) { is.Fail() },
				Complete: func() { completed = true },
			})
			<-sub.Done()
			is.Equal(got, []int{0, 1}) // and nothing behind the panic
			is.True(completed)
			is.NoErr(sub.Err())
			is.Equal(len(heard), 1)
			isPanic(is, heard[0])
		})
	}
}

func isPanic(is *is.I, err error) {
	is.Helper()
	var pe *rx.PanicError
	is.True(errors.As(err, &pe))
	is.True(errors.Is(err, errOuch))
	is.True(strings.Contains(string(pe.Stack), "_test.go"))
	is.True(strings.HasPrefix(err.Error(), "rx: "))
}

func TestPanic_InTheObserverIsNobodysElse(t *testing.T) {
	chains["plain"] = struct {
		src     rx.Observable[int]
		between rx.Operator[int, int]
	}{count(5), same}
	defer delete(chains, "plain")
	for name, c := range chains {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var heard []error
			var told error
			got, torn := 0, 0
			o := rx.Pipe3(c.src, c.between, mapped(func(v int) int { return v }), caught(&heard))
			sub := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
				g.Add(func() { torn++ })
				o.Attach(g, out)
			}).Subscribe(context.Background(), rx.Observer[int]{
				Next: func(v int) {
					if got++; v == 2 {
						panic(errOuch)
					}
				},
				Error:    func(err error) { told = err },
				Complete: func() { is.Fail() },
			})
			<-sub.Done()
			is.Equal(got, 3)
			is.Equal(len(heard), 0) // no operator heard of it
			isPanic(is, told)
			is.Equal(sub.Err(), told)
			is.Equal(torn, 1)
		})
	}
}

// An observer that subscribes to another stream whose operator panics has nothing
// to do with that.
func TestPanic_OfAnotherStreamInsideAnObserver(t *testing.T) {
	is := is.New(t)
	var inner error
	got := 0
	outer := count(3).Subscribe(context.Background(), rx.OnNext(func(int) {
		got++
		inner = rx.Pipe1(count(3), ouchAt(1)).Subscribe(context.Background(), rx.Observer[int]{}).Err()
	}))
	is.NoErr(outer.Err())
	is.Equal(got, 3)
	isPanic(is, inner)

	s := rx.NewSubject[int]()
	fed := rx.Pipe1(s.Observable(), ouchAt(1)).Subscribe(context.Background(), rx.Observer[int]{})
	outer = count(3).Subscribe(context.Background(), rx.OnNext(s.Next))
	is.NoErr(outer.Err())
	isPanic(is, fed.Err())
}

func TestPanic_OneObserverOfASubjectFailsAlone(t *testing.T) {
	is := is.New(t)
	s := rx.NewSubject[int]()
	var a, c []int
	s.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) { a = append(a, v) }))
	b := s.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) { panic(errOuch) }))
	var heard []error
	caughtSub := rx.Pipe2(s.Observable(), ouchAt(2), neverEnds(&heard)).Subscribe(context.Background(), rx.Observer[int]{})
	s.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) { c = append(c, v) }))
	for i := range 5 {
		s.Next(i)
	}
	isPanic(is, b.Err())
	is.Equal(a, []int{0, 1, 2, 3, 4})
	is.Equal(c, a)
	is.Equal(len(heard), 1) // and no value reached it behind the error
	var last []error
	rx.Pipe2(s.Observable(), ouchAt(9), neverEnds(&last)).Subscribe(context.Background(), rx.Observer[int]{})
	s.Next(9) // and no delivery behind it
	s.Error(errors.New("later"))
	is.Equal(len(heard), 1) // nor a second error
	is.Equal(len(last), 1)
	is.NoErr(caughtSub.Err())
	caughtSub.Unsubscribe()
	<-caughtSub.Done()
}

// neverEnds takes an error and lives on without closing anything; a Next behind
// the error is a mistake of the source.
func neverEnds(heard *[]error) rx.Operator[int, int] {
	return func(src rx.Observable[int]) rx.Observable[int] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			src.Attach(g, rx.Observer[int]{Complete: out.Complete, Next: func(v int) {
				if len(*heard) > 0 {
					panic("Next after Error")
				}
				out.Next(v)
			}, Error: func(err error) { *heard = append(*heard, err) }})
		})
	}
}

// What handles the error panics in turn: then nobody is left but the observer.
func TestPanic_InAnErrorHandlerEndsTheStream(t *testing.T) {
	for name, c := range chains {
		for what, src := range map[string]rx.Observable[int]{"panic": rx.Pipe2(c.src, c.between, ouchAt(1)), "error": failing(c.between)} {
			t.Run(name+"/"+what, func(t *testing.T) {
				is := is.New(t)
				calls := 0
				var told []error
				o := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
					src.Attach(g.Child(), rx.Observer[int]{Next: out.Next, Complete: out.Complete, Error: func(error) {
						calls++
						panic(errOuch)
					}})
				})
				sub := o.Subscribe(context.Background(), rx.Observer[int]{Error: func(err error) { told = append(told, err) }})
				<-sub.Done()
				is.Equal(calls, 1)
				is.Equal(len(told), 1)
				isPanic(is, told[0])
				isPanic(is, sub.Err())
			})
		}
	}
}

func failing(between rx.Operator[int, int]) rx.Observable[int] {
	return between(rx.Create(func(_ context.Context, out rx.Emitter[int]) {
		out.Next(1)
		out.Error(errors.New("first"))
	}))
}

func TestPanic_InTerminalsAndBehindTheEnd(t *testing.T) {
	is := is.New(t)
	sub := rx.Observable[int]{}.Subscribe(context.Background(), rx.Observer[int]{Complete: func() { panic(errOuch) }})
	isPanic(is, sub.Err())
	first := errors.New("rx: first")
	sub = rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { out.Error(first) }).
		Subscribe(context.Background(), rx.Observer[int]{Error: func(error) { panic(errOuch) }})
	isPanic(is, sub.Err())
	is.True(errors.Is(sub.Err(), first)) // joined
	// A panic after Unsubscribe is not lost either.
	var root *rx.Segment
	sub = rx.Source(func(g *rx.Segment, out rx.Observer[int]) { root = g; out.Next(1) }).
		Subscribe(context.Background(), rx.OnNext(func(int) { root.Close(); panic(errOuch) }))
	isPanic(is, sub.Err())
	// Nor is one of a Create that has completed.
	sub = rx.Create(func(_ context.Context, out rx.Emitter[int]) { out.Complete(); panic(errOuch) }).
		Subscribe(context.Background(), rx.Observer[int]{})
	isPanic(is, sub.Err())
}

// FailNow in a test's observer is runtime.Goexit.
func TestGoexit_EndsTheStream(t *testing.T) {
	is := is.New(t)
	for name, o := range map[string]rx.Observable[int]{
		"boundary": rx.Pipe1(count(5), rx.ObserveOn[int](3, rx.Block)),
		"turn": rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			time.AfterFunc(time.Microsecond, func() { g.Turn(out.Error, func() { out.Next(1) }) })
		}),
	} {
		sub := o.Subscribe(context.Background(), rx.OnNext(func(int) { runtime.Goexit() }))
		<-sub.Done()
		if sub.Err() == nil {
			t.Error(name)
		}
		is.True(strings.Contains(sub.Err().Error(), "Goexit"))
	}
}

func TestPanicError_Unwrap(t *testing.T) {
	is := is.New(t)
	is.Equal((&rx.PanicError{Value: errOuch}).Unwrap(), errOuch)
	is.NoErr((&rx.PanicError{Value: "text"}).Unwrap())
}
