package operators_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleMap() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-|")
		rxtest.Show(m, "Map(ToUpper)", rx.Pipe1(in, operators.Map(strings.ToUpper)))
	})
	// Output:
	// cold          -a-b-|
	// Map(ToUpper)  -A-B-|
}

func ExampleMapErr() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-1-2-x-3-|")
		number := func(s string) (int, error) {
			if n, err := strconv.Atoi(s); err == nil {
				return n * 2, nil
			}
			return 0, rxtest.ErrMarble
		}
		rxtest.Show(m, "MapErr(double)", rx.Pipe1(in, operators.MapErr(number)))
	})
	// Output:
	// cold            -1-2-x-3-|
	// MapErr(double)  -2-4-#
}

func ExampleScan() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.Show(m, "Scan(+)", rx.Pipe1(in, operators.Scan("", func(acc, v string) string { return acc + v })))
	})
	// Output:
	// cold     -a-b-   c-    |
	// Scan(+)  -a-[ab]-[abc]-|
}

func ExamplePairwise() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		both := operators.Map(func(p [2]string) string { return p[0] + p[1] })
		rxtest.Show(m, "Pairwise", rx.Pipe2(in, operators.Pairwise, both))
	})
	// Output:
	// cold      -a-b-   c-   |
	// Pairwise  ---[ab]-[bc]-|
}

func ExampleFilter() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-b-|")
		rxtest.Show(m, "Filter(not b)", rx.Pipe1(in, operators.Filter(func(s string) bool { return s != "b" })))
	})
	// Output:
	// cold           -a-b-c-b-|
	// Filter(not b)  -a---c---|
}

func ExampleFilterMap() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-1-x-2-|")
		number := func(s string) (int, bool) {
			n, err := strconv.Atoi(s)
			return n * 2, err == nil
		}
		rxtest.Show(m, "FilterMap(double)", rx.Pipe1(in, operators.FilterMap(number)))
	})
	// Output:
	// cold               -1-x-2-|
	// FilterMap(double)  -2---4-|
}

func ExampleTake() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.Show(m, "Take(2)", rx.Pipe1(in, operators.Take[string](2)))
	})
	// Output:
	// cold     -a-b-  c-|
	// Take(2)  -a-(b|)
}

func ExampleTakeWhile() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-a-|")
		rxtest.Show(m, "TakeWhile(not c)", rx.Pipe1(in, operators.TakeWhile(func(s string) bool { return s != "c" })))
	})
	// Output:
	// cold              -a-b-c-a-|
	// TakeWhile(not c)  -a-b-|
}

func ExampleTakeUntil() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, stop := m.Cold("-a-b-c-d-|"), m.Cold("----x")
		rxtest.Show(m, "TakeUntil", rx.Pipe1(in, operators.TakeUntil[string](stop)))
	})
	// Output:
	// cold       -a-b-c-d-|
	// cold       ----x
	// TakeUntil  -a-b|
}

func ExampleSkip() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.Show(m, "Skip(2)", rx.Pipe1(in, operators.Skip[string](2)))
	})
	// Output:
	// cold     -a-b-c-|
	// Skip(2)  -----c-|
}

func ExampleDistinctUntilChanged() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-a-b-a-|")
		rxtest.Show(m, "DistinctUntilChanged", rx.Pipe1(in, operators.DistinctUntilChanged))
	})
	// Output:
	// cold                  -a-a-b-a-|
	// DistinctUntilChanged  -a---b-a-|
}

func ExampleDistinctUntilChangedBy() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-[b]-[cc]-[dd]-e-|")
		length := func(s string) int { return len(s) }
		rxtest.Show(m, "By(len)", rx.Pipe1(in, operators.DistinctUntilChangedBy(length)))
	})
	// Output:
	// cold     -a-b-[cc]-[dd]-e-|
	// By(len)  -a---[cc]---   e-|
}

func ExampleDistinctUntilChangedFunc() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-A-b-B-|")
		rxtest.Show(m, "Func(EqualFold)", rx.Pipe1(in, operators.DistinctUntilChangedFunc(strings.EqualFold)))
	})
	// Output:
	// cold             -a-A-b-B-|
	// Func(EqualFold)  -a---b---|
}

func ExampleTap() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		var seen []string
		in := m.Cold("-a-b-|")
		tap := operators.Tap(rx.OnNext(func(s string) { seen = append(seen, s) }))
		rxtest.Show(m, "Tap", rx.Pipe1(in, tap))
		m.Do("------x", func(string) { fmt.Println("seen", seen) })
	})
	// Output:
	// seen [a b]
	// cold  -a-b-|
	// Tap   -a-b-|
}

func ExampleFinally() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-#")
		rxtest.Show(m, "Finally", rx.Pipe1(in, operators.Finally[string](func() { fmt.Println("over") })))
	})
	// Output:
	// over
	// cold     -a-b-#
	// Finally  -a-b-#
}
