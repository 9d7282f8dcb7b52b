package operators_test

import (
	"strings"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleStartWith() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-----a-b-|")
		rxtest.Show(m, "StartWith(x, y)", rx.Pipe1(in, operators.StartWith("x", "y")))
	})
	// Output:
	// cold             -----a-b-|
	// StartWith(x, y)  (xy)-a-b-|
}

func ExampleMerge() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Cold("-a---b-|"), m.Cold("---x---y-|")
		rxtest.Show(m, "Merge", operators.Merge(a, b))
	})
	// Output:
	// cold   -a---b-|
	// cold   ---x---y-|
	// Merge  -a-x-b-y-|
}

func ExampleConcat() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Cold("-a-b-|"), m.Cold("-x-|")
		rxtest.Show(m, "Concat", operators.Concat(a, b))
	})
	// Output:
	// cold    -a-b-|
	// cold    -x-|
	// Concat  -a-b--x-|
}

func ExampleCombineLatest() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Hot("-a-----b-----|"), m.Hot("---x-----y-|")
		all := operators.CombineLatest(a, b)
		joined := operators.Map(func(all []string) string { return strings.Join(all, "") })
		rxtest.Show(m, "CombineLatest", rx.Pipe1(all, joined))
	})
	// Output:
	// hot            -a-----   b-   --   --|
	// hot            ---x---   --   y-   |
	// CombineLatest  ---[ax]---[bx]-[by]---|
}

func ExampleCombineLatest2() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Hot("-a-----b-----|"), m.Hot("---x-----y-|")
		rxtest.Show(m, "CombineLatest2", operators.CombineLatest2(a, b, func(a, b string) string { return a + b }))
	})
	// Output:
	// hot             -a-----   b-   --   --|
	// hot             ---x---   --   y-   |
	// CombineLatest2  ---[ax]---[bx]-[by]---|
}

func ExampleCombineLatest3() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b, c := m.Hot("-a---------d-|"), m.Hot("--b--------|"), m.Hot("---c----e-|")
		all := func(a, b, c string) string { return a + b + c }
		rxtest.Show(m, "CombineLatest3", operators.CombineLatest3(a, b, c, all))
	})
	// Output:
	// hot             -a------    --    -d-    |
	// hot             --b-----    --    -|
	// hot             ---c----    e-    |
	// CombineLatest3  ---[abc]----[abe]--[dbe]-|
}

func ExampleWithLatestFrom() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Hot("-a---b---c---|"), m.Hot("---x-----y----")
		rxtest.Show(m, "WithLatestFrom", rx.Pipe1(a, operators.WithLatestFrom(b, func(a, b string) string { return a + b })))
	})
	// Output:
	// hot             -a---b---   c---   |
	// hot             ---x-----   y
	// WithLatestFrom  -----[bx]---[cx]---|
}

func ExampleSwitchMap() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a---b---|"), m.Cold("x-y-z|")
		rxtest.Show(m, "SwitchMap", rx.Pipe1(in, operators.SwitchMap(func(string) rx.Observable[string] { return inner })))
	})
	// Output:
	// hot        -a---b---|
	// cold       x-y-z|
	// SwitchMap  -x-y-x-y-z|
}

func ExampleMergeMap() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a--b----|"), m.Cold("x-y-z|")
		rxtest.Show(m, "MergeMap", rx.Pipe1(in, operators.MergeMap(func(string) rx.Observable[string] { return inner }, 0)))
	})
	// Output:
	// hot       -a--b----|
	// cold      x-y-z|
	// MergeMap  -x-yxzy-z|
}

func ExampleConcatMap() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, inner := m.Hot("-a--b----|"), m.Cold("x-y-z|")
		rxtest.Show(m, "ConcatMap", rx.Pipe1(in, operators.ConcatMap(func(string) rx.Observable[string] { return inner })))
	})
	// Output:
	// hot        -a--b----|
	// cold       x-y-z|
	// ConcatMap  -x-y-zx-y-z|
}
