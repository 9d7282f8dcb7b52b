package operators_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// TestMarbles_Kept has the operators with one source and without a timer that keep
// something of it.
func TestMarbles_Kept(t *testing.T) {
	notB := func(s string) bool { return s != "b" }
	for _, c := range []struct {
		name string
		op   op
		// in, what comes out, when the source is subscribed to
		marbles [][3]string
	}{
		{"TakeLast(2)", operators.TakeLast[string](2), [][3]string{
			{"-a-b-c-|", "-------(bc|)", "^------!"}, {"-a-|", "---(a|)", "^--!"}, {"-a-#", "---#", "^--!"}}},
		{"SkipLast(2)", operators.SkipLast[string](2), [][3]string{
			{"-a-b-c-d-|", "-----a-b-|", "^--------!"}, {"-a-|", "---|", "^--!"}, {"-a-b-c#", "-----a#", "^-----!"}}},
		{"TakeWhileInclusive", operators.TakeWhileInclusive(notB), [][3]string{
			{"-a-c-b-d-|", "-a-c-(b|)", "^----!"}, {"-a-|", "-a-|", "^--!"}, {"b", "(b|)", "(^!)"}}},
		{"SkipWhile", operators.SkipWhile(func(s string) bool { return s == "b" }), [][3]string{
			{"-b-b-a-b-|", "-----a-b-|", "^--------!"}, {"-b-|", "---|", "^--!"}}},
		{"IgnoreElements", operators.IgnoreElements[string], [][3]string{
			{"-a-b-|", "-----|", "^----!"}, {"-a-#", "---#", "^--!"}}},
		{"ThrowIfEmpty, then not", func(o stream) stream {
			return rx.Pipe2(o, operators.StartWith("x"), operators.Skip[string](1))
		}, [][3]string{{"-a-|", "-a-|", "^--!"}}},
		{"Distinct", operators.Distinct(strings.ToLower, 0), [][3]string{
			{"-a-A-b-a-B-c|", "-a---b-----c|", "^-----------!"}}},
		{"Materialize, Dematerialize", func(o stream) stream {
			return rx.Pipe2(o, operators.Materialize, operators.Dematerialize)
		}, [][3]string{{"-a-b-|", "-a-b-|", "^----!"}, {"-a-#", "-a-#", "^--!"}}},
		{"TimeInterval", func(o stream) stream {
			return rx.Pipe2(o, operators.TimeInterval, operators.Map(func(e operators.Elapsed[string]) string { return e.Value }))
		}, [][3]string{{"-a-b-|", "-a-b-|", "^----!"}}},
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

// One value of a stream, or the error that there is none.
func TestMarbles_One(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		m.Expect(rx.Pipe1(m.Cold("-a-b-|", "^!"), operators.First), "-(a|)")
		m.ExpectError(rx.Pipe1(m.Cold("---|", "^--!"), operators.First), "---#", operators.ErrEmpty)
		m.Expect(rx.Pipe1(m.Cold("-a-b-|", "^----!"), operators.Last), "-----(b|)")
		m.Expect(rx.Pipe1(m.Cold("-a-b-#", "^----!"), operators.Last), "-----#")
		m.ExpectError(rx.Pipe1(m.Cold("---|"), operators.Last), "---#", operators.ErrEmpty)
		m.Expect(rx.Pipe1(m.Cold("-a-b-c-|", "^--!"), operators.ElementAt[string](1)), "---(b|)")
		m.ExpectError(rx.Pipe1(m.Cold("-a-|", "^--!"), operators.ElementAt[string](1)), "---#", operators.ErrOutOfRange)
		m.Expect(rx.Pipe1(m.Cold("-a---|", "^----!"), operators.Single), "-----(a|)")
		m.ExpectError(rx.Pipe1(m.Cold("-a-b-|", "^--!"), operators.Single), "---#", operators.ErrSequence)
		m.Expect(rx.Pipe1(m.Cold("-a|", "^-!"), operators.DefaultIfEmpty("x")), "-a|")
		m.Expect(rx.Pipe1(m.Cold("--|", "^-!"), operators.DefaultIfEmpty("x")), "--(x|)")
		m.ExpectError(rx.Pipe1(m.Cold("--|", "^-!"), operators.ThrowIfEmpty[string](operators.ErrEmpty)), "--#", operators.ErrEmpty)
	})
}

func TestMarbles_Reduce(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		m.Expect(rx.Pipe1(m.Cold("-a-b-|", "^----!"), operators.Reduce("", join)), "-----([ab]|)")
		m.Expect(rx.Pipe1(m.Cold("-a-b-#", "^----!"), operators.Reduce("", join)), "-----#")
		m.Expect(rx.Pipe1(m.Cold("-a-b-c", "^----!"), operators.Reduce("", join)), "-", "^----!")
	})
}

func TestMarbles_SkipUntil(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		until := func(start stream) op { return operators.SkipUntil[string](start) }
		passes(t, m, until(operators.Of("x")))
		src := func(leaves string) stream { return m.Hot("-a-b-c-d-|", leaves) }
		m.Expect(until(m.Hot("----z---z|", "^---!"))(src("^--------!")), "-----c-d-|")
		m.Expect(until(m.Hot("----|", "^---!"))(src("^--------!")), "---------|")
		m.Expect(until(m.Hot("----#", "^---!"))(src("^---!")), "----#")
		m.Expect(until(m.Hot("------------z", "^--------!"))(src("^--------!")), "---------|")
		m.Expect(until(m.Hot("--z", "^-!"))(src("^---!")), "---b", "^---!")
	})
}

// The first interval begins with the subscription; the clock is the bubble's.
func TestMarbles_TimeInterval(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		apart := operators.Map(func(e operators.Elapsed[string]) string {
			return e.Interval.Round(ms).String()
		})
		m.Expect(rx.Pipe2(m.Hot("---a-b------c|"), operators.TimeInterval, apart), "---[2ms]-[2ms]------[7ms]|", "-^")
	})
}

func TestMarbles_Timestamp(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		start := time.Now()
		since := operators.Map(func(s operators.Timestamped[string]) string {
			return s.Value + s.Time.Sub(start).Truncate(ms).String()
		})
		m.Expect(rx.Pipe2(m.Hot("---a-b|"), operators.Timestamp, since), "---[a3ms]-[b5ms]|")
	})
}
