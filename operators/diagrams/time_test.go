package diagrams_test

import (
	"context"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// after is a duration that ends when a stream of its own says so.
func after(d time.Duration) func(string) rx.Observable[int] {
	return func(string) rx.Observable[int] { return operators.Timer(d) }
}

func timePictures() []picture {
	const in = "-a-bc------d-|"
	elapsed := operators.Map(func(e operators.Elapsed[string]) string { return fmt.Sprintf("%s %v", e.Value, e.Interval.Round(ms)) })
	stamped := func(src stream) stream {
		start := time.Now()
		return rx.Pipe2(src, operators.Timestamp, operators.Map(func(s operators.Timestamped[string]) string {
			return fmt.Sprintf("%s %v", s.Value, s.Time.Sub(start).Truncate(ms))
		}))
	}
	longer := func(v string) rx.Observable[int] {
		return operators.Timer(map[string]time.Duration{"a": 6 * ms, "b": 2 * ms}[v])
	}
	return []picture{
		of("Debounce", "Debounce(3ms)", in, operators.Debounce[string](3*ms)),
		of("DebounceWhen", "DebounceWhen(timer 3ms)", in, operators.DebounceWhen(after(3*ms))),
		of("Throttle", "Throttle(4ms)", "-a-b-c--d---|", operators.Throttle[string](4*ms)),
		of("Throttle", "Throttle(4ms, WithTrailing(true))", "-a-b-c--d---|", operators.Throttle[string](4*ms, operators.WithTrailing(true))),
		of("Audit", "Audit(4ms)", in, operators.Audit[string](4*ms)),
		of("AuditWhen", "AuditWhen(timer 4ms)", in, operators.AuditWhen(after(4*ms))),
		of("Sample", "Sample(4ms)", in, operators.Sample[string](4*ms)),
		{"SampleWhen", "SampleWhen(ticks)", func(m *rxtest.Marbles) {
			src, ticks := m.Hot(in), m.Hot("---x---y-z---x-")
			rxtest.Show(m, "", operators.SampleWhen[string](ticks)(src))
		}},
		of("Delay", "Delay(3ms)", "-a-b--c-|", operators.Delay[string](3*ms)),
		of("DelayWhen", "DelayWhen(a: 6ms, b: 2ms)", "-a-b-----|", operators.DelayWhen(longer)),
		of("Timestamp", "Timestamp", "---a-------b------|", rx.Operator[string, string](stamped)),
		of("TimeInterval", "TimeInterval", "---a-------b------|", func(src stream) stream {
			return rx.Pipe2(src, operators.TimeInterval, elapsed)
		}),
		of("RateLimit", "RateLimit(2, 6ms)", "-abcde----|", operators.RateLimit[string](2, 6*ms)),
	}
}

func backpressurePictures() []picture {
	// slow has an observer that takes 4 ms for each value.
	slow := func(operator, title string, boundary op) picture {
		return picture{operator, title, func(m *rxtest.Marbles) {
			busy := operators.Tap(rx.OnNext(func(string) { pause(4 * ms) }))
			rxtest.Show(m, "observer, 4ms a value", rx.Pipe2(m.Hot("-abcdefg------|"), boundary, busy))
		}}
	}
	letter := func(v string) string { return v[:1] }
	return []picture{
		slow("OnBackpressureBuffer", "OnBackpressureBuffer(2, rx.DropOldest)", operators.OnBackpressureBuffer[string](2, rx.DropOldest)),
		slow("OnBackpressureBuffer", "OnBackpressureBuffer(2, rx.DropNewest)", operators.OnBackpressureBuffer[string](2, rx.DropNewest)),
		slow("OnBackpressureBuffer", "OnBackpressureBuffer(2, rx.Block)", operators.OnBackpressureBuffer[string](2, rx.Block)),
		slow("OnBackpressureFail", "OnBackpressureFail(2)", operators.OnBackpressureFail[string](2)),
		slow("OnBackpressureLatest", "OnBackpressureLatest()", operators.OnBackpressureLatest[string]()),
		slow("OnBackpressureDrop", "OnBackpressureDrop()", operators.OnBackpressureDrop[string]()),
		slow("ObserveOn", "ObserveOn(2)", operators.ObserveOn[string](2)),
		{"ConflateBy", "ConflateBy(letter, 8, rx.Fail)", func(m *rxtest.Marbles) {
			busy := operators.Tap(rx.OnNext(func(string) { pause(4 * ms) }))
			conflated := operators.ConflateBy(letter, 8, rx.Fail)
			rxtest.Show(m, "observer, 4ms a value", rx.Pipe2(m.Hot("-[a1]-[b1]-[a2]-[b2]-[a3]----|"), conflated, busy))
		}},
	}
}

// multicastPictures have two observers of one stream, the second one late.
func multicastPictures() []picture {
	shared := func(operator, title string, share op) picture {
		return picture{operator, title, func(m *rxtest.Marbles) {
			o := share(m.Cold("-a--b--c-|"))
			rxtest.Show(m, "first", o)
			rxtest.Show(m, "second", o, "-----^")
		}}
	}
	connected := func(operator, title string, make func(stream) *operators.Connectable[string]) picture {
		return picture{operator, title, func(m *rxtest.Marbles) {
			c := make(m.Cold("-a--b--c-|"))
			m.Do("---x", func(string) { c.Connect(context.Background()) })
			rxtest.Show(m, "first", c.Observable())
			rxtest.Show(m, "second", c.Observable(), "--------^")
		}}
	}
	return []picture{
		shared("Share", "Share()", operators.Share[string]()),
		shared("ShareReplay", "ShareReplay(1, 0)", operators.ShareReplay[string](1, 0)),
		connected("Publish", "Publish, connected at 3ms", operators.Publish[string]),
		connected("Replay", "Replay(1, 0), connected at 3ms", func(o stream) *operators.Connectable[string] {
			return operators.Replay(o, 1, 0)
		}),
	}
}
