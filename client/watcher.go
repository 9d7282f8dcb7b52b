package client

import (
	"sync"
	"sync/atomic"

	"github.com/kalamdb/kalamrx/rx"
)

// watcher is one observer of a source: its backlog, and the drainer goroutine that
// hands it over, which exists while there is something. The source never waits for
// it, but under Block.
type watcher struct {
	seg     *rx.Segment // upstream of the observer; its end is the watcher's
	alive   *lifetime
	fail    func(error)   // the stream's Error
	end     func()        // its Complete
	epoch   func() uint64 // of the present credentials
	who     atomic.Uint64 // epoch of the credentials that what waits was read with
	voided  atomic.Uint64 // times that what waited was void
	counts  *sourceCounts // of the source and the client
	resumed func()        // under Block: tells the source that there is room

	// deliver hands deltas to the decoder, inside a turn, for as long as may says, and
	// says how many it took.
	deliver func(deltas []delta, may func() bool) (taken int)

	conflates bool // what it leaves out is told in what follows

	mu       sync.Mutex
	backlog  backlog
	begun    bool // something was delivered
	running  bool // the drainer is
	closed   bool
	over     bool // a terminal came: err behind what waits
	err      error
	starving bool // under Block: the source waits for room
}

// offer hands deltas to the observer. It never waits; under Block it takes as many
// as there is room for, and says how many. While it may tell nothing it takes all: what
// says whether it may is behind them.
func (w *watcher) offer(deltas []delta) (taken int) {
	w.mu.Lock()
	if w.closed || w.over {
		w.mu.Unlock()
		return len(deltas)
	}
	for taken < len(deltas) {
		if w.backlog.rule == Block && w.mayTell() && w.backlog.full(&deltas[taken]) {
			w.starving = true
			break
		}
		if !w.backlog.add(deltas[taken]) {
			w.over, w.err = true, &LagError{Missed: uint64(len(deltas) - taken)}
			taken = len(deltas)
			break
		}
		taken++
	}
	w.wake()
	return taken
}

// pour hands over what there was no room for, before the end.
func (w *watcher) pour(deltas []delta) {
	w.mu.Lock()
	if !w.closed && !w.over {
		for _, d := range deltas {
			w.backlog.push(d)
		}
	}
	w.wake()
}

// finish ends the stream behind what waits: with err, or completes it.
func (w *watcher) finish(err error) {
	w.mu.Lock()
	if w.closed || w.over {
		w.mu.Unlock()
		return
	}
	w.over, w.err = true, err
	w.wake()
}

// wake makes sure that the drainer runs; it unlocks.
func (w *watcher) wake() {
	start := !w.running && (w.over || w.mayTell() && !w.backlog.empty())
	w.running = w.running || start
	w.mu.Unlock()
	if start {
		w.alive.add()
		go w.drain() // owner: the client; ends when nothing waits
	}
}

// close lets go of what waits: the observer has gone.
func (w *watcher) close() {
	w.mu.Lock()
	w.closed = true
	w.backlog = w.backlog.fresh()
	w.mu.Unlock()
	w.resumed()
}

func (w *watcher) drain() {
	defer w.alive.remove()
	for {
		w.mu.Lock()
		deltas, dropped := w.next()
		voided := w.voided.Load()
		over := w.over && len(deltas) == 0
		done := w.closed || over || len(deltas) == 0
		w.running = !done
		starving := w.starving
		w.starving = false
		closed := w.closed
		w.mu.Unlock()
		if starving {
			w.resumed()
		}
		w.count(dropped)
		switch {
		case closed:
			return
		case over:
			w.terminate()
			return
		case done:
			return
		}
		w.counts.delivered.Add(uint64(len(deltas)))
		taken := len(deltas) // unless told otherwise: a panic has ended the stream
		w.seg.Turn(w.fail, func() {
			taken = w.deliver(deltas, func() bool { return w.mayTell() && w.voided.Load() == voided })
		})
		w.putBack(deltas[taken:], voided)
	}
}

// next takes what waits, if it may be told. Of a stream that is over, what may not goes.
func (w *watcher) next() (deltas []delta, dropped uint64) {
	if w.mayTell() {
		deltas, dropped = w.backlog.take()
		w.begun = w.begun || len(deltas) > 0
		return deltas, dropped
	}
	if w.over {
		w.backlog = w.backlog.fresh()
	}
	return nil, 0
}

// putBack has what was taken and not told wait again, in front, unless it is void.
func (w *watcher) putBack(rest []delta, voided uint64) {
	if len(rest) == 0 {
		return
	}
	w.counts.delivered.Add(-uint64(len(rest)))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.voided.Load() == voided {
		w.backlog.putBack(rest)
	}
}

// count counts rows that were left out: as dropped, or where the observer is told
// what they became, as conflated.
func (w *watcher) count(n uint64) {
	if n == 0 {
		return
	}
	if w.conflates {
		w.counts.conflated.Add(n)
		return
	}
	w.counts.dropped.Add(n)
	w.seg.CountDropped(n)
}

func (w *watcher) terminate() {
	w.seg.Turn(w.fail, func() {
		w.seg.Close()
		if w.err != nil {
			w.fail(w.err)
		} else {
			w.end()
		}
	})
}
