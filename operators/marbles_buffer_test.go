package operators_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/matryer/is"
)

// words joins what a buffer has; "0" is an empty one.
func words(o rx.Operator[string, []string]) op {
	return func(src stream) stream {
		return rx.Pipe2(src, o, operators.Map(func(part []string) string {
			if len(part) == 0 {
				return "0"
			}
			return strings.Join(part, "")
		}))
	}
}

func TestMarbles_BufferCount(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		o := words(operators.BufferCount[string](2, 2))
		passes(t, m, o)
		m.Expect(o(m.Cold("-a-b-c-|", "^------!")), "---[ab]---(c|)")
		m.Expect(o(m.Cold("-a-b-c-#", "^------!")), "---[ab]---#")
		m.Expect(o(m.Cold("-a-b-c--", "^-----!")), "---[ab]", "^-----!")
		m.Expect(rx.Pipe1(o(m.Cold("-a-b-c-|", "^--!")), operators.Take[string](1)), "---([ab]|)")
		overlapping := words(operators.BufferCount[string](2, 1))
		m.Expect(overlapping(m.Cold("-a-b-c-|")), "---[ab]-[bc]-(c|)")
		apart := words(operators.BufferCount[string](1, 2))
		m.Expect(apart(m.Cold("-a-b-c-d|")), "-a---c--|")
	})
}

func TestMarbles_BufferTime(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		o := words(operators.BufferTime[string](4 * ms))
		m.Expect(o(m.Cold("-a-b-c--------d-|", "^---------------!")), "----[ab]---c---0---(d|)")
		m.Expect(o(m.Cold("-ab|", "^--!")), "---([ab]|)")
		m.Expect(o(m.Cold("-ab#", "^--!")), "---#")
		m.Expect(o(m.Cold("-a-b-c--", "^-----!")), "----[ab]", "^-----!")
		m.Expect(o(m.Cold("#", "(^!)")), "#")
	})
}

func TestMarbles_BufferTimeOrCount(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		o := words(operators.BufferTimeOrCount[string](4*ms, 2))
		// the count at 2 ms sets the timer anew: it is due at 6 ms
		m.Expect(o(m.Cold("-ab-c---defg|", "^-----------!")), "--[ab]---c--[de]-[fg](0|)")
		m.Expect(o(m.Cold("-ab-#", "^---!")), "--[ab]-#")
		m.Expect(o(m.Cold("-abc---", "^---!")), "--[ab]-", "^---!")
	})
}

func TestMarbles_Buffer(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		at := func(tick stream) op { return words(operators.Buffer[string](tick)) }
		m.Expect(at(m.Hot("---x---x-x--|", "^----------!"))(m.Hot("-ab-c-----d|", "^----------!")), "---[ab]---c-0-(d|)")
		m.Expect(at(m.Hot("--|", "^-!"))(m.Hot("-a-b-|", "^----!")), "-----([ab]|)")
		m.Expect(at(m.Hot("---#", "^--!"))(m.Hot("-a-b-|", "^--!")), "---#")
		m.Expect(at(m.Hot("-----x", "^--!"))(m.Hot("-a-#", "^--!")), "---#")
		m.Expect(at(m.Hot("-----x", "^--!"))(m.Hot("-a--", "^--!")), "", "^--!")
		m.Expect(at(operators.Of("x"))(operators.Of("a")), "(a|)")
	})
}

func TestMarbles_Window(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		cut := operators.Window[string](m.Hot("---x---x--", "^--------!"))
		rxtest.ExpectEach(m, cut(m.Hot("-ab-c---d|", "^--------!")), "A--B---C-|",
			map[string]string{"A": "-ab|", "B": "-c--|", "C": "-d|"})
		failing := operators.Window[string](m.Hot("---x-#", "^----!"))
		rxtest.ExpectEach(m, failing(m.Hot("-ab-c---d|", "^----!")), "A--B-#", map[string]string{"A": "-ab|", "B": "-c#"})
	})
}

func TestMarbles_WindowCount(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		rxtest.ExpectEach(m, operators.WindowCount[string](2, 2)(m.Cold("-a-b-c-#", "^------!")), "A--B---#",
			map[string]string{"A": "-a-(b|)", "B": "--c-#"})
		rxtest.ExpectEach(m, operators.WindowCount[string](2, 1)(m.Cold("-a-b-c|", "^-----!")), "AB-C-D|",
			map[string]string{"A": "-a-(b|)", "B": "--b-(c|)", "C": "--c|", "D": "-|"})
	})
}

func TestMarbles_WindowTime(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		rxtest.ExpectEach(m, operators.WindowTime[string](4*ms)(m.Cold("-a-b-c---|", "^--------!")), "A---B---C|",
			map[string]string{"A": "-a-b|", "B": "-c--|", "C": "-|"})
		rxtest.ExpectEach(m, operators.WindowTimeOrCount[string](4*ms, 2)(m.Cold("-ab-c--d#", "^-------!")), "A-B---C-#",
			map[string]string{"A": "-a(b|)", "B": "--c-|", "C": "-d#"})
	})
}

func upper(s string) string { return strings.ToUpper(s) }

// groups are the streams of GroupBy alone.
func groups(opts ...operators.GroupByOption) rx.Operator[string, stream] {
	return func(src stream) rx.Observable[stream] {
		return rx.Pipe2(src, operators.GroupBy(upper, opts...),
			operators.Map(func(g operators.Grouped[string, string]) stream { return g.Observable }))
	}
}

func TestMarbles_GroupBy(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		rxtest.ExpectEach(m, groups()(m.Cold("-a-b-A-B--|", "^---------!")), "-A-B------|",
			map[string]string{"A": "a---A----|", "B": "b---B--|"})
		rxtest.ExpectEach(m, groups()(m.Cold("-a-b-A-#", "^------!")), "-A-B---#",
			map[string]string{"A": "a---A-#", "B": "b---#"})
		keys := operators.Map(func(g operators.Grouped[string, string]) string { return g.Key })
		m.Expect(rx.Pipe2(m.Cold("-a-b-A-|"), operators.GroupBy(upper), keys), "-A-B---|")
	})
}

func TestMarbles_GroupByIdle(t *testing.T) {
	rxtest.Run(t, func(m *rxtest.Marbles) {
		rxtest.ExpectEach(m, groups(operators.WithIdle(4*ms))(m.Cold("-a-b-A------a-|", "^-------------!")), "-A-B--------C-|",
			map[string]string{"A": "a---A---|", "B": "b---|", "C": "a-|"})
	})
}

// A window that is open when its stream is left says so, and one nobody listens to
// has its values counted.
func TestWindow_AbandonedAndUnheard(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	var first recording[int]
	windows := rx.Pipe1(src.stream(), operators.WindowCount[int](2, 2))
	sub := windows.Subscribe(t.Context(), rx.OnNext(func(w rx.Observable[int]) {
		if first.String() == "" {
			w.Subscribe(t.Context(), first.observer())
		}
	}))
	src.Next(1)
	sub.Unsubscribe()
	is.Equal(first.String(), "1 #operators: the stream of streams was unsubscribed from: a window was open")
	is.Equal(src.leaves.Load(), int64(1))
	is.Equal(sub.Dropped(), uint64(0))

	sub = windows.Subscribe(t.Context(), rx.Observer[rx.Observable[int]]{})
	src.Next(1)
	src.Next(2)
	is.Equal(sub.Dropped(), uint64(2))
	sub.Unsubscribe()
}

func TestGroupBy_AbandonedAndUnheard(t *testing.T) {
	is := is.New(t)
	src := newProbe[int]()
	var odd recording[int]
	sub := rx.Pipe1(src.stream(), operators.GroupBy(even)).
		Subscribe(t.Context(), rx.OnNext(func(g operators.Grouped[bool, int]) {
			if !g.Key {
				g.Subscribe(t.Context(), odd.observer())
			}
		}))
	for i := range 4 {
		src.Next(i)
	}
	is.Equal(sub.Dropped(), uint64(2))
	sub.Unsubscribe()
	is.Equal(odd.String(), "1 3 #operators: the stream of streams was unsubscribed from: a group was open")
}

// Idle groups are forgotten, so that memory is bounded by the keys of one such time.
func TestGroupBy_IdleGroupsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		src := rx.NewSubject[int]()
		open, begun := 0, 0
		sub := rx.Pipe1(src.Observable(), operators.GroupBy(same, operators.WithIdle(3*time.Second))).
			Subscribe(t.Context(), rx.OnNext(func(g operators.Grouped[int, int]) {
				open++
				begun++
				g.Subscribe(t.Context(), rx.Observer[int]{Complete: func() { open-- }})
			}))
		for i := range 1000 {
			src.Next(i)
			pause(time.Second + ms)
			synctest.Wait()
			is.True(open <= 3)
		}
		is.Equal(begun, 1000)
		sub.Unsubscribe()
		<-sub.Done()
	})
}
