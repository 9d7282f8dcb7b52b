package client

import (
	"errors"
	"time"
)

// A gap is opened by lapse, which tells the observers that something may be
// missing, and closed by synced, which tells them that everything is there. What
// lies between is an audit, a listing or a snapshot, whichever the mode allows.

// errDeletesUnseen is the cause of a gap that FastResume leaves open.
var errDeletesUnseen = errors.New("kalam: rows deleted during the outage are not seen by a fast resume")

// lapse says that something may be missing from here on.
func (s *source) lapse(cause error) {
	s.counts.gaps.Add(1)
	s.c.journal.gap(cause)
	s.verified = false
	if s.gapCause == nil {
		s.gapCause = cause
	}
	s.tell(delta{kind: gapDelta, cause: cause, stale: true})
	s.stale = true
}

// recover opens a gap that can be closed at once.
func (s *source) recover(cause error) {
	s.lapse(cause)
	s.resync()
}

// resync begins to close what gap there is. It also begins the first audit, which
// confirms what was read.
func (s *source) resync() {
	if !s.acked {
		return // accepted does
	}
	s.need = time.Now()
	if s.gapCause != nil && s.stale && s.exact() {
		s.stale = false
		s.tell(delta{kind: resyncDelta})
	}
	s.begin()
	// By the wall clock: the other stands still while the machine sleeps.
	if s.mode == byAudit && s.loaded && !s.compared.IsZero() && time.Now().Round(0).Sub(s.compared.Round(0)) > tooOld {
		s.list()
	}
	s.publish()
	switch {
	case !s.exact():
	case s.mode == bySnapshot:
		s.again()
	case s.audits != nil:
		s.audits.demand()
	}
}

// exact says whether gaps are closed at all.
func (s *source) exact() bool { return s.opts.exactness != PushOnly && s.opts.resume == ExactResume }

// again asks for a snapshot over the socket, to compare.
func (s *source) again() {
	s.q.plan.Store(s.fresh())
	if !s.acked {
		return // accepted does, or the next subscription
	}
	s.c.owner.post(func() { s.c.owner.resubscribe(s.q) })
}

// synced says that nothing is missing any more.
func (s *source) synced() {
	s.need = time.Time{}
	if s.gapCause == nil {
		return
	}
	s.gapCause, s.stale = nil, false
	s.counts.resyncs.Add(1)
	s.tell(delta{kind: syncDelta})
}

// begin gives the rows to the observers once they have been read and the server
// has taken the live query.
func (s *source) begin() {
	if s.loaded || !s.acked || !s.read || s.disown() {
		return
	}
	s.loaded = true
	s.out = append(s.out, s.beginning())
	s.publish()
}

// The liveHandler's part.

func (s *source) began(p *plan) {
	s.acked, s.snapshot = false, nil
	if p.paged() {
		s.snapshot = newReading(time.Now())
		s.snapshot.from = p.from
	}
}

func (s *source) missed(n int) arrival {
	return arrival{run: func() { s.recover(&LagError{Missed: uint64(n)}) }}
}

func (s *source) lost(err error) {
	s.acked = false
	s.publish()
	s.answerRereads(0)
	if s.loaded && (s.gapCause == nil || !s.stale) {
		s.lapse(err)
	}
	if s.mode != bySnapshot {
		return
	}
	s.snapshot = nil
	next := s.fresh()
	if cursor := s.marks.aged(time.Now()); s.loaded && !cursor.IsZero() && (s.opts.resume == FastResume || !s.poor) {
		next = next.resuming(cursor, s.ack)
	}
	s.q.plan.Store(next)
}

func (s *source) gap(err error) { s.recover(err) }

func (s *source) ended(err error) { s.fail(err) }
