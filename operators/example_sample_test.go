package operators_test

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func ExampleSample() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-b-c-----d-|")
		rxtest.Show(m, "Sample(4ms)", rx.Pipe1(in, operators.Sample[string](4*time.Millisecond)))
	})
	// Output:
	// hot          -a-b-c-----d-|
	// Sample(4ms)  ----b---c---d|
}

func ExampleSampleWhen() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in, tick := m.Hot("-a-b-c---d-|"), m.Hot("----x--x-x---")
		rxtest.Show(m, "SampleWhen", rx.Pipe1(in, operators.SampleWhen[string](tick)))
	})
	// Output:
	// hot         -a-b-c---d-|
	// hot         ----x--x-x
	// SampleWhen  ----b--c-d-|
}

func ExampleAudit() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-abc----d--|")
		rxtest.Show(m, "Audit(3ms)", rx.Pipe1(in, operators.Audit[string](3*time.Millisecond)))
	})
	// Output:
	// hot         -abc----d--|
	// Audit(3ms)  ----c------(d|)
}

func ExampleAuditWhen() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-[2]a--[4]bcd---|")
		window := func(s string) rx.Observable[int] {
			n, _ := strconv.Atoi(s) // milliseconds; 0 for a letter
			return operators.Timer(time.Duration(n) * time.Millisecond)
		}
		rxtest.Show(m, "AuditWhen", rx.Pipe1(in, operators.AuditWhen(window)))
	})
	// Output:
	// hot        -2a--4bcd---|
	// AuditWhen  ---a-----d--|
}

func ExampleDebounceWhen() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-B--------|")
		silence := func(s string) rx.Observable[int] {
			if s == "B" { // must wait longer
				return operators.Timer(5 * time.Millisecond)
			}
			return operators.Timer(time.Millisecond)
		}
		rxtest.Show(m, "DebounceWhen", rx.Pipe1(in, operators.DebounceWhen(silence)))
	})
	// Output:
	// hot           -a-B--------|
	// DebounceWhen  --a-----B---|
}

func ExampleDelayWhen() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-[5]-[1]-|")
		wait := func(s string) rx.Observable[int] {
			n, _ := strconv.Atoi(s)
			return operators.Timer(time.Duration(n) * time.Millisecond)
		}
		rxtest.Show(m, "DelayWhen", rx.Pipe1(in, operators.DelayWhen(wait)))
	})
	// Output:
	// hot        -5-1-|
	// DelayWhen  ----1-(5|)
}

func ExampleTimeInterval() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("--a---b-|")
		apart := operators.Map(func(e operators.Elapsed[string]) string { return e.Interval.Round(time.Millisecond).String() })
		rxtest.Show(m, "TimeInterval", rx.Pipe2(in, operators.TimeInterval, apart))
	})
	// Output:
	// cold          --a---    b-    |
	// TimeInterval  --[2ms]---[4ms]-|
}

func ExampleTimestamp() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Cold("--a---b-|")
		start := time.Now()
		since := operators.Map(func(s operators.Timestamped[string]) string {
			return s.Time.Sub(start).Truncate(time.Millisecond).String()
		})
		rxtest.Show(m, "Timestamp", rx.Pipe2(in, operators.Timestamp, since))
	})
	// Output:
	// cold       --a---    b-    |
	// Timestamp  --[2ms]---[6ms]-|
}

func ExampleTimestamped() {
	at := operators.Timestamped[string]{Value: "a", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	fmt.Println(at.Value, at.Time.Format(time.TimeOnly))
	// Output:
	// a 03:04:05
}

func ExampleElapsed() {
	slow := operators.Filter(func(e operators.Elapsed[string]) bool { return e.Interval > time.Second })
	waits := operators.Of(operators.Elapsed[string]{Value: "a", Interval: time.Minute}, operators.Elapsed[string]{Value: "b"})
	rx.Pipe1(waits, slow).Subscribe(context.Background(),
		rx.OnNext(func(e operators.Elapsed[string]) { fmt.Println(e.Value, "after", e.Interval) }))
	// Output:
	// a after 1m0s
}
