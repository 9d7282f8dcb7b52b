package client

import (
	"sync"

	"github.com/kalamdb/kalamrx/wire"
)

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
	trays  *trays
	keeps  bool // what takes may keep the text of changes

	mu      sync.Mutex
	epoch   uint64 // of the subscription whose frames come
	waiting *tray  // nil where nothing does
	count   int    // of frames that wait
	size    int
	lost    int // since the last turn
	running bool
	held    bool // no turn begins
	closed  bool
}

// frames puts frames in, or counts them as lost, if they are of the subscription that
// began last. Texts that are lent are copied, the others are its from here on.
func (b *inbox) frames(epoch uint64, all []arrival) (current bool) {
	if b.keeps {
		all = ownTexts(all)
	}
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
	b.add(a)
}

// add has an arrival wait; b.mu is held.
func (b *inbox) add(a arrival) {
	if b.waiting == nil {
		b.waiting = b.trays.get()
	}
	if a.lent {
		a.lent, a.text = false, b.waiting.keep(a.text)
	}
	b.waiting.arrivals = append(b.waiting.arrivals, a)
}

// ownTexts copies texts that are lent, all into one piece of memory: who keeps one keeps
// all that came with it, 64 at most.
func ownTexts(all []arrival) []arrival {
	size := 0
	for i := range all {
		if all[i].lent {
			size += len(all[i].text)
		}
	}
	own := tray{texts: make([]byte, 0, size)}
	for i := range all {
		if a := &all[i]; a.lent {
			a.lent, a.text = false, own.keep(a.text)
		}
	}
	return all
}

// begin has frames of another subscription come from now on; run is done before
// them.
func (b *inbox) begin(epoch uint64, run func()) {
	b.mu.Lock()
	b.epoch = epoch
	if !b.closed {
		b.add(arrival{run: run})
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
	if b.waiting == nil {
		return false
	}
	all := b.waiting.arrivals
	kept, n := all[:0], 0
	for _, a := range all {
		if a.kind != wire.TypeChange || b.rule == DropOldest && !b.full(text) {
			kept = append(kept, a)
			continue
		}
		n++
		b.count--
		b.size -= len(a.text)
	}
	clear(all[len(kept):])
	b.waiting.arrivals = kept
	b.drop(n)
	return !b.full(text)
}

// post puts something to do in, behind what waits.
func (b *inbox) post(run func()) {
	b.mu.Lock()
	if !b.closed {
		b.add(arrival{run: run})
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
	b.waiting, b.lost = nil, 0
	b.mu.Unlock()
}

// wake starts the drainer if there is something for it to do; it unlocks.
func (b *inbox) wake() {
	start := !b.running && !b.held && (b.waiting != nil || b.lost > 0)
	b.running = b.running || start
	b.mu.Unlock()
	if start {
		b.alive.add()
		go b.drain() // owner: the client; ends when nothing waits
	}
}

func (b *inbox) drain() {
	defer b.alive.remove()
	for t := b.next(); t != nil; t = b.next() {
		if n := b.take(t.arrivals); n < len(t.arrivals) {
			b.putBack(t, n)
			continue
		}
		b.trays.put(t)
	}
}

// putBack has what was not taken, of which n were, wait again, before all else.
func (b *inbox) putBack(t *tray, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	t.arrivals = t.arrivals[n:]
	for _, a := range t.arrivals {
		if a.run == nil {
			b.count++
			b.size += len(a.text)
		}
	}
	if b.waiting != nil { // its texts stay where they are
		t.arrivals = append(t.arrivals, b.waiting.arrivals...)
	}
	b.waiting = t
}

// next takes all that waits; nil for nothing. Frames that were lost since the last turn
// came behind it.
func (b *inbox) next() *tray {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held || b.closed || b.waiting == nil && b.lost == 0 {
		b.running = false
		return nil
	}
	if b.lost > 0 {
		b.add(b.missed(b.lost))
		b.lost = 0
	}
	t := b.waiting
	b.waiting, b.count, b.size = nil, 0, 0
	return t
}
