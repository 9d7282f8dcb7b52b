package operators_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// version is a value with a key.
type version struct {
	key string
	n   int
}

func (v version) String() string { return fmt.Sprintf("%s%d", v.key, v.n) }

func keyOf(v version) string { return v.key }

func TestConflateBy_KeepsTheLatestOfEachKeyInOrderOfArrival(t *testing.T) {
	for _, c := range []struct {
		rule    rx.Overflow
		want    string
		dropped uint64
	}{
		// a1 is being handled for a second; the others come meanwhile.
		{rx.DropNewest, "a1 b3 a2 |", 3},
		{rx.DropOldest, "a1 c1 b3 |", 3},
		{rx.Fail, "a1 b2 a2 #rx: buffer overflow", 2},
	} {
		t.Run(c.rule.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				src := rx.NewSubject[version]()
				var told uint64
				busy := operators.Tap(rx.OnNext(func(version) { time.Sleep(time.Second) }))
				r, sub := listen(rx.Pipe2(src.Observable(), operators.ConflateBy(keyOf, 2, c.rule,
					operators.WithOnDrop(func(total uint64) { told = total })), busy))
				src.Next(version{"a", 1})
				synctest.Wait()
				for _, v := range []version{{"b", 1}, {"a", 2}, {"b", 2}, {"c", 1}, {"b", 3}} {
					src.Next(v)
				}
				src.Complete()
				<-sub.Done()
				is.Equal(r.String(), c.want)
				is.Equal(told, c.dropped)
				is.Equal(sub.Dropped(), c.dropped)
				is.Equal(errors.Is(sub.Err(), rx.ErrOverflow), c.rule == rx.Fail)
			})
		})
	}
}

func TestConflateBy_BlockWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		busy := operators.Tap(rx.OnNext(func(int) { time.Sleep(time.Second) }))
		itself := func(v int) int { return v }
		began := time.Now()
		var fed time.Duration
		src := rx.Pipe1(operators.Range(0, 6), operators.Tap(rx.Observer[int]{Complete: func() { fed = time.Since(began) }}))
		r, sub := listen(rx.Pipe2(src, operators.ConflateBy(itself, 2, rx.Block), busy))
		<-sub.Done()
		is.Equal(r.String(), "0 1 2 3 4 5 |")
		is.Equal(fed, 3*time.Second) // with the last two waiting, and one being handled
		is.Equal(sub.Dropped(), uint64(0))
	})
}

func TestConflateBy_UnsubscribingLetsAWaitingProducerGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		gate := make(chan struct{})
		itself := func(v int) int { return v }
		src, ended := rx.NewSubject[int](), make(chan struct{})
		_, sub := listen(rx.Pipe2(src.Observable(), operators.ConflateBy(itself, 1, rx.Block),
			operators.Tap(rx.OnNext(func(int) { <-gate }))))
		go func() { // owner: this test; ends when the producer is let go
			defer close(ended)
			for v := range 3 {
				src.Next(v)
			}
		}()
		synctest.Wait()
		select {
		case <-ended:
			t.Error("the producer did not wait")
		default:
		}
		sub.Unsubscribe()
		<-ended
		close(gate)
		<-sub.Done()
		is.NoErr(sub.Err())
	})
}

func TestConflateBy_ValuesDoNotAllocate(t *testing.T) {
	gate := make(chan struct{})
	src := rx.NewSubject[int]()
	sub := rx.Pipe2(src.Observable(), operators.ConflateBy(func(v int) int { return v % 8 }, 16, rx.Block),
		operators.Tap(rx.OnNext(func(int) { <-gate }))).Subscribe(t.Context(), rx.Observer[int]{})
	for v := range 64 {
		src.Next(v)
	}
	v := 0
	got := testing.AllocsPerRun(500, func() {
		v++
		src.Next(v)
	})
	sub.Unsubscribe()
	close(gate)
	<-sub.Done()
	if got != 0 {
		t.Errorf("%v allocations per value", got)
	}
}
