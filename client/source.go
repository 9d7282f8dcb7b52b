package client

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/wire"
)

// mode is how a source learns what the table holds.
type mode uint8

const (
	byAudit    mode = iota // rows over HTTP, then what changed since; the socket brings changes only
	byListing              // all rows over HTTP, again and again: the table keeps no deletions
	bySnapshot             // all rows over the socket: HTTP does not answer, or is not to be asked
)

// source is one live query of the server, for all who observe it: its rows, in their
// newest versions, and what is known of gaps. What it does runs in turns of its
// inbox, so what is said to be the turns' needs no lock. It is a liveHandler.
type source struct {
	c      *Client
	st     livesql.Statement
	opts   liveOptions
	q      *live
	inbox  *inbox
	counts *sourceCounts
	audits *auditor              // of the table; nil without audits
	order  atomic.Pointer[order] // for it; nil while the live query is not up

	ctx  context.Context // ends with the source
	stop context.CancelFunc

	// The registry's:
	id        identity
	shared    bool
	observers int

	// The turns':
	watchers []*watcher
	now      time.Time // when the turn began
	news     int       // changes that were pushed in it
	out      []delta   // of this turn
	pending  []delta   // for the one watcher, under Block
	over     bool
	err      error              // what it ended with
	who      uint64             // epoch of the credentials that what it knows was read with
	cancel   context.CancelFunc // of the listing under way; nil without one
	rereads  []chan<- time.Duration
	knowledge
}

// knowledge is what a source knows of the live query of one user.
type knowledge struct {
	mode       mode
	partial    bool // the table need not have all rows
	table      table
	schema     wire.Schema
	keys       []wire.Column
	names      []string              // of the columns that are read with a change: keys, versions
	cells      []wire.Cell           // and what was read
	pushed     wire.Change           // the last
	ack        *wire.SubscriptionAck // the last
	noKey      error                 // why rows cannot be told from each other; nil where they can
	acked      bool
	unlistable error // why the rows cannot be read over HTTP; nil where they can
	read       bool  // the rows that were there have been read
	loaded     bool  // observers have been given them

	readAs   string    // who the server said had asked for them
	listing  *reading  // over HTTP, while there is one
	snapshot *reading  // over the socket, while there is one
	traced   bool      // the table has been seen to keep deletions
	suspect  bool      // the number of rows was wrong at the last count
	backward bool      // the newest row of the table was older than one of ours at the last audit
	surplus  int64     // rows of the table beyond those with keys of their own
	auditing time.Time // when the audit began of which pages come; zero when they are of no use

	gapCause error            // why something may be missing; nil when nothing is
	stale    bool             // nothing can be done about it at present
	need     time.Time        // an audit that began later closes the gap; zero: none is needed
	touched  time.Time        // when something was taken in last
	verified bool             // an audit began after that, and found nothing more
	rough    bool             // the last snapshot had more pages than one, which lose rows
	doubts   int              // such snapshots in a row
	skipped  map[Key]wire.Seq // what the last such has not come across
	poor     bool             // the server is known not to replay changes from a cursor
	marks    marks
	base     wire.Seq  // the newest version of the table when it was read first
	marked   wire.Seq  // the mark that observers were told last
	compared time.Time // when an audit or a reading last ended
	forgot   time.Time // when deletions were forgotten last
}

func newSource(c *Client, st livesql.Statement, o liveOptions) *source {
	s := &source{c: c, st: st, opts: o, counts: c.counts.child(st.Text), who: c.epoch()}
	s.ctx, s.stop = context.WithCancel(c.life)
	s.q = &live{c: c, sql: st.Text, handler: s}
	s.inbox = &inbox{alive: c.alive, take: s.take, missed: s.missed, trays: &c.trays, most: inboxFrames, bytes: inboxBytes}
	s.q.inbox = s.inbox
	s.knowledge = s.nothing()
	s.q.plan.Store(s.fresh())
	return s
}

// nothing is what a source knows that has just begun.
func (s *source) nothing() knowledge {
	o := &s.opts
	k := knowledge{table: newTable(), partial: o.liveOnly || o.lastRows > 0 || o.from != nil}
	if s.st.Table == "" || o.exactness == PushOnly || o.resume == FastResume {
		k.mode = bySnapshot
		k.read = o.liveOnly
	}
	return k
}

// Frames that wait for a source, which is always quick: beyond this, or as long as
// an observer holds it up under Block, they are lost and recovered by an audit.
const (
	inboxFrames = 8192
	inboxBytes  = 64 << 20
)

// fresh is the plan of a subscription that knows nothing yet.
func (s *source) fresh() *plan {
	if s.mode != bySnapshot {
		return &plan{}
	}
	p := firstPlan(s.opts)
	if s.doubts%2 == 1 { // other pages than the last snapshot's: it will not skip the same rows
		if p.batch == 0 {
			p.batch = maxBatch
		}
		p.batch = max(1, p.batch-1-p.batch/8)
	}
	return p
}

// start begins the life of the source.
func (s *source) start() {
	s.c.live.add(s.counts)
	s.audits = s.c.auditors.join(s)
	loads := s.mode != bySnapshot // as long as it is ours
	s.c.owner.post(func() { s.c.owner.open(s.q) })
	if loads {
		s.inbox.post(s.load)
	}
}

// end lets go of everything; nobody observes the source any more.
func (s *source) end() {
	s.stop()
	s.inbox.close()
	s.c.auditors.leave(s)
	s.c.owner.post(func() { s.c.owner.drop(s.q) })
	s.c.live.remove(s.counts)
}

// attach has one more observer: it is given the rows as they are, and what comes.
func (s *source) attach(w *watcher) {
	if s.over {
		w.finish(s.err)
		return
	}
	s.flush()
	w.who.Store(s.who)
	s.watchers = append(s.watchers, w)
	if !s.loaded {
		return
	}
	w.offer([]delta{s.beginning()})
	if s.gapCause != nil {
		w.offer([]delta{{kind: gapDelta, cause: s.gapCause, stale: s.stale}})
	}
}

func (s *source) detach(w *watcher) {
	for i, one := range s.watchers {
		if one == w {
			s.watchers = append(s.watchers[:i:i], s.watchers[i+1:]...)
			return
		}
	}
}

// beginning is the rows as they are now.
func (s *source) beginning() delta {
	d := delta{
		kind: startDelta, origin: FromSnapshot, mark: s.marks.settled, verified: s.verified,
		start: &start{base: s.table.rows.Copy(), schema: s.schema},
	}
	if s.exact() && s.opts.exactness == Audited {
		d.start.scope = s.scope()
	}
	return d
}

// scope is what checkpoints of the live query are good for.
func (s *source) scope() string {
	user := ""
	if who := s.c.user.Load(); who != nil {
		user = *who
	}
	return scopeOf(user, s.st.Text, s.schema)
}

// take is a turn: what came is taken in, and what it means handed to the observers.
func (s *source) take(batch []arrival) int {
	if s.flush(); len(s.pending) > 0 {
		return 0
	}
	s.now = time.Now()
	frames := 0
	for _, a := range batch {
		switch {
		case a.run != nil:
			a.run()
		case !s.over:
			frames++
			s.frame(a)
		}
	}
	s.counts.received.Add(uint64(frames))
	if s.news > 0 && s.audits != nil {
		s.audits.noticed(s.news, s.now)
	}
	s.news = 0
	s.tick()
	s.flush()
	s.counts.rows.Store(uint32(s.table.rows.Len()))
	return len(batch)
}

// tell has the observers told, at the end of the turn; before they have been given
// the rows there is nothing to tell.
func (s *source) tell(d delta) {
	if s.loaded {
		s.out = append(s.out, d)
	}
}

// flush hands over what is to be told. Under Block, what has no room waits, and
// with it the inbox.
func (s *source) flush() {
	if len(s.watchers) == 1 && s.opts.overflow == Block {
		s.pending = append(s.pending, s.out...)
		s.out = nil
		if len(s.pending) > 0 {
			s.inbox.hold(true) // before the observer can say that there is room
			s.pending = s.pending[s.watchers[0].offer(s.pending):]
			if len(s.pending) == 0 {
				s.inbox.hold(false)
			}
		}
		return
	}
	if len(s.out) == 0 {
		return
	}
	for _, w := range s.watchers {
		w.offer(s.out)
	}
	clear(s.out)
	s.out = s.out[:0]
}

// resume is called when the observer under Block has room again.
func (s *source) resume() {
	s.inbox.hold(false)
	s.inbox.post(func() {}) // a turn, for what is pending
}

// tick does what time brings: cursors age, and deletions are forgotten that are
// older than anything on its way.
func (s *source) tick() {
	const onItsWay = 5 * time.Minute
	if s.mode == bySnapshot && s.loaded {
		s.marks.pass(s.now)
	}
	if len(s.table.gone)+len(s.table.older) > 0 && s.now.Sub(s.forgot) > onItsWay {
		s.forgot = s.now
		s.table.forget()
	}
}

// fail ends the streams of all observers.
func (s *source) fail(err error) {
	if s.over {
		return
	}
	s.flush()
	s.over, s.err = true, err
	s.c.sources.retire(s)
	s.order.Store(nil)
	s.stop() // nobody waits for its turns any more
	s.c.owner.post(func() { s.c.owner.drop(s.q) })
	for _, w := range s.watchers {
		w.pour(s.pending)
		w.finish(err)
	}
	s.pending = nil
}
