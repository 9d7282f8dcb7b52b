package rx

import (
	"sync"
	"sync/atomic"
)

// Serial puts values from any number of goroutines into one order and handles
// them one at a time, without a lock held: whoever finds it idle handles its
// value and then what others have queued meanwhile (the queue-drain of RxJava's
// serialized subjects). A value pushed from inside the handler is handled after
// it. The queue is bounded by what is pushed while one value is being handled.
//
// It is not fair: the goroutine that found it idle handles what all the others
// push until nothing is left, and as long as they go on pushing it does not come
// back to its own work, while they lose no time.
//
// It is how operators with several sources, or with timers, keep law and state:
// their state is touched by the handler only, and by those who have entered.
type Serial[T any] struct {
	busy   atomic.Int64 // values being handled or queued
	handle func(T)
	seg    *Segment
	fail   func(error)

	mu    sync.Mutex
	queue []T
	spare []T
}

// NewSerial makes a Serial whose handler delivers through seg. A panic in the
// handler is given to fail, and the values behind it are still handled; the
// handler finds seg closed then, if fail ended it.
//
// Handlers close seg before they tell a terminal. A panic behind that is not given
// to fail, since nothing follows a terminal: it ends the stream.
func NewSerial[T any](seg *Segment, fail func(error), handle func(T)) *Serial[T] {
	return &Serial[T]{seg: seg, fail: fail, handle: handle}
}

// Push handles v, now or as soon as those before it are handled. The caller is
// in a turn of the stream.
func (z *Serial[T]) Push(v T) {
	if z.Enter() {
		defer z.Leave()
		z.handle(v)
		return
	}
	z.mu.Lock()
	z.queue = append(z.queue, v)
	// Counted under the lock: a drainer never takes a value before its count.
	first := z.busy.Add(1) == 1
	z.mu.Unlock()
	if first {
		z.rest()
	}
}

// Enter makes the caller the handler, if the Serial is idle, and says so: it then
// does what the handler would, and must defer [Serial.Leave] before that. Where it
// is busy the caller pushes. It is the short way for a value that need not become
// a T first, which is what most values of most streams are:
//
//	if !order.Enter() {
//		order.Push(event{v: v})
//		return
//	}
//	defer order.Leave()
//	next(v)
func (z *Serial[T]) Enter() bool { return z.busy.CompareAndSwap(0, 1) }

// Leave, deferred by who has entered, catches a panic as that of the handler, and
// handles what others have queued meanwhile.
func (z *Serial[T]) Leave() {
	if p := recover(); p != nil {
		z.panicked(p)
	}
	if z.busy.Add(-1) > 0 {
		z.rest()
	}
}

// rest handles batches of queued values until none is left.
func (z *Serial[T]) rest() {
	for left := int64(1); left > 0; {
		z.mu.Lock()
		batch := z.queue
		z.queue = z.spare[:0]
		z.mu.Unlock()
		for i := range batch {
			z.one(batch[i])
		}
		n := int64(len(batch))
		clear(batch)
		z.spare = batch[:0]
		left = z.busy.Add(-n) // the last touch: at zero another goroutine drains
	}
}

func (z *Serial[T]) one(v T) {
	defer func() {
		if p := recover(); p != nil {
			z.panicked(p)
		}
	}()
	z.handle(v)
}

// panicked hands on what the handler panicked with. Where its segment has ended
// alone, it did so by itself, to tell a terminal.
func (z *Serial[T]) panicked(p any) {
	fail, g := z.fail, z.seg
	if g.endedAlone() {
		fail = nil
	}
	g.sub.panicked(p, fail)
}
