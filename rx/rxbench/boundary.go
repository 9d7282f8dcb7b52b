package main

import (
	"context"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

const capacity = 256 // of a boundary

// boundaries is a producer and an observer on goroutines of their own.
func boundaries() []work {
	const group = "boundary"
	return []work{
		{group: group, name: "Block", events: 1 << 17, ways: []way{
			{channels, channelEdge},
			{"channel, select", selectEdge},
			typed(crossing(rx.Block), same),
			peer(func(n int) ro.Observable[int64] {
				return ro.Pipe1(ro.Range(0, int64(n)), ro.ObserveOn[int64](capacity))
			}, narrow),
			untyped(func(n int) rxgo.Observable { return rxgo.Range(0, n, rxgo.WithBufferedChannel(capacity)) }, unboxed),
			{"RxGo, event source", eventSource},
		}},
		{group: group, name: "DropNewest", events: 1 << 17, ways: []way{
			{channels, dropNewestEdge}, counted(rx.DropNewest),
		}},
		{group: group, name: "DropOldest", events: 1 << 17, ways: []way{
			{channels, dropOldestEdge}, counted(rx.DropOldest),
		}},
		{group: group, name: "Latest", events: 1 << 17, ways: []way{
			{channels, latestEdge}, counted(rx.Latest),
		}},
		{group: group, name: "Fail, with room", events: 1 << 12, ways: []way{
			{channels, func(n int) int { return channelOf(n, n) }},
			typed(func(n int) rx.Observable[int] {
				return rx.Pipe1(operators.Range(0, n), operators.OnBackpressureBuffer[int](n, rx.Fail))
			}, same),
		}},
	}
}

func crossing(rule rx.Overflow) func(n int) rx.Observable[int] {
	return func(n int) rx.Observable[int] {
		return rx.Pipe1(operators.Range(0, n), operators.OnBackpressureBuffer[int](capacity, rule))
	}
}

// counted is a boundary that drops: what came and what was dropped is all there was.
func counted(rule rx.Overflow) way {
	return way{ours, func(n int) int {
		came := 0
		sub := crossing(rule)(n).Subscribe(context.Background(), rx.OnNext(func(int) { came++ }))
		<-sub.Done()
		return came + int(sub.Dropped())
	}}
}

func channelEdge(n int) int { return channelOf(n, capacity) }

func channelOf(n, size int) (x int) {
	ch := make(chan int, size)
	go func() { // owner: this call; ends when all is sent
		defer close(ch)
		for i := range n {
			ch <- i
		}
	}()
	for v := range ch {
		x = fold(x, v)
	}
	return x
}

// selectEdge is a channel whose both ends heed a context.
func selectEdge(n int) (x int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ch := make(chan int, capacity)
	go func() { // owner: this call; ends when all is sent
		defer close(ch)
		for i := range n {
			select {
			case ch <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case v, ok := <-ch:
			if !ok {
				return x
			}
			x = fold(x, v)
		case <-ctx.Done():
			return x
		}
	}
}

func eventSource(n int) (x int) {
	in := make(chan rxgo.Item, capacity)
	o := rxgo.FromEventSource(in, rxgo.WithBackPressureStrategy(rxgo.Block))
	items := o.Observe(rxgo.WithBufferedChannel(capacity))
	go func() { // owner: this call; ends when all is sent
		defer close(in)
		for i := range n {
			in <- rxgo.Of(i)
		}
	}()
	for item := range items {
		x = fold(x, item.V.(int))
	}
	return x
}

// received counts what comes of a channel while send runs.
func received(size int, send func(ch chan int) (dropped int)) int {
	ch, dropped := make(chan int, size), make(chan int, 1)
	go func() { // owner: this call; ends when send does
		defer close(ch)
		dropped <- send(ch)
	}()
	n := 0
	for range ch {
		n++
	}
	return n + <-dropped
}

func dropNewestEdge(n int) int {
	return received(capacity, func(ch chan int) (dropped int) {
		for i := range n {
			select {
			case ch <- i:
			default:
				dropped++
			}
		}
		return dropped
	})
}

func dropOldestEdge(n int) int { return received(capacity, replacing(n)) }
func latestEdge(n int) int     { return received(1, replacing(n)) }

// replacing makes room by taking out what is oldest.
func replacing(n int) func(ch chan int) int {
	return func(ch chan int) (dropped int) {
		for i := range n {
			for sent := false; !sent; {
				select {
				case ch <- i:
					sent = true
				default:
					select {
					case <-ch:
						dropped++
					default:
					}
				}
			}
		}
		return dropped
	}
}
