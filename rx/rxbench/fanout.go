package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// fanOuts is one hot source with many observers; an event is one delivery.
func fanOuts() (all []work) {
	for _, observers := range []int{1, 10, 1000} {
		all = append(all, work{group: "fan-out", name: fmt.Sprintf("%d observers", observers), events: max(1<<16, observers<<10), ways: []way{
			{channels, func(n int) int { return channelFan(n/observers, observers) }},
			{ours, func(n int) int { return subjectFan(n/observers, observers) }},
			{samber, func(n int) int { return peerFan(n/observers, observers) }},
			{reactiveX, func(n int) int { return eventSourceFan(n/observers, observers) }},
		}})
	}
	return all
}

func subjectFan(values, observers int) int {
	s, sums := rx.NewSubject[int](), make([]int, observers)
	for i := range sums {
		s.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) { sums[i] += v }))
	}
	for v := range values {
		s.Next(v)
	}
	s.Complete()
	return total(sums)
}

func peerFan(values, observers int) int {
	s, sums := ro.NewPublishSubject[int](), make([]int, observers)
	for i := range sums {
		s.Subscribe(ro.NewObserver(func(v int) { sums[i] += v }, func(error) {}, func() {}))
	}
	for v := range values {
		s.Next(v)
	}
	s.Complete()
	return total(sums)
}

// channelFan has a goroutine and a channel for each observer.
func channelFan(values, observers int) int {
	sums, ends := make([]int, observers), make([]chan int, observers)
	var all sync.WaitGroup
	for i := range ends {
		ends[i] = make(chan int, capacity)
		all.Go(func() { // owner: this call; ends with its channel
			for v := range ends[i] {
				sums[i] += v
			}
		})
	}
	for v := range values {
		for _, ch := range ends {
			ch <- v
		}
	}
	for _, ch := range ends {
		close(ch)
	}
	all.Wait()
	return total(sums)
}

func eventSourceFan(values, observers int) int {
	in, sums := make(chan rxgo.Item, capacity), make([]int, observers)
	o := rxgo.FromEventSource(in, rxgo.WithBackPressureStrategy(rxgo.Block))
	var all sync.WaitGroup
	for i := range sums {
		items := o.Observe(rxgo.WithBufferedChannel(capacity))
		all.Go(func() { // owner: this call; ends with the source
			for item := range items {
				sums[i] += item.V.(int)
			}
		})
	}
	for v := range values {
		in <- rxgo.Of(v)
	}
	close(in)
	all.Wait()
	return total(sums)
}

func total(sums []int) (all int) {
	for _, v := range sums {
		all += v
	}
	return all
}
