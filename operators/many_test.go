package operators_test

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// manyChains are the operators of several streams, of errors, of multicast, of
// backpressure and of utility whose values come at once; see chains.
func manyChains() map[string]func(rx.Observable[int]) rx.Observable[int] {
	never, one := operators.Never[int](), operators.Concat(operators.Of(1), operators.Never[int]())
	op := func(o rx.Operator[int, int]) func(rx.Observable[int]) rx.Observable[int] { return o }
	return map[string]func(rx.Observable[int]) rx.Observable[int]{
		"ExhaustMap": op(operators.ExhaustMap(just)),
		"Expand":     op(operators.Expand(func(int) rx.Observable[int] { return operators.Empty[int]() }, 0)),
		"EndWith":    op(operators.EndWith[int]()),
		"CombineLatest5": func(o rx.Observable[int]) rx.Observable[int] {
			return rx.Pipe1(operators.CombineLatest5(o, one, one, one, one, sum5), operators.TakeUntil[int](last(o)))
		},
		"Zip2": func(o rx.Observable[int]) rx.Observable[int] {
			return operators.Zip2(o, operators.Range(0, 1000), sum)
		},
		"Zip5": func(o rx.Observable[int]) rx.Observable[int] {
			r := operators.Range(0, 1000)
			return operators.Zip5(o, r, r, r, r, sum5)
		},
		"Race":          func(o rx.Observable[int]) rx.Observable[int] { return operators.Race(never, o) },
		"Catch":         op(operators.Catch(operators.Throw[int])),
		"Timeout":       op(operators.Timeout[int](time.Hour, time.Hour)),
		"Timeout first": op(operators.Timeout[int](time.Hour, 0)),
		"Repeat":        op(operators.Repeat[int](1)),
		"Share":         op(operators.Share[int]()),
		"ShareReplay":   op(operators.ShareReplay[int](1, time.Hour)),
		"RateLimit":     op(operators.RateLimit[int](1_000_000, time.Hour)),
		"Log":           op(operators.Log[int](slog.New(slog.DiscardHandler))),
	}
}

func just(v int) rx.Observable[int] { return operators.Of(v) }

func sum5(a, b, c, d, e int) int { return a + b + c + d + e }

// last emits when o completes, and has no errors.
func last(o rx.Observable[int]) rx.Observable[int] {
	return rx.Pipe2(o, operators.Catch(func(error) rx.Observable[int] { return operators.Never[int]() }),
		operators.Count[int])
}

// What goes in, what comes out.
func TestSynchronousStreams_Many(t *testing.T) {
	failing := operators.Concat(operators.Of(1, 2), operators.Throw[int](errBoom))
	streams := operators.Of(operators.Of(1, 2), operators.Empty[int](), operators.Of(3))
	none := operators.Empty[int]()
	text := func(a int, b string) string { return strconv.Itoa(a) + b }
	for _, c := range []struct{ name, got, want string }{
		{"ExhaustMap", play(rx.Pipe1(operators.Of(1, 2), operators.ExhaustMap(twice))), "1 1 2 2 |"},
		{"Expand", play(rx.Pipe1(operators.Of(1, 10), operators.Expand(halves, 0))), "1 2 4 10 20 |"},
		{"Expand by one", play(rx.Pipe1(operators.Of(1, 10), operators.Expand(halves, 1))), "1 2 4 10 20 |"},
		{"Expand of none", play(rx.Pipe1(none, operators.Expand(halves, 0))), "|"},
		{"Expand inner error", play(rx.Pipe1(operators.Of(1),
			operators.Expand(func(int) rx.Observable[int] { return operators.Throw[int](errBoom) }, 0))), "1 #boom"},
		{"Expand, then Take", play(rx.Pipe2(operators.Of(1), operators.Expand(func(v int) rx.Observable[int] {
			return operators.Of(v + 1)
		}, 0), operators.Take[int](4))), "1 2 3 4 |"},
		{"Switch", play(rx.Pipe1(streams, operators.Switch)), "1 2 3 |"},
		{"MergeAll", play(rx.Pipe1(streams, operators.MergeAll)), "1 2 3 |"},
		{"ConcatAll", play(rx.Pipe1(streams, operators.ConcatAll)), "1 2 3 |"},
		{"ExhaustAll", play(rx.Pipe1(streams, operators.ExhaustAll)), "1 2 3 |"},

		{"EndWith", play(rx.Pipe1(operators.Of(1), operators.EndWith(8, 9))), "1 8 9 |"},
		{"EndWith error", play(rx.Pipe1(failing, operators.EndWith(8))), "1 2 #boom"},
		{"CombineLatest4", play(operators.CombineLatest4(operators.Of(1, 2), operators.Of(3), operators.Of(4), operators.Of(5, 6),
			func(a, b, c, d int) string { return fmt.Sprint(a, b, c, d) })), "2 3 4 5 2 3 4 6 |"},
		{"CombineLatest5", play(operators.CombineLatest5(operators.Of(1, 2), operators.Of(3), operators.Of(4), operators.Of(5, 6),
			operators.Of("x"), func(a, b, c, d int, e string) string { return fmt.Sprint(a, b, c, d, e) })), "2 3 4 6x |"},
		{"Zip", play(operators.Zip(operators.Of(1, 2), operators.Of(3, 4, 5), operators.Of(6, 7))), "[1 3 6] [2 4 7] |"},
		{"Zip nothing", play(operators.Zip[int]()), "|"},
		{"Zip of one", play(operators.Zip(operators.Of(1, 2))), "[1] [2] |"},
		{"Zip2", play(operators.Zip2(operators.Of(1, 2, 3), operators.Of("a", "b"), text)), "1a 2b |"},
		{"Zip2 with empty", play(operators.Zip2(operators.Of(1), operators.Empty[string](), text)), "|"},
		{"Zip2 error", play(operators.Zip2(failing, operators.Of("a", "b", "c"), text)), "#boom"},
		{"Zip2, then Take", play(rx.Pipe1(operators.Zip2(operators.Range(0, 9), operators.Of("a", "b"), text),
			operators.Take[string](1))), "0a |"},
		{"Zip3", play(operators.Zip3(operators.Of(1), operators.Of(2), operators.Of("x"),
			func(a, b int, c string) string { return fmt.Sprint(a, b, c) })), "1 2x |"},
		{"Zip4", play(operators.Zip4(operators.Of(1), operators.Of(2), operators.Of(3), operators.Of("x"),
			func(a, b, c int, d string) string { return fmt.Sprint(a, b, c, d) })), "1 2 3x |"},
		{"Zip5", play(operators.Zip5(operators.Of(1), operators.Of(2), operators.Of(3), operators.Of(4), operators.Of("x", "y"),
			func(a, b, c, d int, e string) string { return fmt.Sprint(a, b, c, d, e) })), "1 2 3 4x |"},
		{"Race", play(operators.Race(operators.Never[int](), operators.Of(1, 2), operators.Of(3))), "1 2 |"},
		{"Race nothing", play(operators.Race[int]()), ""},
		{"Race won by completion", play(operators.Race(none, operators.Of(3))), "|"},
		{"Race won by an error", play(operators.Race(operators.Throw[int](errBoom), operators.Of(3))), "#boom"},
		{"ForkJoin", play(operators.ForkJoin(operators.Of(1, 2), operators.Of(3))), "[2 3] |"},
		{"ForkJoin nothing", play(operators.ForkJoin[int]()), "|"},
		{"ForkJoin with empty", play(operators.ForkJoin(operators.Never[int](), none)), "|"},
		{"ForkJoin error", play(operators.ForkJoin(operators.Of(1), failing)), "#boom"},

		{"Catch", play(rx.Pipe1(failing, operators.Catch(func(error) rx.Observable[int] { return operators.Of(7) }))), "1 2 7 |"},
		{"Catch fails again", play(rx.Pipe1(failing, operators.Catch(func(err error) rx.Observable[int] {
			return operators.Throw[int](fmt.Errorf("again: %w", err))
		}))), "1 2 #again: boom"},
		{"Catch nothing", play(rx.Pipe1(operators.Of(1), operators.Catch(operators.Throw[int]))), "1 |"},
		{"OnErrorReturn", play(rx.Pipe1(failing, operators.OnErrorReturn(func(err error) int { return len(err.Error()) }))), "1 2 4 |"},
		{"OnErrorResumeNext", play(rx.Pipe1(failing, operators.OnErrorResumeNext(failing, operators.Of(9)))), "1 2 1 2 9 |"},
		{"OnErrorResumeNext last fails", play(rx.Pipe1(operators.Of(1), operators.OnErrorResumeNext(failing))), "1 1 2 |"},
		{"OnErrorResumeNext alone", play(rx.Pipe1(failing, operators.OnErrorResumeNext[int]())), "1 2 |"},
		{"Repeat", play(rx.Pipe1(operators.Of(1, 2), operators.Repeat[int](2))), "1 2 1 2 |"},
		{"Repeat none", play(rx.Pipe1(failing, operators.Repeat[int](0))), "|"},
		{"Repeat error", play(rx.Pipe1(failing, operators.Repeat[int](9))), "1 2 #boom"},
		{"Repeat, then Take", play(rx.Pipe2(operators.Of(1, 2), operators.Repeat[int](math.MaxInt), operators.Take[int](3))), "1 2 1 |"},

		{"Share", play(rx.Pipe1(failing, operators.Share[int]())), "1 2 #boom"},
		{"Share, then Take", play(rx.Pipe2(operators.Range(0, math.MaxInt), operators.Share[int](), operators.Take[int](2))), "0 1 |"},
		{"Batch", play(rx.Pipe1(operators.Range(0, 5), operators.Batch[int](2, 0))), "[0 1] [2 3] [4] |"},
		{"Batch exactly", play(rx.Pipe1(operators.Range(0, 4), operators.Batch[int](2, time.Hour))), "[0 1] [2 3] |"},
		{"Batch error", play(rx.Pipe1(failing, operators.Batch[int](9, 0))), "[1 2] #boom"},
		{"Batch error, then Take", play(rx.Pipe2(failing, operators.Batch[int](9, 0), operators.Take[[]int](1))), "[1 2] |"},
		{"Batch of none", play(rx.Pipe1(none, operators.Batch[int](9, 0))), "|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(c.got, c.want)
		})
	}
}

// halves makes a tree: 1 has 2, that has 4; 10 has 20.
func halves(v int) rx.Observable[int] {
	if v == 4 || v == 20 {
		return operators.Empty[int]()
	}
	return operators.Of(2 * v)
}

func TestAggregates(t *testing.T) {
	failing := operators.Concat(operators.Of(1, 2), operators.Throw[int](errBoom))
	none := operators.Empty[int]()
	long := func(a, b string) int { return cmp.Compare(len(a), len(b)) }
	words := operators.Of("bb", "a", "cc", "d")
	endless := operators.Range(0, math.MaxInt)
	for _, c := range []struct{ name, got, want string }{
		{"Count", play(rx.Pipe1(operators.Of(5, 5, 5), operators.Count)), "3 |"},
		{"Count of none", play(rx.Pipe1(none, operators.Count)), "0 |"},
		{"Count error", play(rx.Pipe1(failing, operators.Count)), "#boom"},
		{"Sum", play(rx.Pipe1(operators.Of(1, 2, 3), operators.Sum)), "6 |"},
		{"Sum of none", play(rx.Pipe1(none, operators.Sum)), "0 |"},
		{"Average", play(rx.Pipe1(operators.Of(1, 2), operators.Average)), "1.5 |"},
		{"Average of none", play(rx.Pipe1(none, operators.Average)), "|"},
		{"Min", play(rx.Pipe1(operators.Of(2, 1, 3), operators.Min)), "1 |"},
		{"Min NaN", play(rx.Pipe1(operators.Of(2, math.NaN(), 3), operators.Min)), "NaN |"},
		{"Min of none", play(rx.Pipe1(none, operators.Min)), "|"},
		{"Max", play(rx.Pipe1(operators.Of(2, 3, 1), operators.Max)), "3 |"},
		{"Max error", play(rx.Pipe1(failing, operators.Max)), "#boom"},
		{"MinFunc last of equals", play(rx.Pipe1(words, operators.MinFunc(long))), "d |"},
		{"MaxFunc last of equals", play(rx.Pipe1(words, operators.MaxFunc(long))), "cc |"},
		{"All", play(rx.Pipe1(operators.Of(2, 4), operators.All(even))), "true |"},
		{"All not", play(rx.Pipe1(endless, operators.All(even))), "false |"},
		{"All of none", play(rx.Pipe1(none, operators.All(even))), "true |"},
		{"All error", play(rx.Pipe1(operators.Throw[int](errBoom), operators.All(even))), "#boom"},
		{"Any", play(rx.Pipe1(endless, operators.Any(even))), "true |"},
		{"Any not", play(rx.Pipe1(operators.Of(1, 3), operators.Any(even))), "false |"},
		{"Contains", play(rx.Pipe1(endless, operators.Contains(70))), "true |"},
		{"Contains not", play(rx.Pipe1(operators.Of(1), operators.Contains(70))), "false |"},
		{"Contains what cannot be compared", play(rx.Pipe1(operators.Of[any]([]int{1}), operators.Contains[any]([]int{1}))),
			"#rx: panic in user code: runtime error: comparing uncomparable type []int"},
		{"IsEmpty", play(rx.Pipe1(none, operators.IsEmpty)), "true |"},
		{"IsEmpty not", play(rx.Pipe1(endless, operators.IsEmpty)), "false |"},
		{"SequenceEqual", play(rx.Pipe1(operators.Of(1, 2), operators.SequenceEqual(operators.Of(1, 2)))), "true |"},
		{"SequenceEqual differs", play(rx.Pipe1(operators.Of(1, 2), operators.SequenceEqual(operators.Of(1, 3)))), "false |"},
		{"SequenceEqual shorter", play(rx.Pipe1(operators.Of(1, 2), operators.SequenceEqual(operators.Of(1)))), "false |"},
		{"SequenceEqual longer", play(rx.Pipe1(operators.Of(1), operators.SequenceEqual(endless))), "false |"},
		{"SequenceEqual of none", play(rx.Pipe1(none, operators.SequenceEqual(none))), "true |"},
		{"SequenceEqual error", play(rx.Pipe1(operators.Of(1, 2), operators.SequenceEqual(failing))), "#boom"},
		{"SequenceEqualFunc", play(rx.Pipe1(operators.Of(1, 2),
			operators.SequenceEqualFunc(operators.Of(3, 4), func(a, b int) bool { return a+2 == b }))), "true |"},
	} {
		t.Run(c.name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(c.got, c.want)
		})
	}
}

func TestMisuse_ManyFailWithErrConfig(t *testing.T) {
	touched := 0
	src := operators.Defer(func() rx.Observable[int] { touched++; return operators.Of(1) })
	key := func(v int) int { return v }
	drop := operators.WithOnDrop(func(uint64) {})
	queue := operators.WithQueue(1, rx.DropNewest)
	for name, sub := range map[string]func() error{
		"ExhaustMap":         fails(src, operators.ExhaustMap[int, int](nil)),
		"Expand":             fails(src, operators.Expand[int](nil, 0)),
		"Expand limit":       fails(src, operators.Expand(twice, -1)),
		"Catch":              fails(src, operators.Catch[int](nil)),
		"OnErrorReturn":      fails(src, operators.OnErrorReturn[int](nil)),
		"Timeout of nothing": fails(src, operators.Timeout[int](0, 0)),
		"Timeout first":      fails(src, operators.Timeout[int](-1, 5)),
		"Timeout each":       fails(src, operators.Timeout[int](5, -1)),
		"Repeat":             fails(src, operators.Repeat[int](-1)),
		"Repeat delay":       fails(src, operators.Repeat[int](1, operators.WithRepeatDelay(-1))),
		"Share grace":        fails(src, operators.Share[int](operators.WithGrace(-1))),
		"Share contradiction": fails(src, operators.Share[int](
			operators.WithGrace(1), operators.WithResetOnZero(false))),
		"ShareReplay age":      fails(src, operators.ShareReplay[int](1, -1)),
		"ShareReplay option":   fails(src, operators.ShareReplay[int](1, 0, operators.WithGrace(-1))),
		"ObserveOn":            fails(src, operators.ObserveOn[int](0)),
		"OnBackpressureFail":   fails(src, operators.OnBackpressureFail[int](0)),
		"ConflateBy":           fails(src, operators.ConflateBy[int, int](nil, 1, rx.Block)),
		"ConflateBy keys":      fails(src, operators.ConflateBy(key, 0, rx.Block)),
		"ConflateBy rule":      fails(src, operators.ConflateBy(key, 1, rx.Latest)),
		"ConflateBy no rule":   fails(src, operators.ConflateBy(key, 1, rx.Overflow(99))),
		"ConflateBy option":    fails(src, operators.ConflateBy(key, 1, rx.Block, operators.WithOnDrop(nil))),
		"ConflateBy queue":     fails(src, operators.ConflateBy(key, 1, rx.Block, drop, queue)),
		"RateLimit":            fails(src, operators.RateLimit[int](0, time.Second)),
		"RateLimit per":        fails(src, operators.RateLimit[int](10, 9)),
		"RateLimit queue":      fails(src, operators.RateLimit[int](1, 1, operators.WithQueue(-1, rx.Fail))),
		"RateLimit rule":       fails(src, operators.RateLimit[int](1, 1, operators.WithQueue(1, rx.Block))),
		"RateLimit two queues": fails(src, operators.RateLimit[int](1, 1, queue, queue)),
		"Batch":                fails(src, operators.Batch[int](0, 1)),
		"Batch wait":           fails(src, operators.Batch[int](1, -1)),
		"MinFunc":              fails(src, operators.MinFunc[int](nil)),
		"MaxFunc":              fails(src, operators.MaxFunc[int](nil)),
		"All":                  fails(src, operators.All[int](nil)),
		"Any":                  fails(src, operators.Any[int](nil)),
		"SequenceEqualFunc":    fails(src, operators.SequenceEqualFunc(src, nil)),
		"Log":                  fails(src, operators.Log[int](nil)),
		"Log name":             fails(src, operators.Log[int](slog.New(slog.DiscardHandler), operators.WithLogName(""))),
		"CombineLatest4":       ends(operators.CombineLatest4[int, int, int, int, int](src, src, src, src, nil)),
		"CombineLatest5":       ends(operators.CombineLatest5[int, int, int, int, int, int](src, src, src, src, src, nil)),
		"Zip2":                 ends(operators.Zip2[int, int, int](src, src, nil)),
		"Zip3":                 ends(operators.Zip3[int, int, int, int](src, src, src, nil)),
		"Zip4":                 ends(operators.Zip4[int, int, int, int, int](src, src, src, src, nil)),
		"Zip5":                 ends(operators.Zip5[int, int, int, int, int, int](src, src, src, src, src, nil)),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.True(errors.Is(sub(), rx.ErrConfig))
			is.Equal(touched, 0)
		})
	}
}

func fails[B any](src rx.Observable[int], op rx.Operator[int, B]) func() error { return ends(op(src)) }

func ends[T any](o rx.Observable[T]) func() error {
	return func() error {
		_, sub := listen(o)
		<-sub.Done()
		return sub.Err()
	}
}
