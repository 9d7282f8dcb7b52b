package client

import (
	"bytes"
	"sync"

	"github.com/kalamdb/kalamrx/wire"
)

// arrival is what comes to a live query: a frame of the socket, or, with run set,
// something to do in its place among the frames.
type arrival struct {
	kind wire.MessageType
	lent bool // text is in the memory of the tray that it came in
	text []byte
	run  func()
}

// tray is arrivals in order, with memory for the texts of those that are changes.
type tray struct {
	arrivals []arrival
	texts    []byte
	count    int   // of frames
	size     int   // of their texts
	next     *tray // behind it
}

const (
	// maxTray is how many arrivals, and maxTexts how many bytes of texts, a tray has room
	// for at most that is used again. The garbage collector takes those that nobody has
	// used since it came by last.
	maxTray  = 16 << 10
	maxTexts = 2 * trayTexts
)

// put puts an arrival behind the others.
func (t *tray) put(a arrival) {
	if a.run == nil {
		t.count++
		t.size += len(a.text)
	}
	t.arrivals = append(t.arrivals, a)
}

// isFull says whether n bytes of text are for another tray: to make room for them would
// be to copy what is there.
func (t *tray) isFull(n int) bool {
	return len(t.texts) >= giveFrom && cap(t.texts)-len(t.texts) < n
}

// keep copies a text into the tray. Texts before it stay where they are.
func (t *tray) keep(text []byte) []byte {
	start := len(t.texts)
	t.texts = append(t.texts, text...)
	return t.texts[start:len(t.texts):len(t.texts)]
}

// disown copies the texts that are lent, all into one piece of memory: who keeps one keeps
// all that came with it, 64 at most. They are the last ones in the tray, one behind the
// other.
func (t *tray) disown() {
	size := 0
	for i := range t.arrivals {
		if t.arrivals[i].lent {
			size += len(t.arrivals[i].text)
		}
	}
	own := bytes.Clone(t.texts[len(t.texts)-size:])
	for i := range t.arrivals {
		if a := &t.arrivals[i]; a.lent {
			n := len(a.text)
			a.lent, a.text, own = false, own[:n:n], own[n:]
		}
	}
}

// drop takes arrivals out for which gone says so.
func (t *tray) drop(gone func(a *arrival) bool) {
	kept := t.arrivals[:0]
	for i := range t.arrivals {
		a := &t.arrivals[i]
		if !gone(a) {
			kept = append(kept, *a)
			continue
		}
		t.count--
		t.size -= len(a.text)
	}
	clear(t.arrivals[len(kept):])
	t.arrivals = kept
}

// skip takes the first n arrivals out.
func (t *tray) skip(n int) {
	for i := range t.arrivals[:n] {
		if a := &t.arrivals[i]; a.run == nil {
			t.count--
			t.size -= len(a.text)
		}
	}
	clear(t.arrivals[:n])
	t.arrivals = t.arrivals[n:]
}

// clear takes all arrivals out.
func (t *tray) clear() {
	clear(t.arrivals)
	t.arrivals, t.count, t.size = t.arrivals[:0], 0, 0
}

// trays are those of a client that nobody uses, so that a live query has one only while
// something waits for it.
type trays struct{ pool sync.Pool }

func (all *trays) get() *tray {
	if t, ok := all.pool.Get().(*tray); ok {
		return t
	}
	return &tray{}
}

// recycle takes a tray back of which nothing is in use any more.
func (all *trays) recycle(t *tray) {
	if cap(t.arrivals) > maxTray || cap(t.texts) > maxTexts {
		return
	}
	t.clear()
	t.texts, t.next = t.texts[:0], nil
	all.pool.Put(t)
}
