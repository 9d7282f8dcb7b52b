package operators_test

import (
	"slices"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleOf() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Of(a, b)", operators.Of("a", "b"))
	})
	// Output:
	// Of(a, b)  (ab|)
}

func ExampleFrom() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "From([a b c])", operators.From([]string{"a", "b", "c"}))
	})
	// Output:
	// From([a b c])  (abc|)
}

func ExampleFromSeq() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "FromSeq(0, 1, 2)", operators.FromSeq(slices.Values([]int{0, 1, 2})))
	})
	// Output:
	// FromSeq(0, 1, 2)  (012|)
}

func ExampleFromSeq2() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		lines := func(yield func(string, error) bool) {
			if yield("a", nil) {
				yield("", rxtest.ErrMarble)
			}
		}
		rxtest.Show(m, "FromSeq2", operators.FromSeq2(lines))
	})
	// Output:
	// FromSeq2  (a#)
}

func ExampleRange() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Range(3, 4)", operators.Range(3, 4))
	})
	// Output:
	// Range(3, 4)  (3456|)
}

func ExampleEmpty() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Empty", operators.Empty[string]())
	})
	// Output:
	// Empty  |
}

func ExampleNever() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Never", operators.Never[string]())
	})
	// Output:
	// Never
}

func ExampleThrow() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Throw", operators.Throw[string](rxtest.ErrMarble))
	})
	// Output:
	// Throw  #
}

func ExampleDefer() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		n := 0
		o := operators.Defer(func() rx.Observable[int] { n++; return operators.Of(n) })
		rxtest.Show(m, "first", o)
		rxtest.Show(m, "second", o, "--^")
	})
	// Output:
	// first   (1|)
	// second  --  (2|)
}

func ExampleTimer() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Timer(5ms)", operators.Timer(5*time.Millisecond))
	})
	// Output:
	// Timer(5ms)  -----(0|)
}

func ExampleInterval() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Interval(3ms)", operators.Interval(3*time.Millisecond), "^-----------!")
	})
	// Output:
	// Interval(3ms)  ---0--1--2
}
