package operators

import "github.com/kalamdb/kalamrx/rx"

// Switch emits what the latest of the streams that the source emits emits. It is
// passed to Pipe without being called, and is [SwitchMap] of the streams
// themselves; RxJS calls it switchAll.
func Switch[T any](src rx.Observable[rx.Observable[T]]) rx.Observable[T] {
	return SwitchMap(itself[rx.Observable[T]])(src)
}

// MergeAll emits what any of the streams that the source emits emits, with no limit
// to their number: that is [MergeMap]. It is passed to Pipe without being called.
func MergeAll[T any](src rx.Observable[rx.Observable[T]]) rx.Observable[T] {
	return MergeMap(itself[rx.Observable[T]], 0)(src)
}

// ConcatAll emits all of one of the streams that the source emits before it
// subscribes to the next; the others wait in an unbounded queue, see [ConcatMap].
// It is passed to Pipe without being called.
func ConcatAll[T any](src rx.Observable[rx.Observable[T]]) rx.Observable[T] {
	return ConcatMap(itself[rx.Observable[T]])(src)
}

// ExhaustAll emits all of one of the streams that the source emits; those that come
// before it has completed are left out, see [ExhaustMap]. It is passed to Pipe
// without being called.
func ExhaustAll[T any](src rx.Observable[rx.Observable[T]]) rx.Observable[T] {
	return ExhaustMap(itself[rx.Observable[T]])(src)
}

func itself[T any](v T) T { return v }
