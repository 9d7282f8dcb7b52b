package client

import (
	"sync"

	"github.com/kalamdb/kalamrx/wire"
)

// arrival is what comes to a live query: a frame of the socket, or, with run set,
// something to do in its place among the frames.
type arrival struct {
	kind wire.MessageType
	text []byte
	run  func()
}

// inbox is where the frames of one live query wait for it, in order with what
// others have to tell it, and the turns in which it takes them: one at a time, on
// a goroutine that exists while there is something. Nobody waits to put something
// in. Frames are bounded by number and size; those beyond are lost, and told to
// be, where they would have been. Things to do are not bounded: there are few.
type inbox struct {
	alive  *lifetime
	take   func([]arrival) int // a turn: how many of them were taken; all, unless it held the inbox
	missed func(n int) arrival // what stands for n frames that were lost
	most   int                 // frames that wait
	bytes  int                 // of at most such a size
	rule   Overflow            // DropOldest and Latest make room by dropping changes that wait
	drop   func(n int)         // counts those

	mu      sync.Mutex
	epoch   uint64 // of the subscription whose frames come
	waiting []arrival
	spare   []arrival
	count   int // of frames that wait
	size    int
	lost    int // since the last turn
	running bool
	held    bool // no turn begins
	closed  bool
}

// frames puts frames in, or counts them as lost, if they are of the subscription that
// began last. Their texts are its from here on.
func (b *inbox) frames(epoch uint64, all []arrival) (current bool) {
	b.mu.Lock()
	current = epoch == b.epoch
	if current && !b.closed {
		for i := range all {
			b.frame(all[i])
		}
	}
	b.wake()
	return current
}

// frame puts one in; b.mu is held. Only changes are bounded: nothing else comes
// unasked.
func (b *inbox) frame(a arrival) {
	if a.kind == wire.TypeChange && (b.lost > 0 || b.full(a.text) && !b.evict(a.text)) {
		b.lost++
		return
	}
	b.count++
	b.size += len(a.text)
	b.waiting = append(b.waiting, a)
}

// begin has frames of another subscription come from now on; run is done before
// them.
func (b *inbox) begin(epoch uint64, run func()) {
	b.mu.Lock()
	b.epoch = epoch
	if !b.closed {
		b.waiting = append(b.waiting, arrival{run: run})
	}
	b.wake()
}

func (b *inbox) full(text []byte) bool {
	return b.count >= b.most || b.count > 0 && b.size+len(text) > b.bytes
}

// evict makes room for text by the rule, if it can: only changes may go.
func (b *inbox) evict(text []byte) bool {
	if b.rule != DropOldest && b.rule != Latest {
		return false
	}
	kept, n := b.waiting[:0], 0
	for _, a := range b.waiting {
		if a.kind != wire.TypeChange || b.rule == DropOldest && !b.full(text) {
			kept = append(kept, a)
			continue
		}
		n++
		b.count--
		b.size -= len(a.text)
	}
	clear(b.waiting[len(kept):])
	b.waiting = kept
	b.drop(n)
	return !b.full(text)
}

// post puts something to do in, behind what waits.
func (b *inbox) post(run func()) {
	b.mu.Lock()
	if !b.closed {
		b.waiting = append(b.waiting, arrival{run: run})
	}
	b.wake()
}

// hold keeps turns from beginning until it is called with false.
func (b *inbox) hold(on bool) {
	b.mu.Lock()
	b.held = on
	b.wake()
}

// close lets go of what waits; the turn that runs goes on.
func (b *inbox) close() {
	b.mu.Lock()
	b.closed = true
	b.waiting, b.spare, b.lost = nil, nil, 0
	b.mu.Unlock()
}

// wake starts the drainer if there is something for it to do; it unlocks.
func (b *inbox) wake() {
	start := !b.running && !b.held && (len(b.waiting) > 0 || b.lost > 0)
	b.running = b.running || start
	b.mu.Unlock()
	if start {
		b.alive.add()
		go b.drain() // owner: the client; ends when nothing waits
	}
}

func (b *inbox) drain() {
	defer b.alive.remove()
	for batch, ok := b.next(); ok; batch, ok = b.next() {
		if n := b.take(batch); n < len(batch) {
			b.putBack(batch[n:])
			continue
		}
		b.recycle(batch)
	}
}

// putBack has what was not taken wait again, before all else.
func (b *inbox) putBack(rest []arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.waiting = append(rest, b.waiting...)
	for _, a := range rest {
		if a.run == nil {
			b.count++
			b.size += len(a.text)
		}
	}
}

// next takes all that waits. Frames that were lost since the last turn came behind
// it.
func (b *inbox) next() ([]arrival, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held || b.closed || len(b.waiting) == 0 && b.lost == 0 {
		b.running = false
		return nil, false
	}
	batch := b.waiting
	b.waiting, b.spare = b.spare[:0], nil
	b.count, b.size = 0, 0
	if b.lost > 0 {
		batch = append(batch, b.missed(b.lost))
		b.lost = 0
	}
	return batch, true
}

func (b *inbox) recycle(batch []arrival) {
	clear(batch)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spare == nil && !b.closed {
		b.spare = batch[:0]
	}
}
