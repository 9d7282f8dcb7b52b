package operators_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
	"github.com/reactivex/rxgo/v2"
)

// outcome is what a stream had to say.
type outcome struct {
	values []int
	err    error
}

func (o outcome) String() string { return fmt.Sprint(o.values, " ", o.err) }

func (o outcome) equal(p outcome) bool { return slices.Equal(o.values, p.values) && o.err == p.err }

// gathered is the outcome of a stream of ours.
func gathered(o rx.Observable[int]) (all outcome) {
	sub := o.Subscribe(context.Background(), rx.OnNext(func(v int) { all.values = append(all.values, v) }))
	<-sub.Done()
	all.err = sub.Err()
	return all
}

// observed is the outcome of an RxGo observable, to its first error.
func observed(o rxgo.Observable) (all outcome) {
	for item := range o.Observe(roomy()) {
		switch {
		case all.err != nil:
		case item.E != nil:
			all.err = item.E
		default:
			all.values = append(all.values, item.V.(int))
		}
	}
	return all
}

// roomy has RxGo's channels hold all a test has to say: what its Take and TakeWhile
// leave behind would otherwise wait for ever to send.
func roomy() rxgo.Option { return rxgo.WithBufferedChannel(4096) }

// rxgoOf emits values, and then fails if err is not nil.
func rxgoOf(values []int, err error) rxgo.Observable {
	ch := make(chan rxgo.Item, len(values)+1)
	for _, v := range values {
		ch <- rxgo.Of(v)
	}
	if err != nil {
		ch <- rxgo.Error(err)
	}
	close(ch)
	return rxgo.FromChannel(ch)
}

// oursOf is the same of ours.
func oursOf(values []int, err error) rx.Observable[int] {
	if err == nil {
		return operators.From(values)
	}
	return operators.Concat(operators.From(values), operators.Throw[int](err))
}

// TestDifferential_RxGo compares with RxGo v2.5.0 the operators it has and has
// right, one by one and in random pipelines, on sources that complete or fail.
// Those it has wrong are listed in package rx/interop.
func TestDifferential_RxGo(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	all := slices.Concat(steps(), positionSteps(), aggregateSteps(), groupSteps())
	for round := range 300 + len(all) {
		values := make([]int, random.IntN(50))
		for i := range values {
			values[i] = random.IntN(10)
		}
		chosen := []step{all[round%len(all)]} // each by itself at first
		for round >= len(all) && len(chosen) < 1+round%5 {
			chosen = append(chosen, all[random.IntN(len(all))])
		}
		var err error
		if random.IntN(3) == 0 && !slices.ContainsFunc(chosen, func(s step) bool { return s.early }) {
			err = errBoom
		}
		ours, theirs, names := oursOf(values, err), rxgoOf(values, err), ""
		for _, s := range chosen {
			n := random.IntN(12)
			names += fmt.Sprintf(" %s(%d)", s.name, n)
			ours, theirs = s.ours(ours, n), s.theirs(theirs, n)
		}
		if want, got := observed(theirs), gathered(ours); !got.equal(want) {
			t.Fatalf("seed %d, round %d, %v %v:%s\nRxGo %v\nours %v", seed, round, values, err, names, want, got)
		}
	}
}

// Merge and Concat of several sources. The order of a merge is nobody's promise:
// it is compared as a multiset, and each source's own order by the values.
func TestDifferential_RxGoMergeAndConcat(t *testing.T) {
	is := is.New(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		var lists [][]int
		for i := range 1 + random.IntN(4) {
			list := make([]int, random.IntN(20))
			for j := range list {
				list[j] = i*100 + j
			}
			lists = append(lists, list)
		}
		ours := make([]rx.Observable[int], len(lists))
		for i, l := range lists {
			ours[i] = fromGoroutine(len(l), func(j int) int { return l[j] })
		}
		is.Equal(settled(operators.Concat(ours...)), observed(rxgo.Concat(theirs(lists), roomy())).values)
		merged, want := settled(operators.Merge(ours...)), observed(rxgo.Merge(theirs(lists), roomy())).values
		for i := range lists {
			of := slices.DeleteFunc(slices.Clone(merged), func(v int) bool { return v/100 != i })
			is.True(slices.IsSorted(of))
		}
		slices.Sort(merged)
		slices.SortFunc(want, cmp.Compare[int])
		is.Equal(merged, want)
	}
}

func theirs(lists [][]int) (all []rxgo.Observable) {
	for _, l := range lists {
		all = append(all, rxgoOf(l, nil))
	}
	return all
}

// settled is what a stream emits until it ends.
func settled[T any](o rx.Observable[T]) (all []T) {
	sub := o.Subscribe(context.Background(), rx.OnNext(func(v T) { all = append(all, v) }))
	<-sub.Done()
	return all
}
