package operators_test

import (
	"math"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleCatch() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, other := m.Cold("-a-b-#"), m.Cold("-x-y|")
		rxtest.Show(m, "Catch", rx.Pipe1(in, operators.Catch(func(error) rx.Observable[string] { return other })))
	})
	// Output:
	// cold   -a-b-#
	// cold   -x-y|
	// Catch  -a-b--x-y|
}

func ExampleOnErrorReturn() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-#")
		rxtest.Show(m, "OnErrorReturn(x)", rx.Pipe1(in, operators.OnErrorReturn(func(error) string { return "x" })))
	})
	// Output:
	// cold              -a-b-#
	// OnErrorReturn(x)  -a-b-(x|)
}

func ExampleOnErrorResumeNext() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, second, third := m.Cold("-a-#"), m.Cold("-b-#"), m.Cold("-c-|")
		rxtest.Show(m, "ResumeNext", rx.Pipe1(in, operators.OnErrorResumeNext(second, third)))
	})
	// Output:
	// cold        -a-#
	// cold        -b-#
	// cold        -c-|
	// ResumeNext  -a--b--c-|
}

func ExampleTimeout() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("--a--b------c-|")
		rxtest.Show(m, "Timeout(3ms, 4ms)", rx.Pipe1(in, operators.Timeout[string](3*time.Millisecond, 4*time.Millisecond)))
	})
	// Output:
	// hot                --a--b------c-|
	// Timeout(3ms, 4ms)  --a--b---#  # is operators: timeout: no value for 4ms
}

func ExampleWithFallback() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, other := m.Hot("--a--b------c-|"), m.Cold("-x-y-|")
		limit := operators.Timeout(0, 4*time.Millisecond, operators.WithFallback(other))
		rxtest.Show(m, "Timeout", rx.Pipe1(in, limit))
	})
	// Output:
	// hot      --a--b------c-|
	// cold     -x-y-|
	// Timeout  --a--b----x-y-|
}

func ExampleTimeoutOption() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a------|")
		cached := []operators.TimeoutOption[string]{operators.WithFallback(operators.Of("c"))}
		rxtest.Show(m, "Timeout", rx.Pipe1(in, operators.Timeout(0, 4*time.Millisecond, cached...)))
	})
	// Output:
	// hot      -a------ |
	// Timeout  -a---(c|)
}

func ExampleRepeat() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b|")
		rxtest.Show(m, "Repeat(2)", rx.Pipe1(in, operators.Repeat[string](2)))
	})
	// Output:
	// cold       -a-b|
	// Repeat(2)  -a-b-a-b|
}

func ExampleWithRepeatDelay() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b|")
		delay := operators.WithRepeatDelay(3 * time.Millisecond)
		rxtest.Show(m, "Repeat(2)", rx.Pipe1(in, operators.Repeat[string](2, delay)))
	})
	// Output:
	// cold       -a-b|
	// Repeat(2)  -a-b----a-b|
}

func ExampleRepeatOption() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("a|")
		polling := []operators.RepeatOption{operators.WithRepeatDelay(4 * time.Millisecond)}
		rxtest.Show(m, "polled", rx.Pipe1(in, operators.Repeat[string](math.MaxInt, polling...)), "^-----------!")
	})
	// Output:
	// cold    a|
	// polled  a----a----a
}
