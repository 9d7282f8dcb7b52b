package client

import (
	"errors"
	"fmt"
	"time"
)

// Sentinels of workers, for errors.Is.
var (
	// ErrPoison marks a record that cannot be handled; see [*PoisonError].
	ErrPoison = errors.New("kalam: poison record")
	// ErrWorking marks a worker that has been run before.
	ErrWorking = errors.New("kalam: worker has been run before")
	// ErrDrain marks a worker that ended before its handlers; see [*DrainError]. It is
	// the cause of a handler's context that ended because of that.
	ErrDrain = errors.New("kalam: worker is to end")
)

// errHandlerGone is the cause where a handler ended its goroutine.
var errHandlerGone = errors.New("kalam: a handler called runtime.Goexit")

// leaseOver is the cause of a handler's context that ended with its lease. It is made for
// each record and seldom read, and so it is no text.
type leaseOver struct {
	topic     string
	partition int
	offset    int64
}

// Error names the record.
func (e *leaseOver) Error() string {
	return fmt.Sprintf("%v of %s is over", ErrLease, place(e.topic, e.partition, e.offset))
}

// Is reports whether target is ErrLease.
func (e *leaseOver) Is(target error) bool { return target == ErrLease }

// PoisonError says which record could not be handled, and why. It ends a worker that has
// no dead letter, or whose dead letter did not take the record. The record is not
// acknowledged.
type PoisonError struct {
	Place string // of the record: "shop.orders/0@17"
	Tries int    // of this delivery; 0 for a record that could not be read
	Err   error  // of the last try, joined to that of the dead letter if there is one
}

// Error names the record, the tries and the cause.
func (e *PoisonError) Error() string {
	return fmt.Sprintf("kalam: poison record %s, tried %d times: %v", e.Place, e.Tries, e.Err)
}

// Unwrap gives the cause. It is an *rx.PanicError if the handler panicked.
func (e *PoisonError) Unwrap() error { return e.Err }

// Is reports whether target is ErrPoison.
func (e *PoisonError) Is(target error) bool { return target == ErrPoison }

// DrainError says how many handlers had not returned when the worker's time was over, or
// only did when their context ended. Their records were not acknowledged, unless the
// handler returned nil; they come again.
type DrainError struct {
	Cut     int // handlers whose context ended
	Running int // of these, those that did not return within a second
	After   time.Duration
}

// Error gives the numbers and the time.
func (e *DrainError) Error() string {
	return fmt.Sprintf("kalam: worker is to end: %d handlers were cut off after %v, %d of them go on", e.Cut, e.After, e.Running)
}

// Is reports whether target is ErrDrain.
func (e *DrainError) Is(target error) bool { return target == ErrDrain }

// Permanent marks an error of a handler that another try would meet again: the record is
// poison at once. Nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// RetryAfter marks an error of a handler with how long to wait before the next try, in
// place of the wait of RetryRecords; it counts as a try like any. A wait that is longer
// than what is left of the lease lets the record go: it comes again then. Nil stays nil,
// and a negative wait is none.
func RetryAfter(wait time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return &laterError{max(0, wait), err}
}

type permanentError struct{ error }

// Unwrap gives what was marked.
func (e *permanentError) Unwrap() error { return e.error }

type laterError struct {
	wait time.Duration
	error
}

// Unwrap gives what was marked.
func (e *laterError) Unwrap() error { return e.error }
