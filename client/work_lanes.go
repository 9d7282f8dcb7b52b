package client

import (
	"slices"
	"sync"
	"time"

	"github.com/sethvargo/go-retry"
)

// workItem is a record that a worker has in hand.
type workItem[T any] struct {
	record  Record[T]
	lease   time.Duration // that was left when it came; 0 without a lease
	margin  time.Duration // of it, not to be used
	tries   int
	backoff retry.Backoff // nil before the first failure
}

// until is when the handler has to be done; zero for no such time.
func (it *workItem[T]) until() time.Time {
	at := it.record.Deadline()
	if at.IsZero() {
		return at
	}
	return at.Add(-it.margin)
}

// laneKey is what records are kept in order by. The key is empty where a record has none.
type laneKey struct {
	topic     string
	partition int
	key       string
}

// workLane is the records of one key. Its first is the one that is handled.
type workLane[T any] struct {
	key   laneKey
	items []workItem[T]
	lost  lostRecords[T]
	timer *time.Timer // of the first's next try
}

// workLanes keeps the records in hand by key. A lane exists while it has records, or some
// that were let go are still to come again; it is in ready at most once, and nowhere else
// is its first record handled from.
type workLanes[T any] struct {
	ready chan *workLane[T] // has room for all lanes with records
	room  chan struct{}     // one for each record in hand

	mu    sync.Mutex // leaf lock
	byKey map[laneKey]*workLane[T]
	spare []*workLane[T] // to be used again
	hand  int
	ended bool      // no record comes any more
	over  bool      // nothing is handled any more
	swept time.Time // of lanes whose records come no more
}

func newWorkLanes[T any](inHand int) *workLanes[T] {
	return &workLanes[T]{
		ready: make(chan *workLane[T], inHand),
		room:  make(chan struct{}, inHand),
		byKey: map[laneKey]*workLane[T]{},
	}
}

// enter waits for room for one record; false when stop is closed.
func (s *workLanes[T]) enter(stop <-chan struct{}) bool {
	select {
	case s.room <- struct{}{}:
		return true
	case <-stop:
		return false
	}
}

// leave gives up the room of n records.
func (s *workLanes[T]) leave(n int) {
	for range n {
		<-s.room
	}
}

// add puts a record, for which there is room, behind those of its key. False says that
// one before it was let go and is still to come, so that this one is let go, too.
func (s *workLanes[T]) add(it workItem[T]) bool {
	key := laneKey{it.record.Topic, it.record.Partition, it.record.Key}
	s.mu.Lock()
	l := s.byKey[key]
	if l == nil {
		l = s.newLane(key)
	}
	if l.lost.holdsBack(it) {
		s.mu.Unlock()
		s.leave(1)
		return false
	}
	l.items = append(l.items, it)
	s.hand++
	first := len(l.items) == 1
	s.mu.Unlock()
	if first {
		s.ready <- l
	}
	return true
}

// newLane makes a lane; s.mu is held.
func (s *workLanes[T]) newLane(key laneKey) *workLane[T] {
	var l *workLane[T]
	if n := len(s.spare); n > 0 {
		l, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		l = &workLane[T]{}
	}
	l.key = key
	s.byKey[key] = l
	return l
}

// done takes the first record of a lane out. last says that no other will come.
func (s *workLanes[T]) done(l *workLane[T]) (last bool) {
	s.mu.Lock()
	l.items = slices.Delete(l.items, 0, 1)
	s.hand--
	more := len(l.items) > 0
	if !more {
		s.drop(l)
	}
	last = s.ended && s.hand == 0
	s.mu.Unlock()
	s.leave(1)
	if more {
		s.ready <- l
	}
	return last
}

// drop forgets a lane without records, unless it waits for some; s.mu is held.
func (s *workLanes[T]) drop(l *workLane[T]) {
	if len(l.lost) > 0 {
		return
	}
	delete(s.byKey, l.key)
	if len(s.spare) < cap(s.room) {
		s.spare = append(s.spare, l)
	}
}

// first is the first record of a lane.
func (s *workLanes[T]) first(l *workLane[T]) workItem[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.items[0]
}

// park has the first record of a lane, as it is now, come again after a wait.
func (s *workLanes[T]) park(l *workLane[T], it workItem[T], wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.items[0] = it
	if !s.over {
		l.timer = time.AfterFunc(wait, func() { s.ready <- l }) // has room: it was in ready before
	}
}

// lose lets go of all records of a lane, and says how many that were.
func (s *workLanes[T]) lose(l *workLane[T]) (n int, last bool) {
	s.mu.Lock()
	n = len(l.items)
	for i := range l.items {
		l.lost.add(&l.items[i])
	}
	clear(l.items)
	l.items = l.items[:0]
	s.hand -= n
	last = s.ended && s.hand == 0
	s.sweep()
	s.mu.Unlock()
	s.leave(n)
	return n, last
}

// sweep forgets the lanes whose lost records come no more; s.mu is held.
func (s *workLanes[T]) sweep() {
	now := time.Now()
	if now.Sub(s.swept) < time.Second {
		return
	}
	s.swept = now
	for _, l := range s.byKey {
		if len(l.items) > 0 {
			continue
		}
		if l.lost.forgive(); len(l.lost) == 0 {
			s.drop(l)
		}
	}
}

// noMore says that no record comes any more, and gives whether there is none in hand.
func (s *workLanes[T]) noMore() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	return s.hand == 0
}

// close stops what waits for another try, and says how many records are in hand.
func (s *workLanes[T]) close() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for _, l := range s.byKey {
		if l.timer != nil {
			l.timer.Stop()
		}
	}
	return uint64(s.hand)
}

// inHand is how many records there are.
func (s *workLanes[T]) inHand() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hand
}
