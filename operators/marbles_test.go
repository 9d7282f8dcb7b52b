package operators_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

const ms = time.Millisecond

type (
	stream = rx.Observable[string]
	op     = rx.Operator[string, string]
)

// pause lets time pass, in a bubble.
func pause(d time.Duration) { <-time.NewTimer(d).C }

func join(a, b string) string { return a + b }

// sameAsIts says that an operator passes everything that is not its business:
// nothing, an empty source, errors, and unsubscription by the observer.
func passes(t *testing.T, m *rxtest.Marbles, o op) {
	t.Helper()
	m.Expect(o(m.Cold("-", "^")), "-")
	m.Expect(o(m.Cold("|", "(^!)")), "|")
	m.Expect(o(m.Cold("#", "(^!)")), "#")
	m.Expect(o(m.Hot("---|", "^--!")), "---|")
	m.Expect(o(m.Hot("---#", "^--!")), "---#")
	m.Expect(o(m.Hot("------#", "-^-!")), "-", "-^-!")
}

// TestMarbles_Single has the operators with one source, no timer and no boundary.
func TestMarbles_Single(t *testing.T) {
	notB := func(s string) bool { return s != "b" }
	failAtB := func(s string) (string, error) {
		if s == "b" {
			return "", rxtest.ErrMarble
		}
		return s, nil
	}
	for _, c := range []struct {
		name string
		op   op
		// in, what comes out, when the source is subscribed to
		marbles [][3]string
	}{
		{"Map", operators.Map(strings.ToUpper), [][3]string{
			{"-a-b-c-|", "-A-B-C-|", "^------!"}, {"-a-#", "-A-#", "^--!"}, {"(ab|)", "(AB|)", "(^!)"}}},
		{"MapErr", operators.MapErr(failAtB), [][3]string{
			{"-a-c-|", "-a-c-|", "^----!"}, {"-a-b-c-|", "-a-#", "^--!"}}},
		{"Scan", operators.Scan("", join), [][3]string{
			{"-a-b-c-|", "-a-[ab]-[abc]-|", "^------!"}, {"-a-b-#", "-a-[ab]-#", "^----!"}}},
		{"Pairwise", pairs, [][3]string{
			{"-a-b-c-|", "---[ab]-[bc]-|", "^------!"}, {"-a-|", "---|", "^--!"}, {"-a-#", "---#", "^--!"}}},
		{"Filter", operators.Filter(notB), [][3]string{
			{"-a-b-c-|", "-a---c-|", "^------!"}, {"-b-#", "---#", "^--!"}}},
		{"FilterMap", operators.FilterMap(func(s string) (string, bool) { return s + s, notB(s) }), [][3]string{
			{"-a-b-c-|", "-[aa]---[cc]-|", "^------!"}}},
		{"Take(2)", operators.Take[string](2), [][3]string{
			{"-a-b-c-|", "-a-(b|)", "^--!"}, {"-a-|", "-a-|", "^--!"}, {"-a-#", "-a-#", "^--!"},
			{"(abc|)", "(ab|)", "(^!)"}, {"-(abc)-", "-(ab|)", "^!"}, {"-a-b--#", "-a-(b|)", "^--!"}}},
		{"TakeWhile", operators.TakeWhile(notB), [][3]string{
			{"-a-c-b-d-|", "-a-c-|", "^----!"}, {"-a-|", "-a-|", "^--!"}, {"b", "|", "(^!)"}}},
		{"Skip(2)", operators.Skip[string](2), [][3]string{
			{"-a-b-c-|", "-----c-|", "^------!"}, {"-a-|", "---|", "^--!"}, {"-a-#", "---#", "^--!"}}},
		{"DistinctUntilChanged", operators.DistinctUntilChanged[string], [][3]string{
			{"-a-a-b-a-a-|", "-a---b-a---|", "^----------!"}, {"aa#", "a-#", "^-!"}}},
		{"DistinctUntilChangedBy", operators.DistinctUntilChangedBy(notB), [][3]string{
			{"-a-c-b-b-d|", "-a---b---d|", "^---------!"}}},
		{"DistinctUntilChangedFunc", operators.DistinctUntilChangedFunc(strings.EqualFold), [][3]string{
			{"-a-A-b-B-a|", "-a---b---a|", "^---------!"}}},
		{"Tap", operators.Tap(rx.Observer[string]{Next: func(string) {}, Complete: func() {}}), [][3]string{
			{"-a-b-|", "-a-b-|", "^----!"}}},
		{"Finally", operators.Finally[string](func() {}), [][3]string{{"-a-b-|", "-a-b-|", "^----!"}}},
		{"Retry", operators.Retry[string](immediately(0)), [][3]string{{"-a-b-|", "-a-b-|", "^----!"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rxtest.Run(t, func(m *rxtest.Marbles) {
				passes(t, m, c.op)
				for _, d := range c.marbles {
					m.Expect(c.op(m.Cold(d[0], d[2])), d[1])
				}
			})
		})
	}
}

func pairs(src stream) stream {
	return rx.Pipe2(src, operators.Pairwise, operators.Map(func(p [2]string) string { return p[0] + p[1] }))
}

func TestMarbles_Creation(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		m.Expect(operators.Of("a", "b"), "--(ab|)", "--^")
		m.Expect(operators.Empty[string](), "|")
		m.Expect(operators.Never[string](), "-")
		m.Expect(operators.Throw[string](rxtest.ErrMarble), "#")
		rxtest.ExpectOf(m, operators.Timer(3*ms), "---(0|)", nil)
		rxtest.ExpectOf(m, operators.Timer(3*ms), "--", nil, "^-!")
		rxtest.ExpectOf(m, operators.Timer(-1), "-(0|)", nil, "-^")
		rxtest.ExpectOf(m, operators.Timer(24*time.Hour), " 24h (0|)", nil)
		rxtest.ExpectOf(m, operators.Interval(3*ms), "---0--1--2-", nil, "^----------!")
		rxtest.ExpectOf(m, operators.Interval(3*ms), "----0--1-", nil, "-^-------!")
		m.Expect(operators.Defer(func() stream { return m.Cold("-a|", "--^-!") }), "---a|", "--^")
	})
}

// Ticks are due at multiples of the period: a slow observer misses beats, and the
// stream gets back into step.
func TestMarbles_IntervalDoesNotDrift(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		slow := operators.Tap(rx.OnNext(func(n int) {
			if n == 1 {
				pause(7 * ms)
			}
		}))
		rxtest.ExpectOf(m, rx.Pipe1(operators.Interval(3*ms), slow), "---0---------1-2--3-", nil, "^------------------!")
	})
}

func TestMarbles_TakeUntil(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		until := func(stop stream) op { return operators.TakeUntil[string](stop) }
		passes(t, m, until(operators.Never[string]()))
		src := func(leaves string) stream { return m.Hot("-a-b-c-d-|", leaves) }
		m.Expect(until(m.Hot("----z---z|", "^---!"))(src("^---!")), "-a-b|")
		m.Expect(until(m.Hot("----|", "^---!"))(src("^--------!")), "-a-b-c-d-|")
		m.Expect(until(m.Hot("----#", "^---!"))(src("^---!")), "-a-b#")
		m.Expect(until(m.Hot("------------z", "^--------!"))(src("^--------!")), "-a-b-c-d-|")
		m.Expect(until(m.Cold("z", "(^!)"))(src("(^!)")), "|")
		m.Expect(until(operators.Of("z"))(src("")), "|")
		m.Expect(until(m.Hot("-----z", "^--!"))(src("^--!")), "-a", "^--!")
	})
}

func TestMarbles_Merge(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		merge := func(a, b stream) stream { return operators.Merge(a, b) }
		passes(t, m, func(o stream) stream { return merge(o, operators.Empty[string]()) })
		m.Expect(merge(m.Hot("-a---b-|", "^------!"), m.Hot("---x---y-|", "^--------!")), "-a-x-b-y-|")
		m.Expect(merge(m.Cold("-a-#", "^--!"), m.Cold("--x-----|", "^--!")), "-ax#")
		m.Expect(merge(m.Hot("-a-"), m.Hot("-b-|")), "-(ab)-")
		m.Expect(merge(m.Hot("-a-b-c-", "^--!"), m.Hot("--x-y-z-", "^--!")), "-ax", "^--!")
	})
}

func TestMarbles_Concat(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		concat := func(a, b stream) stream { return operators.Concat(a, b) }
		passes(t, m, func(o stream) stream { return concat(operators.Empty[string](), o) })
		passes(t, m, func(o stream) stream { return concat(o, operators.Empty[string]()) })
		m.Expect(concat(m.Cold("-a-|", "^--!"), m.Cold("-b-|", "---^--!")), "-a--b-|")
		m.Expect(concat(m.Cold("-a-#", "^--!"), m.Cold("-b-|", "")), "-a-#")
		m.Expect(concat(m.Cold("-a-|", "^--!"), m.Cold("-b-#", "---^--!")), "-a--b-#")
		m.Expect(concat(m.Cold("-a-|", "^--!"), m.Hot("-x--y-z", "---^-!")), "-a--y-", "^----!")
	})
}

func TestMarbles_StartWith(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		start := operators.StartWith("x", "y")
		m.Expect(start(m.Cold("-----a-|", "^------!")), "(xy)-a-|")
		m.Expect(start(m.Cold("------a-|", "^-------!")), "(xy)--a-|")
		m.Expect(start(m.Hot("--a--", "-(^!)")), "-(xy)", "-(^!)")
		m.Expect(start(m.Cold("-----#", "^----!")), "(xy)-#")
	})
}

func TestMarbles_CombineLatest(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		both := func(a, b stream) stream { return operators.CombineLatest2(a, b, join) }
		m.Expect(both(m.Hot("-a---b-|", "^------!"), m.Hot("---x---y-|", "^--------!")), "---[ax]-[bx]-[by]-|")
		m.Expect(both(m.Hot("-a-|", "^--!"), m.Hot("-----x-|", "^------!")), "-----[ax]-|")
		m.Expect(both(m.Hot("-a-#", "^--!"), m.Hot("--x----", "^--!")), "--[ax]#")
		m.Expect(both(m.Hot("|", "(^!)"), m.Hot("-----|", "^----!")), "-----|")
		m.Expect(both(m.Hot("|", "(^!)"), m.Hot("-", "^")), "-") // as RxJS does, not as it says
		m.Expect(both(m.Hot("-a", "^-!"), m.Hot("--b", "^-!")), "--", "^-!")
		three := operators.CombineLatest3(m.Hot("a-----d|"), m.Hot("-b---|"), m.Hot("--c-e-|"),
			func(a, b, c string) string { return a + b + c })
		m.Expect(three, "--[abc]-[abe]-[dbe]|")
		all := operators.CombineLatest(m.Hot("a---c|"), m.Hot("--b--|"))
		rxtest.ExpectOf(m, all, "--1-2|", map[string][]string{"1": {"a", "b"}, "2": {"c", "b"}})
	})
}

func TestMarbles_WithLatestFrom(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		with := func(o stream) op { return operators.WithLatestFrom(o, join) }
		passes(t, m, with(operators.Of("z")))
		m.Expect(with(m.Hot("--x---y----", "^--------!"))(m.Hot("-a-b-c-d-|", "^--------!")), "---[bx]-[cx]-[dy]-|")
		m.Expect(with(m.Hot("--x-|", "^---!"))(m.Hot("-a-b-c-d-|", "^--------!")), "---[bx]-[cx]-[dx]-|")
		m.Expect(with(m.Hot("--x-#", "^---!"))(m.Hot("-a-b-c-d-|", "^---!")), "---[bx]#")
		m.Expect(with(m.Hot("-x-", "^--!"))(m.Hot("--a#", "^--!")), "--[ax]", "^--!")
	})
}
