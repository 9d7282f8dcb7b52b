package rxtest_test

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

func upper(src rx.Observable[string]) rx.Observable[string] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
		next := out.Next
		out.Next = func(v string) { next(strings.ToUpper(v)) }
		src.Attach(g, out)
	})
}

// debounce is the least operator that has a timer.
func debounce(d time.Duration) rx.Operator[string, string] {
	return func(src rx.Observable[string]) rx.Observable[string] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
			var pending *time.Timer
			cancel := func() {
				if pending != nil {
					pending.Stop()
				}
			}
			order := rx.NewSerial(g, out.Error, func(f func()) { f() })
			g.Add(cancel)
			src.Attach(g, rx.Observer[string]{
				Next: func(v string) {
					order.Push(func() {
						cancel()
						pending = time.AfterFunc(d, func() {
							g.Turn(out.Error, func() { order.Push(func() { out.Next(v) }) })
						})
					})
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

func concat(all ...rx.Observable[string]) rx.Observable[string] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
		var attach func(i int)
		attach = func(i int) {
			if i == len(all) {
				out.Complete()
				return
			}
			c := g.Child()
			all[i].Attach(c, rx.Observer[string]{Next: out.Next, Error: out.Error, Complete: func() { c.Close(); attach(i + 1) }})
		}
		attach(0)
	})
}

func TestMarbles_HotAndCold(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		m.Expect(m.Hot("-a-b-c|"), "-a-b-c|")
		m.Expect(m.Hot("-a-^b-c|"), "-b-c|")
		m.Expect(m.Hot("-a-b-c|"), "---b--", "--^--!")
		m.Expect(m.Cold("-a-b-c|"), "---a-b-c|", "--^")
		m.Expect(m.Cold("-a-b-c|"), "---a-b", "--^---!")
		m.Expect(m.Cold("(ab)-#"), "--(ab)-#", "--^")
		m.Expect(m.Cold("-(ab|)"), "-(ab|)")
		m.Expect(m.Cold("-a 2h b|"), "-a 2h b|")
		m.Expect(upper(m.Cold("-a-|")), "-A-|")
		m.Expect(rx.Observable[string]{}, "|")
		m.ExpectError(m.Cold("--#"), "--#", rxtest.ErrMarble)
	})
}

func TestMarbles_Subscriptions(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		a, b := m.Cold("-a-|", "^--!", "-----^--!"), m.Cold("-b-|", "---^--!", "--------^!")
		both := concat(a, b)
		m.Expect(both, "-a--b-|")
		m.Expect(both, "------a--", "-----^---!")
		hot := m.Hot("-a-b-c|", "-^---!", "--^---!")
		m.Expect(hot, "-a-b--", "-^---!")
		m.Expect(hot, "---b-c|", "--^")
		m.Cold("-a|", "") // nobody
		m.Expect(m.Hot("----", "^"), "")
	})
}

// Everything at one instant is a tie that timers leave to chance; here it is not.
func TestMarbles_TiesAreDecided(t *testing.T) {
	for range 50 {
		rxtest.Run(t, func(m *rxtest.Marbles) {
			m.Expect(rx.Pipe1(m.Hot("-a--b----c|"), debounce(3*ms)), "-------b--|") // b comes before a's timer
			m.Expect(rx.Pipe1(m.Cold("-a--b----c|"), debounce(3*ms)), "-------b--|")
			m.Expect(rx.Pipe1(m.Cold("-a--b----c|"), debounce(2*ms)), "---a--b---|")

			order := rx.NewSubject[string]()
			m.Do("-3-", order.Next)
			m.Do("-4-", order.Next)
			m.Hot("-1|")
			m.Expect(order.Observable(), "-(341)")
			m.Do("-1-", order.Next)
		})
	}
}

func TestMarbles_TypedValues(t *testing.T) {
	type point struct{ X, Y int }
	values := map[string]*point{"a": {1, 2}, "b": {3, 4}, "c": nil}
	rxtest.Run(t, func(m *rxtest.Marbles) {
		rxtest.ExpectOf(m, rxtest.HotOf(m, "-a-b|", rxtest.Values(values)), "-a-b|", values)
		rxtest.ExpectOf(m, rxtest.ColdOf(m, "-0-([100][200])|", strconv.Atoi), "-0-([100][200])|", nil)
		rxtest.ExpectErrorOf(m, rx.Pipe1(rxtest.ColdOf(m, "-(abc)", rxtest.Values(values)),
			rx.ObserveOn[*point](1, rx.Block)), "-(abx)", map[string]*point{"a": values["a"], "b": values["b"], "x": nil}, nil)
	})
}

// A source that has to wait holds up neither the test nor another source.
func TestMarbles_ABlockedSourceIsAlone(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		gate := make(chan struct{})
		stuck := rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
			next := out.Next
			out.Next = func(v string) { <-gate; next(v) }
			m.Cold("-abc|").Attach(g, out)
		})
		m.Do("--------x", func(string) { close(gate) })
		m.Expect(stuck, "--------(abc|)")
		m.Expect(m.Cold("-a-b-c|"), "-a-b-c|")
	})
}

func TestMarbles_EndlessTimersEnd(t *testing.T) {
	ticks := rx.Source(func(g *rx.Segment, out rx.Observer[string]) {
		tick := time.NewTicker(3 * ms)
		over := make(chan struct{})
		g.Add(func() { tick.Stop(); close(over) })
		go func() {
			for {
				select {
				case <-tick.C:
					g.Turn(out.Error, func() { out.Next("t") })
				case <-over:
					return
				}
			}
		}()
	})
	rxtest.Run(t, func(m *rxtest.Marbles) { m.Expect(ticks, "---t--t--t", "^---------!") })
}

func TestMarbles_Failures(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		test func(m *rxtest.Marbles)
		want string
	}{
		"a value is late": {
			func(m *rxtest.Marbles) { m.Expect(m.Hot("-a-b---(c|)"), "-a-b--c-|") },
			"marbles differ at 6ms\n" +
				"  want  -a-b--c-   |\n" +
				"  got   -a-b---(c|)\n" +
				"              ^\n",
		},
		"a value is missing": {
			func(m *rxtest.Marbles) { m.Expect(m.Hot("-a--|"), "-a-b|") },
			"marbles differ at 3ms\n  want  -a-b|\n  got   -a--|\n           ^\n",
		},
		"the other value of a map": {
			func(m *rxtest.Marbles) {
				values := map[string][]int{"a": {1}, "b": {2}}
				rxtest.ExpectOf(m, rxtest.HotOf(m, "-a-b|", rxtest.Values(values)), "-a-a|", values)
			},
			"marbles differ at 3ms\n  want  -a-a|\n  got   -a-b|\n           ^\n  a is [1]\n",
		},
		"a name that stands for nothing": {
			func(m *rxtest.Marbles) { rxtest.ColdOf[int](m, "-1-[2x]|", nil) },
			"rxtest: \"2x\" stands for no int\n\t-1-[2x]|\n\t   ^\n",
		},
		"a value function that fails": {
			func(m *rxtest.Marbles) { rxtest.HotOf(m, "-é-x", strconv.Atoi) },
			"rxtest: strconv.Atoi: parsing \"é\": invalid syntax\n\t-é-x\n\t ^\n",
		},
		"not the same": {
			func(m *rxtest.Marbles) { rxtest.ExpectSame(m, m.Hot("-a-b|"), m.Cold("-a-#")) },
			"marbles differ at 3ms\n  want  -a-#\n  got   -a-b|\n           ^\n",
		},
		"an inner stream differs": {
			func(m *rxtest.Marbles) {
				src := m.Hot("-a-b-c|")
				two := rx.Source(func(g *rx.Segment, out rx.Observer[rx.Observable[string]]) { out.Next(src); out.Complete() })
				rxtest.ExpectEach(m, two, "-(x|)", map[string]string{"x": "a-b-d|"}, "-^")
			},
			"marbles differ at 4ms\n  want  a-b-d|\n  got   a-b-c|\n            ^\n",
		},
		"another value, far away": {
			func(m *rxtest.Marbles) { m.Expect(m.Hot("-(ab) 1h (xz)"), "-a 3600003ms (xy)") },
			"marbles differ at 1ms\n  want  -a 3600003ms (xy)\n  got   -(ab) 1h     (xz)\n         ^\n",
		},
		"another error": {
			func(m *rxtest.Marbles) {
				m.Expect(rx.Source(func(g *rx.Segment, out rx.Observer[string]) { out.Error(boom) }), "#")
			},
			"marbles differ at 0s\n  want  #\n  got   #\n        ^\n  # is boom\n",
		},
		"nothing at all": {
			func(m *rxtest.Marbles) { m.Expect(m.Hot("-"), "-a") },
			"marbles differ at 1ms\n  want  -a\n  got\n         ^\n",
		},
		"a subscription too many": {
			func(m *rxtest.Marbles) { m.Expect(m.Cold("-a|", ""), "-a|") },
			"source -a|: 1 subscriptions, want 0\n",
		},
		"a subscription too short": {
			func(m *rxtest.Marbles) { m.Expect(m.Hot("-a", "^---!"), "-a", "^--!") },
			"source -a: subscription 1 differ at 3ms\n  want  ^---!\n  got   ^--!\n           ^\n",
		},
		"a bad diagram": {
			func(m *rxtest.Marbles) { m.Hot("-a?") },
			"rxtest: '?' means nothing in a diagram\n\t-a?\n\t  ^\n",
		},
		"a mark that has no meaning": {
			func(m *rxtest.Marbles) { m.Cold("-a^") },
			"rxtest: '^' has no meaning here\n\t-a^\n\t  ^\n",
		},
		"values in a subscription": {
			func(m *rxtest.Marbles) { m.Hot("-a", "^a") },
			"rxtest: a subscription diagram has no values\n\t^a\n\t^\n",
		},
		"two subscriptions for one": {
			func(m *rxtest.Marbles) { m.Expect(m.Hot("-"), "", "^", "^") },
			"2 subscription diagrams for one subscription\n",
		},
		"the name of another value": {
			func(m *rxtest.Marbles) {
				two := rxtest.ColdOf(m, "-b", func(string) (int, error) { return 1, nil })
				rxtest.ExpectOf(m, two, "-1", map[string]int{"1": 2})
			},
			"marbles differ at 1ms\n  want  -1\n  got   -[1?]\n         ^\n  1 is 2\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rxtest.Failures(c.test); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// windows is the least operator that emits streams: what comes until a comma is one.
func windows(src rx.Observable[string]) rx.Observable[rx.Observable[string]] {
	return rx.Source(func(g *rx.Segment, out rx.Observer[rx.Observable[string]]) {
		var open *rx.Subject[string]
		src.Attach(g, rx.Observer[string]{
			Next: func(v string) {
				switch {
				case v == "x":
					open.Complete()
					open = nil
				case open == nil:
					open = rx.NewSubject[string]()
					out.Next(open.Observable())
					fallthrough
				default:
					open.Next(v)
				}
			},
			Error:    func(err error) { open.Error(err); out.Error(err) },
			Complete: out.Complete,
		})
	})
}

func TestMarbles_StreamsOfStreams(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		rxtest.ExpectEach(m, windows(m.Hot("-ab-x--c-#")), "-p-----q-#", map[string]string{"p": "ab-|", "q": "c-#"})
		rxtest.ExpectEach(m, windows(m.Cold("-a-x-b-|")), "---p---q-|", map[string]string{"p": "a-|", "q": "b"}, "--^")
	})
}

func TestMarbles_TheSameAndFailing(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		in := m.Hot("-a-bc----d-|", "^----------!", "^----------!")
		rxtest.ExpectSame(m, rx.Pipe1(in, debounce(m.Time("---|"))), rx.Pipe1(in, debounce(3*ms)))
		rxtest.ExpectSame(m, upper(m.Cold("a-b#")), m.Cold("A-B#"), "--^")
		m.ExpectError(rxtest.Failing(m.Cold("-a-#"), io.EOF), "-a-#", io.EOF)
		m.Expect(rxtest.Failing(m.Cold("-a-|"), io.EOF), "-a-|")
	})
}

func TestMarbles_ALoopOfSubscriptionsEnds(t *testing.T) {
	is := is.New(t)
	got := rxtest.Failures(func(m *rxtest.Marbles) {
		var again rx.Observable[string]
		cold := m.Cold("-|")
		again = rx.Source(func(g *rx.Segment, out rx.Observer[string]) { concat(cold, again).Attach(g, out) })
		m.Expect(again, "-")
	})
	is.True(strings.Contains(got, "more than 1000 subscriptions"))
}

func ExampleDiagram() {
	rxtest.Diagram(func(m *rxtest.Marbles) {
		in := m.Hot("-a-bc----d-|")
		rxtest.Show(m, "upper", upper(in))
		rxtest.Show(m, "debounce(3ms)", rx.Pipe1(in, debounce(3*time.Millisecond)))
		rxtest.Show(m, "late", in, "----^")
	})
	// Output:
	// hot            -a-bc----d-|
	// upper          -A-BC----D-|
	// debounce(3ms)  -------c---|
	// late           ----c----d-|
}

func ExampleRender() {
	events, _, err := rxtest.Parse("--a--(bc)-|")
	if err != nil {
		panic(err)
	}
	for i := range events {
		events[i].At += 50 * rxtest.Frame
	}
	fmt.Println(rxtest.Render(events))
	// Output: 52ms a--(bc)-|
}
