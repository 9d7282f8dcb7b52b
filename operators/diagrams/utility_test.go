package diagrams_test

import (
	"cmp"
	"context"
	"log/slog"
	"strings"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// numbered is the picture of an operator on numbers.
func numbered[B any](operator, title, in string, op func(rx.Observable[int]) rx.Observable[B]) picture {
	return picture{operator, title, func(m *rxtest.Marbles) { rxtest.Show(m, "", op(rxtest.ColdOf[int](m, in, nil))) }}
}

// aggregatePictures are those of operators that make one value of a stream.
func aggregatePictures() []picture {
	const in = "-3--1--8-|"
	isB := func(v string) bool { return v == "b" }
	length := func(a, b string) int { return cmp.Compare(len(a), len(b)) }
	equal := func(operator, title, other string, op func(stream) rx.Operator[string, bool]) picture {
		return two(operator, title, "-a--b---|", other, func(a, b stream) rx.Observable[bool] { return op(b)(a) })
	}
	return []picture{
		numbered("Count", "Count", in, operators.Count[int]),
		numbered("Sum", "Sum", in, operators.Sum[int]),
		numbered("Average", "Average", in, operators.Average[int]),
		numbered("Min", "Min", in, operators.Min[int]),
		numbered("Max", "Max", in, operators.Max[int]),
		of("MinFunc", "MinFunc(byLength)", "-[abc]--[a]--[ab]-|", operators.MinFunc(length)),
		of("MaxFunc", "MaxFunc(byLength)", "-[abc]--[a]--[ab]-|", operators.MaxFunc(length)),
		of("All", "All(notB)", "-a--c--b-d-|", operators.All(notB)),
		of("Any", "Any(isB)", "-a--c--b-d-|", operators.Any(isB)),
		of("Contains", `Contains("b")`, "-a--c----|", operators.Contains("b")),
		of("IsEmpty", "IsEmpty", "-----|", rx.Operator[string, bool](operators.IsEmpty[string])),
		equal("SequenceEqual", "SequenceEqual(b)", "--a---b---|", operators.SequenceEqual[string]),
		equal("SequenceEqualFunc", "SequenceEqualFunc(b, strings.EqualFold)", "--A---c---|", func(b stream) rx.Operator[string, bool] {
			return operators.SequenceEqualFunc(b, strings.EqualFold)
		}),
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
		{"Log", "Log(slog.Default())", func(m *rxtest.Marbles) {
			log := lines{rx.NewSubject[string]()}
			rxtest.Show(m, "", rx.Pipe1(m.Cold("---a-------b-----#"), operators.Log[string](slog.New(log))))
			rxtest.Show(m, "log", log.said.Observable())
		}},
	}
}

// lines is a slog.Handler whose messages are a stream.
type lines struct{ said *rx.Subject[string] }

// Enabled takes all levels.
func (l lines) Enabled(context.Context, slog.Level) bool { return true }

// Handle says the message.
func (l lines) Handle(_ context.Context, r slog.Record) error { l.said.Next(r.Message); return nil }

// WithAttrs has nothing to add.
func (l lines) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup has nothing to add.
func (l lines) WithGroup(string) slog.Handler { return l }

func errorPictures() []picture {
	instead := func(operator, title string, op func(spare stream) op) picture {
		return picture{operator, title, func(m *rxtest.Marbles) {
			src, spare := m.Cold("-a--#"), m.Cold("-x-y-|")
			rxtest.Show(m, "", op(spare)(src))
		}}
	}
	// again has a source that can be subscribed to twice.
	again := func(operator, title string, repeat op) picture {
		return picture{operator, title, func(m *rxtest.Marbles) { rxtest.Show(m, "", repeat(m.Cold("-a-b|"))) }}
	}
	return []picture{
		{"Retry", "Retry(every 3ms)", func(m *rxtest.Marbles) {
			attempts := []stream{m.Cold("-a-#"), m.Cold("-a-b-|")}
			n := -1
			src := operators.Defer(func() stream {
				n++
				return attempts[n]
			})
			rxtest.Show(m, "", rx.Pipe1(src, operators.Retry[string](every(3*ms))))
		}},
		instead("Catch", "Catch(spare)", func(spare stream) op {
			return operators.Catch(func(error) stream { return spare })
		}),
		of("OnErrorReturn", `OnErrorReturn("x")`, "-a--b-#", operators.OnErrorReturn(func(error) string { return "x" })),
		instead("OnErrorResumeNext", "OnErrorResumeNext(next)", func(next stream) op { return operators.OnErrorResumeNext(next) }),
		of("Timeout", "Timeout(3ms, 5ms)", "-a--b--------c-|", operators.Timeout[string](3*ms, 5*ms)),
		instead("Timeout", "Timeout(3ms, 2ms, WithFallback(spare))", func(spare stream) op {
			return operators.Timeout(3*ms, 2*ms, operators.WithFallback(spare))
		}),
		again("Repeat", "Repeat(2)", operators.Repeat[string](2)),
		again("Repeat", "Repeat(2, WithRepeatDelay(3ms))", operators.Repeat[string](2, operators.WithRepeatDelay(3*ms))),
	}
}
