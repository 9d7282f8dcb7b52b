package client

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
)

// LiveOption is an option of one live query. A value that cannot work ends its
// stream at once with an error that is ErrConfig.
type LiveOption func(*liveOptions) error

type liveOptions struct {
	queue      int
	queueBytes int
	overflow   Overflow

	batchSize int
	lastRows  int
	liveOnly  bool
	exactness Exactness
	resume    Resumption
	keys      []string
	from      *Checkpoint
	acks      *acks

	order any // func(a, b T) int, of Live
	limit int // of Live; 0 for all
}

// maxBatch is what newer servers clamp a page to, and the most rows that a query
// over HTTP gives.
const maxBatch = 1000

// BatchSize is the number of rows of a page, 1 to 1000, when the rows that are
// there are read. Default 1000, the server's.
func BatchSize(n int) LiveOption {
	return func(o *liveOptions) error {
		if n < 1 || n > maxBatch {
			return fmt.Errorf("%w: BatchSize: %d is not in 1…%d", ErrConfig, n, maxBatch)
		}
		o.batchSize = n
		return nil
	}
}

// LastRows asks for a snapshot of only the newest n rows, in one page of 1 to
// 1000, and no more than BatchSize. Where the server makes the snapshot, as for
// LiveEvents, 0.4.3 takes it as a hint: it may leave the newest row out.
func LastRows(n int) LiveOption {
	return func(o *liveOptions) error {
		if n < 1 || n > maxBatch {
			return fmt.Errorf("%w: LastRows: %d is not in 1…%d", ErrConfig, n, maxBatch)
		}
		o.lastRows = n
		return nil
	}
}

// LiveOnly asks for no snapshot: only for changes from now on. It goes with neither
// BatchSize nor LastRows.
func LiveOnly() LiveOption {
	return func(o *liveOptions) error {
		o.liveOnly = true
		return nil
	}
}

// QueueLength is how many changes may wait for the observer of this live query
// before the rule of OnOverflow holds. Default that of WithQueueLength, 1024. One
// read from the socket may bring some hundred frames at once, before even a fast
// observer is woken.
func QueueLength(n int) LiveOption {
	return func(o *liveOptions) error {
		if n < 1 {
			return fmt.Errorf("%w: QueueLength: %d is less than 1", ErrConfig, n)
		}
		o.queue = n
		return nil
	}
}

// QueueBytes is how many bytes of changes may wait for the observer of this live
// query before the rule of OnOverflow holds; one change always may. Default that of
// WithQueueBytes, 16 MiB.
func QueueBytes(n int) LiveOption {
	return func(o *liveOptions) error {
		if n < minLimit {
			return fmt.Errorf("%w: QueueBytes: %d is less than %d", ErrConfig, n, minLimit)
		}
		o.queueBytes = n
		return nil
	}
}

// OnOverflow is what happens when the observer falls behind by more than its queue
// holds. Default Lossless.
func OnOverflow(rule Overflow) LiveOption {
	return func(o *liveOptions) error {
		if rule > Fail {
			return fmt.Errorf("%w: OnOverflow: unknown rule %v", ErrConfig, rule)
		}
		o.overflow = rule
		return nil
	}
}

// WithExactness says what is done about changes that the server's push loses.
// Default Audited. LiveEvents is always PushOnly.
func WithExactness(e Exactness) LiveOption {
	return func(o *liveOptions) error {
		if e > PushOnly {
			return fmt.Errorf("%w: WithExactness: unknown value %v", ErrConfig, e)
		}
		o.exactness = e
		return nil
	}
}

// WithResume says how the stream goes on after a lost socket. Default ExactResume.
func WithResume(r Resumption) LiveOption {
	return func(o *liveOptions) error {
		if r > FastResume {
			return fmt.Errorf("%w: WithResume: unknown value %v", ErrConfig, r)
		}
		o.resume = r
		return nil
	}
}

// Keys names the columns that identify a row, where they are not those that the
// server's schema marks as primary key. The live query must select them.
func Keys(columns ...string) LiveOption {
	return func(o *liveOptions) error {
		if len(columns) == 0 || slices.Contains(columns, "") {
			return fmt.Errorf("%w: Keys: no column, or one without a name", ErrConfig)
		}
		o.keys = slices.Clone(columns)
		return nil
	}
}

// OrderBy has the views of Live in the order of a comparison, negative where a comes
// before b; rows that are equal to it are in order of their key. Default the order
// of keys. T must be that of Live.
func OrderBy[T any](compare func(a, b T) int) LiveOption {
	return func(o *liveOptions) error {
		if compare == nil {
			return fmt.Errorf("%w: OrderBy: no function", ErrConfig)
		}
		o.order = compare
		return nil
	}
}

// Limit has the views of Live hold only the first n rows of their order. What a
// view says has changed are then rows that changed among these, came into them, or
// left them. Default all rows.
func Limit(n int) LiveOption {
	return func(o *liveOptions) error {
		if n < 1 {
			return fmt.Errorf("%w: Limit: %d is less than 1", ErrConfig, n)
		}
		o.limit = n
		return nil
	}
}

// newLiveOptions reads the options and the SQL of a live query.
func newLiveOptions(c *Client, sql string, opts []LiveOption) (liveOptions, livesql.Statement, error) {
	o := liveOptions{queue: c.cfg.queue, queueBytes: c.cfg.queueBytes}
	for _, opt := range opts {
		if opt == nil {
			return o, livesql.Statement{}, fmt.Errorf("%w: nil live option", ErrConfig)
		}
		if err := opt(&o); err != nil {
			return o, livesql.Statement{}, err
		}
	}
	st, err := livesql.Parse(sql)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return o, st, errors.Join(err, o.check())
}

func (o *liveOptions) check() error {
	switch {
	case o.liveOnly && (o.lastRows > 0 || o.batchSize > 0):
		return fmt.Errorf("%w: LiveOnly asks for no snapshot, BatchSize and LastRows for one", ErrConfig)
	case o.batchSize > 0 && o.lastRows > o.batchSize:
		return fmt.Errorf("%w: LastRows %d is more than BatchSize %d; the server refuses that",
			ErrConfig, o.lastRows, o.batchSize)
	case o.from != nil && (o.liveOnly || o.lastRows > 0):
		return fmt.Errorf("%w: FromCheckpoint goes with neither LiveOnly nor LastRows", ErrConfig)
	case o.from != nil && (o.exactness == PushOnly || o.resume == FastResume):
		return fmt.Errorf("%w: FromCheckpoint needs audits, which PushOnly and FastResume are without", ErrConfig)
	}
	return o.checkAcks()
}

// forEvents says what LiveEvents, whose rows are unread, cannot do.
func (o *liveOptions) forEvents() error {
	switch {
	case o.overflow == Conflate:
		return fmt.Errorf("%w: Conflate needs keys, which LiveEvents does not read", ErrConfig)
	case o.keys != nil || o.order != nil || o.limit > 0 || o.from != nil || o.acks != nil:
		return fmt.Errorf("%w: Keys, OrderBy, Limit, FromCheckpoint and WithCheckpoints are none of LiveEvents'", ErrConfig)
	}
	return nil
}

// forChanges says what Changes, which has no views, cannot do.
func (o *liveOptions) forChanges() error {
	if o.order != nil || o.limit > 0 {
		return fmt.Errorf("%w: OrderBy and Limit are Live's", ErrConfig)
	}
	return nil
}
