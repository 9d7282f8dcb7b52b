package client

import (
	"sync"

	"github.com/kalamdb/kalamrx/wire"
)

// arrival is what comes to a live query: a frame of the socket, or, with run set,
// something to do in its place among the frames.
type arrival struct {
	kind wire.MessageType
	lent bool // text is somebody else's, who will use its memory again
	text []byte
	run  func()
}

// tray is arrivals that wait, with memory for the texts of those that are changes.
type tray struct {
	arrivals []arrival
	texts    []byte
}

const (
	// maxTray is how many arrivals, and maxTexts how many bytes of texts, a tray has room
	// for at most that is used again. The garbage collector takes those that nobody has
	// used since it came by last.
	maxTray  = 16 << 10
	maxTexts = 8 << 20
)

// keep copies the text of a change into the tray. Texts before it stay where they are.
func (t *tray) keep(text []byte) []byte {
	start := len(t.texts)
	t.texts = append(t.texts, text...)
	return t.texts[start:len(t.texts):len(t.texts)]
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

// put takes a tray back of which nothing is in use any more.
func (all *trays) put(t *tray) {
	if cap(t.arrivals) > maxTray || cap(t.texts) > maxTexts {
		return
	}
	clear(t.arrivals)
	t.arrivals, t.texts = t.arrivals[:0], t.texts[:0]
	all.pool.Put(t)
}
