package rx_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// printing prints what a stream tells.
func printing[T any](name string) rx.Observer[T] {
	return rx.Observer[T]{
		Next:     func(v T) { fmt.Println(name, v) },
		Error:    func(err error) { fmt.Println(name, "failed:", err) },
		Complete: func() { fmt.Println(name, "completed") },
	}
}

func ExampleCreate() {
	words := rx.Create(func(ctx context.Context, out rx.Emitter[string]) {
		for _, w := range []string{"one", "two", "three"} {
			if !out.Next(w) {
				return // nobody listens any more
			}
		}
		out.Complete()
	})
	words.Subscribe(context.Background(), printing[string]("heard"))
	// Output:
	// heard one
	// heard two
	// heard three
	// heard completed
}

func ExampleEmitter_OnClose() {
	ticks := rx.Create(func(_ context.Context, out rx.Emitter[string]) {
		t := time.AfterFunc(time.Hour, func() { out.Next("an hour has passed") })
		out.OnClose(func() { fmt.Println("stopped:", t.Stop()) })
	})
	ticks.Subscribe(context.Background(), rx.Observer[string]{}).Unsubscribe()
	// Output: stopped: true
}

func ExampleSource() {
	squares := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		for i := 1; i <= 3; i++ {
			if g.Closed() { // who loops, asks
				return
			}
			out.Next(i * i)
		}
		out.Complete()
	})
	squares.Subscribe(context.Background(), printing[int]("square"))
	// Output:
	// square 1
	// square 4
	// square 9
	// square completed
}

func ExampleObservable_Attach() {
	double := func(src rx.Observable[int]) rx.Observable[int] { // an operator
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			next := out.Next
			src.Attach(g, rx.Observer[int]{Next: func(v int) { next(2 * v) }, Error: out.Error, Complete: out.Complete})
		})
	}
	double(count(3)).Subscribe(context.Background(), printing[int]("doubled"))
	// Output:
	// doubled 0
	// doubled 2
	// doubled 4
	// doubled completed
}

func ExampleObservable_Subscribe() {
	ctx, cancel := context.WithCancelCause(context.Background())
	clicks := rx.NewSubject[int]()
	sub := clicks.Observable().Subscribe(ctx, rx.OnNext(func(n int) { fmt.Println("click", n) }))
	clicks.Next(1)
	cancel(errors.New("window closed"))
	<-sub.Done()
	clicks.Next(2) // nobody listens
	fmt.Println(sub.Err())
	// Output:
	// click 1
	// window closed
}

func ExampleSubscription() {
	s := rx.NewSubject[int]()
	sub := s.Observable().Subscribe(context.Background(), printing[int]("heard"))
	s.Next(1)
	sub.Unsubscribe()
	s.Next(2)
	<-sub.Done()
	fmt.Println(sub.Err(), sub.Dropped())
	// Output:
	// heard 1
	// <nil> 0
}

func ExampleSubject() {
	s := rx.NewSubject[string]()
	s.Next("nobody hears this")
	s.Observable().Subscribe(context.Background(), printing[string]("a"))
	s.Next("x")
	s.Observable().Subscribe(context.Background(), printing[string]("b"))
	s.Next("y")
	s.Complete()
	// Output:
	// a x
	// a y
	// b y
	// a completed
	// b completed
}

func ExampleBehaviorSubject() {
	state := rx.NewBehaviorSubject("idle")
	state.Next("dialing")
	state.Observable().Subscribe(context.Background(), printing[string]("state"))
	state.Next("ready")
	fmt.Println("now", state.Value())
	// Output:
	// state dialing
	// state ready
	// now ready
}

func ExampleReplaySubject() {
	log := rx.NewReplaySubject[int](2)
	for i := range 5 {
		log.Next(i)
	}
	log.Complete()
	log.Observable().Subscribe(context.Background(), printing[int]("late"))
	// Output:
	// late 3
	// late 4
	// late completed
}

func ExampleAll() {
	for v, err := range rx.All(context.Background(), count(1000)) {
		if err != nil {
			fmt.Println(err)
			break
		}
		if v == 3 {
			break // unsubscribes
		}
		fmt.Println(v)
	}
	// Output:
	// 0
	// 1
	// 2
}

func ExampleObserveOn() {
	prices := rx.NewSubject[int]()
	busy, free := make(chan int), make(chan bool)
	o := rx.Pipe1(prices.Observable(), rx.ObserveOn[int](2, rx.DropOldest,
		rx.OnDrop(func(total uint64) { fmt.Println("dropped so far:", total) })))
	sub := o.Subscribe(context.Background(), rx.Observer[int]{
		Next:     func(p int) { busy <- p; <-free }, // slow, on a goroutine of its own
		Complete: func() { fmt.Println("completed") },
	})
	prices.Next(1)
	fmt.Println("price", <-busy)
	for p := 2; p <= 5; p++ { // meanwhile nobody waits
		prices.Next(p)
	}
	prices.Complete()
	for range 2 {
		free <- true
		fmt.Println("price", <-busy)
	}
	free <- true
	<-sub.Done()
	fmt.Println("dropped:", sub.Dropped())
	// Output:
	// price 1
	// dropped so far: 1
	// dropped so far: 2
	// price 4
	// price 5
	// completed
	// dropped: 2
}

func ExampleBoundary() {
	// What an operator author does who has an input side to feed by hand.
	o := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		b, err := rx.NewBoundary(g, nil, out, 16, rx.Fail)
		if err != nil {
			out.Error(err)
			return
		}
		for i := range 3 {
			b.Next(i)
		}
		b.Complete()
	})
	<-o.Subscribe(context.Background(), printing[int]("crossed")).Done()
	// Output:
	// crossed 0
	// crossed 1
	// crossed 2
	// crossed completed
}

func ExampleSerial() {
	sum := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		total := 0 // touched by the handler only
		order := rx.NewSerial(g, out.Error, func(v int) { total += v })
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { order.Push(i) })
		}
		wg.Wait()
		out.Next(total)
		out.Complete()
	})
	sum.Subscribe(context.Background(), printing[int]("sum"))
	// Output:
	// sum 45
	// sum completed
}

func ExampleSegment_Child() {
	o := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		inner := g.Child() // ends before the rest does
		inner.Add(func() { fmt.Println("inner stream left") })
		out.Next(1)
		inner.Close()
		out.Next(2)
		out.Complete()
	})
	o.Subscribe(context.Background(), printing[int]("heard"))
	// Output:
	// heard 1
	// inner stream left
	// heard 2
	// heard completed
}

func ExampleSegment_Turn() {
	o := rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
		t := time.AfterFunc(time.Millisecond, func() {
			g.Turn(out.Error, func() {
				out.Next("from a timer")
				out.Complete()
			})
		})
		g.Add(func() { t.Stop() })
	})
	<-o.Subscribe(context.Background(), printing[string]("heard")).Done()
	// Output:
	// heard from a timer
	// heard completed
}

func ExamplePipe3() {
	o := rx.Pipe3(count(6),
		mapped(func(v int) int { return v * v }),
		filtered(func(v int) bool { return v%2 == 1 }),
		scanned(func(a, b int) int { return a + b }))
	o.Subscribe(context.Background(), printing[int]("sum of odd squares"))
	// Output:
	// sum of odd squares 1
	// sum of odd squares 10
	// sum of odd squares 35
	// sum of odd squares completed
}

func ExamplePanicError() {
	sub := rx.Pipe1(count(3), mapped(func(v int) int { return 10 / (v - 1) })).
		Subscribe(context.Background(), printing[int]("quotient"))
	var pe *rx.PanicError
	fmt.Println(errors.As(sub.Err(), &pe), len(pe.Stack) > 0)
	// Output:
	// quotient -10
	// quotient failed: rx: panic in user code: runtime error: integer divide by zero
	// true true
}

func ExampleOverflow() {
	for _, rule := range []rx.Overflow{rx.Block, rx.DropNewest, rx.DropOldest, rx.Latest, rx.Fail} {
		fmt.Println(rule)
	}
	// Output:
	// Block
	// DropNewest
	// DropOldest
	// Latest
	// Fail
}
