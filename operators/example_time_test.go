package operators_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/sethvargo/go-retry"
)

func ExampleDebounce() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-bc----d-|")
		rxtest.Show(m, "Debounce(3ms)", rx.Pipe1(in, operators.Debounce[string](3*time.Millisecond)))
	})
	// Output:
	// hot            -a-bc----d-|
	// Debounce(3ms)  -------c---(d|)
}

func ExampleDelay() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-bc-|")
		rxtest.Show(m, "Delay(3ms)", rx.Pipe1(in, operators.Delay[string](3*time.Millisecond)))
	})
	// Output:
	// hot         -a-bc-|
	// Delay(3ms)  ----a-b(c|)
}

func ExampleThrottle() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-abc----d-|")
		rxtest.Show(m, "Throttle(4ms)", rx.Pipe1(in, operators.Throttle[string](4*time.Millisecond)))
	})
	// Output:
	// hot            -abc----d-|
	// Throttle(4ms)  -a------d-|
}

func ExampleWithTrailing() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-abc--------d-----|")
		rxtest.Show(m, "both", rx.Pipe1(in, operators.Throttle[string](4*time.Millisecond, operators.WithTrailing(true))))
	})
	// Output:
	// hot   -abc--------d-----|
	// both  -a---c------d-----|
}

func ExampleWithLeading() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-abc--------d-----|")
		rxtest.Show(m, "trailing", rx.Pipe1(in,
			operators.Throttle[string](4*time.Millisecond, operators.WithLeading(false), operators.WithTrailing(true))))
	})
	// Output:
	// hot       -abc--------d-----|
	// trailing  -----c----------d-|
}

func ExampleOnBackpressureBuffer() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		slow := operators.Tap(rx.OnNext(func(string) { <-time.NewTimer(3 * time.Millisecond).C })) // 3 ms a value
		in := m.Hot("abcdefg---------|")
		rxtest.Show(m, "Buffer(2, DropOldest)", rx.Pipe2(in, operators.OnBackpressureBuffer[string](2, rx.DropOldest), slow))
	})
	// Output:
	// hot                    abcdefg---------|
	// Buffer(2, DropOldest)  ---a--c--d--f--g|
}

func ExampleOnBackpressureLatest() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		slow := operators.Tap(rx.OnNext(func(string) { <-time.NewTimer(3 * time.Millisecond).C })) // 3 ms a value
		in := m.Hot("abcdefg---------|")
		rxtest.Show(m, "Latest", rx.Pipe2(in, operators.OnBackpressureLatest[string](), slow))
	})
	// Output:
	// hot     abcdefg---------|
	// Latest  ---a--d--g------|
}

func ExampleOnBackpressureDrop() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		slow := operators.Tap(rx.OnNext(func(string) { <-time.NewTimer(3 * time.Millisecond).C })) // 3 ms a value
		in := m.Hot("abcdefg---------|")
		rxtest.Show(m, "Drop", rx.Pipe2(in, operators.OnBackpressureDrop[string](), slow))
	})
	// Output:
	// hot   abcdefg---------|
	// Drop  ---a--b--e------|
}

func ExampleRetry() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-#")
		backoff := func() retry.Backoff {
			return retry.WithMaxRetries(2, retry.NewExponential(2*time.Millisecond))
		}
		rxtest.Show(m, "Retry(2ms, 4ms)", rx.Pipe1(in, operators.Retry[string](backoff)))
	})
	// Output:
	// cold             -a-#
	// Retry(2ms, 4ms)  -a----a------a-#
}

func ExampleWithRetryIf() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-#")
		backoff := func() retry.Backoff { return retry.NewConstant(time.Millisecond) }
		notThis := operators.WithRetryIf(func(err error) bool { return !errors.Is(err, rxtest.ErrMarble) })
		rxtest.Show(m, "Retry", rx.Pipe1(in, operators.Retry[string](backoff, notThis)))
	})
	// Output:
	// cold   -a-#
	// Retry  -a-#
}

func ExampleWithResetAfter() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("a--#")
		backoff := func() retry.Backoff {
			return retry.WithMaxRetries(1, retry.NewConstant(time.Millisecond))
		}
		rxtest.Show(m, "without", rx.Pipe1(in, operators.Retry[string](backoff)), "^-------------!")
		reset := operators.WithResetAfter(2 * time.Millisecond)
		rxtest.Show(m, "with", rx.Pipe1(in, operators.Retry[string](backoff, reset)), "^-------------!")
	})
	// Output:
	// cold     a--#
	// without  a---a--#
	// with     a---a---a---a
}

func ExampleWithOnRetry() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-#")
		backoff := func() retry.Backoff {
			return retry.WithMaxRetries(2, retry.NewExponential(2*time.Millisecond))
		}
		told := operators.WithOnRetry(func(n int, err error, wait time.Duration) {
			fmt.Printf("retry %d in %v after %v\n", n, wait, err)
		})
		rxtest.Show(m, "Retry", rx.Pipe1(in, operators.Retry[string](backoff, told)))
	})
	// Output:
	// retry 1 in 2ms after rxtest: #
	// retry 2 in 4ms after rxtest: #
	// cold   -a-#
	// Retry  -a----a------a-#
}
