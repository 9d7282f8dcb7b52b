package rxtest_test

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// Digits as the numbers they spell; a name that spells none is an error.
func ExampleHotOf_inferred() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := rxtest.HotOf(m, "-1-2-x-|", strconv.Atoi)
		rxtest.Show(m, "same", in)
	})
	// Output:
	// hot   -1-2-x-|
	// same
	// rxtest: strconv.Atoi: parsing "x": invalid syntax
	// 	-1-2-x-|
	// 	     ^
}

func ExamplePlay() {
	lines, err := rxtest.Play(func(m *rxtest.Marbles) {
		rxtest.Show(m, "debounce(3ms)", rx.Pipe1(m.Hot("-a-bc----d-|"), debounce(3*time.Millisecond)))
	})
	for _, line := range lines {
		fmt.Println(line.Label, rxtest.Render(line.Events), line.Lives, err)
	}
	// Output:
	// hot -a-bc----d-| [{0s 11ms 5}] <nil>
	// debounce(3ms) -------c---| [{0s 11ms 2}] <nil>
}

func ExampleLine() {
	line := rxtest.Line{Label: "clicks", Lives: []rxtest.Life{{To: -1}}}
	line.Events, _, _ = rxtest.Parse("-a-b-")
	fmt.Println(line.Label, rxtest.Render(line.Events))
	// Output: clicks -a-b
}

// A source says when it was subscribed to, and when left.
func ExampleLife() {
	lines, err := rxtest.Play(func(m *rxtest.Marbles) {
		rxtest.Show(m, "left early", m.Cold("-a-b-|"), "--^--!")
	})
	for _, life := range lines[0].Lives {
		fmt.Println(life.From, life.To, life.Told, err)
	}
	// Output: 2ms 5ms 1 <nil>
}

func ExampleExpectSame() {
	_, err := rxtest.Play(func(m *rxtest.Marbles) {
		in := m.Cold("-a-b-|")
		rxtest.ExpectSame(m, upper(in), rx.Pipe1(in, upper))
		rxtest.ExpectSame(m, upper(in), in)
	})
	fmt.Println(err)
	// Output:
	// marbles differ at 1ms
	//   want  -a-b-|
	//   got   -A-B-|
	//          ^
}

func ExampleExpectEach() {
	_, err := rxtest.Play(func(m *rxtest.Marbles) {
		rxtest.ExpectEach(m, windows(m.Hot("-ab-x--c-#")), "-p-----q-#", map[string]string{"p": "ab-|", "q": "c-#"})
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleShowEach() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		rxtest.ShowEach(m, "windows", windows(m.Hot("-ab-x--c-#")))
	})
	// Output:
	// hot      -ab-x--c-#
	// windows  -A-----B-#
	//   A      -ab-|
	//   B      -------c-#
}

func ExampleFailing() {
	_, err := rxtest.Play(func(m *rxtest.Marbles) {
		m.ExpectError(rxtest.Failing(m.Cold("-a-#"), io.EOF), "-a-#", io.EOF)
	})
	fmt.Println(err)
	// Output: <nil>
}

// How long to wait is drawn below what is waited for.
func ExampleMarbles_Time() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("          -a-bc----d-|")
		quiet := m.Time("         ---|")
		rxtest.Show(m, "debounce", rx.Pipe1(in, debounce(quiet)))
	})
	// Output:
	// hot       -a-bc----d-|
	// debounce  -------c---|
}
