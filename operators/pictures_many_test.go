package operators_test

import (
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// two is the picture of an operator with two hot sources.
func two[R any](operator, title, a, b string, op func(a, b stream) rx.Observable[R]) picture {
	return picture{operator, title, func(m *rxtest.Marbles) { rxtest.Show(m, "", op(m.Hot(a), m.Hot(b))) }}
}

func combinePictures() []picture {
	return []picture{
		two("Merge", "Merge(a, b)", "-a---b----c-|", "---x---y--|", func(a, b stream) stream { return operators.Merge(a, b) }),
		{"Concat", "Concat(a, b)", func(m *rxtest.Marbles) {
			rxtest.Show(m, "", operators.Concat(m.Cold("-a--b-|"), m.Cold("-x-y-|")))
		}},
		of("StartWith", `StartWith("s")`, "---a--b-|", operators.StartWith("s")),
		two("CombineLatest", "CombineLatest(a, b)", "-a----b-----|", "---1-----2-|",
			func(a, b stream) rx.Observable[string] { return joined(operators.CombineLatest(a, b)) }),
		two("CombineLatest2", "CombineLatest2(a, b, join)", "-a----b-----|", "---1-----2-|",
			func(a, b stream) stream { return operators.CombineLatest2(a, b, join) }),
		{"CombineLatest3", "CombineLatest3(a, b, c, join)", func(m *rxtest.Marbles) {
			three := func(a, b, c string) string { return a + b + c }
			rxtest.Show(m, "", operators.CombineLatest3(m.Hot("-a-----b---|"), m.Hot("--1--------|"), m.Hot("----x----y-|"), three))
		}},
		two("WithLatestFrom", "WithLatestFrom(b, join)", "-a---b----c-|", "---1---2--|",
			func(a, b stream) stream { return rx.Pipe1(a, operators.WithLatestFrom(b, join)) }),
	}
}

// joined has the values of a slice in one word.
func joined(o rx.Observable[[]string]) rx.Observable[string] {
	return rx.Pipe1(o, operators.Map(func(all []string) (word string) {
		for _, v := range all {
			word += v
		}
		return word
	}))
}

func flattenPictures() []picture {
	// pictured has each source value begin an inner stream of its own.
	pictured := func(operator, title string, flat func(func(string) stream) op) picture {
		return picture{operator, title, func(m *rxtest.Marbles) {
			src := m.Hot("-a---b-------|")
			inner := map[string]stream{"a": m.Cold("-1--2--3-|"), "b": m.Cold("-x--y-|")}
			rxtest.Show(m, "", rx.Pipe1(src, flat(func(v string) stream { return inner[v] })))
		}}
	}
	return []picture{
		pictured("SwitchMap", "SwitchMap(inner)", operators.SwitchMap[string, string]),
		pictured("MergeMap", "MergeMap(inner, 0)", func(f func(string) stream) op { return operators.MergeMap(f, 0) }),
		pictured("MergeMap", "MergeMap(inner, 1)", func(f func(string) stream) op { return operators.MergeMap(f, 1) }),
		pictured("ConcatMap", "ConcatMap(inner)", operators.ConcatMap[string, string]),
	}
}
