package client

import (
	"errors"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	// firstLanes is how many partitions are polled where nobody says how many there are.
	firstLanes = 16
	// probeEvery is how often those of them are polled that never had a record.
	probeEvery = 10 * time.Second
	// askEvery is how often the server is asked how many there are.
	askEvery = time.Minute
)

// discover finds out which partitions there are.
func (k *consumer) discover() error {
	if k.opts.partitions != nil {
		for _, n := range k.opts.partitions {
			k.addLane(n, k.opts.start, k.opts.slowest)
		}
		return nil
	}
	k.asked = time.Now()
	n, err := k.partitions()
	switch {
	case err != nil && k.ctx.Err() != nil:
		return nil
	case errors.Is(err, ErrNoTopic):
		return err
	case err == nil:
		k.listed = true
		k.extend(n, k.opts.start, k.opts.slowest)
		return nil
	}
	k.extend(1, k.opts.start, k.opts.slowest)
	k.extend(firstLanes, k.opts.start, max(probeEvery, k.opts.slowest))
	return nil
}

// partitions asks the server how many there are, which it tells roles dba and system.
func (k *consumer) partitions() (int, error) {
	numbers, err := Query[int](k.ctx, k.c, "SELECT partitions FROM system.topics WHERE topic_id = $1", k.topic)
	switch {
	case err != nil:
		return 0, err
	case len(numbers) == 0:
		return 0, ErrNoTopic
	}
	return min(max(1, numbers[0]), maxPartition+1), nil
}

// rediscover takes in partitions that are new, and asks for them when it is time. All their
// records are new.
func (k *consumer) rediscover() {
	k.extend(int(k.found.Swap(0)), wire.FromEarliest(), k.opts.slowest)
	if !k.listed || time.Since(k.asked) < askEvery || k.asking.Swap(true) {
		return
	}
	k.asked = time.Now()
	k.c.alive.add()
	go k.countPartitions() // owner: the stream; ends with the answer, or with it
}

// countPartitions asks how many there are, beside the loop: records do not wait for it.
func (k *consumer) countPartitions() {
	defer k.c.alive.remove()
	n, err := k.partitions()
	if err == nil {
		k.found.Store(int64(n))
	}
	k.asking.Store(false)
	select {
	case k.nudge <- struct{}{}:
	default:
	}
}

// hadRecords notes that a lane has records, and so all before it may; where it is one of
// the upper half of those that are only tried, there may be more.
func (k *consumer) hadRecords(l *lane) {
	if l.busy {
		return
	}
	l.busy = true
	k.busy.Add(1)
	if k.listed || k.opts.partitions != nil {
		return
	}
	for _, other := range k.lanes[:l.n+1] {
		if other.slowest != k.opts.slowest {
			other.slowest, other.due = k.opts.slowest, time.Now()
		}
	}
	if l.n >= len(k.lanes)/2 && len(k.lanes) >= firstLanes {
		k.extend(min(2*len(k.lanes), maxPartition+1), wire.FromEarliest(), max(probeEvery, k.opts.slowest))
	}
}

// extend has partitions up to a number of them be polled.
func (k *consumer) extend(n int, start wire.Start, slowest time.Duration) {
	for i := len(k.lanes); i < n; i++ {
		k.addLane(i, start, slowest)
	}
}

func (k *consumer) addLane(n int, start wire.Start, slowest time.Duration) {
	l := &lane{n: n, start: start, slowest: slowest, due: time.Now(), begin: nothing}
	l.next.Store(nothing)
	l.ledger = newLedger(&k.counts, k.keeper.acked)
	l.ledger.stream = k
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lanes = append(k.lanes, l)
}

// all are the lanes, for others than the loop.
func (k *consumer) all() []*lane {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lanes[:len(k.lanes):len(k.lanes)]
}

// lane is the lane of a partition; nil if it is not polled.
func (k *consumer) lane(partition int) *lane {
	for _, l := range k.all() {
		if l.n == partition {
			return l
		}
	}
	return nil
}
