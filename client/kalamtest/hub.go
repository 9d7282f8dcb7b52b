package kalamtest

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// hub knows every connection and every live subscription, and hands each committed change to those whom it concerns.
type hub struct {
	s        *Server
	quota    *quota
	bursting bool // owned by fanOut: a commit is being told, and WithBurstLoss is on

	mu       sync.Mutex
	closed   bool
	held     bool
	nextID   int
	sessions map[int]*session
	subs     map[engine.TableID][]*subscription // newest first, the order in which the real server was seen to tell them
	shuffle  *rand.Rand

	logs        replayLogs // from 0.7
	incarnation int        // of all version domains
}

func (h *hub) open(s *Server) {
	h.s = s
	h.quota = newQuota(s.cfg.perUser)
	h.sessions = make(map[int]*session)
	h.subs = make(map[engine.TableID][]*subscription)
	h.logs.forget(0)
	h.incarnation = 1
	h.shuffle = rand.New(rand.NewPCG(s.cfg.seed, 0))
}

// join admits a connection, unless the server is closing.
func (h *hub) join(ss *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.nextID++
	ss.id = h.nextID
	h.sessions[ss.id] = ss
	ss.box.hold(h.held)
	return true
}

func (h *hub) leave(ss *session) {
	h.mu.Lock()
	delete(h.sessions, ss.id)
	h.mu.Unlock()
}

// all gives the connections in the order in which they came.
func (h *hub) all() []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := slices.Sorted(maps.Keys(h.sessions))
	out := make([]*session, len(ids))
	for i, id := range ids {
		out[i] = h.sessions[id]
	}
	return out
}

func (h *hub) closeAll(abruptly bool) {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	for _, ss := range h.all() {
		if abruptly {
			cut(ss.ws.NetConn())
			continue
		}
		ss.requestClose(nil, closeShutdown, shutdownReason)
	}
}

// reopen admits connections again, with nothing remembered of those before.
func (h *hub) reopen(last uint64) {
	h.forget(last)
	h.mu.Lock()
	h.closed = false
	h.mu.Unlock()
	h.quota.forget()
}

func (h *hub) add(sub *subscription) {
	h.mu.Lock()
	id := sub.query.Table()
	h.subs[id] = append([]*subscription{sub}, h.subs[id]...)
	h.mu.Unlock()
	h.s.tally.add(func(n *Stats) { n.SubscriptionsOpen++ })
}

func (h *hub) remove(sub *subscription) {
	h.mu.Lock()
	id := sub.query.Table()
	if i := slices.Index(h.subs[id], sub); i >= 0 {
		// A new slice: fanOut may be walking over the old one.
		h.subs[id] = slices.Concat(h.subs[id][:i], h.subs[id][i+1:])
		if len(h.subs[id]) == 0 {
			delete(h.subs, id)
		}
	}
	h.mu.Unlock()
	h.s.tally.add(func(n *Stats) { n.SubscriptionsOpen-- })
}

// fanOut is told of every committed change, on the writer's goroutine: it never waits.
func (h *hub) fanOut(c engine.RowChange) {
	h.mu.Lock()
	subs := h.subs[c.Table]
	if h.s.cfg.generation.replays() {
		h.logs.keep(c)
	}
	h.mu.Unlock()
	if h.s.cfg.burst && c.More {
		h.burst(true)
	}
	if h.s.cfg.burst && !c.More {
		defer h.burst(false)
	}
	for _, sub := range subs {
		if json := sub.told(c); json != nil {
			sub.offer(c, json)
		}
	}
}

// burst stops the connections from delivering while a commit is being told, or lets them go on.
func (h *hub) burst(on bool) {
	if h.bursting == on {
		return
	}
	h.bursting = on
	for _, ss := range h.all() {
		ss.box.burst(on)
	}
}

// scramble gives the rows of a JSON array their members in a random order, as the real server's hash maps do.
func (h *hub) scramble(raw []byte) (wire.Rows, error) {
	if raw == nil {
		return wire.Rows{}, nil
	}
	rows, err := wire.ParseRows(raw)
	if err != nil {
		return wire.Rows{}, err
	}
	var out []wire.Row
	for row, err := range rows.All() {
		if err != nil {
			return wire.Rows{}, err
		}
		out = append(out, h.scrambleRow(row))
	}
	return wire.RowsOf(out...)
}

func (h *hub) scrambleRow(row wire.Row) wire.Row {
	var fields []wire.Field
	for name, cell := range row.All() {
		fields = append(fields, wire.Field{Name: name, Cell: cell})
	}
	h.mu.Lock()
	h.shuffle.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	h.mu.Unlock()
	return wire.NewRow(fields...)
}
