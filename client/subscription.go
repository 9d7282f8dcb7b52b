package client

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// live is one live query on the shared socket: what the owner knows of it, and
// the inbox in which its frames wait. It outlives sockets: after each the owner
// subscribes it anew, under a new id, by the plan it has then.
type live struct {
	c       *Client
	sql     string
	inbox   *inbox
	handler liveHandler
	plan    atomic.Pointer[plan] // the handler's to set
	heard   uint64               // the turns': epoch of the subscription whose frames come

	// The owner's:
	id       string // of the present subscription; a new one for each
	epoch    uint64 // number of it
	gen      uint64 // generation of the connection it was made on; 0 before the first
	used     *plan  // what it asked for
	acked    bool   // it was accepted once
	tries    int    // since it was accepted last
	deadline *time.Timer
	waiting  string // what the deadline is for
	again    *time.Timer
}

// liveHandler is told what happens to a live query, in turns of its inbox.
type liveHandler interface {
	began(p *plan)   // a subscription begins by that plan; its frames follow
	gap(err error)   // frames may be missing here
	lost(err error)  // the socket is gone; began follows if it comes back
	ended(err error) // the live query is over; nil if we ended it
	// identified: the server has said who we are, in an epoch of credentials; with an
	// error, somebody else than before.
	identified(epoch uint64, changed error)
	server(*wire.ErrorMessage)
}

// plan is what a subscription asks for.
type plan struct {
	snapshot bool // else changes from now on only
	batch    int  // rows of a page; 0 for the server's default
	last     int  // only the newest rows; 0 for all
	from     wire.Seq
	form     wire.SeqForm
	domain   wire.Raw
}

// firstPlan is the plan of a subscription that brings the rows itself.
func firstPlan(o liveOptions) *plan {
	return &plan{snapshot: !o.liveOnly, batch: o.batchSize, last: o.lastRows}
}

// resuming is the plan of a subscription that begins behind a version, in the form in
// which the server that sent m wants it.
func (p *plan) resuming(from wire.Seq, m *wire.SubscriptionAck) *plan {
	next := *p
	next.from, next.form, next.domain = from, m.BatchControl.LastSeqForm, m.BatchControl.VersionDomain
	if m.Schema.VersionColumn() == "_version" { // 0.8, which takes nothing else
		next.form = wire.SeqAsString
	}
	return &next
}

// paged says whether rows come before changes do.
func (p *plan) paged() bool { return p.snapshot || !p.from.IsZero() }

func (p *plan) message(q *live) *wire.Subscribe {
	m := &wire.Subscribe{ID: q.id, SQL: q.sql}
	if !p.paged() {
		return m
	}
	m.Options = &wire.SubscribeOptions{From: p.from, FromForm: p.form, VersionDomain: p.domain}
	if p.batch > 0 {
		m.Options.BatchSize = &p.batch
	}
	if p.last > 0 && p.from.IsZero() {
		m.Options.LastRows = &p.last
	}
	return m
}

// tell has the handler told something in order with the frames.
func (q *live) tell(what func(liveHandler)) { q.inbox.post(func() { what(q.handler) }) }

// returns says whether a live query that was accepted before may be again although
// the server says this: the server may still count a connection that is dead.
func returns(m *wire.ErrorMessage) bool {
	switch m.Code {
	case wire.CodeSubscriptionLimitExceeded, wire.CodeSubscriptionFailed, wire.CodeRateLimitExceeded, wire.CodeBatchFetchFailed:
		return true
	}
	return false
}

// refusal is what the server said of a live query, as the error of its stream.
func refusal(m *wire.ErrorMessage) error {
	said := m.Err()
	said.Op = "live query"
	if errors.Is(said, wire.CodeSubscriptionLimitExceeded) || errors.Is(said, wire.CodeUnsupported) && isConnectionLimit(said.Message) {
		return &LimitError{Err: said}
	}
	return said
}
