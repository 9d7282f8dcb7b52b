package engine

import "time"

// seqEpoch is 2024-01-01T00:00:00Z in Unix milliseconds.
const seqEpoch = 1704067200000

// thirtyYears is 10,957.5 days in milliseconds.
const thirtyYears = 946728000000

// sequence makes row versions as KalamDB does: a Snowflake of milliseconds since seqEpoch << 22, node << 12, counter.
// Used under the engine's turn.
type sequence struct {
	now     func() time.Time
	node    uint64
	back    int64 // milliseconds that were rewound
	millis  int64
	counter uint64
}

// rewind makes the next versions lower. They have another node number, so that none is made twice.
func (s *sequence) rewind(d time.Duration) {
	s.back += d.Milliseconds()
	s.millis, s.counter = 0, 0
	s.node = (s.node + 1) & maxNode
}

// next gives the next version, always greater than the one before: when the clock stands or goes back, or when 4,096 were
// made in one millisecond, it runs ahead of the clock.
func (s *sequence) next() uint64 {
	millis := max(1, seqMillis(s.now())-s.back)
	switch {
	case millis > s.millis:
		s.millis, s.counter = millis, 0
	case s.counter < 1<<12-1:
		s.counter++
	default:
		s.millis++
		s.counter = 0
	}
	return uint64(s.millis)<<22 | s.node<<12 | s.counter
}

// last gives the version that was made last; 0 when none was since the start or a rewind.
func (s *sequence) last() uint64 {
	if s.millis == 0 {
		return 0
	}
	return uint64(s.millis)<<22 | s.node<<12 | s.counter
}

// seqFloor gives the least version that could have been made at t.
func seqFloor(t time.Time) uint64 { return uint64(seqMillis(t)) << 22 }

// seqMillis gives the milliseconds since seqEpoch. Clocks before it, such as those of testing/synctest, which begin in the year
// 2000, count as thirty years later, so that versions look like real ones there too.
func seqMillis(t time.Time) int64 {
	millis := t.UnixMilli() - seqEpoch
	if millis < 0 {
		millis += thirtyYears
	}
	return max(millis, 0)
}
