package operators_test

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// depth is how deep the caller's stack is.
func depth() int { return runtime.Callers(0, make([]uintptr, 2000)) }

func TestConcatMap_ManySynchronousStreamsKeepTheStack(t *testing.T) {
	is := is.New(t)
	gate := rx.NewSubject[int]()
	n, deepest := 0, 0
	o := rx.Pipe1(operators.Range(0, 200_000), operators.ConcatMap(func(v int) rx.Observable[int] {
		if v == 0 {
			return gate.Observable() // all the others have to wait for it
		}
		return operators.Of(v)
	}))
	sub := o.Subscribe(t.Context(), rx.OnNext(func(int) {
		if n++; n%20_000 == 0 {
			deepest = max(deepest, depth())
		}
	}))
	is.Equal(n, 0)
	gate.Complete()
	<-sub.Done()
	is.Equal(n, 199_999)
	is.True(deepest < 100)
}

// An inner stream that is synchronous and endless is not queued: it stops when
// nobody wants more.
func TestFlatten_EndlessInnerStreamIsStopped(t *testing.T) {
	endless := func(int) rx.Observable[int] {
		return operators.FromSeq(func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
			}
		})
	}
	for name, op := range map[string]rx.Operator[int, int]{
		"SwitchMap": operators.SwitchMap(endless),
		"MergeMap":  operators.MergeMap(endless, 0),
		"ConcatMap": operators.ConcatMap(endless),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(play(rx.Pipe2(operators.Of(1, 2), op, operators.Take[int](3))), "0 1 2 |")
		})
	}
}

// The observer of an inner value makes the source switch: the endless inner
// stream that is on the stack gives way, and the stack does not grow.
func TestSwitchMap_SwitchingInsideTheObserver(t *testing.T) {
	is := is.New(t)
	src, first := rx.NewSubject[int](), rx.NewSubject[int]()
	n, deepest := 0, 0
	o := rx.Pipe1(src.Observable(), operators.SwitchMap(func(v int) rx.Observable[int] {
		if v == 0 {
			return first.Observable()
		}
		return operators.FromSeq(func(yield func(int) bool) {
			for yield(v) {
			}
		})
	}))
	const rounds = 20_000
	sub := rx.Pipe1(o, operators.Take[int](rounds)).Subscribe(t.Context(), rx.OnNext(func(v int) {
		is.Equal(v, n)
		n++
		deepest = max(deepest, depth())
		src.Next(n)
	}))
	src.Next(0)
	first.Next(0)
	<-sub.Done()
	is.Equal(n, rounds)
	is.True(deepest < 100)
}

func TestSwitchMap_LeavesTheInnerStreamBeforeTheNextBegins(t *testing.T) {
	is := is.New(t)
	var order []string
	src := rx.NewSubject[string]()
	o := rx.Pipe1(src.Observable(), operators.SwitchMap(func(s string) rx.Observable[string] {
		order = append(order, "+"+s)
		return rx.Pipe1(operators.Never[string](), operators.Finally[string](func() { order = append(order, "-"+s) }))
	}))
	sub := o.Subscribe(t.Context(), rx.Observer[string]{})
	src.Next("a")
	src.Next("b")
	sub.Unsubscribe()
	is.Equal(strings.Join(order, " "), "+a -a +b -b")
}

// What the inner stream before was just saying when the source switched is not
// heard any more.
func TestSwitchMap_LateValueOfTheFormerInnerStreamIsDropped(t *testing.T) {
	is := is.New(t)
	src := rx.NewSubject[int]()
	var former rx.Observer[int]
	r, sub := listen(rx.Pipe1(src.Observable(), operators.SwitchMap(func(v int) rx.Observable[int] {
		if v == 1 {
			return rx.Source(func(_ *rx.Segment, out rx.Observer[int]) { former = out })
		}
		said := make(chan struct{})
		go func() { // owner: this test; its turn began before the switch
			defer close(said)
			former.Next(77)
			former.Error(errBoom)
		}()
		<-said
		return operators.Of(v)
	})))
	src.Next(1)
	former.Next(5)
	src.Next(2)
	sub.Unsubscribe()
	is.Equal(r.String(), "5 2")
}

// fromGoroutine emits n values of a goroutine of its own, then completes.
func fromGoroutine[T any](n int, value func(int) T) rx.Observable[T] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
		go func() { // owner: the test; ends when n values are told or the stream ended
			for i := 0; i < n && !g.Closed(); i++ {
				g.Turn(out.Error, func() { out.Next(value(i)) })
			}
			g.Turn(out.Error, out.Complete)
		}()
	})
}

func count(i int) int { return i }

func TestMerge_GoroutinesAreSerialized(t *testing.T) {
	is := is.New(t)
	const each = 5000
	src := fromGoroutine(each, count)
	inside, total := atomic.Int32{}, 0
	sub := operators.Merge(src, src, src, src).Subscribe(t.Context(), rx.OnNext(func(int) {
		if inside.Add(1) != 1 {
			t.Error("two deliveries at once")
		}
		total++
		inside.Add(-1)
	}))
	<-sub.Done()
	is.Equal(total, 4*each)
	is.NoErr(sub.Err())
}

func TestMultiSource_GoroutinesEndInOrder(t *testing.T) {
	src := fromGoroutine(500, count)
	small := fromGoroutine(50, count)
	timeless := func(v int) rx.Observable[int] {
		return fromGoroutine(20, func(i int) int { return v*100 + i })
	}
	for name, o := range map[string]rx.Observable[int]{
		"CombineLatest2":  operators.CombineLatest2(src, src, sum),
		"WithLatestFrom":  rx.Pipe1(src, operators.WithLatestFrom(src, sum)),
		"TakeUntil":       rx.Pipe1(src, operators.TakeUntil[int](rx.Pipe1(small, operators.Skip[int](49)))),
		"SwitchMap":       rx.Pipe1(small, operators.SwitchMap(timeless)),
		"MergeMap":        rx.Pipe1(small, operators.MergeMap(timeless, 7)),
		"ConcatMap":       rx.Pipe1(small, operators.ConcatMap(timeless)),
		"Concat":          operators.Concat(src, src),
		"Merge and error": operators.Merge(src, rx.Pipe1(small, operators.ConcatMap(func(int) rx.Observable[int] { return operators.Throw[int](errBoom) }))),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for range 50 {
				r, sub := listen(o)
				<-sub.Done()
				s := r.String()
				is.True(strings.HasSuffix(s, "|") || strings.HasSuffix(s, "#boom"))
			}
		})
	}
}

func TestMergeMap_LosesNothingAcrossGoroutines(t *testing.T) {
	is := is.New(t)
	for _, limit := range []int{0, 1, 3} {
		total := 0
		o := rx.Pipe1(fromGoroutine(200, count), operators.MergeMap(func(v int) rx.Observable[int] {
			if v%2 == 0 {
				return operators.Of(1, 1)
			}
			return fromGoroutine(10, func(int) int { return 1 })
		}, limit))
		sub := o.Subscribe(t.Context(), rx.OnNext(func(v int) { total += v }))
		<-sub.Done()
		is.Equal(total, 100*2+100*10)
	}
}

// The last value's inner stream always wins, however the goroutines run.
func TestSwitchMap_LastInnerStreamWins(t *testing.T) {
	is := is.New(t)
	for range 100 {
		last := 0
		o := rx.Pipe1(fromGoroutine(50, count), operators.SwitchMap(func(v int) rx.Observable[int] {
			return fromGoroutine(5, func(int) int { return v })
		}))
		sub := o.Subscribe(t.Context(), rx.OnNext(func(v int) {
			if v < last {
				t.Errorf("%d after %d", v, last)
			}
			last = v
		}))
		<-sub.Done()
		is.Equal(last, 49)
	}
}
