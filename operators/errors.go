package operators

import "errors"

// Errors of streams that are not as long as an operator requires. They are told
// by Error, and found by errors.Is.
var (
	// ErrEmpty is told by [First], [Last], [Single] and [SingleFunc] of a stream
	// that completed without a value. It is RxJS's EmptyError.
	ErrEmpty = errors.New("operators: no value in the stream")
	// ErrNotFound is told by [SingleFunc] of a stream that has values, but none
	// that is accepted. It is RxJS's NotFoundError.
	ErrNotFound = errors.New("operators: no such value in the stream")
	// ErrSequence is told by [Single] and [SingleFunc] of a stream with a second
	// value. It is RxJS's SequenceError.
	ErrSequence = errors.New("operators: more than one value in the stream")
	// ErrOutOfRange is told by [ElementAt] of a stream that is too short. It is
	// RxJS's ArgumentOutOfRangeError.
	ErrOutOfRange = errors.New("operators: the stream ended before the index")
	// ErrAbandoned is told by a window or a group that was still open when the
	// stream that emitted it was unsubscribed from: what comes no longer comes.
	ErrAbandoned = errors.New("operators: the stream of streams was unsubscribed from")
)
