package diagrams_test

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
		{"Race", "Race(a, b)", func(m *rxtest.Marbles) {
			rxtest.Show(m, "", operators.Race(m.Cold("----a--b-|"), m.Cold("--x---y--|")))
		}},
		of("StartWith", `StartWith("s")`, "---a--b-|", operators.StartWith("s")),
		of("EndWith", `EndWith("e")`, "---a--b-|", operators.EndWith("e")),
		two("CombineLatest", "CombineLatest(a, b)", "-a----b-----|", "---1-----2-|",
			func(a, b stream) rx.Observable[string] { return joined(operators.CombineLatest(a, b)) }),
		two("CombineLatest2", "CombineLatest2(a, b, join)", "-a----b-----|", "---1-----2-|",
			func(a, b stream) stream { return operators.CombineLatest2(a, b, join) }),
		{"CombineLatest3", "CombineLatest3(a, b, c, join)", func(m *rxtest.Marbles) {
			three := func(a, b, c string) string { return a + b + c }
			rxtest.Show(m, "", operators.CombineLatest3(m.Hot("-a-----b---|"), m.Hot("--1--------|"), m.Hot("----x----y-|"), three))
		}},
		several("CombineLatest4", "CombineLatest4(a, b, c, d, join)", func(in []stream) stream {
			return operators.CombineLatest4(in[0], in[1], in[2], in[3], func(a, b, c, d string) string { return a + b + c + d })
		}, "-a-----b---|", "-1---------|", "--x--------|", "---p-----q-|"),
		several("CombineLatest5", "CombineLatest5(a, b, c, d, e, join)", func(in []stream) stream {
			five := func(a, b, c, d, e string) string { return a + b + c + d + e }
			return operators.CombineLatest5(in[0], in[1], in[2], in[3], in[4], five)
		}, "-a-----b---|", "-1---------|", "-x---------|", "--p--------|", "---s-----t-|"),
		two("WithLatestFrom", "WithLatestFrom(b, join)", "-a---b----c-|", "---1---2--|",
			func(a, b stream) stream { return rx.Pipe1(a, operators.WithLatestFrom(b, join)) }),
		two("Zip", "Zip(a, b)", "-a---b----c-|", "---1---2--|",
			func(a, b stream) rx.Observable[string] { return joined(operators.Zip(a, b)) }),
		two("Zip2", "Zip2(a, b, join)", "-a---b----c-|", "---1---2--|",
			func(a, b stream) stream { return operators.Zip2(a, b, join) }),
		several("Zip3", "Zip3(a, b, c, join)", func(in []stream) stream {
			return operators.Zip3(in[0], in[1], in[2], func(a, b, c string) string { return a + b + c })
		}, "-a-----b---|", "--1------2-|", "---x--y----|"),
		several("Zip4", "Zip4(a, b, c, d, join)", func(in []stream) stream {
			return operators.Zip4(in[0], in[1], in[2], in[3], func(a, b, c, d string) string { return a + b + c + d })
		}, "-a-----b---|", "--1------2-|", "---x--y----|", "-p-q-------|"),
		several("Zip5", "Zip5(a, b, c, d, e, join)", func(in []stream) stream {
			return operators.Zip5(in[0], in[1], in[2], in[3], in[4], func(a, b, c, d, e string) string { return a + b + c + d + e })
		}, "-a-----b---|", "--1------2-|", "---x--y----|", "-p-q-------|", "-s-t-------|"),
		two("ForkJoin", "ForkJoin(a, b)", "-a---b---|", "---1---2-----|",
			func(a, b stream) rx.Observable[string] { return joined(operators.ForkJoin(a, b)) }),
	}
}

// several is the picture of an operator with more hot sources.
func several(operator, title string, op func(in []stream) stream, diagrams ...string) picture {
	return picture{operator, title, func(m *rxtest.Marbles) {
		var in []stream
		for _, d := range diagrams {
			in = append(in, m.Hot(d))
		}
		rxtest.Show(m, "", op(in))
	}}
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
		pictured("ExhaustMap", "ExhaustMap(inner)", operators.ExhaustMap[string, string]),
		flattened("Switch", "Switch", operators.Switch[string]),
		flattened("MergeAll", "MergeAll", operators.MergeAll[string]),
		flattened("ConcatAll", "ConcatAll", operators.ConcatAll[string]),
		flattened("ExhaustAll", "ExhaustAll", operators.ExhaustAll[string]),
		{"Expand", "Expand(next, 0)", func(m *rxtest.Marbles) {
			src := m.Cold("-a|")
			grown := map[string]stream{"a": m.Cold("--[aa]-|"), "aa": m.Cold("--[aaa]-|")}
			next := func(v string) stream {
				if o, ok := grown[v]; ok {
					return o
				}
				return operators.Empty[string]()
			}
			rxtest.Show(m, "", rx.Pipe1(src, operators.Expand(next, 0)))
		}},
	}
}

// flattened is the picture of an operator on a stream of streams.
func flattened(operator, title string, op func(rx.Observable[stream]) stream) picture {
	return picture{operator, title, func(m *rxtest.Marbles) {
		src := m.Hot("-A---B-------|")
		inner := map[string]stream{"A": m.Cold("-1--2--3-|"), "B": m.Cold("-x--y-|")}
		rxtest.Show(m, "", rx.Pipe2(src, operators.Map(func(v string) stream { return inner[v] }), op))
	}}
}
