package client

import (
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// progress is what an observer knows of the stream besides its rows: gaps that are
// open, and what has been told.
type progress struct {
	trail *trail // nil without checkpoints

	gap   bool // the source's
	stale bool // nothing can be done about it
	lag   bool // the observer's own
	cause error
}

// begin is told the start.
func (p *progress) begin(x *delta) {
	*p = progress{}
	if x.start.scope != "" {
		p.trail = &trail{scope: x.start.scope, at: time.Now(), mark: x.mark}
	}
}

// goOn has a stream that began at a checkpoint, or at none, count what that says has
// been told, and acknowledge where its options say.
func (p *progress) goOn(from *Checkpoint, to *acks) {
	if p.trail == nil {
		return
	}
	p.trail.acks, p.trail.base = to, 1
	if from == nil {
		return
	}
	p.trail.at = from.at
	for _, seq := range from.seen {
		p.told(seq)
	}
}

// told notes a version, and gives the point behind it.
func (p *progress) told(seq wire.Seq) point {
	if p.trail != nil && p.trail.mark.Less(seq) {
		p.trail = p.trail.told(seq)
	}
	return p.trail.here()
}

// passed is told that everything up to a version has been.
func (p *progress) passed(mark wire.Seq) {
	if p.trail != nil {
		p.trail = p.trail.pass(mark, time.Now())
	}
}

// sign takes in a gap, its repair or its end, and says what observers are told of
// it: a gap ends when neither the source nor the observer's own queue has one.
func (p *progress) sign(x *delta) []Op {
	was := p.gap || p.lag
	switch {
	case x.kind == gapDelta && x.lag:
		p.lag = true
	case x.kind == gapDelta:
		p.gap, p.stale = true, x.stale
	case x.kind == syncDelta && x.lag:
		p.lag = false
	case x.kind == syncDelta:
		p.gap, p.stale = false, false
	case x.kind == resyncDelta:
		p.stale = false
	}
	switch {
	case x.kind == gapDelta:
		p.cause = x.cause
		return []Op{Gap}
	case was && !p.gap && !p.lag:
		p.cause = nil
		return []Op{Resynced}
	}
	return nil
}

func (p *progress) status() (ViewStatus, error) {
	switch {
	case p.gap && p.stale:
		return ViewStale, p.cause
	case p.gap || p.lag:
		return ViewResyncing, p.cause
	}
	return ViewReady, nil
}
