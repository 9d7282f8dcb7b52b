package client

import (
	"bytes"

	"github.com/kalamdb/kalamrx/wire"
)

const (
	// maxBatched is how many frames are handed over together at most: enough that
	// handing over costs nothing, few enough that who takes them begins while the next
	// are read.
	maxBatched = 64
	// maxSmall is the largest frame that is copied behind others; a larger one has memory
	// of its own.
	maxSmall = 4 << 10
)

// handover is frames for one live query that the reader has read in a row. They are handed
// over together: before a frame for another is, and before the reader waits for the
// network, so that no frame waits for one that is still to come. It is the reader's.
type handover struct {
	c      *Client
	to     route
	frames []arrival
	texts  []byte // of the small changes among them

	received, bytes uint64 // of all messages since the last flush
}

// count counts a message that was read.
func (h *handover) count(size int) {
	h.received++
	h.bytes += uint64(size)
}

// add takes a frame for a live query in. It copies the text. Changes are copied again by
// the inbox, into memory that it may use again, and so may this: all of it is warm.
func (h *handover) add(to route, kind wire.MessageType, text []byte) {
	if len(h.frames) > 0 && (to != h.to || len(h.frames) == maxBatched) {
		h.flush()
	}
	h.to = to
	if kind != wire.TypeChange || len(text) > maxSmall {
		h.frames = append(h.frames, arrival{kind: kind, text: bytes.Clone(text)})
		return
	}
	start := len(h.texts)
	h.texts = append(h.texts, text...)
	h.frames = append(h.frames, arrival{kind: kind, lent: true, text: h.texts[start:]})
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
	h.frames, h.texts = h.frames[:0], h.texts[:0]
}
