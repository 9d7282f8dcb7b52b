package client

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pollRate is how many polls a second all streams of a client make at most, and at once.
// The server allows a user 100 queries a second.
const pollRate = 50

// lookRate is the same of polls of no records, see peek. They have a pace of their own, since
// each is one that other members wait for; there are so many only while partitions are
// shared and all is busy.
const lookRate = 50

// consumers are the streams of records that run.
type consumers struct {
	pace  *auditPace
	looks *auditPace

	groups atomic.Uint64 // made to look, each by one stream once

	mu     sync.Mutex // leaf lock
	all    map[*consumer]uint64
	number uint64
	closed bool
}

func newConsumers() *consumers {
	return &consumers{pace: newAuditPace(pollRate), looks: newAuditPace(lookRate), all: map[*consumer]uint64{}}
}

// add takes a stream in; false when the client is closed.
func (s *consumers) add(k *consumer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.number++
	s.all[k] = s.number
	return true
}

func (s *consumers) remove(k *consumer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, k)
}

// running are the streams, the oldest first.
func (s *consumers) running() []*consumer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*consumer, 0, len(s.all))
	for k := range s.all {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b *consumer) int { return cmp.Compare(s.all[a], s.all[b]) })
	return list
}

// shut ends all streams, and has none begin any more.
func (s *consumers) shut() []*consumer {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	list := s.running()
	for _, k := range list {
		k.close()
	}
	return list
}

// closeConsumers completes the streams of records, and calls then when they have
// committed, or a second has passed.
func (c *Client) closeConsumers(then func()) {
	list := c.consumers.shut()
	if len(list) == 0 {
		then()
		return
	}
	c.alive.add()
	go func() { // owner: the client; ends when the consumers have, or after a second
		defer c.alive.remove()
		late := time.NewTimer(time.Second)
		defer late.Stop()
		for _, k := range list {
			select {
			case <-k.gone:
			case <-late.C:
				late.Reset(0)
			}
		}
		then()
	}()
}

// consumerStats are the counts of the streams that run.
func (c *Client) consumerStats() []ConsumerStats {
	var list []ConsumerStats
	for _, k := range c.consumers.running() {
		list = append(list, k.stats())
	}
	return list
}

func (k *consumer) stats() ConsumerStats {
	n := k.counts.stats()
	n.Topic, n.Group, n.Lag = k.topic, k.group, k.keeper.lag.Load()
	lanes := k.all()
	n.Partitions = len(lanes)
	for _, l := range lanes {
		l.ledger.look(func(t *tracker) { n.Held, n.Pending = n.Held+t.held, n.Pending+t.acked })
	}
	return n
}
