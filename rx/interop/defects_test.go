package interop_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
	"github.com/reactivex/rxgo/v2"
)

// These tests hold the list in the package's documentation to RxGo v2.5.0: each
// passes because RxGo is wrong there.

// waiting says whether an RxGo channel has neither an item nor an end.
func waiting(items <-chan rxgo.Item) bool {
	synctest.Wait()
	select {
	case <-items:
		return false
	default:
		return true
	}
}

// received are the items that come until the end.
func received(o rxgo.Observable, opts ...rxgo.Option) (all []any) {
	for item := range o.Observe(opts...) {
		all = append(all, item.V)
	}
	return all
}

func TestRxGo_TakeCompletesOneItemLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		in := make(chan rxgo.Item, 3)
		items := rxgo.FromChannel(in).Take(1, rxgo.WithBufferedChannel(3)).Observe()
		in <- rxgo.Of(1)
		is.Equal((<-items).V, 1)
		is.True(waiting(items)) // it has all it takes
		in <- rxgo.Of(2)
		is.True(!waiting(items))
		close(in)
	})
}

func TestRxGo_FlatMapIsConcatMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		slowFirst := func(i rxgo.Item) rxgo.Observable {
			return rxgo.Defer([]rxgo.Producer{func(_ context.Context, next chan<- rxgo.Item) {
				<-time.After(time.Duration(3-i.V.(int)) * time.Second)
				next <- i
			}})
		}
		start := time.Now()
		is.Equal(received(rxgo.Just(1, 2)().FlatMap(slowFirst)), []any{1, 2}) // merged: 2, 1
		is.Equal(time.Since(start), 3*time.Second)                            // merged: 2 s
	})
}

func TestRxGo_DebounceLosesWhatIsPendingAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		in := make(chan rxgo.Item, 1)
		items := rxgo.FromChannel(in).Debounce(rxgo.WithDuration(time.Second)).Observe()
		in <- rxgo.Of(1)
		synctest.Wait()
		close(in)
		_, open := <-items
		is.True(!open)
	})
}

func TestRxGo_ForEachCompletesWhatFailed(t *testing.T) {
	is := is.New(t)
	failed, completed := 0, 0
	<-rxgo.Thrown(errors.New("boom")).ForEach(func(any) {}, func(error) { failed++ }, func() { completed++ })
	is.Equal(failed, 1)
	is.Equal(completed, 1)
}

func TestRxGo_ObserversOfAChannelSplitIt(t *testing.T) {
	is := is.New(t)
	in := make(chan rxgo.Item, 2)
	in <- rxgo.Of(1)
	in <- rxgo.Of(2)
	close(in)
	o := rxgo.FromChannel(in)
	a, b := o.Observe(), o.Observe()
	is.Equal((<-a).V, 1)
	is.Equal((<-b).V, 2)
}

func TestRxGo_CreateRunsOnceAndBeforeItIsObserved(t *testing.T) {
	is := is.New(t)
	runs := make(chan int, 2)
	boom := errors.New("boom")
	o := rxgo.Create([]rxgo.Producer{func(_ context.Context, next chan<- rxgo.Item) {
		runs <- 1
		next <- rxgo.Error(boom)
	}})
	is.Equal(<-runs, 1) // nobody observes
	got := received(o.Retry(3, func(error) bool { return true }))
	is.Equal(len(got), 0)  // the error is swallowed
	is.Equal(len(runs), 0) // and nothing was retried
}

func TestRxGo_ACancelledRangeNeverEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ctx, cancel := context.WithCancel(t.Context())
		items := rxgo.Range(0, 10).Observe(rxgo.WithContext(ctx))
		is.Equal((<-items).V, 0)
		cancel()
		synctest.Wait()
		is.True(waiting(items))
	})
}

func TestRxGo_JustFlattensASlice(t *testing.T) {
	is := is.New(t)
	is.Equal(received(rxgo.Just([]int{1, 2})()), []any{1, 2}) // one item of type []int was said
}

func TestRxGo_ConcatIsForOneObserver(t *testing.T) {
	is := is.New(t)
	o := rxgo.Concat([]rxgo.Observable{rxgo.Just(1)(), rxgo.Just(2)()}, rxgo.WithBufferedChannel(8))
	is.Equal(len(received(o)), 2)
	is.Equal(len(received(o)), 0)
}

func TestRxGo_ElementsAfterAnErrorGoOn(t *testing.T) {
	is := is.New(t)
	in := make(chan rxgo.Item, 3)
	in <- rxgo.Error(errors.New("boom"))
	in <- rxgo.Of(2)
	close(in)
	is.Equal(received(rxgo.FromChannel(in)), []any{nil, 2})
}

func TestRxGo_SkipLastIsTake(t *testing.T) {
	is := is.New(t)
	is.Equal(received(rxgo.Just(1, 2, 3)().SkipLast(2, rxgo.WithBufferedChannel(8))), []any{1, 2}) // not [1]
}

func TestRxGo_TakeLastGoesOnBehindTheError(t *testing.T) {
	is := is.New(t)
	is.Equal(received(failing(1, 2).TakeLast(1)), []any{nil, 2})
}

func TestRxGo_CountSwallowsErrors(t *testing.T) {
	is := is.New(t)
	item := <-failing(1, 2).Count().Observe()
	is.NoErr(item.E)
	is.Equal(item.V, int64(2))
}

// failing emits values, then an error.
func failing(values ...int) rxgo.Observable {
	in := make(chan rxgo.Item, len(values)+1)
	for _, v := range values {
		in <- rxgo.Of(v)
	}
	in <- rxgo.Error(errors.New("boom"))
	close(in)
	return rxgo.FromChannel(in)
}
