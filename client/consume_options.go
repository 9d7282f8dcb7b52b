package client

import (
	"fmt"
	"slices"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// ConsumeOption is an option of Consume, NewConsumer and Poll. A value that cannot work
// is an error that is ErrConfig, at once.
type ConsumeOption func(*consumeOptions) error

type consumeOptions struct {
	start      wire.Start
	limit      int
	partitions []int // nil: all
	fastest    time.Duration
	slowest    time.Duration
	manual     bool
	ordered    bool
	commit     time.Duration
	commitSet  bool
	drain      time.Duration
	lease      time.Duration
}

// maxPartition is the highest number that a partition may have.
const maxPartition = 1023

// defaultLease is the server's topics.visibility_timeout.
const defaultLease = time.Minute

func consumeDefaults() consumeOptions {
	return consumeOptions{
		start: wire.FromLatest(), limit: 100, fastest: 50 * time.Millisecond, slowest: 2 * time.Second,
		lease: defaultLease,
	}
}

// FromLatest begins with the next record to be written. It is the default, and like
// all of these for a group that has committed nothing: one that has goes on behind
// that. Where records begin is committed at the first poll, so that a restart does not
// begin later. It cannot be of a partition that is empty then, and it may fail: a member
// that begins before the group has committed anything of the partition commits all that is
// written by then, also what another member holds. Who starts several members on a new
// topic, and must not miss its first records, says FromEarliest.
func FromLatest() ConsumeOption { return starting(wire.FromLatest()) }

// FromEarliest begins with the oldest record that is kept, if the group has committed
// nothing. The server keeps records for 7 days unless told otherwise.
func FromEarliest() ConsumeOption { return starting(wire.FromEarliest()) }

// FromOffset begins with this offset in each partition, if the group has committed
// nothing. It must not be negative.
func FromOffset(n int64) ConsumeOption {
	if n < 0 {
		return func(*consumeOptions) error {
			return fmt.Errorf("%w: FromOffset: %d is negative", ErrConfig, n)
		}
	}
	return starting(wire.FromOffset(n))
}

func starting(at wire.Start) ConsumeOption {
	return func(o *consumeOptions) error {
		o.start = at
		return nil
	}
}

// PollLimit is the most records of one poll, 1 to 1000. Default 100. Fewer are asked for
// where records take so long, measured, that they would not be done in half their lease.
func PollLimit(n int) ConsumeOption {
	return func(o *consumeOptions) error {
		if n < 1 || n > maxBatch {
			return fmt.Errorf("%w: PollLimit: %d is not in 1…%d", ErrConfig, n, maxBatch)
		}
		o.limit = n
		return nil
	}
}

// PollPace is how long to wait between polls: fastest behind one that brought records,
// and none behind one that brought as many as were asked for; then twice as long each
// time while there is nothing, up to slowest, with up to a fifth less by chance. The
// server answers at once, whether it has something or not. Default 50 ms and 2 s. All
// streams of a client together make 50 polls a second at most, since the server allows a
// user 100 requests: 5,000 records a second, or 50,000 under PollLimit(1000). Where members
// share a partition each looks what the others have committed, 50 times a second at most, and
// polls less often while they cannot keep up.
func PollPace(fastest, slowest time.Duration) ConsumeOption {
	return func(o *consumeOptions) error {
		if fastest <= 0 || slowest < fastest {
			return fmt.Errorf("%w: PollPace: %v to %v", ErrConfig, fastest, slowest)
		}
		o.fastest, o.slowest = fastest, slowest
		return nil
	}
}

// Partitions names the partitions to consume, 0 to 1023. Default all of them: how many
// there are the server tells only users of role dba or system, who are asked again every
// minute. For others the first 16 are polled, those that never had a record every 10 s
// at most, and more of them once one of the upper half has a record. Who knows the
// number should say it.
func Partitions(numbers ...int) ConsumeOption {
	return func(o *consumeOptions) error {
		sorted := slices.Compact(slices.Sorted(slices.Values(numbers)))
		if len(sorted) == 0 || len(sorted) < len(numbers) || sorted[0] < 0 || sorted[len(sorted)-1] > maxPartition {
			return fmt.Errorf("%w: Partitions: %v: none, not in 0…%d, or twice", ErrConfig, numbers, maxPartition)
		}
		o.partitions = sorted
		return nil
	}
}

// ManualAck has records acknowledged by Record.Ack only. By default a record is as soon
// as the observer's Next has returned: right for an observer that does its work there.
// Behind a boundary, such as a range loop (rx.All), a buffer or a worker, Next returns
// before the work is done, and what waits would be lost with the process: there
// ManualAck is a must. What an operator leaves out then, such as a Filter, is
// acknowledged by nobody: it comes again after every lease, and nothing behind it in its
// partition is ever committed.
func ManualAck() ConsumeOption {
	return func(o *consumeOptions) error {
		o.manual = true
		return nil
	}
}

// Ordered gives out no record of a partition while one before it may still come: one that
// another process of the group was given, and has not committed, as a crash leaves them
// behind. It waits for that until the lease is over, 60 s. It is for a group that has one
// member at a time for each partition, see Partitions; members that share one would wait
// for each other all the time. Without it records that nobody holds come at once, and
// those that a crash has left behind come after them. Servers from 0.7 on do not tell
// what is committed: there a stream that finds records waits for a lease before the first.
func Ordered() ConsumeOption {
	return func(o *consumeOptions) error {
		o.ordered = true
		return nil
	}
}

// CommitEvery is how long an acknowledgement waits to be committed to the server, with
// others. Default 5 s, or a quarter of a short lease. At the end of the stream, and once 1,000 wait, they are at once.
// Longer than half the lease is ErrConfig.
func CommitEvery(d time.Duration) ConsumeOption {
	return func(o *consumeOptions) error {
		if d <= 0 {
			return fmt.Errorf("%w: CommitEvery: %v is not positive", ErrConfig, d)
		}
		o.commit, o.commitSet = d, true
		return nil
	}
}

// Drain waits at the end of the stream for up to this long until all records that were
// given out are acknowledged, and commits them. Without it the stream stops: what is
// acknowledged by then is committed, and what is not comes again. Client.Close
// waits a second for both, whatever this says. It is not for the stream of a Worker,
// which waits for its handlers itself, see DrainTimeout, and never acknowledges what it
// has let go.
func Drain(timeout time.Duration) ConsumeOption {
	return func(o *consumeOptions) error {
		if timeout <= 0 {
			return fmt.Errorf("%w: Drain: %v is not positive", ErrConfig, timeout)
		}
		o.drain = timeout
		return nil
	}
}

// Lease is how long the server keeps a record that a group was given from the group's
// other polls: its setting topics.visibility_timeout, of which it tells nobody.
// Default 60 s, the server's.
func Lease(d time.Duration) ConsumeOption {
	return func(o *consumeOptions) error {
		if d <= 0 {
			return fmt.Errorf("%w: Lease: %v is not positive", ErrConfig, d)
		}
		o.lease = d
		return nil
	}
}

func newConsumeOptions(topic, group string, opts []ConsumeOption) (consumeOptions, error) {
	o := consumeDefaults()
	if topic == "" || group == "" {
		return o, fmt.Errorf("%w: no topic, or no consumer group", ErrConfig)
	}
	for _, opt := range opts {
		if opt == nil {
			return o, fmt.Errorf("%w: nil consume option", ErrConfig)
		}
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	switch {
	case o.commit > o.lease/2:
		return o, fmt.Errorf("%w: CommitEvery %v is more than half of Lease %v", ErrConfig, o.commit, o.lease)
	case !o.commitSet:
		o.commit = min(5*time.Second, o.lease/4)
	}
	return o, nil
}
