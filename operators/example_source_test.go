package operators_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleFromChannel() {
	ch := make(chan int)
	go func() { // ends when all are received
		defer close(ch)
		for i := range 3 {
			ch <- i
		}
	}()
	for v, err := range rx.All(context.Background(), operators.FromChannel(ch)) {
		fmt.Println(v, err)
	}
	// Output:
	// 0 <nil>
	// 1 <nil>
	// 2 <nil>
}

func ExampleFromFunc() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		lookUp := operators.FromFunc(func(ctx context.Context) (string, error) {
			select {
			case <-time.After(3 * time.Millisecond): // a request
				return "a", nil
			case <-ctx.Done(): // nobody waits any more
				return "", ctx.Err()
			}
		})
		rxtest.Show(m, "FromFunc", lookUp)
	})
	// Output:
	// FromFunc  ---(a|)
}

func ExampleUsing() {
	lines := operators.Using(
		func() (*strings.Reader, error) { return strings.NewReader("one two"), nil },
		func(r *strings.Reader) rx.Observable[string] {
			return operators.Generate("", func(string) bool { return r.Len() > 0 }, func(s string) string { return s }, func(string) (word string) {
				fmt.Fscan(r, &word)
				return word
			})
		},
		func(*strings.Reader) { fmt.Println("closed") },
	)
	lines.Subscribe(context.Background(), rx.OnNext(func(word string) { fmt.Println(word) }))
	// Output:
	// one
	// two
	// closed
}

func ExampleGenerate() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		powers := operators.Generate(1, func(n int) bool { return n < 9 }, func(n int) int { return n * 2 }, strconv.Itoa)
		rxtest.Show(m, "Generate", powers)
	})
	// Output:
	// Generate  (1248|)
}
