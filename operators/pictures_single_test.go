package operators_test

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
		of("Pairwise", "Pairwise", "-a--b--c-|", rx.Operator[string, string](pairs)),
	}
}

func filterPictures() []picture {
	double := func(v string) (string, bool) { return v + v, notB(v) }
	return []picture{
		of("Filter", "Filter(notB)", "-a--b-c-|", operators.Filter(notB)),
		of("FilterMap", "FilterMap(double, notB)", "-a--b-c-|", operators.FilterMap(double)),
		of("Take", "Take(2)", "-a--b-c-d-|", operators.Take[string](2)),
		of("TakeWhile", "TakeWhile(notB)", "-a-c-b-d-|", operators.TakeWhile(notB)),
		{"TakeUntil", "TakeUntil(stop)", func(m *rxtest.Marbles) {
			src, stop := m.Hot("-a--b--c--d-|"), m.Hot("--------x----")
			rxtest.Show(m, "", rx.Pipe1(src, operators.TakeUntil[string](stop)))
		}},
		of("Skip", "Skip(2)", "-a--b-c-d-|", operators.Skip[string](2)),
		of("DistinctUntilChanged", "DistinctUntilChanged", "-a-a-b-b-a-|", rx.Operator[string, string](operators.DistinctUntilChanged[string])),
		of("DistinctUntilChangedBy", "DistinctUntilChangedBy(strings.ToLower)", "-a-A-b-B-a-|", operators.DistinctUntilChangedBy(strings.ToLower)),
		of("DistinctUntilChangedFunc", "DistinctUntilChangedFunc(strings.EqualFold)", "-a-A-b-B-a-|",
			operators.DistinctUntilChangedFunc(strings.EqualFold)),
	}
}

func utilityPictures() []picture {
	return []picture{
		{"Tap", "Tap(rx.OnNext(log))", func(m *rxtest.Marbles) {
			log := rx.NewSubject[string]()
			rxtest.Show(m, "", rx.Pipe1(m.Cold("-a--b-|"), operators.Tap(rx.OnNext(log.Next))))
			rxtest.Show(m, "log", log.Observable())
		}},
		{"Finally", `Finally(log "end")`, func(m *rxtest.Marbles) {
			log := rx.NewSubject[string]()
			end := operators.Finally[string](func() { log.Next("end") })
			rxtest.Show(m, "", rx.Pipe1(m.Cold("-a--b-|"), end))
			rxtest.Show(m, "log", log.Observable())
		}},
	}
}

func errorPictures() []picture {
	return []picture{
		{"Retry", "Retry(every 3ms)", func(m *rxtest.Marbles) {
			attempts := []rx.Observable[string]{m.Cold("-a-#"), m.Cold("-a-b-|")}
			n := -1
			src := operators.Defer(func() rx.Observable[string] {
				n++
				return attempts[n]
			})
			rxtest.Show(m, "", rx.Pipe1(src, operators.Retry[string](every(3*ms))))
		}},
	}
}
