package operators

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
	"github.com/sethvargo/go-retry"
)

// RetryOption is an option of [Retry].
type RetryOption func(*retryConfig) error

type retryConfig struct {
	when       func(error) bool
	resetAfter time.Duration
	onRetry    func(attempt int, err error, wait time.Duration)
}

// WithRetryIf says which errors are worth another attempt. By default all are but
// those that the next attempt would meet again: rx.ErrConfig, and an error that says so
// by a method Retryable() bool, its own or that of the first in its chain that has one.
// So do those of KalamDB, such as wire.ServerError.
func WithRetryIf(when func(error) bool) RetryOption {
	return func(c *retryConfig) error {
		if when == nil {
			return errors.New("WithRetryIf without a function")
		}
		c.when = when
		return nil
	}
}

// WithResetAfter starts with a fresh backoff when an attempt that fails has been
// stable, that is, when its first value came d ago or earlier. By default the
// backoff goes on for the life of the subscription, as RxJS's count does; 0
// resets it after any attempt that emitted a value (RxJS: resetOnSuccess).
func WithResetAfter(d time.Duration) RetryOption {
	return func(c *retryConfig) error {
		if d < 0 {
			return fmt.Errorf("WithResetAfter of %v", d)
		}
		c.resetAfter = d
		return nil
	}
}

// WithOnRetry is told every error that is followed by another attempt, the
// number of that attempt (1 for the first retry, counted from the last reset) and
// the wait before it. It runs on the goroutine that delivered the error and must
// not wait.
func WithOnRetry(f func(attempt int, err error, wait time.Duration)) RetryOption {
	return func(c *retryConfig) error {
		if f == nil {
			return errors.New("WithOnRetry without a function")
		}
		c.onRetry = f
		return nil
	}
}

// Retry subscribes to the source again when it fails, after the wait the backoff
// says, until that says stop: then, or when the error is not worth another
// attempt, the error is passed on. The attempt that failed is unsubscribed before
// the wait. Backoffs come from github.com/sethvargo/go-retry:
//
//	operators.Retry[Event](func() retry.Backoff {
//		return retry.WithMaxRetries(5, retry.WithCappedDuration(30*time.Second,
//			retry.NewExponential(time.Second)))
//	})
//
// A Backoff has state, so backoff is called for every subscription and every
// reset. Waits are timers, without a goroutine, and end with the stream. A wait of
// 0 starts the next attempt at once, on the goroutine of the error, without
// growing the stack; any other starts it on the timer's goroutine.
//
// An error that was marked by retry.RetryableError is passed on, to options too,
// as what was marked; the mark itself is not asked for. A panic in an operator
// above Retry is an error like others; one below Retry, or in the observer, is
// none of its business and is not retried.
func Retry[T any](backoff func() retry.Backoff, opts ...RetryOption) rx.Operator[T, T] {
	if backoff == nil {
		return misusedOperator[T, T]("Retry without a backoff")
	}
	c := retryConfig{when: worthRetry, resetAfter: never, onRetry: func(int, error, time.Duration) {}}
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return misusedOperator[T, T]("Retry: %v", err)
		}
	}
	return func(src rx.Observable[T]) rx.Observable[T] {
		return rx.Source(func(g *rx.Segment, out rx.Observer[T]) {
			r := &retrying[T]{g: g, out: out, src: src, fresh: backoff, c: c}
			r.alarm = timer{seg: g, fail: out.Error, fire: r.begin}
			r.start()
		})
	}
}

// never is a stable period that no attempt reaches.
const never = time.Duration(-1)

func worthRetry(err error) bool {
	var says interface{ Retryable() bool }
	if errors.As(err, &says) && !says.Retryable() {
		return false
	}
	return !errors.Is(err, rx.ErrConfig)
}

// retrying is one subscription of a Retry. Attempts follow each other, so its
// state is touched by one goroutine at a time.
type retrying[T any] struct {
	g     *rx.Segment
	out   rx.Observer[T]
	src   rx.Observable[T]
	fresh func() retry.Backoff
	c     retryConfig

	turns   trampoline
	alarm   timer
	backoff retry.Backoff
	attempt int         // since the last reset
	up      *rx.Segment // the attempt's
	emitted bool
	first   time.Time // when the attempt emitted first
}

// start is the first attempt.
func (r *retrying[T]) start() {
	defer r.g.Catch(r.out.Error)
	if r.reset() {
		r.begin()
	}
}

// reset takes a fresh backoff.
func (r *retrying[T]) reset() bool {
	r.attempt = 0
	if r.backoff = r.fresh(); r.backoff == nil {
		r.end(misuse("Retry with a nil backoff"))
		return false
	}
	return true
}

func (r *retrying[T]) begin() { r.turns.run(r.try) }

func (r *retrying[T]) try() {
	if r.g.Closed() {
		return
	}
	r.up = r.g.Child()
	r.emitted = false
	attach(r.src, r.up, rx.Observer[T]{Next: r.next, Error: r.failed, Complete: r.complete})
}

// next catches what downstream panics with, lest it come back as an error of the
// source.
func (r *retrying[T]) next(v T) {
	defer r.g.Catch(r.broken)
	if !r.emitted {
		r.emitted = true
		if r.c.resetAfter > 0 {
			r.first = time.Now()
		}
	}
	r.out.Next(v)
}

// complete ends the stream; as in end, what panics then is nothing to retry.
func (r *retrying[T]) complete() { r.g.Turn(nil, r.out.Complete) }

func (r *retrying[T]) end(err error) { r.g.Turn(nil, func() { r.out.Error(err) }) }

func (r *retrying[T]) broken(err error) {
	r.up.Close()
	r.out.Error(err)
}

// failed takes the error of an attempt. A panic in an option's function, or in
// the backoff, ends the stream.
func (r *retrying[T]) failed(err error) {
	if r.up.Closed() { // unsubscribed, or a source that fails twice
		return
	}
	defer r.g.Catch(r.broken)
	err = unmarked(r.g.Context(), err)
	if !r.c.when(err) {
		r.end(err)
		return
	}
	if r.stable() && !r.reset() {
		return
	}
	wait, stop := r.backoff.Next()
	if stop {
		r.end(err)
		return
	}
	r.attempt++
	r.c.onRetry(r.attempt, err, wait)
	r.up.Close()
	if wait > 0 {
		r.alarm.arm(wait)
		return
	}
	r.begin()
}

// stable says whether the attempt lasted long enough for a fresh backoff.
func (r *retrying[T]) stable() bool {
	switch {
	case r.c.resetAfter < 0 || !r.emitted:
		return false
	case r.c.resetAfter == 0:
		return true
	}
	return time.Since(r.first) >= r.c.resetAfter
}

// unmarked takes the mark of retry.RetryableError off. The mark's type is not
// exported, but retry.Do takes it off what it gives up on.
func unmarked(ctx context.Context, err error) error {
	giveUp := retry.BackoffFunc(func() (time.Duration, bool) { return 0, true })
	return retry.Do(context.WithoutCancel(ctx), giveUp, func(context.Context) error { return err })
}
