package diagrams_test

import (
	"context"
	"slices"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func creationPictures() []picture {
	letters := []string{"a", "b", "c"}
	pairs := func(yield func(string, error) bool) {
		_ = yield("a", nil) && yield("b", nil) && yield("", rxtest.ErrMarble)
	}
	return []picture{
		created("Of", `Of("a", "b", "c")`, operators.Of("a", "b", "c")),
		created("From", "From([]int{1, 2, 3})", operators.From([]int{1, 2, 3})),
		created("FromSeq", "FromSeq(slices.Values(letters))", operators.FromSeq(slices.Values(letters))),
		created("FromSeq2", "FromSeq2(rowsThenError)", operators.FromSeq2(pairs)),
		{"FromChannel", "FromChannel(ch)", func(m *rxtest.Marbles) {
			ch := make(chan string, 1)
			m.Do("-a--b-x", func(v string) {
				if v == "x" {
					close(ch)
					return
				}
				ch <- v
			})
			rxtest.Show(m, "ch: a at 1ms, b at 4ms, closed at 6ms", operators.FromChannel(ch))
		}},
		created("FromFunc", "FromFunc(ask, 4ms)", operators.FromFunc(func(context.Context) (string, error) {
			pause(4 * ms)
			return "answer", nil
		})),
		created("Generate", "Generate(1, below100, triple, itself)", operators.Generate(1,
			func(n int) bool { return n < 100 }, func(n int) int { return 3 * n }, func(n int) int { return n })),
		created("Range", "Range(5, 4)", operators.Range(5, 4)),
		created("Empty", "Empty[int]()", operators.Empty[int]()),
		created("Never", "Never[int]()", operators.Never[int]()),
		created("Throw", "Throw[int](err)", operators.Throw[int](rxtest.ErrMarble)),
		created("Timer", "Timer(4ms)", operators.Timer(4*ms)),
		created("Interval", "Interval(3ms)", operators.Interval(3*ms), "^-----------!"),
		{"Defer", "Defer(func() { ... })", func(m *rxtest.Marbles) {
			src := m.Cold("a-b-|")
			deferred := operators.Defer(func() rx.Observable[string] { return src })
			rxtest.Show(m, "at once", deferred)
			rxtest.Show(m, "later", deferred, "----^")
		}},
		{"Using", "Using(open, use, close)", func(m *rxtest.Marbles) {
			log, rows := rx.NewSubject[string](), m.Cold("-a-b-|")
			rxtest.Show(m, "", operators.Using(
				func() (string, error) { log.Next("open"); return "file", nil },
				func(string) stream { return rows },
				func(string) { log.Next("close") }), "--^")
			rxtest.Show(m, "log", log.Observable())
		}},
	}
}
