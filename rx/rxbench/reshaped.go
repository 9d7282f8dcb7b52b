package main

import (
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/reactivex/rxgo/v2"
	"github.com/samber/ro"
)

// reshaped is an operator on a range of numbers that makes something else of them.
type reshaped[B, P any] struct {
	group, name string
	each        func(n int, next func(int))
	op          rx.Operator[int, B]
	hash        func(B) int
	peers       func(ro.Observable[int64]) ro.Observable[P] // nil if there is none
	peersHash   func(P) int
	rxgos       func(rxgo.Observable) rxgo.Iterable // nil if there is none
	rxgosHash   func(any) int
}

func (r reshaped[B, P]) work() work {
	w := work{group: r.group, name: r.name, events: some, ways: []way{
		plain(r.each),
		typed(func(n int) rx.Observable[B] { return rx.Pipe1(operators.Range(0, n), r.op) }, r.hash),
	}}
	if r.peers != nil {
		w.ways = append(w.ways, peer(func(n int) ro.Observable[P] { return r.peers(ro.Range(0, int64(n))) }, r.peersHash))
	}
	if r.rxgos != nil {
		w.ways = append(w.ways, untyped(func(n int) rxgo.Observable {
			return rxgo.FromChannel(r.rxgos(rxgo.Range(0, n, wide())).Observe(wide()))
		}, r.rxgosHash))
	}
	return w
}

// truth is the hash of a yes or no.
func truth(v bool) int {
	if v {
		return 1
	}
	return 0
}

// ends is a loop that has one value at its end.
func ends(value func(n int) int) func(n int, next func(int)) {
	return func(n int, next func(int)) { next(value(n)) }
}

// positions are the operators that choose values by where they are.
func positions() []work {
	const group, few = "filtering", 16
	last := func(n int, next func(int)) {
		for v := n - few; v < n; v++ {
			next(v)
		}
	}
	all := func(n int, next func(int)) {
		for v := range n {
			next(v)
		}
	}
	none := func(int, func(int)) {}
	return []work{
		single(group, "TakeLast", last, operators.TakeLast[int](few), ro.TakeLast[int64](few),
			func(o rxgo.Observable) rxgo.Observable { return o.TakeLast(few, wide()) }),
		single(group, "SkipLast", func(n int, next func(int)) { all(n-few, next) }, operators.SkipLast[int](few),
			ro.SkipLast[int64](few), nil),
		single(group, "SkipWhile", func(n int, next func(int)) {
			for v := few; v < n; v++ {
				next(v)
			}
		}, operators.SkipWhile(func(v int) bool { return v < few }), ro.SkipWhile(func(v int64) bool { return v < few }),
			func(o rxgo.Observable) rxgo.Observable {
				return o.SkipWhile(func(v any) bool { return v.(int) < few }, wide())
			}),
		single(group, "TakeWhileInclusive", all, operators.TakeWhileInclusive(func(int) bool { return true }), nil,
			func(o rxgo.Observable) rxgo.Observable {
				return o.TakeUntil(func(any) bool { return false }, wide())
			}),
		single(group, "Last", ends(func(n int) int { return n - 1 }), operators.Last[int],
			ro.Last(func(int64) bool { return true }),
			func(o rxgo.Observable) rxgo.Observable { return rxgo.FromChannel(o.Last(wide()).Observe(wide())) }),
		single(group, "ElementAt", ends(func(n int) int { return n - 1 }), operators.ElementAt[int](some-1),
			ro.ElementAt[int64](some-1),
			func(o rxgo.Observable) rxgo.Observable {
				return rxgo.FromChannel(o.ElementAt(some-1, wide()).Observe(wide()))
			}),
		single(group, "Distinct", all, operators.Distinct(same, 0), ro.Distinct[int64](),
			func(o rxgo.Observable) rxgo.Observable { return o.Distinct(identity, wide()) }),
		single(group, "IgnoreElements", none, operators.IgnoreElements[int], ro.IgnoreElements[int64](),
			func(o rxgo.Observable) rxgo.Observable { return o.IgnoreElements(wide()) }),
		single(group, "DefaultIfEmpty", all, operators.DefaultIfEmpty(7), ro.DefaultIfEmpty(int64(7)),
			func(o rxgo.Observable) rxgo.Observable { return o.DefaultIfEmpty(7, wide()) }),
		single(group, "ThrowIfEmpty", all, operators.ThrowIfEmpty[int](rx.ErrConfig),
			ro.ThrowIfEmpty[int64](func() error { return rx.ErrConfig }), nil),
	}
}
