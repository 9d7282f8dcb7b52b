package operators_test

import (
	"context"
	"fmt"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
)

// The program of the package's documentation.
func Example() {
	words := operators.Of("go", "rust", "go", "zig", "gleam")
	lengths := rx.Pipe4(words,
		operators.Filter(func(s string) bool { return s != "rust" }),
		operators.Map(func(s string) int { return len(s) }),
		operators.DistinctUntilChanged, // no arguments: not called
		operators.Take[int](2),         // nothing to infer from: name the type
	)
	sub := lengths.Subscribe(context.Background(), rx.Observer[int]{
		Next:     func(n int) { fmt.Println(n) },
		Complete: func() { fmt.Println("done") },
	})
	defer sub.Unsubscribe()
	// Output:
	// 2
	// 3
	// done
}
