package main

import (
	"context"
	"runtime"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// held is what one subscription holds while it waits: heap and stacks.
type held struct{ bytes, goroutines float64 }

// holding makes n subscriptions of three operators on a hot source that stay.
type holding struct {
	who  string
	hold func(n int) (release func())
}

func holdings() []holding {
	return []holding{
		{channels, holdChannels},
		{ours, func(n int) func() { return holdOurs(context.Background(), n, passing) }},
		{"kalamrx, context", func(n int) func() {
			ctx, cancel := context.WithCancel(context.Background())
			release := holdOurs(ctx, n, passing)
			return func() { release(); cancel() }
		}},
		{"kalamrx, boundary", func(n int) func() {
			return holdOurs(context.Background(), n, rx.ObserveOn[int](capacity, rx.Fail))
		}},
		{samber, holdPeer},
		{reactiveX, holdRxGo},
	}
}

func passing(o rx.Observable[int]) rx.Observable[int] { return o }

func holdOurs(ctx context.Context, n int, last rx.Operator[int, int]) func() {
	s, o := hotPipeline()
	subs := make([]*rx.Subscription, n)
	for i := range subs {
		subs[i] = last(o).Subscribe(ctx, rx.OnNext(func(int) {}))
	}
	return func() {
		s.Complete()
		for _, sub := range subs {
			<-sub.Done()
		}
	}
}

func holdPeer(n int) func() {
	s, o := peerPipeline()
	subs := make([]ro.Subscription, n)
	for i := range subs {
		subs[i] = o.Subscribe(ro.NewObserver(func(int64) {}, func(error) {}, func() {}))
	}
	return func() {
		s.Complete()
		runtime.KeepAlive(subs)
	}
}

func holdRxGo(n int) func() {
	in := make([]chan rxgo.Item, n)
	items := make([]<-chan rxgo.Item, n)
	for i := range in {
		in[i] = make(chan rxgo.Item)
		items[i] = rxgo.FromChannel(in[i]).Map(tripledAny).Filter(evenAny).Scan(sumAny).Observe()
	}
	return func() {
		for i := range in {
			close(in[i])
			for range items[i] {
				continue // it closes
			}
		}
	}
}

// holdChannels has one goroutine and one channel each.
func holdChannels(n int) func() {
	in, done := make([]chan int, n), make(chan int)
	for i := range in {
		in[i] = make(chan int)
		go func() { // owner: who releases; ends with its channel
			acc := 0
			for v := range in[i] {
				acc = sum(acc, tripled(v))
			}
			done <- acc
		}()
	}
	return func() {
		for _, ch := range in {
			close(ch)
			<-done
		}
	}
}

// weigh holds n subscriptions and says what one takes.
func weigh(h holding, n int) held {
	before, goroutines := inUse(), runtime.NumGoroutine()
	release := h.hold(n)
	got := held{
		float64(int64(inUse())-int64(before)) / float64(n),
		float64(runtime.NumGoroutine()-goroutines) / float64(n),
	}
	release()
	return got
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first made free is counted out by the second
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
