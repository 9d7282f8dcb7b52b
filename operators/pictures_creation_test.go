package operators_test

import (
	"maps"
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
		created("FromSeq", "FromSeq(maps.Keys(one))", operators.FromSeq(maps.Keys(map[string]int{"one": 1}))),
		created("FromSeq2", "FromSeq2(rowsThenError)", operators.FromSeq2(pairs)),
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
	}
}
