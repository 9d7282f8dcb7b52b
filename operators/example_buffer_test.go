package operators_test

import (
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// brackets shows a slice.
func brackets(values []string) string { return "{" + strings.Join(values, ",") + "}" }

func ExampleBufferCount() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		shown := operators.Map(brackets)
		rxtest.Show(m, "BufferCount(2, 2)", rx.Pipe2(in, operators.BufferCount[string](2, 2), shown))
		rxtest.Show(m, "BufferCount(2, 1)", rx.Pipe2(in, operators.BufferCount[string](2, 1), shown))
	})
	// Output:
	// cold               -a-b-      c-      |
	// BufferCount(2, 2)  ---[{a,b}]---      ([{c}]|)
	// BufferCount(2, 1)  ---[{a,b}]-[{b,c}]-([{c}]|)
}

func ExampleBufferTime() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-b-c---|")
		rxtest.Show(m, "BufferTime(4ms)", rx.Pipe2(in, operators.BufferTime[string](4*time.Millisecond), operators.Map(brackets)))
	})
	// Output:
	// hot              -a-b-      c---    |
	// BufferTime(4ms)  ----[{a,b}]---[{c}]([{}]|)
}

func ExampleBufferTimeOrCount() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-abc-----d-|")
		rxtest.Show(m, "4ms or 2", rx.Pipe2(in, operators.BufferTimeOrCount[string](4*time.Millisecond, 2), operators.Map(brackets)))
	})
	// Output:
	// hot       -ab      c-----    d-    |
	// 4ms or 2  --[{a,b}]---[{c}]---[{d}]([{}]|)
}

func ExampleBuffer() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, tick := m.Hot("-a-b-c---|"), m.Hot("----x-x---")
		rxtest.Show(m, "Buffer", rx.Pipe2(in, operators.Buffer[string](tick), operators.Map(brackets)))
	})
	// Output:
	// hot     -a-b-      c---    |
	// hot     ----x      -x
	// Buffer  ----[{a,b}]-[{c}]--([{}]|)
}

func ExampleWindow() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, tick := m.Hot("-a-b-c---|"), m.Hot("----x-x---")
		rxtest.ShowEach(m, "Window", rx.Pipe1(in, operators.Window[string](tick)))
	})
	// Output:
	// hot     -a-b-c---|
	// hot     ----x-x
	// Window  A---B-C--|
	//   A     -a-b|
	//   B     -----c|
	//   C     ---------|
}

func ExampleWindowCount() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-c-|")
		rxtest.ShowEach(m, "WindowCount(2, 2)", rx.Pipe1(in, operators.WindowCount[string](2, 2)))
	})
	// Output:
	// cold               -a-b-  c-|
	// WindowCount(2, 2)  A--B-  --|
	//   A                -a-(b|)
	//   B                -----  c-|
}

func ExampleWindowTime() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-b-c---|")
		rxtest.ShowEach(m, "WindowTime(4ms)", rx.Pipe1(in, operators.WindowTime[string](4*time.Millisecond)))
	})
	// Output:
	// hot              -a-b-c---|
	// WindowTime(4ms)  A---B---C|
	//   A              -a-b|
	//   B              -----c--|
	//   C              ---------|
}

func ExampleWindowTimeOrCount() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-abc-----d-|")
		rxtest.ShowEach(m, "4ms or 2", rx.Pipe1(in, operators.WindowTimeOrCount[string](4*time.Millisecond, 2)))
	})
	// Output:
	// hot       -ab   c-----d-|
	// 4ms or 2  A-B   ---C---D|
	//   A       -a(b|)
	//   B       ---   c--|
	//   C       ---   ------d|
	//   D       ---   --------|
}
