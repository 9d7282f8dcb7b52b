package kalamtest

import (
	"math"
	"sync"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// subscription is one live query of a connection. Until its snapshot is complete it holds changes back: those that the
// snapshot covers are thrown away, the others wait in a buffer that forgets its oldest when it is full.
type subscription struct {
	id    string
	ss    *session
	query *engine.LiveQuery

	// Owned by the session: how the snapshot is read.
	snapshot bool // false for live only
	resumed  bool // from 0.7: behind a cursor, by the log of changes
	request  engine.PageRequest
	batch    int

	mu       sync.Mutex
	over     bool
	ready    bool
	bounded  bool   // boundary is known
	boundary uint64 // the snapshot covers every change up to here
	buffer   []heldChange
}

// heldChange is a change that waits for the snapshot to be complete.
type heldChange struct {
	seq  uint64
	note notification
}

// told gives the frame that tells the subscription of a change; nil when that does not concern it.
func (sub *subscription) told(c engine.RowChange) []byte {
	if !sub.query.Concerns(c) {
		return nil
	}
	c, hit, err := sub.query.Told(c)
	if !hit && err == nil {
		return nil
	}
	var json []byte
	if err == nil {
		json, err = sub.encode(c)
	}
	if err != nil {
		sub.ss.s.tally.add(func(n *Stats) { n.FilterDropped++ })
		return nil
	}
	return json
}

// offer takes a change that concerns the subscription. It runs on the writer's goroutine and never waits.
func (sub *subscription) offer(c engine.RowChange, json []byte) {
	note, seq := notification{json: json}, c.Seq
	if c.Kind == engine.StreamTable && c.Op == engine.OpDelete {
		seq = math.MaxUint64 // it carries the removed row's, which says nothing of when it was removed
	}
	sub.mu.Lock()
	defer sub.mu.Unlock()
	switch {
	case sub.over, !sub.ready && sub.bounded && seq <= sub.boundary:
	case sub.ready:
		sub.push(note)
	default:
		sub.hold(heldChange{seq, note})
	}
}

func (sub *subscription) encode(c engine.RowChange) ([]byte, error) {
	newRaw, oldRaw := sub.query.ChangeRows(c)
	m := &wire.Change{SubscriptionID: sub.id, ChangeType: wire.ChangeType(c.Op)}
	var err error
	if m.Rows, err = sub.ss.s.hub.scramble(newRaw); err != nil {
		return nil, err
	}
	if m.OldValues, err = sub.ss.s.hub.scramble(oldRaw); err != nil {
		return nil, err
	}
	return wire.AppendMessage(nil, m)
}

func (sub *subscription) push(n notification) {
	if !sub.ss.box.push(n) {
		sub.ss.s.tally.add(func(n *Stats) { n.Dropped++ })
		sub.lost()
	}
}

// lost ends the subscription where its generation admits a loss; before 0.7 it is silent.
func (sub *subscription) lost() {
	if sub.ss.s.cfg.generation.replays() {
		sub.lapse()
	}
}

// forgetHeld throws away what is held.
func (sub *subscription) forgetHeld() {
	sub.mu.Lock()
	sub.buffer = nil
	sub.mu.Unlock()
}

// hold buffers a change; the oldest makes room.
func (sub *subscription) hold(h heldChange) {
	sub.buffer = append(sub.buffer, h)
	if len(sub.buffer) > sub.ss.s.cfg.loading {
		sub.buffer = sub.buffer[1:]
		sub.ss.s.tally.add(func(n *Stats) { n.BufferDropped++ })
		sub.lost()
	}
}

// setBoundary says what the snapshot covers, and throws away what is held and covered.
func (sub *subscription) setBoundary(seq uint64) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	sub.boundary, sub.bounded = seq, true
	sub.request.Boundary = seq
	kept := sub.buffer[:0]
	for _, h := range sub.buffer {
		if h.seq > seq {
			kept = append(kept, h)
		}
	}
	sub.buffer = kept
}

// goLive ends the loading: what was held moves to the connection's queue, as far as it has room. The real server loses
// the rest here too, because the task that fills the queue is the one that empties it (protocol.md 3.8). It is called
// by the session just before it writes the last batch: nothing leaves the queue before that is written, and a client that
// has seen the batch knows that the subscription is live.
func (sub *subscription) goLive() {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if sub.ready || sub.over {
		return
	}
	sub.ready = true
	for i, h := range sub.buffer {
		if !sub.ss.box.push(h.note) {
			lost := len(sub.buffer) - i
			sub.ss.s.tally.add(func(n *Stats) { n.Dropped += lost })
			sub.lost()
			break
		}
	}
	sub.buffer = nil
}

// end stops the subscription: nothing is queued for it any more. What is queued already is still sent.
func (sub *subscription) end() {
	sub.mu.Lock()
	sub.over = true
	sub.buffer = nil
	sub.mu.Unlock()
}
