package client

import "fmt"

// LiveOption is an option of one live query. A value that cannot work ends its
// stream at once with an error that is ErrConfig.
type LiveOption func(*liveOptions) error

type liveOptions struct {
	queue     int
	batchSize int
	lastRows  int
	liveOnly  bool
}

// maxBatch is what newer servers clamp a page to.
const maxBatch = 1000

// BatchSize is the number of rows of a snapshot page, 1 to 1000. Default 1000,
// the server's.
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
// 1000, and no more than BatchSize. Server 0.4.3 takes it as a hint: it may leave the newest row out.
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

// QueueLength is how many frames may wait for the observer of this live query
// before its stream ends with ErrLagged. Default that of WithQueueLength, 1024. One
// read from the socket may bring some hundred frames at once, before even a fast
// observer is woken: a short queue fails by that alone.
func QueueLength(n int) LiveOption {
	return func(o *liveOptions) error {
		if n < 1 {
			return fmt.Errorf("%w: QueueLength: %d is less than 1", ErrConfig, n)
		}
		o.queue = n
		return nil
	}
}

func newLiveOptions(c *Client, opts []LiveOption) (liveOptions, error) {
	o := liveOptions{queue: c.cfg.queue}
	for _, opt := range opts {
		if opt == nil {
			return o, fmt.Errorf("%w: nil live option", ErrConfig)
		}
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	if o.liveOnly && (o.lastRows > 0 || o.batchSize > 0) {
		return o, fmt.Errorf("%w: LiveOnly asks for no snapshot, BatchSize and LastRows for one", ErrConfig)
	}
	if o.batchSize > 0 && o.lastRows > o.batchSize {
		return o, fmt.Errorf("%w: LastRows %d is more than BatchSize %d; the server refuses that",
			ErrConfig, o.lastRows, o.batchSize)
	}
	return o, nil
}
