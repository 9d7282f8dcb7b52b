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
	first   *tray  // that wait, one behind the other; nil where nothing does
	last    *tray
	count   int // of frames that wait
	size    int
	lost    int // since the last turn
	running bool
	held    bool // no turn begins
	closed  bool
}

// frames puts the frames of a tray in, or counts them as lost, if they are of the
// subscription that began last. With give the tray may change hands, and taken says that
// it has; else what is lent in it is copied, and the rest is the inbox's from here on.
func (b *inbox) frames(epoch uint64, t *tray, give bool) (current, taken bool) {
	b.mu.Lock()
	current = epoch == b.epoch
	switch {
	case !current || b.closed:
	case give && !b.keeps && b.lost == 0 && b.count+t.count <= b.most && b.size+t.size <= b.bytes:
		taken = true
		b.count += t.count
		b.size += t.size
		b.line(t)
	default:
		if b.keeps {
			t.disown()
		}
		for i := range t.arrivals {
			b.frame(t.arrivals[i])
		}
	}
	b.wake()
	return current, taken
}

// line has a tray wait behind the others; b.mu is held.
func (b *inbox) line(t *tray) {
	if b.last == nil {
		b.first = t
	} else {
		b.last.next = t
	}
	b.last = t
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
	if b.last == nil || a.lent && b.last.isFull(len(a.text)) {
		b.line(b.trays.get())
	}
	if a.lent {
		a.text = b.last.keep(a.text)
	}
	b.last.put(a)
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
	n := 0
	for t := b.first; t != nil; t = t.next {
		t.drop(func(a *arrival) bool {
			if a.kind != wire.TypeChange || b.rule == DropOldest && !b.full(text) {
				return false
			}
			n++
			b.count--
			b.size -= len(a.text)
			return true
		})
	}
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
	b.first, b.last, b.lost = nil, nil, 0
	b.mu.Unlock()
}

// wake starts the drainer if there is something for it to do; it unlocks.
func (b *inbox) wake() {
	start := !b.running && !b.held && (b.first != nil || b.lost > 0)
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
		b.turns(t)
	}
}

// turns has the trays from one on taken, each in a turn of its own.
func (b *inbox) turns(t *tray) {
	for t != nil {
		n := 0
		if len(t.arrivals) > 0 && b.mayTurn() {
			n = b.take(t.arrivals)
		}
		if n < len(t.arrivals) {
			b.putBack(t, n)
			return
		}
		next := t.next
		b.trays.recycle(t)
		t = next
	}
}

func (b *inbox) mayTurn() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.held
}

// putBack has what was not taken wait again, before all else: of a tray all but n, and the
// trays behind it.
func (b *inbox) putBack(t *tray, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	t.skip(n)
	end := t
	for x := t; x != nil; x = x.next {
		end = x
		b.count += x.count
		b.size += x.size
	}
	if end.next = b.first; b.last == nil {
		b.last = end
	}
	b.first = t
}

// next takes all that waits; nil for nothing. Frames that were lost since the last turn
// came behind it.
func (b *inbox) next() *tray {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held || b.closed || b.first == nil && b.lost == 0 {
		b.running = false
		return nil
	}
	if b.lost > 0 {
		b.add(b.missed(b.lost))
		b.lost = 0
	}
	t := b.first
	b.first, b.last, b.count, b.size = nil, nil, 0, 0
	return t
}
