package operators_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleTakeWhileInclusive() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-a-|")
		rxtest.Show(m, "TakeWhileInclusive(not c)", rx.Pipe1(in, operators.TakeWhileInclusive(func(s string) bool { return s != "c" })))
	})
	// Output:
	// cold                       -a-b-c-  a-|
	// TakeWhileInclusive(not c)  -a-b-(c|)
}

func ExampleTakeLast() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.Show(m, "TakeLast(2)", rx.Pipe1(in, operators.TakeLast[string](2)))
	})
	// Output:
	// cold         -a-b-c-|
	// TakeLast(2)  -------(bc|)
}

func ExampleSkipLast() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-d-|")
		rxtest.Show(m, "SkipLast(2)", rx.Pipe1(in, operators.SkipLast[string](2)))
	})
	// Output:
	// cold         -a-b-c-d-|
	// SkipLast(2)  -----a-b-|
}

func ExampleSkipWhile() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-a-|")
		rxtest.Show(m, "SkipWhile(not c)", rx.Pipe1(in, operators.SkipWhile(func(s string) bool { return s != "c" })))
	})
	// Output:
	// cold              -a-b-c-a-|
	// SkipWhile(not c)  -----c-a-|
}

func ExampleSkipUntil() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, start := m.Cold("-a-b-c-d-|"), m.Cold("----x")
		rxtest.Show(m, "SkipUntil", rx.Pipe1(in, operators.SkipUntil[string](start)))
	})
	// Output:
	// cold       -a-b-c-d-|
	// cold       ----x
	// SkipUntil  -----c-d-|
}

func ExampleFirst() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("--a-b-|")
		rxtest.Show(m, "First", rx.Pipe1(in, operators.First))
	})
	// Output:
	// cold   --a-  b-|
	// First  --(a|)
}

func ExampleLast() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("--a-b-|")
		rxtest.Show(m, "Last", rx.Pipe1(in, operators.Last))
	})
	// Output:
	// cold  --a-b-|
	// Last  ------(b|)
}

func ExampleElementAt() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.Show(m, "ElementAt(1)", rx.Pipe1(in, operators.ElementAt[string](1)))
	})
	// Output:
	// cold          -a-b-  c-|
	// ElementAt(1)  ---(b|)
}

func ExampleSingle() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.Show(m, "Single", rx.Pipe1(m.Cold("-a---|"), operators.Single))
		rxtest.Show(m, "Single", rx.Pipe1(m.Cold("-a-b-|"), operators.Single))
	})
	// Output:
	// cold    -a---|
	// cold    -a-b-|
	// Single  -----(a|)
	// Single  ---#  # is operators: more than one value in the stream
}

func ExampleSingleFunc() {
	even := operators.SingleFunc(func(n int) bool { return n%2 == 0 })
	for _, numbers := range [][]int{{1, 2, 3}, {1, 3}, {2, 4}, {}} {
		sub := rx.Pipe1(operators.From(numbers), even).
			Subscribe(context.Background(), rx.OnNext(func(n int) { fmt.Println(n) }))
		if sub.Err() != nil {
			fmt.Println(sub.Err())
		}
	}
	// Output:
	// 2
	// operators: no such value in the stream: none of 2 is accepted
	// operators: more than one value in the stream
	// operators: no value in the stream
}

func ExampleIgnoreElements() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-|")
		rxtest.Show(m, "IgnoreElements", rx.Pipe1(in, operators.IgnoreElements))
	})
	// Output:
	// cold            -a-b-|
	// IgnoreElements  -----|
}

func ExampleDefaultIfEmpty() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("----|")
		rxtest.Show(m, "DefaultIfEmpty(x)", rx.Pipe1(in, operators.DefaultIfEmpty("x")))
	})
	// Output:
	// cold               ----|
	// DefaultIfEmpty(x)  ----(x|)
}

func ExampleThrowIfEmpty() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("----|")
		rxtest.Show(m, "ThrowIfEmpty", rx.Pipe1(in, operators.ThrowIfEmpty[string](rxtest.ErrMarble)))
	})
	// Output:
	// cold          ----|
	// ThrowIfEmpty  ----#
}

func ExampleDistinct() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-A-b-a-|")
		rxtest.Show(m, "Distinct(ToLower)", rx.Pipe1(in, operators.Distinct(strings.ToLower, 1000)))
	})
	// Output:
	// cold               -a-A-b-a-|
	// Distinct(ToLower)  -a---b---|
}
