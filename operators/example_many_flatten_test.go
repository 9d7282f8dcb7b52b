package operators_test

import (
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleExhaustMap() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a-b----c--|"), m.Cold("x-y-z|")
		rxtest.Show(m, "ExhaustMap", rx.Pipe1(in, operators.ExhaustMap(func(string) rx.Observable[string] { return inner })))
	})
	// Output:
	// hot         -a-b----c--|
	// cold        x-y-z|
	// ExhaustMap  -x-y-z--x-y-z|
}

func ExampleExpand() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-1----|")
		next := func(v string) rx.Observable[string] { // 1, 2, 4 and 8, a millisecond apart
			if v == "8" {
				return operators.Empty[string]()
			}
			double := map[string]string{"1": "2", "2": "4", "4": "8"}[v]
			return rx.Pipe1(operators.Of(double), operators.Delay[string](time.Millisecond))
		}
		rxtest.Show(m, "Expand", rx.Pipe1(in, operators.Expand(next, 0)))
	})
	// Output:
	// hot     -1----|
	// Expand  -1248-|
}

func ExampleSwitch() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a---b---|"), m.Cold("x-y-z|")
		streams := operators.Map(func(string) rx.Observable[string] { return inner })
		rxtest.Show(m, "Switch", rx.Pipe2(in, streams, operators.Switch))
	})
	// Output:
	// hot     -a---b---|
	// cold    x-y-z|
	// Switch  -x-y-x-y-z|
}

func ExampleMergeAll() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a--b----|"), m.Cold("x-y-z|")
		streams := operators.Map(func(string) rx.Observable[string] { return inner })
		rxtest.Show(m, "MergeAll", rx.Pipe2(in, streams, operators.MergeAll))
	})
	// Output:
	// hot       -a--b----|
	// cold      x-y-z|
	// MergeAll  -x-yxzy-z|
}

func ExampleConcatAll() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a--b----|"), m.Cold("x-y-z|")
		streams := operators.Map(func(string) rx.Observable[string] { return inner })
		rxtest.Show(m, "ConcatAll", rx.Pipe2(in, streams, operators.ConcatAll))
	})
	// Output:
	// hot        -a--b----|
	// cold       x-y-z|
	// ConcatAll  -x-y-zx-y-z|
}

func ExampleExhaustAll() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a-b----c--|"), m.Cold("x-y-z|")
		streams := operators.Map(func(string) rx.Observable[string] { return inner })
		rxtest.Show(m, "ExhaustAll", rx.Pipe2(in, streams, operators.ExhaustAll))
	})
	// Output:
	// hot         -a-b----c--|
	// cold        x-y-z|
	// ExhaustAll  -x-y-z--x-y-z|
}
