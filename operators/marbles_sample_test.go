package operators_test

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func TestMarbles_Sample(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		o := operators.Sample[string](4 * ms)
		passes(t, m, o)
		m.Expect(o(m.Hot("-a-b-c--------d-|", "^---------------!")), "----b---c-------|") // what waits is discarded
		m.Expect(o(m.Hot("----a---|")), "----a---|")                                      // inputs before timers
		m.Expect(o(m.Hot("-a-#", "^--!")), "---#")
		m.Expect(o(m.Hot("-a------", "^----!")), "----a", "^----!")
	})
}

func TestMarbles_SampleWhen(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		at := func(tick stream) op { return operators.SampleWhen[string](tick) }
		passes(t, m, at(operators.Never[string]()))
		m.Expect(at(m.Hot("---x-x---x--|", "^---------!"))(m.Hot("-ab---cd--|", "^---------!")), "---b-----d|")
		m.Expect(at(m.Hot("---x|", "^---!"))(m.Hot("-a--b--|", "^------!")), "---a---|")
		m.Expect(at(m.Hot("---x#", "^---!"))(m.Hot("-a--b--|", "^---!")), "---a#")
		m.Expect(at(m.Hot("--xx-", "^--!"))(m.Hot("-a-#", "^--!")), "--a#")
		m.Expect(at(operators.Of("x"))(operators.Of("a", "b")), "|")
		m.Expect(at(m.Cold("x", "(^!)"))(m.Cold("a", "(^!)")), "", "(^!)")
	})
}

func TestMarbles_Audit(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		o := operators.Audit[string](3 * ms)
		passes(t, m, o)
		m.Expect(o(m.Hot("-abc----d-e---f--|", "^----------------!")), "----c------e-----(f|)")
		m.Expect(o(m.Hot("-a--b-----|", "^---------!")), "----b-----|") // inputs before timers
		m.Expect(o(m.Hot("-ab|", "^--!")), "----(b|)")
		m.Expect(o(m.Hot("-ab#", "^--!")), "---#")
		m.Expect(o(m.Hot("-ab----", "^--!")), "---", "^--!")
		m.Expect(rx.Pipe1(o(m.Hot("-ab----", "^---!")), operators.Take[string](1)), "----(b|)")
		m.Expect(operators.Audit[string](time.Hour)(m.Hot("a 59m b 2h c")), " 60m  b 1h - 1h")
	})
}

func TestMarbles_AuditWhen(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		to := func(window stream) op { return operators.AuditWhen(func(string) stream { return window }) }
		passes(t, m, to(operators.Never[string]()))
		m.Expect(to(m.Cold("---x---x|", "-^--!", "--------^--!"))(m.Hot("-abc----d-|", "^---------!")), "----c------(d|)")
		m.Expect(to(m.Cold("--|", "-^-!", "----^-!"))(m.Hot("-ab-c---|", "^-------!")), "--------|")
		m.Expect(to(m.Cold("--|", "-^-!"))(m.Hot("-a|", "^-!")), "---|")
		m.Expect(to(m.Cold("--#", "-^-!"))(m.Hot("-ab---|", "^--!")), "---#")
		m.Expect(to(m.Cold("----x", "-^-!"))(m.Hot("-a-#", "^--!")), "---#")
		m.Expect(to(operators.Of("x"))(m.Hot("-a-b-|")), "-a-b-|")
	})
}

func TestMarbles_DebounceWhen(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		to := func(silence stream) op { return operators.DebounceWhen(func(string) stream { return silence }) }
		passes(t, m, to(operators.Never[string]()))
		m.Expect(to(m.Cold("---x", "-^-!", "---^!", "----^--!", "---------^-!"))(m.Hot("-a-bc----d-|", "^----------!")),
			"-------c---(d|)")
		m.Expect(to(m.Cold("-|", "-^!", "---^!"))(m.Hot("-a-b---|", "^------!")), "-------(b|)")
		m.Expect(to(m.Cold("-#", "-^!"))(m.Hot("-a-b---|", "^-!")), "--#")
		m.Expect(to(m.Cold("----x", "-^-!"))(m.Hot("-a-#", "^--!")), "---#")
		m.Expect(to(m.Cold("----x", "-^-!"))(m.Hot("-a-----", "^--!")), "", "^--!")
		m.Expect(to(operators.Of("x"))(m.Hot("-a-b-|")), "-a-b-|")
	})
}

func TestMarbles_DelayWhen(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		to := func(wait stream) op { return operators.DelayWhen(func(string) stream { return wait }) }
		passes(t, m, to(operators.Never[string]()))
		m.Expect(to(m.Cold("--x--x", "-^-!", "---^-!"))(m.Cold("-a-b|", "^---!")), "---a-(b|)")
		m.Expect(to(m.Cold("--|", "-^-!"))(m.Cold("-a|", "^-!")), "---|") // not emitted at all
		m.Expect(to(m.Cold("--#", "-^-!"))(m.Cold("-a-----|", "^--!")), "---#")
		m.Expect(to(m.Cold("---x", "-^-!"))(m.Cold("-a-#", "^--!")), "---#")
		overtaking := operators.DelayWhen(func(v string) stream {
			if v == "a" {
				return m.Cold("----x", "-^---!")
			}
			return m.Cold("-x", "--^!")
		})
		m.Expect(overtaking(m.Cold("-ab|", "^--!")), "---b-(a|)")
	})
}
