package rxtest

import (
	"container/heap"
	"sync"
	"testing/synctest"
	"time"
)

// stage plays what happens in a marble test, moment after moment, on the fake
// clock of the bubble it runs in.
//
// Timers of one instant fire in random order, so ties are not left to them. What
// the test itself does (its inputs) comes before timers armed earlier for the
// same frame, as in RxJS: the n-th moment of the test is played early - n
// nanoseconds into its frame, which is before any timer armed at an earlier
// moment. And what the test does in one frame comes in the order of class, then
// of scheduling, each after everything the one before had set off has come to
// rest.
type stage struct {
	start time.Time
	woken chan struct{} // something was scheduled

	mu      sync.Mutex
	queue   actions
	seq     int
	moments int
	end     time.Duration // nothing the test names is later
	over    bool
}

// early is where in its frame the first moment is played, in nanoseconds: so many
// moments a test can have.
const early = int(Frame / 2)

// settle is how long a test goes on behind the last moment its diagrams name.
const settle = 10 * time.Second

// The order of what happens in one frame.
const (
	classTest = iota // subscriptions of the test
	classHot
	classCold
)

type action struct {
	at    time.Duration
	class int
	seq   int
	who   *player
	do    func()
}

func newStage() *stage { return &stage{start: time.Now(), woken: make(chan struct{}, 1)} }

// now is the frame that is being played.
func (s *stage) now() time.Duration { return time.Since(s.start).Truncate(Frame) }

// schedule has who do something at a moment.
func (s *stage) schedule(at time.Duration, class int, who *player, do func()) {
	s.mu.Lock()
	s.seq++
	heap.Push(&s.queue, action{at, class, s.seq, who, do})
	s.mu.Unlock()
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// reach makes the test go on until at, at least.
func (s *stage) reach(at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = max(s.end, at)
}

// run plays until the end, and settles.
func (s *stage) run() {
	for {
		synctest.Wait()
		at, ok := s.next()
		if !ok {
			break
		}
		if !s.sleep(at) {
			continue // something came that may be earlier
		}
		s.play()
	}
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
}

// next is the time of the next moment, or of the end, from the start.
func (s *stage) next() (at time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := s.end + settle
	if len(s.queue) > 0 && s.queue[0].at < end && s.moments < early {
		return s.queue[0].at + time.Duration(early-s.moments), true
	}
	return end, time.Since(s.start) < end
}

// sleep waits until at; it says false if something was scheduled meanwhile.
func (s *stage) sleep(at time.Duration) bool {
	t := time.NewTimer(at - time.Since(s.start))
	defer t.Stop()
	select {
	case <-s.woken:
		return false
	case <-t.C:
		return true
	}
}

// play does everything of the moment that has come.
func (s *stage) play() {
	s.mu.Lock()
	s.moments++
	s.mu.Unlock()
	for {
		s.mu.Lock()
		if len(s.queue) == 0 || s.queue[0].at > s.now() {
			s.mu.Unlock()
			return
		}
		a := heap.Pop(&s.queue).(action)
		s.mu.Unlock()
		a.who.play(a.do)
		synctest.Wait()
	}
}

func (s *stage) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// player does one thing after the other on a goroutine of its own, which it has
// only while it has something to do. So a source that has to wait for its
// observer does not hold up the stage.
type player struct {
	mu      sync.Mutex
	queue   []func()
	playing bool
}

func (p *player) play(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, f)
	if !p.playing {
		p.playing = true
		go p.run() // owner: the stage; ends when nothing is queued
	}
}

func (p *player) run() {
	for {
		p.mu.Lock()
		if len(p.queue) == 0 {
			p.playing = false
			p.mu.Unlock()
			return
		}
		f := p.queue[0]
		p.queue = p.queue[1:]
		p.mu.Unlock()
		f()
	}
}

// actions is a heap.
type actions []action

// Len is part of heap.Interface.
func (q actions) Len() int { return len(q) }

// Less orders by time, class and scheduling.
func (q actions) Less(i, j int) bool {
	a, b := &q[i], &q[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.class != b.class {
		return a.class < b.class
	}
	return a.seq < b.seq
}

// Swap is part of heap.Interface.
func (q actions) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is part of heap.Interface.
func (q *actions) Push(x any) { *q = append(*q, x.(action)) }

// Pop is part of heap.Interface.
func (q *actions) Pop() any {
	last := len(*q) - 1
	a := (*q)[last]
	*q = (*q)[:last]
	return a
}
