package diagrams_test

import (
	"strings"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// notB keeps what is not b.
func notB(v string) bool { return v != "b" }

func transformPictures() []picture {
	failAtB := func(v string) (string, error) {
		if v == "b" {
			return "", rxtest.ErrMarble
		}
		return strings.ToUpper(v), nil
	}
	return []picture{
		of("Map", "Map(strings.ToUpper)", "-a--b-c-|", operators.Map(strings.ToUpper)),
		of("MapErr", "MapErr(upper, an error at b)", "-a--b-c-|", operators.MapErr(failAtB)),
		of("Scan", `Scan("", join)`, "-a---b---c--|", operators.Scan("", join)),
		of("Reduce", `Reduce("", join)`, "-a---b---c--|", operators.Reduce("", join)),
		of("Pairwise", "Pairwise", "-a--b--c-|", rx.Operator[string, string](pairs)),
		of("ToSlice", "ToSlice", "-a--b--c-|", rx.Operator[string, []string](operators.ToSlice[string])),
		of("Materialize", "Materialize", "-a----b----#",
			rx.Operator[string, operators.Notification[string]](operators.Materialize[string])),
		of("Dematerialize", "Dematerialize, of what Materialize made", "-a----b----#", func(src stream) stream {
			return rx.Pipe2(src, operators.Materialize, operators.Dematerialize)
		}),
	}
}

// windowPictures are those of operators that cut a stream into pieces.
func windowPictures() []picture {
	const in = "-a-b-c--d-e-f-|"
	cut := func(operator, title string, op func(boundary stream) rx.Operator[string, []string]) picture {
		return picture{operator, title, func(m *rxtest.Marbles) {
			src, boundary := m.Hot(in), m.Hot("------x-----y---")
			rxtest.Show(m, "", op(boundary)(src))
		}}
	}
	window := func(operator, title string, op rx.Operator[string, stream]) picture {
		return picture{operator, title, func(m *rxtest.Marbles) { rxtest.ShowEach(m, "", op(m.Cold(in))) }}
	}
	group := func(title string, opts ...operators.GroupByOption) picture {
		return picture{"GroupBy", title, func(m *rxtest.Marbles) {
			groups := rx.Pipe2(m.Cold("-a-A-b-----a-B-|"), operators.GroupBy(strings.ToLower, opts...),
				operators.Map(func(g operators.Grouped[string, string]) stream { return g.Observable }))
			rxtest.ShowEach(m, "", groups)
		}}
	}
	return []picture{
		of("BufferCount", "BufferCount(2, 2)", in, operators.BufferCount[string](2, 2)),
		of("BufferCount", "BufferCount(2, 1)", "-a---b---c---d---|", operators.BufferCount[string](2, 1)),
		of("BufferTime", "BufferTime(5ms)", in, operators.BufferTime[string](5*ms)),
		of("BufferTimeOrCount", "BufferTimeOrCount(6ms, 2)", in, operators.BufferTimeOrCount[string](6*ms, 2)),
		cut("Buffer", "Buffer(boundaries)", func(b stream) rx.Operator[string, []string] { return operators.Buffer[string](b) }),
		of("Batch", "Batch(3, 4ms)", "-abc-d------e-|", operators.Batch[string](3, 4*ms)),
		window("WindowCount", "WindowCount(2, 2)", operators.WindowCount[string](2, 2)),
		window("WindowTime", "WindowTime(6ms)", operators.WindowTime[string](6*ms)),
		window("WindowTimeOrCount", "WindowTimeOrCount(6ms, 2)", operators.WindowTimeOrCount[string](6*ms, 2)),
		{"Window", "Window(boundaries)", func(m *rxtest.Marbles) {
			src, boundary := m.Hot(in), m.Hot("------x-----y---")
			rxtest.ShowEach(m, "", operators.Window[string](boundary)(src))
		}},
		group("GroupBy(strings.ToLower)"),
		group("GroupBy(strings.ToLower, WithIdle(5ms))", operators.WithIdle(5*ms)),
	}
}

func filterPictures() []picture {
	double := func(v string) (string, bool) { return v + v, notB(v) }
	return []picture{
		of("Filter", "Filter(notB)", "-a--b-c-|", operators.Filter(notB)),
		of("FilterMap", "FilterMap(double, notB)", "-a--b-c-|", operators.FilterMap(double)),
		of("Take", "Take(2)", "-a--b-c-d-|", operators.Take[string](2)),
		of("TakeLast", "TakeLast(2)", "-a--b-c-d-|", operators.TakeLast[string](2)),
		of("TakeWhile", "TakeWhile(notB)", "-a-c-b-d-|", operators.TakeWhile(notB)),
		of("TakeWhileInclusive", "TakeWhileInclusive(notB)", "-a-c-b-d-|", operators.TakeWhileInclusive(notB)),
		{"TakeUntil", "TakeUntil(stop)", func(m *rxtest.Marbles) {
			src, stop := m.Hot("-a--b--c--d-|"), m.Hot("--------x----")
			rxtest.Show(m, "", rx.Pipe1(src, operators.TakeUntil[string](stop)))
		}},
		of("Skip", "Skip(2)", "-a--b-c-d-|", operators.Skip[string](2)),
		of("SkipLast", "SkipLast(2)", "-a--b-c-d-|", operators.SkipLast[string](2)),
		of("SkipWhile", "SkipWhile(notB)", "-a-c-b-d-|", operators.SkipWhile(notB)),
		{"SkipUntil", "SkipUntil(start)", func(m *rxtest.Marbles) {
			src, start := m.Hot("-a--b--c--d-|"), m.Hot("------x----")
			rxtest.Show(m, "", rx.Pipe1(src, operators.SkipUntil[string](start)))
		}},
		of("First", "First", "--a--b-|", rx.Operator[string, string](operators.First[string])),
		of("Last", "Last", "--a--b-|", rx.Operator[string, string](operators.Last[string])),
		of("ElementAt", "ElementAt(1)", "-a--b-c-|", operators.ElementAt[string](1)),
		of("Single", "Single", "-a---|", rx.Operator[string, string](operators.Single[string])),
		of("Single", "Single, of two", "-a--b-|", rx.Operator[string, string](operators.Single[string])),
		of("SingleFunc", "SingleFunc(isB)", "-a--b-c-|", operators.SingleFunc(func(v string) bool { return v == "b" })),
		of("Distinct", "Distinct(itself, 0)", "-a-b-a-c-b-|", operators.Distinct(func(v string) string { return v }, 0)),
		of("IgnoreElements", "IgnoreElements", "-a--b-|", rx.Operator[string, string](operators.IgnoreElements[string])),
		of("DefaultIfEmpty", `DefaultIfEmpty("x")`, "-----|", operators.DefaultIfEmpty("x")),
		of("ThrowIfEmpty", "ThrowIfEmpty(err)", "-----|", operators.ThrowIfEmpty[string](rxtest.ErrMarble)),
		of("DistinctUntilChanged", "DistinctUntilChanged", "-a-a-b-b-a-|", rx.Operator[string, string](operators.DistinctUntilChanged[string])),
		of("DistinctUntilChangedBy", "DistinctUntilChangedBy(strings.ToLower)", "-a-A-b-B-a-|", operators.DistinctUntilChangedBy(strings.ToLower)),
		of("DistinctUntilChangedFunc", "DistinctUntilChangedFunc(strings.EqualFold)", "-a-A-b-B-a-|",
			operators.DistinctUntilChangedFunc(strings.EqualFold)),
	}
}
