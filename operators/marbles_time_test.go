package operators_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/sethvargo/go-retry"
)

func TestMarbles_Debounce(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		o := operators.Debounce[string](3 * ms)
		passes(t, m, o)
		m.Expect(o(m.Hot("-a-bc----d-------|", "^----------------!")), "-------c----d----|")
		m.Expect(o(m.Hot("-a--b--c--|", "^---------!")), "----------(c|)") // inputs before timers
		m.Expect(o(m.Hot("-a---b---c|", "^---------!")), "----a---b-(c|)")
		m.Expect(o(m.Hot("-a-b-#", "^----!")), "-----#")
		m.Expect(o(m.Hot("-a------#", "^-------!")), "----a---#")
		m.Expect(o(m.Hot("-(abc)---|")), "----c----|")
		m.Expect(o(m.Hot("-a------b", "^---!")), "----", "^---!")
		m.Expect(operators.Debounce[string](0)(m.Hot("-a--b-|")), "-a--b-|")
		m.Expect(operators.Debounce[string](time.Hour)(m.Hot("a 59m b 2h c")), " 59m -  1h b")
	})
}

func TestMarbles_Delay(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		o := operators.Delay[string](3 * ms)
		m.Expect(o(m.Hot("-a-bc--|", "^------!")), "----a-b(c|)")
		m.Expect(o(m.Hot("-a------|", "^-------!")), "----a---|")
		m.Expect(o(m.Hot("-(ab|)", "^!")), "----(ab|)")
		m.Expect(o(m.Hot("-a-bc--#", "^------!")), "----a-b#")
		m.Expect(o(m.Hot("-a-bc--#", "^----!")), "----a", "^----!")
		m.Expect(o(m.Cold("|", "(^!)")), "|")
		m.Expect(o(m.Cold("#", "(^!)")), "#")
		m.Expect(rx.Pipe1(o(m.Hot("abc|")), operators.Take[string](1)), "---(a|)")
	})
}

func TestMarbles_Throttle(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		leading := operators.Throttle[string](3 * ms)
		passes(t, m, leading)
		m.Expect(leading(m.Hot("-abc-d--e-f-|", "^-----------!")), "-a---d----f-|")
		m.Expect(leading(m.Hot("-a--b--c|")), "-a-----c|") // a value at the end of the window is in it
		m.Expect(leading(m.Hot("-ab#")), "-a-#")
	})
}

func TestMarbles_ThrottleTrailing(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		both := operators.Throttle[string](3*ms, operators.WithTrailing(true))
		passes(t, m, both)
		m.Expect(both(m.Hot("-abc------d-----|", "^---------------!")), "-a--c-----d-----|")
		m.Expect(both(m.Hot("-a-bc-d-e-f-|", "^-----------!")), "-a--c--d--f-|")
		m.Expect(both(m.Hot("-ab|", "^--!")), "-a--(b|)")
		m.Expect(both(m.Hot("-a-|", "^--!")), "-a-|")
		m.Expect(both(m.Hot("-ab#", "^--!")), "-a-#")
		m.Expect(both(m.Hot("-abc-", "^--!")), "-a-", "^--!")
	})
}

func TestMarbles_ThrottleTrailingOnly(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		trailing := operators.Throttle[string](3*ms, operators.WithLeading(false), operators.WithTrailing(true))
		passes(t, m, trailing)
		m.Expect(trailing(m.Hot("-abc------d-----|", "^---------------!")), "----c--------d--|")
		m.Expect(trailing(m.Hot("-a|", "^-!")), "----(a|)")
		m.Expect(trailing(m.Hot("-a#", "^-!")), "--#")
	})
}

func TestMarbles_Retry(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		max := func(n uint64, b retry.Backoff) func() retry.Backoff {
			return func() retry.Backoff { return retry.WithMaxRetries(n, b) }
		}
		m.Expect(rx.Pipe1(m.Cold("-a#", "^-!", "--^-!", "----^-!"), operators.Retry[string](immediately(2))),
			"-a-a-a#")
		m.Expect(rx.Pipe1(m.Cold("--#"), operators.Retry[string](max(3, retry.NewExponential(10*ms)))),
			" 78ms #")
		constant := func() retry.Backoff { return retry.NewConstant(3 * ms) }
		m.Expect(rx.Pipe1(m.Cold("-a#", "^-!", "-----^-!", "----------^-!"), operators.Retry[string](constant)),
			"-a----a----a", "^-------------!")
		no := operators.WithRetryIf(func(error) bool { return false })
		m.Expect(rx.Pipe1(m.Cold("-a#", "^-!"), operators.Retry[string](constant, no)), "-a#")
		stable := operators.WithResetAfter(ms)
		m.Expect(rx.Pipe1(m.Cold("a-#", "^-!", "--^-!", "----^-!", "------^!"), operators.Retry[string](immediately(1), stable)),
			"a-a-a-a-", "^------!")
	})
}

func TestMarbles_Flatten(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		to := func(inner stream) func(string) stream {
			return func(string) stream { return inner }
		}
		passes(t, m, operators.SwitchMap(to(operators.Never[string]())))
		passes(t, m, operators.MergeMap(to(operators.Never[string]()), 0))
		passes(t, m, operators.ConcatMap(to(operators.Never[string]())))

		inner := m.Cold("x-y-z|", "-^--!", "----^----!")
		m.Expect(rx.Pipe1(m.Cold("-a--b|", "^----!"), operators.SwitchMap(to(inner))), "-x-yx-y-z|")
		inner = m.Cold("x-y-z|", "-^----!", "----^----!")
		m.Expect(rx.Pipe1(m.Cold("-a--b|", "^----!"), operators.MergeMap(to(inner), 0)), "-x-yxzy-z|")
		inner = m.Cold("x-y-z|", "-^----!", "------^----!")
		m.Expect(rx.Pipe1(m.Cold("-a--b|", "^----!"), operators.ConcatMap(to(inner))), "-x-y-zx-y-z|")
		inner = m.Cold("x----|", "-^----!", "-^----!", "------^----!", "------^----!", "-----------^----!")
		m.Expect(rx.Pipe1(m.Cold("-(abcde)|"), operators.MergeMap(to(inner), 2)), "-(xx)-(xx)-x----|")

		m.Expect(rx.Pipe1(m.Cold("-a--b|", "^--!"), operators.SwitchMap(to(m.Cold("x-#", "-^-!")))), "-x-#")
		m.Expect(rx.Pipe1(m.Cold("-a-#", "^--!"), operators.SwitchMap(to(m.Cold("x----", "-^-!")))), "-x-#")
		m.Expect(rx.Pipe1(m.Cold("-ab-#", "^---!"), operators.ConcatMap(to(m.Cold("x----", "-^--!")))), "-x--#")
		m.Expect(rx.Pipe1(m.Cold("-a--b", "^--!"), operators.SwitchMap(to(m.Cold("x-y", "-^-!")))), "-x-", "^--!")
		m.Expect(rx.Pipe1(m.Cold("-a-|"), operators.SwitchMap(to(operators.Empty[string]()))), "---|")
		m.Expect(rx.Pipe1(m.Cold("-a-|"), operators.SwitchMap(to(operators.Throw[string](rxtest.ErrMarble)))), "-#")
	})
}

// Boundaries in virtual time: the observer takes 3 ms for a value.
func TestMarbles_Backpressure(t *testing.T) {
	slow := operators.Tap(rx.OnNext(func(string) { pause(3 * ms) }))
	rxtest.Run(t, func(m *rxtest.Marbles) {
		through := func(o op, in string) stream { return rx.Pipe2(m.Hot(in), o, slow) }
		m.Expect(through(operators.OnBackpressureBuffer[string](9, rx.Fail), "abcd|"), "---a--b--c--(d|)")
		m.Expect(through(operators.OnBackpressureLatest[string](), "abcd------|"), "---a--d---|")
		m.Expect(through(operators.OnBackpressureDrop[string](), "abcd------|"), "---a--b---|")
		m.Expect(through(operators.OnBackpressureBuffer[string](2, rx.DropOldest), "abcdefghi|"), "---a--c--d--h--(i|)")
		m.Expect(through(operators.OnBackpressureBuffer[string](2, rx.DropNewest), "abcd----|"), "---a--b--(c|)")
		m.Expect(through(operators.OnBackpressureBuffer[string](9, rx.Block), "ab#"), "---a--(b#)")
		m.ExpectError(through(operators.OnBackpressureBuffer[string](1, rx.Fail), "abcdef"), "---a--(b#)", rx.ErrOverflow)
	})
}
