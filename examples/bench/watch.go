package main

import (
	"fmt"
	"time"
)

// settled is after how long without a frame a server counts as having said all that it will before the changes.
const settled = 2 * time.Second

// watch looks now and then whether a count still moves.
type watch struct {
	*running
	frames  int64
	taken   int64
	ignored int64
	moved   time.Time // when either last did
}

func (w *watch) look(now time.Time) error {
	w.overlook()
	frames, taken := w.gate.frames.Load(), w.gate.taken.Load()
	if frames != w.frames || taken != w.taken {
		w.frames, w.taken, w.moved = frames, taken, now
	}
	still := now.Sub(w.moved)
	switch {
	case w.o.mode == modeView && w.way.snapshot && !w.ready.Load() && (w.gate.stalls.Load() > 0 || still > settled && w.more()):
		return errNoRows
	case still > w.o.timeout:
		return fmt.Errorf("nothing came for %v", w.o.timeout)
	}
	return w.lost()
}

// more says whether more came than an acknowledgement of each live query.
func (w *watch) more() bool {
	var received uint64
	for _, c := range w.clients {
		received += c.Stats().All.Received
	}
	return received > uint64(w.o.subs)
}

// overlook counts, for views, the changes that were no news: a view knows a row in that version, or a newer one. The last
// ones of a live query may be such, and end it.
func (w *watch) overlook() {
	if w.o.mode != modeView || w.o.exact {
		return // what an audit and the push both bring is no change that was ignored
	}
	var n int64
	for _, c := range w.clients {
		n += int64(c.Stats().All.Duplicates)
	}
	if n == w.ignored {
		return
	}
	w.start()
	w.gate.took(int(n - w.ignored))
	w.ignored = n
	w.running.ignored.Store(n)
	if w.gate.taken.Load() >= int64(w.o.n*w.o.subs) {
		w.finish()
	}
}

// lost is an error where the client says that something was not delivered.
func (w *watch) lost() error {
	for _, c := range w.clients {
		if s := c.Stats(); s.All.Dropped > 0 {
			return fmt.Errorf("%w: %d dropped by the client", errMissing, s.All.Dropped)
		}
	}
	return nil
}
