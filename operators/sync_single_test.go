package operators_test

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/matryer/is"
)

// Operators that keep something of a synchronous source: what goes in, what comes out.
func TestSynchronousStreams_Kept(t *testing.T) {
	none, three := operators.Empty[int](), operators.Of(1, 2, 3)
	failing := operators.Concat(operators.Of(1, 2), operators.Throw[int](errBoom))
	small := func(v int) bool { return v < 3 }
	for _, c := range []struct{ name, got, want string }{
		{"Reduce", play(rx.Pipe1(three, operators.Reduce(10, sum))), "16 |"},
		{"Reduce of none", play(rx.Pipe1(none, operators.Reduce(10, sum))), "10 |"},
		{"Reduce error", play(rx.Pipe1(failing, operators.Reduce(10, sum))), "#boom"},
		{"ToSlice", play(rx.Pipe1(three, operators.ToSlice)), "[1 2 3] |"},
		{"ToSlice of none", play(rx.Pipe1(none, operators.ToSlice)), "[] |"},
		{"ToSlice error", play(rx.Pipe1(failing, operators.ToSlice)), "#boom"},

		{"Materialize", play(rx.Pipe1(operators.Of(1), operators.Materialize)), "Next(1) Complete |"},
		{"Materialize error", play(rx.Pipe1(failing, operators.Materialize)), "Next(1) Next(2) Error(boom) |"},
		{"Materialize, then Take", play(rx.Pipe2(failing, operators.Materialize, operators.Take[operators.Notification[int]](1))), "Next(1) |"},
		{"there and back", play(rx.Pipe2(failing, operators.Materialize, operators.Dematerialize)), "1 2 #boom"},
		{"there and back, completed", play(rx.Pipe2(three, operators.Materialize, operators.Dematerialize)), "1 2 3 |"},

		{"TakeLast", play(rx.Pipe1(operators.Range(0, 9), operators.TakeLast[int](3))), "6 7 8 |"},
		{"TakeLast of fewer", play(rx.Pipe1(three, operators.TakeLast[int](5))), "1 2 3 |"},
		{"TakeLast none", play(rx.Pipe1(failing, operators.TakeLast[int](0))), "|"},
		{"TakeLast error", play(rx.Pipe1(failing, operators.TakeLast[int](1))), "#boom"},
		{"TakeLast, then Take", play(rx.Pipe2(three, operators.TakeLast[int](3), operators.Take[int](2))), "1 2 |"},
		{"SkipLast", play(rx.Pipe1(operators.Range(0, 9), operators.SkipLast[int](3))), "0 1 2 3 4 5 |"},
		{"SkipLast of fewer", play(rx.Pipe1(three, operators.SkipLast[int](5))), "|"},
		{"SkipLast none", play(rx.Pipe1(failing, operators.SkipLast[int](0))), "1 2 #boom"},
		{"SkipLast error", play(rx.Pipe1(failing, operators.SkipLast[int](1))), "1 #boom"},
		{"TakeWhileInclusive", play(rx.Pipe1(operators.Range(1, 9), operators.TakeWhileInclusive(small))), "1 2 3 |"},
		{"TakeWhileInclusive, then Take",
			play(rx.Pipe2(operators.Range(1, 9), operators.TakeWhileInclusive(small), operators.Take[int](3))), "1 2 3 |"},
		{"SkipWhile", play(rx.Pipe1(operators.Of(1, 2, 3, 1), operators.SkipWhile(small))), "3 1 |"},
		{"SkipWhile to the end", play(rx.Pipe1(failing, operators.SkipWhile(small))), "#boom"},
		{"SkipUntil sync notifier", play(rx.Pipe1(three, operators.SkipUntil[int](operators.Of("x", "y")))), "1 2 3 |"},
		{"SkipUntil empty notifier", play(rx.Pipe1(three, operators.SkipUntil[int](none))), "|"},
		{"SkipUntil failing notifier", play(rx.Pipe1(three, operators.SkipUntil[int](operators.Throw[int](errBoom)))), "#boom"},

		{"First", play(rx.Pipe1(failing, operators.First)), "1 |"},
		{"First of none", play(rx.Pipe1(none, operators.First)), "#operators: no value in the stream"},
		{"Last", play(rx.Pipe1(three, operators.Last)), "3 |"},
		{"Last of none", play(rx.Pipe1(none, operators.Last)), "#operators: no value in the stream"},
		{"Last error", play(rx.Pipe1(failing, operators.Last)), "#boom"},
		{"ElementAt", play(rx.Pipe1(failing, operators.ElementAt[int](1))), "2 |"},
		{"ElementAt behind the end", play(rx.Pipe1(three, operators.ElementAt[int](3))), "#operators: the stream ended before the index"},
		{"Single", play(rx.Pipe1(operators.Of(7), operators.Single)), "7 |"},
		{"Single of none", play(rx.Pipe1(none, operators.Single)), "#operators: no value in the stream"},
		{"Single of more", play(rx.Pipe1(failing, operators.Single)), "#operators: more than one value in the stream"},
		{"SingleFunc", play(rx.Pipe1(three, operators.SingleFunc(even))), "2 |"},
		{"SingleFunc of more", play(rx.Pipe1(three, operators.SingleFunc(small))), "#operators: more than one value in the stream"},
		{"SingleFunc of none", play(rx.Pipe1(none, operators.SingleFunc(small))), "#operators: no value in the stream"},
		{"SingleFunc of others", play(rx.Pipe1(operators.Of(1, 3), operators.SingleFunc(even))),
			"#operators: no such value in the stream: none of 2 is accepted"},

		{"IgnoreElements", play(rx.Pipe1(three, operators.IgnoreElements)), "|"},
		{"IgnoreElements error", play(rx.Pipe1(failing, operators.IgnoreElements)), "#boom"},
		{"DefaultIfEmpty", play(rx.Pipe1(none, operators.DefaultIfEmpty(9))), "9 |"},
		{"DefaultIfEmpty of some", play(rx.Pipe1(three, operators.DefaultIfEmpty(9))), "1 2 3 |"},
		{"DefaultIfEmpty error", play(rx.Pipe1(operators.Throw[int](errBoom), operators.DefaultIfEmpty(9))), "#boom"},
		{"ThrowIfEmpty", play(rx.Pipe1(none, operators.ThrowIfEmpty[int](errBoom))), "#boom"},
		{"ThrowIfEmpty of some", play(rx.Pipe1(three, operators.ThrowIfEmpty[int](errBoom))), "1 2 3 |"},

		{"Distinct", play(rx.Pipe1(operators.Of(1, 2, 1, 3, 2), operators.Distinct(same, 0))), "1 2 3 |"},
		{"Distinct forgets the first", play(rx.Pipe1(operators.Of(1, 2, 1, 3, 1, 3, 2), operators.Distinct(same, 2))), "1 2 3 1 2 |"},
		{"Distinct NaN", play(rx.Pipe1(operators.Of(math.NaN(), 1, math.NaN(), 1), operators.Distinct(func(v float64) float64 { return v }, 1))),
			"NaN 1 NaN |"},
	} {
		t.Run(c.name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(c.got, c.want)
		})
	}
}

func same(v int) int { return v }

// Buffers of a synchronous source, against those cut out of the slice.
func TestBufferCount_CutsLikeSlices(t *testing.T) {
	for length := range 9 {
		all := make([]int, length)
		for i := range all {
			all[i] = i
		}
		for size := 1; size < 5; size++ {
			for every := 1; every < 5; every++ {
				want := ""
				for at := 0; at < length; at += every {
					want += "[" + spaced(all[at:min(at+size, length)]) + "] "
				}
				is := is.New(t)
				got := play(rx.Pipe1(operators.From(all), operators.BufferCount[int](size, every)))
				is.Equal(got, want+"|") // length, size, every as in the loops
				windows := rx.Pipe2(operators.From(all), operators.WindowCount[int](size, every),
					operators.MergeMap(func(w rx.Observable[int]) rx.Observable[[]int] { return operators.ToSlice(w) }, 0))
				if length%every == 0 { // the last one is empty
					want += "[] "
				}
				is.Equal(sorted(play(windows)), sorted(want+"|"))
			}
		}
	}
}

func spaced(values []int) (s string) {
	for i, v := range values {
		if i > 0 {
			s += " "
		}
		s += strconv.Itoa(v)
	}
	return s
}

// sorted is for windows that end together: which is first is not the point.
func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

func TestMisuse_OfKeptStreams(t *testing.T) {
	src := operators.Of(1)
	many := func(ops ...rx.Operator[int, []int]) (errs []error) {
		for _, op := range ops {
			errs = append(errs, op(src).Subscribe(t.Context(), rx.Observer[[]int]{}).Err())
		}
		return errs
	}
	one := func(ops ...rx.Operator[int, int]) (errs []error) {
		for _, op := range ops {
			errs = append(errs, op(src).Subscribe(t.Context(), rx.Observer[int]{}).Err())
		}
		return errs
	}
	streams := func(ops ...rx.Operator[int, rx.Observable[int]]) (errs []error) {
		for _, op := range ops {
			errs = append(errs, op(src).Subscribe(t.Context(), rx.Observer[rx.Observable[int]]{}).Err())
		}
		return errs
	}
	all := slices.Concat(
		many(operators.BufferCount[int](0, 1), operators.BufferCount[int](1, 0), operators.BufferTime[int](0),
			operators.BufferTimeOrCount[int](0, 1), operators.BufferTimeOrCount[int](1, 0)),
		streams(operators.WindowCount[int](0, 1), operators.WindowCount[int](1, 0), operators.WindowTime[int](0),
			operators.WindowTimeOrCount[int](0, 1), operators.WindowTimeOrCount[int](1, 0)),
		one(operators.Reduce[int](0, nil), operators.TakeLast[int](-1), operators.SkipLast[int](-1), operators.SkipWhile[int](nil),
			operators.TakeWhileInclusive[int](nil), operators.ElementAt[int](-1), operators.SingleFunc[int](nil),
			operators.ThrowIfEmpty[int](nil), operators.Distinct[int, int](nil, 0), operators.Distinct(same, -1),
			operators.Sample[int](0), operators.Audit[int](-1), operators.AuditWhen[int, int](nil),
			operators.DebounceWhen[int, int](nil), operators.DelayWhen[int, int](nil)),
		[]error{
			operators.GroupBy[int, int](nil)(src).Subscribe(t.Context(), rx.Observer[operators.Grouped[int, int]]{}).Err(),
			operators.GroupBy(same, operators.WithIdle(0))(src).Subscribe(t.Context(), rx.Observer[operators.Grouped[int, int]]{}).Err(),
			operators.FromFunc[int](nil).Subscribe(t.Context(), rx.Observer[int]{}).Err(),
			operators.FromChannel[int](nil).Subscribe(t.Context(), rx.Observer[int]{}).Err(),
			operators.Using[int, int](nil, nil, nil).Subscribe(t.Context(), rx.Observer[int]{}).Err(),
			operators.Generate[int, int](0, nil, nil, nil).Subscribe(t.Context(), rx.Observer[int]{}).Err(),
		},
	)
	for i, err := range all {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			is := is.New(t)
			is.True(errors.Is(err, rx.ErrConfig))
		})
	}
}

func TestDematerialize_BadNotifications(t *testing.T) {
	for _, n := range []operators.Notification[int]{{Kind: operators.ErrorKind}, {Kind: 9}} {
		is := is.New(t)
		sub := rx.Pipe1(operators.Of(n, n), operators.Dematerialize).Subscribe(t.Context(), rx.Observer[int]{})
		is.True(errors.Is(sub.Err(), rx.ErrConfig))
	}
}

// What is emitted at completion may be met by a panic downstream: that is an error
// there, not the end of everything.
func TestFinish_PanicDownstreamCanBeCaught(t *testing.T) {
	boom := operators.Map(func([]int) int { panic(errBoom) })
	for name, o := range map[string]rx.Observable[int]{
		"ToSlice":     rx.Pipe2(operators.Of(1), operators.ToSlice, boom),
		"BufferCount": rx.Pipe2(operators.Of(1), operators.BufferCount[int](2, 2), boom),
		"TakeLast": rx.Pipe2(operators.Of(1), operators.TakeLast[int](2),
			operators.Map(func(int) int { panic(errBoom) })),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			tries := 0
			counted := operators.Defer(func() rx.Observable[int] { tries++; return o })
			var got error
			rx.Pipe1(counted, operators.Retry[int](immediately(2))).
				Subscribe(t.Context(), rx.Observer[int]{Error: func(err error) { got = err }})
			is.True(errors.Is(got, errBoom))
			is.Equal(tries, 3)
		})
	}
}
