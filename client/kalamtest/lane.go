package kalamtest

import (
	"bytes"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// laneSize is how many bytes wait in one direction of a connection before the writer does.
const laneSize = 64 << 10

// unlimited is the allowance of a lane on which ResetAfter was not called.
const unlimited = -1

// parcel is some bytes on their way.
type parcel struct {
	data []byte
	due  time.Time
}

// lane is one direction of a connection over a link. While nothing has to wait its queue is not used.
type lane struct {
	link  *Link
	dir   Direction
	piped atomic.Bool  // bytes go through the queue, for good
	left  atomic.Int64 // bytes before a reset, or unlimited

	mu       sync.Mutex
	moved    sync.Cond // anything below changed, or the weather
	writing  bool      // a writer has the turn
	queue    []parcel
	size     int
	free     time.Time // when the bandwidth has room for the next byte
	last     time.Time // when the last parcel is due
	till     time.Time // the user's deadline
	over     error     // why the user's calls fail
	final    error     // behind the queue: what the connection below ended with
	flushing bool      // over, and what waits is still to be written
	busy     bool      // a pump is writing a parcel
}

func newLane(l *Link, d Direction) *lane {
	la := &lane{link: l, dir: d}
	la.moved.L = &la.mu
	la.left.Store(unlimited)
	return la
}

// straight reports whether bytes may go directly from one end to the other.
func (la *lane) straight() bool {
	return !la.piped.Load() && la.left.Load() <= unlimited && la.link.sky.Load().fair(la.dir) && la.fault() == nil
}

func (la *lane) wake() {
	la.mu.Lock()
	defer la.mu.Unlock()
	la.moved.Broadcast()
}

// end makes the user's calls fail from now on. The first reason stays.
func (la *lane) end(err error) {
	la.mu.Lock()
	defer la.mu.Unlock()
	if la.over == nil {
		la.over = err
	}
	la.flushing = false
	la.moved.Broadcast()
}

// fail is end by the connection below, after which a pump may still have to close that.
func (la *lane) fail(err error) {
	la.mu.Lock()
	defer la.mu.Unlock()
	if la.over == nil {
		la.over = err
	}
	la.moved.Broadcast()
}

// shut is end by the user. It reports whether the pump still has to write what waits.
func (la *lane) shut(err error, flush bool) bool {
	la.mu.Lock()
	defer la.mu.Unlock()
	alive := la.over == nil || la.flushing
	la.over = err
	la.flushing = flush && alive && la.piped.Load() && (len(la.queue) > 0 || la.busy)
	la.moved.Broadcast()
	return la.flushing
}

// flushed tells why the pump that has nothing left to write was asked to write it; nil when it was not.
func (la *lane) flushed() error {
	la.mu.Lock()
	defer la.mu.Unlock()
	if !la.flushing {
		return nil
	}
	la.flushing = false
	return la.over
}

func (la *lane) fault() error {
	la.mu.Lock()
	defer la.mu.Unlock()
	return la.over
}

// allow sets how many bytes may pass before the connection is reset.
func (la *lane) allow(n int) { la.left.Store(int64(n)) }

// spend takes n bytes from what may pass. It tells how many of them do, fewer when the allowance came while they were
// being moved, and whether that was the last.
func (la *lane) spend(n int) (passed int, last bool) {
	left := la.left.Load()
	if left == unlimited {
		return n, false
	}
	passed = int(min(int64(n), left))
	return passed, la.left.CompareAndSwap(left, left-int64(passed)) && left > 0 && passed == int(left)
}

// window cuts p to what may pass at once.
func (la *lane) window(p []byte) []byte {
	if len(p) > 1 && la.link.sky.Load().slice {
		return p[:1]
	}
	if left := la.left.Load(); left > 0 {
		return p[:min(int64(len(p)), left)]
	}
	return p
}

// bound sets the deadline of the user's calls.
func (la *lane) bound(t time.Time) {
	la.mu.Lock()
	defer la.mu.Unlock()
	la.till = t
	la.moved.Broadcast()
}

// stop says why a call of the user has to end; la.mu is held.
func (la *lane) stop() error {
	switch {
	case la.over != nil:
		return la.over
	case !la.till.IsZero() && !time.Now().Before(la.till):
		return os.ErrDeadlineExceeded
	}
	return nil
}

// wait waits for a change, at most until one of the times that are set; la.mu is held before and after.
func (la *lane) wait(times ...time.Time) {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if !first.IsZero() {
		defer time.AfterFunc(time.Until(first), la.wake).Stop()
	}
	la.moved.Wait()
}

// begin takes the turn among writers.
func (la *lane) begin() error {
	la.mu.Lock()
	defer la.mu.Unlock()
	for {
		if err := la.stop(); err != nil {
			return err
		}
		if !la.writing {
			la.writing = true
			return nil
		}
		la.wait(la.till)
	}
}

func (la *lane) finish() {
	la.mu.Lock()
	defer la.mu.Unlock()
	la.writing = false
	la.moved.Broadcast()
}

// put queues the first bytes of p, waiting for room for them.
func (la *lane) put(p []byte) (int, error) {
	la.mu.Lock()
	defer la.mu.Unlock()
	for {
		switch err := la.stop(); {
		case err != nil:
			return 0, err
		case la.size < laneSize:
			n := la.link.sky.Load().piece(min(len(p), laneSize-la.size))
			la.enqueue(p[:n])
			return n, nil
		}
		la.wait(la.till)
	}
}

// arrive queues what came from below, and with err its end.
func (la *lane) arrive(b []byte, err error) {
	la.mu.Lock()
	defer la.mu.Unlock()
	for len(b) > 0 {
		n := la.link.sky.Load().piece(len(b))
		la.enqueue(b[:n])
		b = b[n:]
	}
	la.final = err
	la.moved.Broadcast()
}

// enqueue adds a parcel that is due when bandwidth, latency and order allow; la.mu is held.
func (la *lane) enqueue(b []byte) {
	w, at := la.link.sky.Load(), time.Now()
	if w.bandwidth > 0 {
		if la.free.After(at) {
			at = la.free
		}
		at = at.Add(time.Duration(len(b)) * time.Second / time.Duration(w.bandwidth))
		la.free = at
	}
	at = at.Add(w.latency + la.link.spread(w.jitter))
	if la.last.After(at) {
		at = la.last
	}
	la.last = at
	la.queue = append(la.queue, parcel{bytes.Clone(b), at})
	la.size += len(b)
	la.link.tally.add(func(n *LinkStats) { n.Queued += len(b) })
	la.moved.Broadcast()
}

// room waits until there is some, and reports false when the connection is over.
func (la *lane) room() bool {
	la.mu.Lock()
	defer la.mu.Unlock()
	for la.over == nil && la.size >= laneSize {
		la.wait()
	}
	return la.over == nil
}

// head reports whether the first parcel may leave; if not, when it may. la.mu is held.
func (la *lane) head() (ready bool, at time.Time) {
	if len(la.queue) == 0 || la.link.sky.Load().stall.has(la.dir) {
		return false, time.Time{}
	}
	at = la.queue[0].due
	return !time.Now().Before(at), at
}

// take reads the bytes that have arrived, or waits for some.
func (la *lane) take(p []byte) (int, error) {
	la.mu.Lock()
	defer la.mu.Unlock()
	for {
		if err := la.stop(); err != nil {
			return 0, err
		}
		ready, at := la.head()
		switch {
		case ready:
			return la.shift(la.window(p)), nil
		case len(la.queue) == 0 && la.final != nil && la.link.sky.Load().open(la.dir):
			return 0, la.final
		}
		la.wait(la.till, at)
	}
}

// shift moves bytes of the first parcel; la.mu is held.
func (la *lane) shift(p []byte) int {
	n := copy(p, la.queue[0].data)
	la.queue[0].data = la.queue[0].data[n:]
	if len(la.queue[0].data) == 0 {
		la.queue = la.queue[1:]
	}
	la.size -= n
	la.moved.Broadcast()
	return n
}

// due waits for the next parcel that a pump is to write. It reports false when there will be none.
func (la *lane) due() ([]byte, bool) {
	la.mu.Lock()
	defer la.mu.Unlock()
	la.busy = false
	for {
		ready, at := la.head()
		switch {
		case la.over != nil && (!la.flushing || len(la.queue) == 0):
			return nil, false
		case ready, la.flushing:
			b := la.queue[0].data
			la.queue = la.queue[1:]
			la.size -= len(b)
			la.busy = true
			la.moved.Broadcast()
			return b, true
		}
		la.wait(at)
	}
}
