package operators

import "github.com/kalamdb/kalamrx/rx"

// Distinct leaves out values whose key equals (==) that of any value emitted
// before. It remembers the last limit keys emitted: a further key makes it forget
// the one that was emitted first, whose values then pass again. A value that is
// left out does not renew its key. A limit of 0 means none, as in RxJS: then memory
// grows with every key. A negative limit is a mistake.
//
// It has no flushes, unlike RxJS's distinct. A NaN equals nothing; an interface that
// holds something that cannot be compared fails the stream.
func Distinct[T any, K comparable](key func(T) K, limit int) rx.Operator[T, T] {
	if key == nil {
		return misusedOperator[T, T]("Distinct without a function")
	}
	if limit < 0 {
		return misusedOperator[T, T]("Distinct with a limit of %d", limit)
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			known := remembered[K]{keys: map[K]struct{}{}, order: lately[K]{limit: limit}}
			next := out.Next
			src.Attach(g, rx.Observer[T]{
				Next: func(v T) {
					if known.add(key(v)) {
						next(v)
					}
				},
				Error:    out.Error,
				Complete: out.Complete,
			})
		})
	}
}

// remembered is a set of keys that forgets the oldest.
type remembered[K comparable] struct {
	keys  map[K]struct{}
	order lately[K] // of keys; unused without a limit
}

// add says whether k is new. What does not equal itself always is, and is not
// remembered: it would never be found again, neither to compare nor to forget.
func (r *remembered[K]) add(k K) bool {
	if _, known := r.keys[k]; known {
		return false
	}
	if !equal(k, k) {
		return true
	}
	if r.order.limit > 0 {
		if old, full := r.order.add(k); full {
			delete(r.keys, old)
		}
	}
	r.keys[k] = struct{}{}
	return true
}

func equal[K comparable](a, b K) bool { return a == b }
