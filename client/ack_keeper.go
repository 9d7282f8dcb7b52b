package client

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// commitPending is how many acknowledgements are committed at once.
	commitPending = 1000
	// lastWait is how long the end of a stream waits for an observer that is in a call,
	// and then for the last commit, each.
	lastWait = 500 * time.Millisecond
	// lagEvery is how often the server is asked where partitions end.
	lagEvery = 10 * time.Second
	// lookPart is the part of a lease that is the longest wait between looks whether
	// somebody else has closed a hole: 1.5 s of a minute.
	lookPart = 40
)

// keeper commits what is acknowledged in a stream of records, on a goroutine of its own,
// since the observer may take its time. It looks after leases, too.
type keeper struct {
	k        *consumer
	nudge    chan struct{}
	pending  atomic.Int64 // acknowledgements since the last commit
	ready    atomic.Bool  // something may be committed that has waited for others
	draining atomic.Bool  // each acknowledgement may be the last
	lag      atomic.Int64 // -1 while it is not known

	mu     sync.Mutex // leaf lock
	leases []lease
	asked  []chan<- error // by calls of CommitSync

	looked map[*lane]time.Time // when they were looked at for records that are gone
	begins map[*lane]beginning // of those where nobody knows

	due   time.Time     // of the next commit; zero for none
	look  time.Duration // until the next look at holes
	holes bool          // there are some, as far as the last commit knows
	moved bool          // it has committed something
	again *patience     // while commits fail
	count time.Time     // when the lag is asked for; zero for never
}

// beginning is where a group may have begun, behind a hole that ends there.
type beginning struct {
	end   int64
	since time.Time
}

func newKeeper(k *consumer) *keeper {
	w := &keeper{k: k, nudge: make(chan struct{}, 1), looked: map[*lane]time.Time{}, begins: map[*lane]beginning{}}
	w.lag.Store(-1)
	return w
}

// acked is told of each acknowledgement.
func (w *keeper) acked() {
	if n := w.pending.Add(1); n == 1 || n == commitPending || w.draining.Load() {
		w.wake()
	}
}

func (w *keeper) wake() {
	select {
	case w.nudge <- struct{}{}:
	default:
	}
}

func (w *keeper) run() {
	defer w.k.c.alive.remove()
	w.count = time.Now().Add(lagEvery)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(w.wait())
		select {
		case <-w.nudge:
		case <-timer.C:
		case <-w.k.ctx.Done():
			w.finish()
			return
		}
		w.work()
	}
}

// wait is how long there is nothing to do, if nobody says otherwise.
func (w *keeper) wait() time.Duration {
	wait := time.Hour
	next := func(at time.Time) {
		if !at.IsZero() {
			wait = min(wait, time.Until(at))
		}
	}
	next(w.due)
	next(w.count)
	next(w.warnAt())
	return max(0, wait)
}

func (w *keeper) work() {
	now := time.Now()
	w.warn(now)
	n := w.pending.Load()
	if n > 0 && w.due.IsZero() {
		w.due = now.Add(w.k.opts.commit)
	}
	asked := w.takeAsked()
	full := n >= commitPending && w.again == nil
	if ready := w.ready.Swap(false); ready || len(asked) > 0 || full || !w.due.IsZero() && !now.Before(w.due) {
		err := w.commit(w.k.ctx)
		for _, answer := range asked {
			answer <- err
		}
	}
	if !w.count.IsZero() && !now.Before(w.count) {
		w.askLag()
	}
}

// ask has the keeper commit now, and answer.
func (w *keeper) ask(answer chan<- error) {
	w.mu.Lock()
	w.asked = append(w.asked, answer)
	w.mu.Unlock()
	w.wake()
}

func (w *keeper) takeAsked() []chan<- error {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

// commit commits what may be, of all lanes, and says when to do so again.
func (w *keeper) commit(ctx context.Context) error {
	w.pending.Store(0)
	w.holes, w.moved = false, false
	var failed error
	waits := false
	for _, l := range w.k.all() {
		more, err := w.commitLane(ctx, l)
		waits = waits || more
		if err != nil {
			failed = err
		}
	}
	switch {
	case failed == nil && !waits:
		w.due, w.again = time.Time{}, nil
	case failed == nil:
		w.due, w.again = time.Now().Add(w.pause()), nil
	case ctx.Err() == nil:
		w.k.c.report(failed)
		w.later(failed)
	}
	return failed
}

// pause is how long to wait while something waits for others: for what this process
// holds as long as ever, since its acknowledgement wakes us. But while another member is
// waited for, who may wait for us in turn, as soon as polls come, and then twice as long
// each time while nothing moves.
func (w *keeper) pause() time.Duration {
	if !w.holes {
		return w.k.opts.commit
	}
	if w.moved {
		w.look = 0
	}
	w.look = min(max(2*w.look, w.k.opts.fastest), w.k.opts.commit, w.k.opts.lease/lookPart)
	return w.look
}

// later has a commit that failed be tried again, if that may help; else the polls find
// out the same.
func (w *keeper) later(failed error) {
	if w.again == nil {
		w.again = topicBackoff()
	}
	w.again.last = failed
	d, _ := w.again.Next()
	w.due = time.Now().Add(d)
}

// commitLane commits a lane's prefix. more says that something waits for others.
func (w *keeper) commitLane(ctx context.Context, l *lane) (more bool, err error) {
	for range 2 { // what closes a hole may be committed
		era, upto, ok := l.ledger.ripe()
		if ok {
			if err := w.k.commit(ctx, l, upto); err != nil {
				return true, err
			}
			l.ledger.learn(era, upto)
			w.moved = true
		}
		if !w.closeHole(ctx, l) {
			break
		}
	}
	l.ledger.look(func(t *tracker) { more = t.acked > 0 })
	return more, nil
}

// closeHole finds out what became of records before those that are acknowledged, which
// this stream was not given: another member of the group may have committed them, or
// they may have been deleted since they were old. It says whether it found something.
func (w *keeper) closeHole(ctx context.Context, l *lane) bool {
	from, to, ok := hole(l)
	if !ok || !l.settled.Load() || len(w.k.answers) > maxPartition { // which is for what is given out instead
		return false
	}
	era := l.ledger.present()
	committed, instead, err := w.k.peek(ctx, l)
	switch {
	case err != nil:
		return false
	case instead != nil: // each look has its price
		w.k.answers <- instead
	case committed == nothing && l.vague.Load() && w.isBeginning(l, to):
		l.ledger.pass(era, to)
		return true
	default:
		w.holes = true
	}
	l.ledger.learn(era, committed)
	if still, _, there := hole(l); !there || still > from {
		return true
	}
	if time.Since(w.looked[l]) < w.k.opts.lease {
		return false
	}
	w.looked[l] = time.Now()
	if first, ok := w.k.firstKept(ctx, l, from); ok && first > from {
		l.ledger.pass(era, min(first-1, to))
		return true
	}
	return false
}

// isBeginning says whether a group that has committed nothing began behind a hole that
// ends at an offset: what it was given of that would have come again since then.
func (w *keeper) isBeginning(l *lane, end int64) bool {
	b, known := w.begins[l]
	if !known || b.end != end {
		w.begins[l] = beginning{end, time.Now()}
		return false
	}
	return time.Since(b.since) >= 2*w.k.opts.lease
}

func hole(l *lane) (from, to int64, ok bool) {
	l.ledger.look(func(t *tracker) { from, to, ok = t.hole(time.Now()) })
	return from, to, ok
}

// askLag asks how far behind the group is.
func (w *keeper) askLag() {
	w.count = time.Now().Add(lagEvery)
	lanes := w.k.all()
	numbers := make([]int, len(lanes))
	for i, l := range lanes {
		numbers[i] = l.n
	}
	ends, err := w.k.c.latestOffsets(w.k.ctx, w.k.topic, numbers)
	var said *ServerError
	if errors.As(err, &said) && !said.Temporary() {
		w.count = time.Time{} // a server before 0.5.6 does not know the question
	}
	if err != nil {
		return
	}
	lag := int64(0)
	for _, l := range lanes {
		l.ledger.look(func(t *tracker) { lag += max(0, ends[l.n]-1-t.committed) })
	}
	w.lag.Store(lag)
}
