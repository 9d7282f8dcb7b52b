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
	// maxSmall is the largest frame that stands behind others; a larger one has memory
	// of its own.
	maxSmall = 4 << 10
	// trayTexts is the memory that frames are read into, one behind the other.
	trayTexts = 32 << 10
	// giveFrom is how much of it must be full for it to change hands. Less is copied, so
	// that frames that come one by one do not take all of it each.
	giveFrom = trayTexts / 4
)

// handover is frames for one live query that the reader has read in a row. They are handed
// over together: before a frame for another is, and before the reader waits for the
// network, so that no frame waits for one that is still to come. It is the reader's.
//
// Frames are read into the memory of a tray, which the live query gets as it is.
type handover struct {
	c    *Client
	to   route
	tray *tray  // which is filled; nil where there is none
	room []byte // behind its texts: what the frame that comes now is read into; nil while none does

	received, bytes uint64 // of all messages since the last flush
}

// count counts a message that was read.
func (h *handover) count(size int) {
	h.received++
	h.bytes += uint64(size)
}

// lend gives memory for the next frame, until settle.
func (h *handover) lend() []byte {
	if t := h.tray; t != nil && len(t.arrivals) > 0 && (len(t.arrivals) == maxBatched || cap(t.texts)-len(t.texts) < maxSmall) {
		h.flush()
	}
	if h.tray == nil {
		h.tray = h.c.trays.get()
	}
	t := h.tray
	if cap(t.texts) < trayTexts {
		t.texts = make([]byte, 0, trayTexts)
	}
	if len(t.arrivals) == 0 {
		t.texts = t.texts[:0]
	}
	n := len(t.texts)
	h.room = t.texts[n:n:cap(t.texts)]
	return h.room
}

// settle is the end of a frame: what is not handed over is done with.
func (h *handover) settle() { h.room = nil }

// add takes a frame for a live query in. A change that was read into the memory that was
// lent for it stays where it is.
func (h *handover) add(to route, kind wire.MessageType, text []byte) {
	if to != h.to && len(h.tray.arrivals) > 0 {
		h.flush()
	}
	h.to = to
	t := h.tray
	switch {
	case kind != wire.TypeChange || len(text) > maxSmall:
		t.put(arrival{kind: kind, text: bytes.Clone(text)})
	case h.isRoom(text):
		t.texts = t.texts[:len(t.texts)+len(text)]
		t.put(arrival{kind: kind, lent: true, text: text[:len(text):len(text)]})
	default:
		t.put(arrival{kind: kind, lent: true, text: t.keep(text)})
	}
}

func (h *handover) isRoom(text []byte) bool {
	return len(text) > 0 && cap(h.room) > 0 && &text[0] == &h.room[:1][0]
}

// flush hands over what there is.
func (h *handover) flush() {
	if h.received > 0 {
		h.c.stats.received.Add(h.received)
		h.c.stats.bytes.Add(h.bytes)
		h.received, h.bytes = 0, 0
	}
	t := h.tray
	if t == nil || len(t.arrivals) == 0 {
		return
	}
	give := h.room == nil && len(t.texts) >= giveFrom
	n := len(t.arrivals)
	current, taken := h.to.q.inbox.frames(h.to.epoch, t, give)
	if !current {
		h.c.stats.late.Add(uint64(n)) // of a subscription that was replaced just now
	}
	if taken {
		h.tray = nil
		return
	}
	t.clear() // but where its texts end: a frame may be read behind them
}
