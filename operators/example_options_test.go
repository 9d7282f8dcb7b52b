package operators_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/sethvargo/go-retry"
)

// Options are values, to be kept and passed on; their order does not matter.
func ExampleRetryOption() {
	policy := []operators.RetryOption{
		operators.WithRetryIf(func(err error) bool { return !errors.Is(err, io.EOF) }),
		operators.WithResetAfter(0), // every attempt that emits has a fresh backoff
	}
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-#")
		backoff := func() retry.Backoff { return retry.WithMaxRetries(1, retry.NewConstant(2*time.Millisecond)) }
		rxtest.Show(m, "Retry", rx.Pipe1(in, operators.Retry[string](backoff)))
		rxtest.Show(m, "with the policy", rx.Pipe1(in, operators.Retry[string](backoff, policy...)), "^---------------!")
	})
	// Output:
	// cold             -a-#
	// Retry            -a----a-#
	// with the policy  -a----a----a
}

// An option that is impossible, alone or with others, ends the stream at once.
func ExampleThrottleOption() {
	neither := []operators.ThrottleOption{operators.WithLeading(false), operators.WithTrailing(false)}
	sub := rx.Pipe1(operators.Of(1, 2), operators.Throttle[int](time.Second, neither...)).
		Subscribe(context.Background(), rx.OnNext(func(n int) { fmt.Println(n) }))
	fmt.Println(sub.Err(), errors.Is(sub.Err(), rx.ErrConfig))
	// Output: rx: bad configuration: operators: Throttle: neither leading nor trailing emits nothing true
}
