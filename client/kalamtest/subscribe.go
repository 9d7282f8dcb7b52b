package kalamtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// defaultBatch is the number of rows in a snapshot page when the client does not say.
const defaultBatch = 1000

// subscribe opens a live query: acknowledgement, then the first page of its snapshot.
func (ss *session) subscribe(m *wire.Subscribe) {
	switch {
	case !ss.authed:
		ss.fail("subscribe", wire.CodeAuthRequired, "Authentication required before subscribing")
		return
	case ss.s.faults.swallowSubscribes.Load():
		ss.s.tally.add(func(n *Stats) { n.Swallowed++ })
		return
	case strings.TrimSpace(m.ID) == "":
		ss.fail("invalid_subscription", wire.CodeInvalidSubscriptionID, "Subscription ID cannot be empty")
		return
	}
	sub, err := ss.prepare(m)
	if err != nil {
		ss.failSubscription(m.ID, err, wire.CodeSubscriptionFailed)
		return
	}
	if old := ss.subs[sub.id]; old != nil {
		ss.drop(old) // replaced without a word, and without giving its place in the quota back
	}
	ss.charged++
	ss.subs[sub.id] = sub
	ss.s.hub.add(sub)
	if err := ss.load(sub); err != nil {
		ss.drop(sub)
		ss.giveBack()
		ss.failSubscription(m.ID, err, wire.CodeSubscriptionFailed)
	}
}

// prepare checks options, SQL and limits; on success one place of the user's quota is taken.
func (ss *session) prepare(m *wire.Subscribe) (*subscription, error) {
	sub := &subscription{id: m.ID, ss: ss, request: engine.PageRequest{Limit: defaultBatch}}
	query, err := ss.s.db.ParseLive(ss.who, m.SQL)
	if err != nil {
		return nil, err
	}
	sub.query = query
	if o := m.Options; o != nil {
		if err := sub.setOptions(o); err != nil {
			return nil, err
		}
	}
	if ss.charged >= ss.s.cfg.perConnection {
		return nil, &engine.LiveError{Code: wire.CodeUnsupported, Message: fmt.Sprintf("Maximum subscriptions per connection reached (%d)", ss.s.cfg.perConnection)}
	}
	if !ss.s.hub.quota.take(ss.who.User) {
		return nil, &engine.LiveError{Code: wire.CodeSubscriptionLimitExceeded, Message: "Maximum subscriptions reached"}
	}
	return sub, nil
}

func (sub *subscription) setOptions(o *wire.SubscribeOptions) error {
	sub.snapshot = true
	if o.BatchSize != nil {
		sub.request.Limit = *o.BatchSize
		if sub.ss.s.cfg.generation.replays() {
			sub.request.Limit = min(max(1, sub.request.Limit), defaultBatch)
		}
	}
	if o.LastRows != nil {
		if *o.LastRows > sub.request.Limit {
			return &engine.LiveError{Code: wire.CodeUnsupported, Message: fmt.Sprintf(
				"last_rows (%d) cannot exceed batch_size (%d); paginated last_rows replay is not supported", *o.LastRows, sub.request.Limit)}
		}
		sub.request.LastRows = *o.LastRows
	}
	if !o.From.IsZero() {
		return sub.resume(o)
	}
	return nil
}

// resume begins behind a cursor: with the rows that are newer, or from 0.7 with the changes.
func (sub *subscription) resume(o *wire.SubscribeOptions) error {
	sub.request.After, sub.request.LastRows = seqNumber(o.From), 0
	g := sub.ss.s.cfg.generation
	sub.resumed = g.replays()
	if domain := sub.ss.s.hub.domain(sub.query); g.domains() && !sameJSON(domain, o.VersionDomain) {
		return expired()
	}
	return nil
}

// sameJSON compares the domain of a table, nil when it has none, with what a client sent back.
func sameJSON(domain, sent wire.Raw) bool {
	if domain == nil {
		return true
	}
	var want, got any
	return json.Unmarshal(domain, &want) == nil && json.Unmarshal(sent, &got) == nil && reflect.DeepEqual(want, got)
}

// load reads the first page before it acknowledges, because the acknowledgement tells what the page holds.
func (ss *session) load(sub *subscription) error {
	if sub.resumed {
		return ss.replay(sub)
	}
	page := engine.Page{}
	if sub.snapshot {
		boundary, err := ss.s.db.Boundary(ss.ctx, sub.query)
		if err != nil {
			return err
		}
		sub.setBoundary(boundary)
		if page, err = ss.s.db.Page(ss.ctx, sub.query, sub.request); err != nil {
			return err
		}
		sub.request.LastRows = 0
	}
	if !ss.slow(&ss.s.faults.ack) {
		return nil // the connection is at its end
	}
	control := sub.control(page)
	if !sub.snapshot {
		sub.goLive()
	}
	ss.send(&wire.SubscriptionAck{SubscriptionID: sub.id, BatchControl: control, Schema: sub.query.Schema()})
	if !sub.snapshot {
		return nil
	}
	return ss.sendPage(sub, page, control)
}

func (sub *subscription) control(p engine.Page) wire.BatchControl {
	c := wire.BatchControl{BatchNum: sub.batch, HasMore: p.HasMore, Status: wire.StatusReady, LastSeqID: seqOf(p.LastSeqID)}
	switch {
	case p.HasMore && sub.batch == 0:
		c.Status = wire.StatusLoading
	case p.HasMore:
		c.Status = wire.StatusLoadingBatch
	}
	return sub.ss.s.cfg.generation.cursor(c, sub.ss.s.hub.domain(sub.query))
}

func (ss *session) sendPage(sub *subscription, p engine.Page, control wire.BatchControl) error {
	rows := make([]wire.Row, len(p.Rows))
	for i, raw := range p.Rows {
		row, err := wire.ParseRow(raw)
		if err != nil {
			return err
		}
		rows[i] = ss.s.hub.scrambleRow(row)
	}
	all, err := wire.RowsOf(rows...)
	if err != nil {
		return err
	}
	if !p.HasMore {
		sub.goLive()
	}
	ss.send(&wire.InitialDataBatch{SubscriptionID: sub.id, Rows: all, BatchControl: control})
	return nil
}

// nextBatch sends the next page. Before the authentication it is ignored.
func (ss *session) nextBatch(m *wire.NextBatch) {
	if !ss.authed {
		return
	}
	sub := ss.subs[ss.localID(m.SubscriptionID)]
	switch {
	case sub == nil:
		ss.fail(m.SubscriptionID, wire.CodeBatchFetchFailed, "Not found: Subscription not found: "+m.SubscriptionID)
		return
	case !sub.snapshot:
		ss.fail(m.SubscriptionID, wire.CodeBatchFetchFailed, "Invalid operation: Subscription has no initial data: "+m.SubscriptionID)
		return
	}
	sub.batch++ // even when the page cannot be read
	sub.request.After = seqNumber(m.LastSeqID)
	page, err := ss.s.db.Page(ss.ctx, sub.query, sub.request)
	if err == nil {
		err = ss.sendPage(sub, page, sub.control(page))
	}
	if err != nil {
		ss.failSubscription(m.SubscriptionID, err, wire.CodeBatchFetchFailed)
	}
}

// unsubscribe closes a live query. There is no answer; an unknown id still gives a place of the user's quota back, as
// the real server's counter does.
func (ss *session) unsubscribe(id string) {
	if !ss.authed {
		return
	}
	sub := ss.subs[ss.localID(id)]
	if d := time.Duration(ss.s.faults.unsubscribe.Load()); d > 0 {
		ss.s.tally.add(func(n *Stats) { n.LateUnsubscribes++ })
		ss.agenda.add(d, func() { ss.release(sub) })
		return
	}
	ss.release(sub)
}

// release ends a subscription, unless another took its id meanwhile; nil stands for an unknown one.
func (ss *session) release(sub *subscription) {
	if sub != nil && ss.subs[sub.id] == sub {
		ss.drop(sub)
	}
	ss.giveBack()
}

func (ss *session) giveBack() {
	ss.charged = max(0, ss.charged-1)
	ss.s.hub.quota.give(ss.who.User, 1)
}

func (ss *session) drop(sub *subscription) {
	delete(ss.subs, sub.id)
	sub.end()
	ss.s.hub.remove(sub)
}

// localID takes the full live id "<user>-<connection>-<subscription>" too.
func (ss *session) localID(id string) string {
	prefix := fmt.Sprintf("%s-%d-", ss.who.User, ss.id)
	if _, ok := ss.subs[id]; ok {
		return id
	}
	return strings.TrimPrefix(id, prefix)
}

// failSubscription tells the client what the engine said, or the given code where it said nothing of its own.
func (ss *session) failSubscription(id string, err error, code wire.Code) {
	var live *engine.LiveError
	if errors.As(err, &live) {
		if code == wire.CodeBatchFetchFailed {
			ss.fail(id, code, live.Message)
			return
		}
		ss.fail(id, live.Code, live.Message)
		return
	}
	ss.fail(id, code, err.Error())
}

// seqOf and seqNumber move sequence ids between the engine, which counts, and the wire, where they are opaque.
func seqOf(n uint64) wire.Seq { return wire.SeqOf(int64(n)) }

func seqNumber(s wire.Seq) uint64 {
	var n uint64
	for _, digit := range s.String() {
		n = n*10 + uint64(digit-'0')
	}
	return n
}
