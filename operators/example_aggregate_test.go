package operators_test

import (
	"cmp"
	"strings"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleCount() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "Count", rx.Pipe1(in, operators.Count))
	})
	// Output:
	// cold   -5-2-7-|
	// Count  -------(3|)
}

func ExampleSum() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "Sum", rx.Pipe1(in, operators.Sum))
	})
	// Output:
	// cold  -5-2-7-|
	// Sum   -------([14]|)
}

func ExampleAverage() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "Average", rx.Pipe1(in, operators.Average))
	})
	// Output:
	// cold     -5-2-7-|
	// Average  -------([4.666666666666667]|)
}

func ExampleMin() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "Min", rx.Pipe1(in, operators.Min))
	})
	// Output:
	// cold  -5-2-7-|
	// Min   -------(2|)
}

func ExampleMax() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "Max", rx.Pipe1(in, operators.Max))
	})
	// Output:
	// cold  -5-2-7-|
	// Max   -------(7|)
}

func ExampleMinFunc() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-[bbb]-[a]-[cc]-|")
		byLength := func(a, b string) int { return cmp.Compare(len(a), len(b)) }
		rxtest.Show(m, "MinFunc", rx.Pipe1(in, operators.MinFunc(byLength)))
	})
	// Output:
	// cold     -[bbb]-a-[cc]-|
	// MinFunc  ---    ----   (a|)
}

func ExampleMaxFunc() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-[bbb]-[a]-[cc]-|")
		byLength := func(a, b string) int { return cmp.Compare(len(a), len(b)) }
		rxtest.Show(m, "MaxFunc", rx.Pipe1(in, operators.MaxFunc(byLength)))
	})
	// Output:
	// cold     -[bbb]-a-[cc]-|
	// MaxFunc  ---    ----   ([bbb]|)
}

func ExampleAll() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "All", rx.Pipe1(in, operators.All(func(v int) bool { return v > 3 })))
	})
	// Output:
	// cold  -5-2-        7-|
	// All   ---([false]|)
}

func ExampleAny() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "Any", rx.Pipe1(in, operators.Any(func(v int) bool { return v < 3 })))
	})
	// Output:
	// cold  -5-2-       7-|
	// Any   ---([true]|)
}

func ExampleContains() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "Contains", rx.Pipe1(in, operators.Contains(7)))
	})
	// Output:
	// cold      -5-2-7-       |
	// Contains  -----([true]|)
}

func ExampleIsEmpty() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.ColdOf[int](m, "-5-2-7-|", nil)
		rxtest.Show(m, "IsEmpty", rx.Pipe1(in, operators.IsEmpty))
	})
	// Output:
	// cold     -5-        2-7-|
	// IsEmpty  -([false]|)
}

func ExampleSequenceEqual() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Cold("-a-b-|"), m.Cold("--a-b--|")
		rxtest.Show(m, "SequenceEqual", rx.Pipe1(a, operators.SequenceEqual(b)))
	})
	// Output:
	// cold           -a-b-|
	// cold           --a-b--|
	// SequenceEqual  -------([true]|)
}

func ExampleSequenceEqualFunc() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		a, b := m.Cold("-a-b-|"), m.Cold("--A-B--|")
		rxtest.Show(m, "EqualFold", rx.Pipe1(a, operators.SequenceEqualFunc(b, strings.EqualFold)))
	})
	// Output:
	// cold       -a-b-|
	// cold       --A-B--|
	// EqualFold  -------([true]|)
}
