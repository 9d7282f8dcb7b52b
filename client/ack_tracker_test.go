package client

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/matryer/is"
)

// naiveTracker is a tracker that knows each offset by itself.
type naiveTracker struct {
	committed int64
	given     map[int64]*slot
}

func (n *naiveTracker) give(offset int64, now, until time.Time) (int, bool) {
	s := n.given[offset]
	switch {
	case s == nil && offset <= n.committed:
		return 0, false
	case s == nil:
		n.given[offset] = &slot{until: until, attempt: 1}
		return 1, true
	case s.acked:
		return 0, false
	}
	if now.Before(s.until) {
		if !s.longer {
			s.until, s.longer = until, true
		}
		return 0, false
	}
	s.until, s.longer = until, false
	s.attempt++
	return s.attempt, true
}

func (n *naiveTracker) ack(offset int64) bool {
	s := n.given[offset]
	if s == nil || s.acked {
		return false
	}
	s.acked = true
	return true
}

// lowest is the lowest offset given out that is not acknowledged, or far away.
func (n *naiveTracker) lowestHeld() int64 {
	lowest := int64(1 << 40)
	for offset, s := range n.given {
		if !s.acked {
			lowest = min(lowest, offset)
		}
	}
	return lowest
}

func (n *naiveTracker) prefix() int64 {
	upto, held := n.committed, n.lowestHeld()
	for {
		next := upto + 1
		if s := n.given[next]; s == nil || !s.acked || next > held {
			return upto
		}
		upto = next
	}
}

func (n *naiveTracker) expected(from int64) int64 {
	from = max(from, n.committed+1)
	for n.given[from] != nil {
		from++
	}
	return from
}

// learn forgets what is acknowledged before the first that is held of its run.
func (n *naiveTracker) learn(upto int64) {
	n.committed = max(n.committed, upto)
}

func TestTracker_IsTheNaiveOne(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 300 {
		random := rand.New(rand.NewPCG(seed, uint64(round)))
		playTracker(t, random, fmt.Sprintf("seed %d round %d", seed, round))
	}
}

func playTracker(t *testing.T, random *rand.Rand, name string) {
	real, naive := newTracker(), &naiveTracker{committed: nothing, given: map[int64]*slot{}}
	now := time.Unix(0, 0)
	next := random.Int64N(20)
	for step := range 200 {
		now = now.Add(time.Duration(random.Int64N(int64(10 * time.Second))))
		switch random.IntN(8) {
		case 0: // a hole: another member was given some
			next += random.Int64N(5)
		case 1: // records come again
			next = max(naive.committed+1, next-random.Int64N(20))
		case 2:
			upto := naive.prefix()
			real.learn(upto, now)
			naive.learn(upto)
		case 3, 4:
			for range random.IntN(6) {
				until := now.Add(time.Minute)
				attempt, give := real.give(next, now, until)
				wantAttempt, want := naive.give(next, now, until)
				if attempt != wantAttempt || give != want {
					t.Fatalf("%s step %d: give(%d) = %d %v, want %d %v", name, step, next, attempt, give, wantAttempt, want)
				}
				next++
			}
		default:
			offset := next - random.Int64N(25)
			if offset <= naive.committed { // is forgotten: nothing is new there
				continue
			}
			if got, want := real.ack(offset) != nil, naive.ack(offset); got != want {
				t.Fatalf("%s step %d: ack(%d) = %v, want %v", name, step, offset, got, want)
			}
		}
		if got, _ := real.prefix(); got != naive.prefix() {
			t.Fatalf("%s step %d: prefix %d, want %d", name, step, got, naive.prefix())
		}
		from := next - random.Int64N(30)
		if got, want := real.expected(from), naive.expected(from); got != want {
			t.Fatalf("%s step %d: expected(%d) = %d, want %d", name, step, from, got, want)
		}
		checkCounts(t, &real, naive, fmt.Sprintf("%s step %d", name, step))
	}
}

func checkCounts(t *testing.T, real *tracker, naive *naiveTracker, name string) {
	t.Helper()
	held, acked := 0, 0
	for offset, s := range naive.given {
		switch {
		case !s.acked:
			held++
		case offset > naive.committed:
			acked++
		}
	}
	if real.held != held || real.acked != acked {
		t.Fatalf("%s: held %d acked %d, want %d %d", name, real.held, real.acked, held, acked)
	}
}

func giveAll(t *tracker, offsets ...int64) {
	for _, offset := range offsets {
		t.give(offset, time.Unix(0, 0), time.Unix(60, 0))
	}
}

func TestTracker_AHoleIsAnothersUntilTheGroupHasCommittedIt(t *testing.T) {
	is := is.New(t)
	k := newTracker()
	giveAll(&k, 5, 6, 9)
	for _, offset := range []int64{6, 5, 9} {
		is.True(k.ack(offset) != nil)
	}
	_, ok := k.prefix()
	is.True(!ok) // 0 to 4 are somebody's
	from, to, ok := k.hole(time.Unix(0, 0))
	is.Equal([]int64{from, to}, []int64{0, 4})
	is.True(ok)
	k.learn(4, time.Unix(0, 0))
	upto, ok := k.prefix()
	is.True(ok)
	is.Equal(upto, int64(6))
	k.learn(6, time.Unix(0, 0))
	from, to, ok = k.hole(time.Unix(0, 0))
	is.Equal([]int64{from, to}, []int64{7, 8})
	is.True(ok)
	k.learn(20, time.Unix(0, 0)) // by another member
	is.Equal(len(k.runs), 0)
	is.Equal(k.acked, 0)
}

func TestTracker_WhatIsHeldIsWaitedForWhateverTheGroupHas(t *testing.T) {
	is := is.New(t)
	k := newTracker()
	giveAll(&k, 0, 1, 2, 3)
	k.ack(0)
	k.ack(3)
	k.learn(2, time.Unix(0, 0)) // by another member, or a server that says more than it should
	_, ok := k.prefix()
	is.True(!ok)
	k.ack(1)
	k.ack(2)
	upto, ok := k.prefix()
	is.True(ok)
	is.Equal(upto, int64(3))
}

func TestTracker_ARecordThatIsHeldIsProlongedOnce(t *testing.T) {
	is := is.New(t)
	k := newTracker()
	giveAll(&k, 0)
	_, give := k.give(0, time.Unix(10, 0), time.Unix(70, 0))
	is.True(!give)
	_, give = k.give(0, time.Unix(65, 0), time.Unix(125, 0))
	is.True(!give)
	attempt, give := k.give(0, time.Unix(71, 0), time.Unix(130, 0))
	is.True(give)
	is.Equal(attempt, 2)
	k.ack(0)
	_, give = k.give(0, time.Unix(200, 0), time.Unix(260, 0))
	is.True(!give)
}

// BenchmarkTracker is one record: given out, acknowledged, and every 1,000th time
// committed.
func BenchmarkTracker(b *testing.B) {
	k, now := newTracker(), time.Unix(0, 0)
	b.ReportAllocs()
	for i := range int64(b.N) {
		k.give(i, now, now)
		k.ack(i)
		if i%1000 == 999 {
			upto, _ := k.prefix()
			k.learn(upto, now)
		}
	}
}
