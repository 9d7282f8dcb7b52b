package kalamtest

import (
	"fmt"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// Sizes of the log, those of 0.7.
const (
	replayEvents = 1024
	replayScopes = 64
)

// scopeID names whose changes of which table a log holds; owner is empty for a SHARED table.
type scopeID struct {
	table engine.TableID
	owner string
}

// replayLog is the last changes of a scope.
type replayLog struct {
	floor  uint64 // it holds every change after this one
	used   int    // when it was written to last, on the clock of the logs
	events []loggedChange
}

// loggedChange is a change with its place in the log: its version, but never less than the one before.
type loggedChange struct {
	seq    uint64
	change engine.RowChange
}

// replayLogs are the logs of all scopes. Guarded by the hub.
type replayLogs struct {
	base  uint64 // what came up to here was forgotten
	clock int
	logs  map[scopeID]*replayLog
}

// forget loses everything, as a restart does; last is the newest version that was given out.
func (r *replayLogs) forget(last uint64) {
	r.base = last
	r.logs = make(map[scopeID]*replayLog)
}

// keep logs a change. The oldest of a full log is forgotten, and the log that was not written to for longest.
func (r *replayLogs) keep(c engine.RowChange) {
	r.clock++
	id := scopeID{c.Table, c.Owner}
	log := r.logs[id]
	if log == nil {
		r.makeRoom()
		log = &replayLog{floor: r.base}
		r.logs[id] = log
	}
	seq := c.Seq
	if n := len(log.events); n > 0 {
		seq = max(seq, log.events[n-1].seq) // the end of a STREAM row has an old version
	}
	log.used = r.clock
	log.events = append(log.events, loggedChange{seq, c})
	if len(log.events) > replayEvents {
		log.floor = log.events[0].seq
		log.events = log.events[1:]
	}
}

func (r *replayLogs) makeRoom() {
	if len(r.logs) < replayScopes {
		return
	}
	var oldest scopeID
	first := r.clock + 1
	for id, log := range r.logs {
		if log.used < first {
			oldest, first = id, log.used
		}
	}
	events := r.logs[oldest].events
	r.base = max(r.base, events[len(events)-1].seq)
	delete(r.logs, oldest)
}

// since gives the changes of a scope after a cursor; covered is false when some of them may be missing. newest is the
// newest version in the scope, last that of the server.
func (r *replayLogs) since(id scopeID, cursor, newest, last uint64) (changes []engine.RowChange, covered bool) {
	log := r.logs[id]
	switch {
	case cursor > last:
		return nil, false // of another history
	case log == nil:
		return nil, cursor >= newest || r.base == 0
	case cursor < log.floor:
		return nil, false
	}
	for _, e := range log.events {
		if e.seq > cursor || e.seq == cursor && e.change.Kind == engine.StreamTable && e.change.Op == engine.OpDelete {
			changes = append(changes, e.change)
		}
	}
	return changes, true
}

// forget makes the server forget what it could replay.
func (h *hub) forget(last uint64) {
	h.mu.Lock()
	h.logs.forget(last)
	h.mu.Unlock()
}

// anew is forget where versions are not what they were.
func (h *hub) anew(last uint64) {
	h.mu.Lock()
	h.logs.forget(last)
	h.incarnation++
	h.mu.Unlock()
}

// domain is the version domain of a SHARED table: another one whenever versions may have begun anew.
func (h *hub) domain(q *engine.LiveQuery) wire.Raw {
	if !q.Shared() {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return wire.Raw(fmt.Sprintf(`{"history_incarnation":"h%d","table_id":%q,"scope_id":1,"partition_id":null}`, h.incarnation, q.Table().String()))
}

// replay opens a subscription that resumes: an empty batch, then what it missed.
func (ss *session) replay(sub *subscription) error {
	cursor := sub.request.After
	var missed []engine.RowChange
	covered := false
	err := ss.s.db.Still(ss.ctx, sub.query, func(last, newest uint64) {
		h := &ss.s.hub
		h.mu.Lock()
		missed, covered = h.logs.since(scopeID{sub.query.Table(), sub.query.Owner()}, cursor, newest, last)
		h.mu.Unlock()
		sub.forgetHeld() // the log has it
	})
	if err != nil {
		return err
	}
	if !covered {
		ss.s.tally.add(func(n *Stats) { n.CursorsExpired++ })
		return expired()
	}
	if !ss.slow(&ss.s.faults.ack) {
		return nil // the connection is at its end
	}
	control := sub.control(engine.Page{LastSeqID: cursor})
	ss.send(&wire.SubscriptionAck{SubscriptionID: sub.id, BatchControl: control, Schema: sub.query.Schema()})
	sub.goLive() // what it lets into the queue is sent after what follows
	ss.send(&wire.InitialDataBatch{SubscriptionID: sub.id, Rows: wire.Rows{}, BatchControl: control})
	for _, c := range missed {
		if json := sub.told(c); json != nil {
			ss.s.tally.add(func(n *Stats) { n.Replayed++ })
			ss.emit(json)
		}
	}
	return nil
}

// expired is what a subscription is told whose cursor cannot be resumed from.
func expired() error {
	return &engine.LiveError{Code: wire.CodeCursorExpired, Message: "Cursor expired: the change log does not reach back to it; subscribe without from"}
}

// lapse ends a subscription that has lost a change, and tells it so behind what still waits for it. sub.mu is held.
func (sub *subscription) lapse() {
	sub.over = true
	sub.buffer = nil
	sub.ss.s.tally.add(func(n *Stats) { n.Lapsed++ })
	sub.ss.box.pushLast(notification{do: func() {
		if sub.ss.subs[sub.id] == sub {
			sub.ss.release(sub)
			sub.ss.failSubscription(sub.id, expired(), wire.CodeCursorExpired)
		}
	}})
}
