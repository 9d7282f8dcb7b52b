package client

import "github.com/kalamdb/kalamrx/wire"

const (
	// maxBatched is how many frames are handed over together at most: enough that
	// handing over costs nothing, few enough that who takes them begins while the next
	// are read.
	maxBatched = 64
	// slabSize is what frames are copied into, one behind the other. A frame that is
	// kept keeps the slab it is in, so that what is kept for long is copied once more.
	slabSize = 32 << 10
)

// batch is frames for one live query that the reader has read in a row. They are handed
// over together: before a frame for another is, and before the reader waits for the
// network, so that no frame waits for one that is still to come. It is the reader's.
type batch struct {
	c      *Client
	to     route
	frames []arrival
	slab   []byte
}

// add takes a frame for a live query in. It copies the text.
func (b *batch) add(to route, kind wire.MessageType, text []byte) {
	if len(b.frames) > 0 && (to != b.to || len(b.frames) == maxBatched) {
		b.flush()
	}
	b.to = to
	b.frames = append(b.frames, arrival{kind: kind, text: b.keep(text)})
}

// keep copies the text of a frame: into the slab, or if it is large by itself.
func (b *batch) keep(text []byte) []byte {
	if len(text) > slabSize/8 {
		return append([]byte(nil), text...)
	}
	if len(text) > cap(b.slab)-len(b.slab) {
		b.slab = make([]byte, 0, slabSize)
	}
	start := len(b.slab)
	b.slab = append(b.slab, text...)
	return b.slab[start:len(b.slab):len(b.slab)]
}

// flush hands over what there is.
func (b *batch) flush() {
	if len(b.frames) == 0 {
		return
	}
	if !b.to.q.inbox.frames(b.to.epoch, b.frames) {
		b.c.stats.late.Add(uint64(len(b.frames))) // of a subscription that was replaced just now
	}
	clear(b.frames)
	b.frames = b.frames[:0]
}
