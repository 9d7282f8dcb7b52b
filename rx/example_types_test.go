package rx_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// Only the members that are set are called.
func ExampleObserver() {
	s := rx.NewSubject[int]()
	s.Observable().Subscribe(context.Background(), rx.Observer[int]{
		Next:     func(n int) { fmt.Println("next", n) },
		Complete: func() { fmt.Println("completed") },
	})
	s.Next(1)
	s.Complete()
	s.Next(2) // nothing follows a terminal
	// Output:
	// next 1
	// completed
}

// An operator made of others is a function like them.
func ExampleOperator() {
	var shout rx.Operator[string, string] = func(o rx.Observable[string]) rx.Observable[string] {
		return rx.Pipe2(o, operators.Map(strings.ToUpper), operators.Map(func(s string) string { return s + "!" }))
	}
	rx.Pipe1(operators.Of("go", "zig"), shout).Subscribe(context.Background(), printing[string]("heard"))
	// Output:
	// heard GO!
	// heard ZIG!
	// heard completed
}

// An error that nobody listens to is still found.
func ExampleOnNext() {
	s := rx.NewSubject[int]()
	sub := s.Observable().Subscribe(context.Background(), rx.OnNext(func(n int) { fmt.Println("next", n) }))
	s.Next(1)
	s.Error(errors.New("out of paper"))
	<-sub.Done()
	fmt.Println(sub.Err())
	// Output:
	// next 1
	// out of paper
}

// A subject that listens to a cold source gives one run of it to many.
func ExampleNewSubject() {
	shared := rx.NewSubject[int]()
	shared.Observable().Subscribe(context.Background(), printing[int]("a"))
	shared.Observable().Subscribe(context.Background(), printing[int]("b"))
	operators.Of(7).Subscribe(context.Background(), shared.Observer())
	// Output:
	// a 7
	// b 7
	// a completed
	// b completed
}

func ExampleNewBehaviorSubject() {
	level := rx.NewBehaviorSubject(50)
	fmt.Println(level.Value(), level.HasObservers())
	level.Observable().Subscribe(context.Background(), printing[int]("level"))
	level.Next(60)
	fmt.Println(level.Value(), level.HasObservers())
	// Output:
	// 50 false
	// level 50
	// level 60
	// 60 true
}

// Below one it remembers everything.
func ExampleNewReplaySubject() {
	for _, n := range []int{1, 0} {
		log := rx.NewReplaySubject[string](n)
		for _, line := range []string{"start", "work", "stop"} {
			log.Next(line)
		}
		log.Observable().Subscribe(context.Background(), printing[string](strconv.Itoa(n)))
	}
	// Output:
	// 1 stop
	// 0 start
	// 0 work
	// 0 stop
}

func ExampleNewBoundary() {
	o := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		if _, err := rx.NewBoundary(g, nil, out, 0, rx.DropOldest); err != nil {
			out.Error(err)
		}
	})
	sub := o.Subscribe(context.Background(), rx.Observer[int]{})
	fmt.Println(sub.Err(), errors.Is(sub.Err(), rx.ErrConfig))
	// Output: rx: bad configuration: boundary of capacity 0 true
}

// What is pushed while a value is being handled is handled after it.
func ExampleNewSerial() {
	o := rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		var order *rx.Serial[int]
		order = rx.NewSerial(g, out.Error, func(n int) {
			if n > 0 {
				order.Push(n - 1) // not a recursion
			}
			out.Next(n)
		})
		order.Push(3)
		out.Complete()
	})
	o.Subscribe(context.Background(), printing[int]("countdown"))
	// Output:
	// countdown 3
	// countdown 2
	// countdown 1
	// countdown 0
	// countdown completed
}

// Options are values, to be kept and passed on; one that is impossible ends the stream at once.
func ExampleBoundaryOption() {
	for _, report := range []func(uint64){func(total uint64) { fmt.Println("lost", total) }, nil} {
		opts := []rx.BoundaryOption{rx.OnDrop(report)}
		sub := rx.Pipe1(count(2), rx.ObserveOn[int](2, rx.DropNewest, opts...)).
			Subscribe(context.Background(), rx.Observer[int]{})
		<-sub.Done()
		fmt.Println(sub.Err(), errors.Is(sub.Err(), rx.ErrConfig))
	}
	// Output:
	// <nil> false
	// rx: bad configuration: OnDrop without a function true
}

func ExampleOnDrop() {
	s := rx.NewSubject[int]()
	busy, free := make(chan int), make(chan bool)
	lost := rx.OnDrop(func(total uint64) { fmt.Println("lost", total) })
	sub := rx.Pipe1(s.Observable(), rx.ObserveOn[int](1, rx.DropNewest, lost)).
		Subscribe(context.Background(), rx.OnNext(func(n int) { busy <- n; <-free }))
	s.Next(1)
	fmt.Println("busy with", <-busy)
	s.Next(2) // waits
	s.Next(3)
	s.Next(4)
	sub.Unsubscribe()
	free <- true
	<-sub.Done()
	fmt.Println("dropped", sub.Dropped())
	// Output:
	// busy with 1
	// lost 1
	// lost 2
	// dropped 2
}

func ExamplePipe1() {
	o := rx.Pipe1(operators.Of(1, 2), operators.Map(strconv.Itoa)) // ints to strings
	o.Subscribe(context.Background(), printing[string]("text"))
	// Output:
	// text 1
	// text 2
	// text completed
}

// The operator that is named first is the nearest to the source.
func ExamplePipe2() {
	double := operators.Map(func(n int) int { return 2 * n })
	big := operators.Filter(func(n int) bool { return n > 2 })
	rx.Pipe2(operators.Of(1, 2, 3), double, big).Subscribe(context.Background(), printing[int]("double, then big:"))
	rx.Pipe2(operators.Of(1, 2, 3), big, double).Subscribe(context.Background(), printing[int]("big, then double:"))
	// Output:
	// double, then big: 4
	// double, then big: 6
	// double, then big: completed
	// big, then double: 6
	// big, then double: completed
}

func ExamplePipe4() {
	o := rx.Pipe4(operators.Of("3", "x", "4", "4", "5"),
		operators.Filter(func(s string) bool { return s != "x" }),
		operators.Map(func(s string) int { n, _ := strconv.Atoi(s); return n }),
		operators.DistinctUntilChanged,
		operators.Take[int](2))
	o.Subscribe(context.Background(), printing[int]("number"))
	// Output:
	// number 3
	// number 4
	// number completed
}
