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

// handover is frames for one live query that the reader has read in a row. They are handed
// over together: before a frame for another is, and before the reader waits for the
// network, so that no frame waits for one that is still to come. It is the reader's.
type handover struct {
	c      *Client
	to     route
	frames []arrival
	slab   []byte

	received, bytes uint64 // of all messages since the last flush
}

// count counts a message that was read.
func (h *handover) count(size int) {
	h.received++
	h.bytes += uint64(size)
}

// add takes a frame for a live query in. It copies the text.
func (h *handover) add(to route, kind wire.MessageType, text []byte) {
	if len(h.frames) > 0 && (to != h.to || len(h.frames) == maxBatched) {
		h.flush()
	}
	h.to = to
	h.frames = append(h.frames, arrival{kind: kind, text: h.keep(text)})
}

// keep copies the text of a frame: into the slab, or if it is large by itself.
func (h *handover) keep(text []byte) []byte {
	if len(text) > slabSize/8 {
		return append([]byte(nil), text...)
	}
	if len(text) > cap(h.slab)-len(h.slab) {
		h.slab = make([]byte, 0, slabSize)
	}
	start := len(h.slab)
	h.slab = append(h.slab, text...)
	return h.slab[start:len(h.slab):len(h.slab)]
}

// flush hands over what there is.
func (h *handover) flush() {
	if h.received > 0 {
		h.c.stats.received.Add(h.received)
		h.c.stats.bytes.Add(h.bytes)
		h.received, h.bytes = 0, 0
	}
	if len(h.frames) == 0 {
		return
	}
	if !h.to.q.inbox.frames(h.to.epoch, h.frames) {
		h.c.stats.late.Add(uint64(len(h.frames))) // of a subscription that was replaced just now
	}
	clear(h.frames)
	h.frames = h.frames[:0]
}
