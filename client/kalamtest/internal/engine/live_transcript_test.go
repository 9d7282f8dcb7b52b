package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// watcher is one subscription of a transcript, played without sockets and queues.
type watcher struct {
	id       string
	q        *LiveQuery
	boundary uint64
	batch    int
	size     int
	loading  bool
	held     []RowChange
}

// livePlayer plays subscribe, next_batch and unsubscribe, and keeps the frames that the engine's answers make, by
// subscription.
type livePlayer struct {
	*player
	subs   []*watcher
	frames map[string][]string
	user   Session
}

func newLivePlayer(t *testing.T) *livePlayer {
	p := &livePlayer{player: newPlayer(t), frames: make(map[string][]string)}
	p.e.OnChange(p.change)
	must(t, p.e, root, "CREATE NAMESPACE chat",
		"CREATE USER TABLE chat.messages (id BIGINT PRIMARY KEY, room TEXT NOT NULL, body TEXT, n INT)",
		"CREATE SHARED TABLE chat.rooms (name TEXT PRIMARY KEY, topic TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')",
		"CREATE STREAM TABLE chat.typing (id TEXT PRIMARY KEY, who TEXT) WITH (TTL_SECONDS = 30)")
	return p
}

func (p *livePlayer) frame(id string, parts map[string]any) {
	parts["subscription_id"] = id
	raw, err := json.Marshal(parts)
	if err != nil {
		p.t.Fatal(err)
	}
	p.frames[id] = append(p.frames[id], string(raw))
}

func (p *livePlayer) change(c RowChange) {
	for _, w := range p.subs {
		if !w.q.Concerns(c) {
			continue
		}
		if w.loading {
			w.held = append(w.held, c)
			continue
		}
		p.tell(w, c)
	}
}

func (p *livePlayer) tell(w *watcher, c RowChange) {
	if ok, err := w.q.Matches(c.New); err != nil || !ok {
		return
	}
	parts := map[string]any{"type": "change", "change_type": c.Op}
	rows, old := w.q.ChangeRows(c)
	if rows != nil {
		parts["rows"] = json.RawMessage(rows)
	}
	if old != nil {
		parts["old_values"] = json.RawMessage(old)
	}
	p.frame(w.id, parts)
}

func (p *livePlayer) failed(id string, err error) {
	var e *LiveError
	if !errors.As(err, &e) {
		p.t.Fatal(err)
	}
	p.frame(id, map[string]any{"type": "error", "code": e.Code, "message": e.Message})
}

type subscribeMessage struct {
	Type         string
	ID           string `json:"subscription_id"`
	LastSeq      uint64 `json:"last_seq_id"`
	Subscription struct {
		ID, SQL string
		Options *struct {
			BatchSize int    `json:"batch_size"`
			LastRows  int    `json:"last_rows"`
			From      uint64 `json:"from"`
		}
	}
}

func (p *livePlayer) send(body string) {
	var m subscribeMessage
	if json.Unmarshal([]byte(p.m.translate(body)), &m) != nil {
		return
	}
	switch m.Type {
	case "unsubscribe":
		p.drop(m.ID)
	case "next_batch":
		for _, w := range p.subs {
			if w.id == m.ID {
				w.batch++
				p.page(w, PageRequest{Limit: w.size, After: m.LastSeq, Boundary: w.boundary}, false)
			}
		}
	case "subscribe":
		p.subscribe(m)
	}
}

func (p *livePlayer) drop(id string) {
	var kept []*watcher
	for _, w := range p.subs {
		if w.id != id {
			kept = append(kept, w)
		}
	}
	p.subs = kept
}

func (p *livePlayer) subscribe(m subscribeMessage) {
	id := m.Subscription.ID
	options := m.Subscription.Options
	if len(p.subs) == 10 {
		p.failed(id, &LiveError{"SUBSCRIPTION_LIMIT_EXCEEDED", "Maximum subscriptions reached"}) // the server's business too
		return
	}
	if id == "" || options != nil && options.LastRows > max(options.BatchSize, 1) && options.BatchSize > 0 {
		return // refused by the server above the engine
	}
	q, err := p.e.ParseLive(p.user, m.Subscription.SQL)
	if err != nil {
		p.failed(id, err)
		return
	}
	p.drop(id)
	w := &watcher{id: id, q: q, size: 1000, loading: options != nil}
	p.subs = append(p.subs, w)
	if options == nil {
		p.ack(w, control(0, Page{}))
		return
	}
	if options.BatchSize > 0 {
		w.size = options.BatchSize
	}
	if w.boundary, err = p.e.Boundary(context.Background(), q); err != nil {
		p.t.Fatal(err)
	}
	p.page(w, PageRequest{Limit: w.size, LastRows: options.LastRows, After: options.From, Boundary: w.boundary}, true)
}

func control(batch int, page Page) map[string]any {
	c := map[string]any{"batch_num": batch, "has_more": page.HasMore, "status": "ready", "last_seq_id": nil}
	if page.LastSeqID > 0 {
		c["last_seq_id"] = page.LastSeqID
	}
	switch {
	case page.HasMore && batch == 0:
		c["status"] = "loading"
	case page.HasMore:
		c["status"] = "loading_batch"
	}
	return c
}

func (p *livePlayer) ack(w *watcher, control any) {
	p.frame(w.id, map[string]any{"type": "subscription_ack", "total_rows": 0, "batch_control": control, "schema": w.q.Schema()})
}

func (p *livePlayer) page(w *watcher, request PageRequest, first bool) {
	page, err := p.e.Page(context.Background(), w.q, request)
	if err != nil {
		p.drop(w.id)
		p.failed(w.id, err)
		return
	}
	c := control(w.batch, page)
	if first {
		p.ack(w, c)
	}
	rows := json.RawMessage("[" + string(bytes.Join(page.Rows, []byte(","))) + "]")
	p.frame(w.id, map[string]any{"type": "initial_data_batch", "rows": rows, "batch_control": c})
	if page.HasMore {
		return
	}
	w.loading = false
	for _, c := range w.held {
		if c.Seq > w.boundary {
			p.tell(w, c)
		}
	}
	w.held = nil
}

// replay plays a transcript and compares each subscription's frames in their order.
func (p *livePlayer) replay(name string) {
	want := make(map[string][]string)
	compared := 0
	for _, l := range transcript(p.t, name) {
		switch {
		case l.Via == "http" && l.Dir == "out":
			p.post(l)
		case l.Frame == "close" && l.Dir == "out":
			p.subs = nil
		case l.Frame == "upgrade" && l.Dir == "out":
			p.user = p.sessions[strings.Trim(strings.TrimPrefix(l.Header["Authorization"], "Bearer "), "${}")]
		case l.Via == "ws" && l.Dir == "out" && l.Frame == "text":
			p.send(l.Body)
		case l.Via == "ws" && l.Dir == "in" && l.Body != "":
			var head struct {
				ID string `json:"subscription_id"`
			}
			if err := json.Unmarshal([]byte(l.Body), &head); err != nil {
				p.t.Fatal(err)
			}
			want[head.ID] = append(want[head.ID], l.Body)
			n := len(want[head.ID])
			if len(p.frames[head.ID]) >= n { // learn our versions before the client sends them back
				if d := p.m.compare([]byte(l.Body), []byte(p.frames[head.ID][n-1])); d != "" {
					p.t.Errorf("%s: %s\n%s\n%s", name, d, l.Body, p.frames[head.ID][n-1])
				}
				compared++
			}
		}
	}
	for id, frames := range p.frames {
		if len(want[id]) != len(frames) {
			p.t.Errorf("%s: subscription %q: want %d frames, got %d", name, id, len(want[id]), len(frames))
		}
	}
	p.t.Logf("%s: %d frames compared", name, compared)
}

func TestTranscript_LiveFramesAreThoseOfTheServer(t *testing.T) {
	for i, name := range []string{"ws-live-changes", "ws-shared-and-stream", "ws-snapshot-batches", "ws-errors"} {
		t.Run(fmt.Sprint(i, " ", name), func(t *testing.T) { newLivePlayer(t).replay(name) })
	}
}
