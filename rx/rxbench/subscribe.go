package main

import (
	"context"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// subscribing is subscribing to three operators on a hot source and leaving; an
// event is one time. It counts the subscriptions.
func subscribing() []work {
	return []work{{group: "subscribe", name: "3 operators, and leave", events: 1 << 10, ways: []way{
		{channels, subscribeChannels},
		{ours, func(n int) int { return subscribeOurs(context.Background(), n) }},
		{"kalamrx, context", func(n int) int {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			return subscribeOurs(ctx, n)
		}},
		{samber, subscribePeer},
		{reactiveX, subscribeRxGo},
	}}}
}

func hotPipeline() (*rx.Subject[int], rx.Observable[int]) {
	s := rx.NewSubject[int]()
	return s, rx.Pipe3(s.Observable(), operators.Map(tripled), operators.Filter(even), operators.Scan(0, sum))
}

func subscribeOurs(ctx context.Context, n int) (made int) {
	_, o := hotPipeline()
	for range n {
		o.Subscribe(ctx, rx.Observer[int]{}).Unsubscribe()
		made++
	}
	return made
}

func peerPipeline() (ro.Subject[int64], ro.Observable[int64]) {
	s := ro.NewPublishSubject[int64]()
	return s, ro.Pipe3(s.AsObservable(), ro.Map(tripled64), ro.Filter(even64), ro.Scan(sum64, int64(0)))
}

func subscribePeer(n int) (made int) {
	s, o := peerPipeline()
	defer s.Complete()
	for range n {
		o.Subscribe(ro.NewObserver(func(int64) {}, func(error) {}, func() {})).Unsubscribe()
		made++
	}
	return made
}

// subscribeRxGo leaves by ending the source: RxGo has no unsubscription.
func subscribeRxGo(n int) (made int) {
	for range n {
		in := make(chan rxgo.Item)
		items := rxgo.FromChannel(in).Map(tripledAny).Filter(evenAny).Scan(sumAny).Observe()
		close(in)
		for range items {
			made--
		}
		made++
	}
	return made
}

// subscribeChannels is a goroutine that has the three steps in it.
func subscribeChannels(n int) (made int) {
	for range n {
		in, done := make(chan int), make(chan int)
		go func() { // owner: this call; ends with in
			acc := 0
			for v := range in {
				if v = tripled(v); even(v) {
					acc = sum(acc, v)
				}
			}
			done <- 1
		}()
		close(in)
		made += <-done
	}
	return made
}
