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

// OnBackpressureFail is a boundary of n values that ends the stream with
// rx.ErrOverflow, behind the values that wait, when there is no room for another:
// the source is unsubscribed then. Downstream runs on a goroutine of its own. n
// below 1 is a mistake. It is RxJava's onBackpressureBuffer with the strategy ERROR.
func OnBackpressureFail[T any](n int, opts ...rx.BoundaryOption) rx.Operator[T, T] {
	return rx.ObserveOn[T](n, rx.Fail, opts...)
}

// ObserveOn is a boundary of n values that loses none: downstream runs on a goroutine
// of its own, and the source waits when n values do, rule rx.Block. A source that
// others depend on must not: that is [OnBackpressureBuffer] with another rule. n below
// 1 is a mistake.
//
// RxJS's observeOn takes a scheduler, and its queue has no bound.
func ObserveOn[T any](n int) rx.Operator[T, T] { return rx.ObserveOn[T](n, rx.Block) }
