package operators_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleObserveOn() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		slow := operators.Tap(rx.OnNext(func(string) { <-time.NewTimer(3 * time.Millisecond).C })) // 3 ms a value
		in := m.Hot("abcdefg---------|")
		rxtest.Show(m, "ObserveOn(8)", rx.Pipe2(in, operators.ObserveOn[string](8), slow))
	})
	// Output:
	// hot           abcdefg---------|
	// ObserveOn(8)  ---a--b--c--d--e--f--(g|)
}

func ExampleOnBackpressureFail() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		slow := operators.Tap(rx.OnNext(func(string) { <-time.NewTimer(3 * time.Millisecond).C })) // 3 ms a value
		in := m.Hot("abcdefg---------|")
		rxtest.Show(m, "Fail(2)", rx.Pipe3(in, operators.OnBackpressureFail[string](2), slow, overflowAsMarble))
	})
	// Output:
	// hot      abcdefg---------|
	// Fail(2)  ---a--b--(c#)
}

func ExampleConflateBy() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		slow := operators.Tap(rx.OnNext(func(string) { <-time.NewTimer(3 * time.Millisecond).C })) // 3 ms a value
		first := func(v string) string { return v[:1] }
		in := m.Hot("[a1][b1][a2][b2][b3]|")
		rxtest.Show(m, "ConflateBy", rx.Pipe2(in, operators.ConflateBy(first, 10, rx.DropOldest), slow))
	})
	// Output:
	// hot         [a1][b1][a2][b2][b3]|
	// ConflateBy  -   -   -   [a1]-   -[b2]--[a2]--([b3]|)
}

func ExampleWithOnDrop() {
	drops := operators.WithOnDrop(func(total uint64) { fmt.Println("dropped so far:", total) })
	none := operators.WithQueue(0, rx.DropNewest)
	limited := rx.Pipe1(operators.Range(0, 4), operators.RateLimit[int](2, time.Hour, none, drops))
	limited.Subscribe(context.Background(), rx.OnNext(func(v int) { fmt.Println(v) }))
	// Output:
	// 0
	// 1
	// dropped so far: 1
	// dropped so far: 2
}

func ExampleDropOption() {
	policy := []operators.DropOption{
		operators.WithQueue(0, rx.DropNewest),
		operators.WithOnDrop(func(total uint64) { fmt.Println("dropped so far:", total) }),
	}
	limited := rx.Pipe1(operators.Range(0, 2), operators.RateLimit[int](1, time.Hour, policy...))
	limited.Subscribe(context.Background(), rx.OnNext(func(v int) { fmt.Println(v) }))
	// Output:
	// 0
	// dropped so far: 1
}

func ExampleRateLimit() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("abcd-------ef-|")
		rxtest.Show(m, "RateLimit(2, 6ms)", rx.Pipe1(in, operators.RateLimit[string](2, 6*time.Millisecond)))
	})
	// Output:
	// hot                abcd-------ef-|
	// RateLimit(2, 6ms)  ab-c--d----ef-|
}

func ExampleWithQueue() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("abcd-------ef-|")
		drop := operators.WithQueue(1, rx.DropNewest)
		rxtest.Show(m, "RateLimit(1, 4ms)", rx.Pipe1(in, operators.RateLimit[string](1, 4*time.Millisecond, drop)))
	})
	// Output:
	// hot                abcd-------ef-|
	// RateLimit(1, 4ms)  a---b------e---(f|)
}

func ExampleBatch() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-abcd---e----f-|")
		rxtest.Show(m, "Batch(3, 4ms)", rx.Pipe1(in, operators.Batch[string](3, 4*time.Millisecond)))
	})
	// Output:
	// hot            -abc        d---e----      f-|
	// Batch(3, 4ms)  ---[[a b c]]----[[d e]]------([[f]]|)
}

// overflowAsMarble has a diagram show the overflow as #.
func overflowAsMarble(o rx.Observable[string]) rx.Observable[string] {
	return rx.Pipe1(o, operators.Catch(func(err error) rx.Observable[string] {
		if errors.Is(err, rx.ErrOverflow) {
			err = rxtest.ErrMarble
		}
		return operators.Throw[string](err)
	}))
}
