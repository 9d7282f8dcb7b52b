package rx_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/kalamdb/kalamrx/rx"
)

// events is how many values one benchmark operation sends.
const events = 1 << 16

func count(n int) rx.Observable[int] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		for i := 0; i < n && !g.Closed(); i++ {
			out.Next(i)
		}
		out.Complete()
	})
}

// Three operators as package operators has them; that imports rx.
func mapped(f func(int) int) rx.Operator[int, int] {
	return func(src rx.Observable[int]) rx.Observable[int] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			next := out.Next
			src.Attach(g, rx.Observer[int]{Next: func(v int) { next(f(v)) }, Error: out.Error, Complete: out.Complete})
		})
	}
}

func filtered(f func(int) bool) rx.Operator[int, int] {
	return func(src rx.Observable[int]) rx.Observable[int] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			next := out.Next
			src.Attach(g, rx.Observer[int]{Error: out.Error, Complete: out.Complete, Next: func(v int) {
				if f(v) {
					next(v)
				}
			}})
		})
	}
}

func scanned(f func(a, b int) int) rx.Operator[int, int] {
	return func(src rx.Observable[int]) rx.Observable[int] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
			next, acc := out.Next, 0
			src.Attach(g, rx.Observer[int]{Error: out.Error, Complete: out.Complete, Next: func(v int) {
				acc = f(acc, v)
				next(acc)
			}})
		})
	}
}

func pipe3(src rx.Observable[int]) rx.Observable[int] {
	return rx.Pipe3(src,
		mapped(func(v int) int { return v*3 + 1 }),
		filtered(func(v int) bool { return v%2 == 0 }),
		scanned(func(a, b int) int { return a + b }))
}

func perEvent(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/event")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkPipe3(b *testing.B) {
	sum, o := 0, pipe3(count(events))
	b.ReportAllocs()
	for b.Loop() {
		o.Subscribe(context.Background(), rx.OnNext(func(v int) { sum ^= v }))
	}
	perEvent(b, events)
}

func BenchmarkCreate(b *testing.B) {
	sum := 0
	o := rx.Create(func(_ context.Context, out rx.Emitter[int]) {
		for i := 0; i < events && out.Next(i); i++ {
		}
		out.Complete()
	})
	for b.Loop() {
		o.Subscribe(context.Background(), rx.OnNext(func(v int) { sum ^= v }))
	}
	perEvent(b, events)
}

func BenchmarkBoundary(b *testing.B) {
	for _, rule := range []rx.Overflow{rx.Block, rx.DropNewest, rx.DropOldest, rx.Latest} {
		b.Run(rule.String(), func(b *testing.B) {
			sum := 0
			o := rx.Pipe1(count(events), rx.ObserveOn[int](256, rule))
			b.ReportAllocs()
			for b.Loop() {
				<-o.Subscribe(context.Background(), rx.OnNext(func(v int) { sum ^= v })).Done()
			}
			perEvent(b, events)
		})
	}
}

func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sum, s := 0, rx.NewSubject[int]()
			for range n {
				s.Observable().Subscribe(context.Background(), rx.OnNext(func(v int) { sum ^= v }))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				s.Next(i)
			}
			perEvent(b, n)
		})
	}
}

func BenchmarkSerial(b *testing.B) {
	rx.Source(func(g *rx.Segment, out rx.Observer[int]) {
		z := rx.NewSerial(g, out.Error, out.Next)
		for b.Loop() {
			z.Push(1)
		}
	}).Subscribe(context.Background(), rx.Observer[int]{})
}

// BenchmarkSubscribe is one life of three operators on a subject.
func BenchmarkSubscribe(b *testing.B) {
	o := pipe3(rx.NewSubject[int]().Observable())
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancellable": cancellable} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o.Subscribe(ctx, rx.Observer[int]{}).Unsubscribe()
			}
		})
	}
}

// BenchmarkIdle is what a subscription of three operators holds while it waits.
func BenchmarkIdle(b *testing.B) {
	const n = 10_000
	for name, o := range map[string]func(rx.Observable[int]) rx.Observable[int]{
		"3operators": pipe3,
		"3operators+boundary": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(pipe3(o), rx.ObserveOn[int](256, rx.Fail))
		},
	} {
		b.Run(name, func(b *testing.B) {
			subs := make([]*rx.Subscription, n)
			var bytes uint64
			for b.Loop() {
				s := rx.NewSubject[int]()
				before := inUse()
				for i := range subs {
					subs[i] = o(s.Observable()).Subscribe(context.Background(), rx.OnNext(func(int) {}))
				}
				bytes = inUse() - before
				runtime.KeepAlive(s)
				clear(subs)
			}
			b.ReportMetric(float64(bytes)/n, "B/sub")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
