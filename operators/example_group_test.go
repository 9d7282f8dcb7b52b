package operators_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleGroupBy() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-A-B-|")
		groups := rx.Pipe2(in, operators.GroupBy(strings.ToLower),
			operators.Map(func(g operators.Grouped[string, string]) rx.Observable[string] { return g.Observable }))
		rxtest.ShowEach(m, "GroupBy(ToLower)", groups)
	})
	// Output:
	// cold              -a-b-A-B-|
	// GroupBy(ToLower)  -A-B-----|
	//   A               -a---A---|
	//   B               ---b---B-|
}

func ExampleWithIdle() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-A-------a-|")
		groups := rx.Pipe2(in, operators.GroupBy(strings.ToLower, operators.WithIdle(4*time.Millisecond)),
			operators.Map(func(g operators.Grouped[string, string]) rx.Observable[string] { return g.Observable }))
		rxtest.ShowEach(m, "GroupBy, idle 4ms", groups)
	})
	// Output:
	// hot                -a-A-------a-|
	// GroupBy, idle 4ms  -A---------B-|
	//   A                -a-A---|
	//   B                -----------a-|
}

func ExampleGrouped() {
	// How many of each, when the source ends.
	counted := func(g operators.Grouped[string, string]) rx.Observable[string] {
		n := rx.Pipe1(g.Observable, operators.Reduce(0, func(n int, _ string) int { return n + 1 }))
		return rx.Pipe1(n, operators.Map(func(n int) string { return fmt.Sprint(g.Key, " ", n) }))
	}
	words := operators.Of("go", "Rust", "GO", "zig", "Go")
	rx.Pipe2(words, operators.GroupBy(strings.ToLower), operators.MergeMap(counted, 0)).
		Subscribe(context.Background(), rx.OnNext(func(s string) { fmt.Println(s) }))
	// Output:
	// go 3
	// rust 1
	// zig 1
}

// An option that is impossible ends the stream at once.
func ExampleGroupByOption() {
	options := []operators.GroupByOption{operators.WithIdle(-time.Second)}
	sub := rx.Pipe1(operators.Of("a"), operators.GroupBy(strings.ToLower, options...)).
		Subscribe(context.Background(), rx.Observer[operators.Grouped[string, string]]{})
	fmt.Println(sub.Err())
	// Output:
	// rx: bad configuration: operators: GroupBy: idle for -1s
}
