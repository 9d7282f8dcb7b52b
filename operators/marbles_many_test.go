package operators_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func TestMarbles_ExhaustMap(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		passes(t, m, operators.ExhaustMap(func(s string) stream { return operators.Of(s) }))
		a := m.Cold("x-y-z|", "-^----!", "---------^----!")
		to := operators.ExhaustMap(func(string) stream { return a })
		m.Expect(to(m.Hot("-a-b-----c|", "^---------!")), "-x-y-z---x-y-z|") // c comes behind the end
		b := m.Cold("x-#", "-^-!")
		to = operators.ExhaustMap(func(string) stream { return b })
		m.Expect(to(m.Hot("-a---c|", "^--!")), "-x-#")
		c := m.Cold("x----z|", "-^-!")
		to = operators.ExhaustMap(func(string) stream { return c })
		m.Expect(to(m.Hot("-a---c|", "^--!")), "-x", "^--!")
	})
}

func TestMarbles_Expand(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		none := func(string) stream { return operators.Empty[string]() }
		passes(t, m, operators.Expand(none, 0))
		grow := func(s string) stream {
			if len(s) == 3 {
				return operators.Empty[string]()
			}
			return rx.Pipe1(operators.Of(s+"x"), operators.Delay[string](2*ms))
		}
		m.Expect(operators.Expand(grow, 0)(m.Hot("a-----b|", "^------!")), "a-[ax]-[axx]-b-[bx]-([bxx]|)")
		// One at a time: b has its turn before what comes of a.
		m.Expect(operators.Expand(grow, 1)(m.Hot("ab|", "^-!")), "a-b-[ax]-[bx]-([axx][bxx]|)")
		fails := func(string) stream { return m.Cold("--#") }
		m.Expect(operators.Expand(fails, 0)(m.Hot("a--b-|", "^-!")), "a-#")
	})
}

func TestMarbles_Zip(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		zip := func(a, b stream) stream { return operators.Zip2(a, b, join) }
		m.Expect(zip(m.Hot("-a-b----c-|", "^-------!"), m.Hot("--x----y|", "^-------!")), "--[ax]----[by]|") // x, y: the last
		m.Expect(zip(m.Hot("-ab-|", "^---!"), m.Hot("----x-y--z|", "^-----!")), "----[ax]-([by]|)")
		m.Expect(zip(m.Hot("-a---|", "^--!"), m.Hot("---#", "^--!")), "---#")
		m.Expect(zip(operators.Empty[string](), m.Hot("--x", "")), "|")
		m.Expect(zip(m.Hot("-a", "^--!"), m.Hot("-x", "^--!")), "-[ax]", "^--!")
	})
}

func TestMarbles_Race(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		race := func(a, b stream) stream { return operators.Race(a, b) }
		m.Expect(race(m.Cold("--a-b|", "^!"), m.Cold("-x--y-|", "^-----!")), "-x--y-|")
		m.Expect(race(m.Cold("-a-b|", "^---!"), m.Cold("-x--y-|", "^!")), "-a-b|")
		m.Expect(race(m.Cold("-#", "^!"), m.Cold("--x", "^!")), "-#")
		m.Expect(race(m.Cold("-|", "^!"), m.Cold("--x", "^!")), "-|")
		m.Expect(race(operators.Of("a"), m.Cold("x", "")), "(a|)") // the second is not subscribed to
		m.Expect(race(m.Cold("---a", "^-!"), m.Cold("---x", "^-!")), "--", "^-!")
	})
}

func TestMarbles_ForkJoin(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		fork := func(a, b stream) stream { return worded(operators.ForkJoin(a, b)) }
		m.Expect(fork(m.Cold("-a-b|", "^---!"), m.Cold("--x---|", "^-----!")), "------([bx]|)")
		m.Expect(fork(m.Cold("-a-b", "^--!"), m.Cold("---|", "^--!")), "---|")
		m.Expect(fork(m.Cold("-a|", "^-!"), m.Cold("-x-#", "^--!")), "---#")
	})
}

func TestMarbles_Catch(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		other := m.Cold("-x-|", "---^--!")
		m.Expect(operators.Catch(func(error) stream { return other })(m.Hot("-a-#", "^--!")), "-a--x-|")
		again := m.Cold("-x-#", "---^--!")
		m.Expect(operators.Catch(func(error) stream { return again })(m.Hot("-a-#", "^--!")), "-a--x-#")
		left := m.Cold("-x-----", "---^---!")
		m.Expect(operators.Catch(func(error) stream { return left })(m.Hot("-a-#", "^--!")), "-a--x", "^------!")
		second, third := m.Cold("-b#", "--^-!"), m.Cold("c|", "----^!")
		m.Expect(operators.OnErrorResumeNext(second, third)(m.Hot("-a|", "^-!")), "-a-bc|")
	})
}

func TestMarbles_Timeout(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		limit := func(first, each time.Duration) op { return operators.Timeout[string](first, each) }
		passes(t, m, operators.Timeout(time.Hour, 0, operators.WithFallback(operators.Of("z"))))
		m.ExpectError(limit(3*ms, 0)(m.Hot("----a", "^--!")), "---#", operators.ErrTimeout)
		m.Expect(limit(3*ms, 0)(m.Hot("---a 9ms b|", "^-- 11ms !")), "---a 9ms b|") // in time, just
		m.ExpectError(limit(0, 2*ms)(m.Hot("-a-b---c", "^----!")), "-a-b-#", operators.ErrTimeout)
		m.ExpectError(limit(5*ms, 2*ms)(m.Hot("----a----", "^-----!")), "----a-#", operators.ErrTimeout)
		m.ExpectError(limit(2*ms, 6*ms)(m.Hot("-a-----b-------", "^------------!")), "-a-----b-----#", operators.ErrTimeout)
		m.Expect(limit(2*ms, 2*ms)(m.Hot("-a-#", "^--!")), "-a-#")
		m.Expect(limit(2*ms, 2*ms)(m.Hot("-a-----", "^-!")), "-a", "^-!")
		other := m.Cold("x----y|", "---^-----!")
		m.Expect(operators.Timeout(0, 2*ms, operators.WithFallback(other))(m.Hot("-a---b", "^--!")), "-a-x----y|")
	})
}

func TestMarbles_Repeat(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		wait := operators.WithRepeatDelay(2 * ms)
		m.Expect(operators.Repeat[string](2)(m.Cold("-a|", "^-!", "--^-!")), "-a-a|")
		m.Expect(operators.Repeat[string](2, wait)(m.Cold("-a|", "^-!", "----^-!")), "-a---a|")
		m.Expect(operators.Repeat[string](3, wait)(m.Cold("-a|", "^-!")), "-a-", "^--!") // left while it waits
		m.Expect(operators.Repeat[string](3, wait)(m.Cold("-a#", "^-!")), "-a#")
	})
}

func TestMarbles_Batch(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		batch := func(n int, wait time.Duration) op {
			return func(o stream) stream { return worded(operators.Batch[string](n, wait)(o)) }
		}
		passes(t, m, batch(3, time.Second))
		m.Expect(batch(2, 0)(m.Hot("-a-bc--|", "^------!")), "---[ab]---([c]|)")
		m.Expect(batch(9, 3*ms)(m.Hot("-ab--c-------d-|", "^--------------!")), "----[ab]---[c]------([d]|)")
		m.Expect(batch(2, 3*ms)(m.Hot("-abc----|", "^-------!")), "--[ab]---[c]-|") // a full one sets the time anew
		m.Expect(batch(9, 3*ms)(m.Hot("-ab#", "^--!")), "---([ab]#)")
		m.Expect(batch(9, 3*ms)(m.Hot("-ab---", "^--!")), "---", "^--!")
	})
}

func TestMarbles_RateLimit(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		limit := func(n int, opts ...operators.DropOption) op {
			return operators.RateLimit[string](n, time.Duration(n)*3*ms, opts...)
		}
		passes(t, m, limit(2))
		m.Expect(limit(1)(m.Hot("abc-------d-|", "^-----------!")), "a--b--c---d-|")
		m.Expect(limit(2)(m.Hot("abcd----------efg|", "^----------------!")), "ab-c--d-------ef-(g|)")
		m.Expect(limit(1)(m.Hot("abc#", "^--!")), "a--b--(c#)")
		drop, oldest := operators.WithQueue(1, rx.DropNewest), operators.WithQueue(1, rx.DropOldest)
		m.Expect(limit(1, drop)(m.Hot("abc-d-------|", "^-----------!")), "a--b--d-----|")
		m.Expect(limit(1, oldest)(m.Hot("abc-d-------|", "^-----------!")), "a--c--d-----|")
		m.Expect(limit(1, operators.WithQueue(0, rx.DropNewest))(m.Hot("abcd-e-f|", "^-------!")), "a----e--|")
		m.ExpectError(limit(1, operators.WithQueue(1, rx.Fail))(m.Hot("abc----|", "^-!")), "a--(b#)", rx.ErrOverflow)
		m.Expect(limit(1)(m.Hot("abc----", "^---!")), "a--b", "^---!")
	})
}

// worded has the values of a slice in one word.
func worded(o rx.Observable[[]string]) stream {
	return rx.Pipe1(o, operators.Map(func(all []string) string { return strings.Join(all, "") }))
}
