package operators

import "github.com/kalamdb/kalamrx/rx"

// OnBackpressureBuffer is a boundary of n values with the given overflow rule:
// what is downstream runs on a goroutine of its own, which ends when nothing
// waits, and the source does not wait for it (except under rx.Block). Terminals
// are delivered behind the values that wait. Downstream takes all that waits at
// once, so up to n values more may be on their way to it. What is dropped is
// counted, see Subscription.Dropped and rx.OnDrop. n below 1 is a mistake;
// rx.Latest has n = 1 whatever is said.
//
// RxJS has no backpressure; the name is RxJava's, whose default buffer is
// unbounded. None here is.
func OnBackpressureBuffer[T any](n int, rule rx.Overflow, opts ...rx.BoundaryOption) rx.Operator[T, T] {
	return rx.ObserveOn[T](n, rule, opts...)
}

// OnBackpressureLatest is a boundary that keeps the last value only: downstream,
// on a goroutine of its own, gets what is newest whenever it is ready. Capacity 1,
// rule rx.Latest; what is replaced counts as dropped.
func OnBackpressureLatest[T any](opts ...rx.BoundaryOption) rx.Operator[T, T] {
	return rx.ObserveOn[T](1, rx.Latest, opts...)
}

// OnBackpressureDrop is a boundary that drops what comes while downstream, on a
// goroutine of its own, is busy. Capacity 1, rule rx.DropNewest: the first value
// that comes meanwhile waits, those after it are dropped, where RxJava's drops
// that one too unless it was requested.
func OnBackpressureDrop[T any](opts ...rx.BoundaryOption) rx.Operator[T, T] {
	return rx.ObserveOn[T](1, rx.DropNewest, opts...)
}
