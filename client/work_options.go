package client

import (
	"fmt"
	"time"

	"github.com/sethvargo/go-retry"
)

// WorkOption is an option of Work and NewWorker. A value that cannot work is an error
// that is ErrConfig, at once. Their order does not matter; of one given twice the last
// counts, but there may be one dead letter only.
type WorkOption func(*workOptions) error

type workOptions struct {
	parallel int
	inHand   int
	attempts int
	base     time.Duration
	dead     func() deadLetter // nil for none
	drain    time.Duration
	margin   time.Duration
}

const (
	// perHand is how many records are in hand for each that is handled.
	perHand = 8
	// maxParallel and maxInHand are far above what is of use.
	maxParallel = 10_000
	maxInHand   = 1_000_000
	// maxRetryWait is the longest wait between two tries of a record.
	maxRetryWait = 10 * time.Second
)

// Parallel is how many records are handled at a time, 1 to 10,000. Default 8.
func Parallel(n int) WorkOption {
	return func(o *workOptions) error {
		if n < 1 || n > maxParallel {
			return badWork("Parallel: %d is not in 1…%d", n, maxParallel)
		}
		o.parallel = n
		return nil
	}
}

// InHand is how many records the worker has at most, those that are handled, wait for
// their key or for another try included. Default 8 times Parallel; fewer than Parallel is
// ErrConfig. The lease of a record runs while it waits.
func InHand(n int) WorkOption {
	return func(o *workOptions) error {
		if n < 1 || n > maxInHand {
			return badWork("InHand: %d is not in 1…%d", n, maxInHand)
		}
		o.inHand = n
		return nil
	}
}

// RetryRecords is how many tries a record has, the first included, and how long the wait
// before the second is; it doubles then, up to 10 s, each 20 % more or less by chance.
// Default 3 and 100 ms. Each delivery of a record has its own tries. One that comes again
// because its lease was over while it was tried is poison once that has happened as often
// as it has tries.
func RetryRecords(attempts int, base time.Duration) WorkOption {
	return func(o *workOptions) error {
		if attempts < 1 || base <= 0 {
			return badWork("RetryRecords: %d attempts, %v", attempts, base)
		}
		o.attempts, o.base = attempts, base
		return nil
	}
}

// DrainTimeout is how long the handlers that run when the worker is told to end have to
// return, before their context ends. It is no longer than their lease in any case.
// Default 20 s. One that does not return within a second of that is left to itself.
func DrainTimeout(d time.Duration) WorkOption {
	return func(o *workOptions) error {
		if d <= 0 {
			return badWork("DrainTimeout: %v is not positive", d)
		}
		o.drain = d
		return nil
	}
}

// LeaseMargin is how long before a record's Deadline its handler's context ends, so that
// what was done can be acknowledged and committed in time. Default: a tenth of what is left
// of the lease when the worker is given the record, 6 s of a minute.
func LeaseMargin(d time.Duration) WorkOption {
	return func(o *workOptions) error {
		if d <= 0 {
			return badWork("LeaseMargin: %v is not positive", d)
		}
		o.margin = d
		return nil
	}
}

func newWorkOptions(opts []WorkOption) (workOptions, error) {
	o := workOptions{parallel: 8, attempts: 3, base: 100 * time.Millisecond, drain: 20 * time.Second}
	for _, opt := range opts {
		if opt == nil {
			return o, badWork("nil work option")
		}
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	if o.inHand == 0 {
		o.inHand = perHand * o.parallel
	}
	if o.inHand < o.parallel {
		return o, badWork("InHand: %d are fewer than Parallel, %d", o.inHand, o.parallel)
	}
	return o, nil
}

// backoff is the waits between the tries of one record.
func (o *workOptions) backoff() retry.Backoff {
	return retry.WithCappedDuration(maxRetryWait, retry.WithJitterPercent(20, retry.NewExponential(o.base)))
}

// setDead takes a dead letter, if it is the only one.
func (o *workOptions) setDead(d func() deadLetter) error {
	if o.dead != nil {
		return badWork("more than one dead letter")
	}
	o.dead = d
	return nil
}

func badWork(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...)
}
