package client

import "time"

// Figures of the schedule; see auditor.
const (
	demandDelay  = 20 * time.Millisecond
	burst        = 64
	burstQuiet   = 25 * time.Millisecond
	quietAtFirst = 100 * time.Millisecond
	quietAtMost  = 5 * time.Second
	restless     = time.Second
	idleAtFirst  = 2 * time.Second
	rereadShare  = 20          // a reading of all rows may take one in so many parts of the time
	rereadAtMost = time.Second // and there is one in this time at most

	rereadAtLeast = 5 * time.Minute // and in this time at least, if one is due
)

// schedule says when the next audit of a table is due.
type schedule struct {
	longest time.Duration // between audits while nothing happens
	quiet   time.Duration
	idle    time.Duration

	demand time.Time // when one was demanded; zero if none was
	first  time.Time // when the first change came since the last audit began; zero if none did
	last   time.Time // when the last audit ended; zero before the first
	spare  time.Time // when all rows may be read again
	later  time.Time // when that is waited for; zero if it is not
	count  time.Time // when rows may be counted again
}

func newSchedule(longest time.Duration) schedule {
	return schedule{longest: longest, quiet: quietAtFirst, idle: min(idleAtFirst, longest)}
}

func (p *schedule) demanded(now time.Time) {
	if p.demand.IsZero() {
		p.demand = now
	}
}

func (p *schedule) changed(now time.Time) {
	p.first = now
	p.idle = min(idleAtFirst, p.longest)
}

func (p *schedule) began() { p.demand, p.first, p.later = time.Time{}, time.Time{}, time.Time{} }

// postponed has an audit be due as soon as all rows may be read again.
func (p *schedule) postponed() { p.later = p.spare }

// rest has nothing be due before something happens.
func (p *schedule) rest() { p.last = time.Time{} }

// ended is told what an audit found.
func (p *schedule) ended(now time.Time, findings int) {
	p.last = now
	if findings > 0 {
		p.quiet, p.idle = quietAtFirst, min(idleAtFirst, p.longest)
		return
	}
	p.quiet = min(2*p.quiet, quietAtMost)
	p.idle = min(2*p.idle, p.longest)
}

// due is when the next audit begins, where so many changes came since the last, the
// latest at that time. Zero is: not before something happens.
func (p *schedule) due(changes int, latest time.Time) time.Time {
	var at time.Time
	sooner := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if !p.last.IsZero() && p.first.IsZero() {
		sooner(p.last.Add(p.idle))
	}
	if !p.later.IsZero() {
		sooner(p.later)
	}
	if !p.demand.IsZero() {
		sooner(p.demand.Add(demandDelay))
	}
	if !p.first.IsZero() {
		quiet := p.quiet
		if changes >= burst {
			quiet = burstQuiet
		}
		settled, bound := latest.Add(quiet), p.first.Add(max(restless, p.quiet))
		if bound.Before(settled) {
			settled = bound
		}
		sooner(settled)
	}
	return at
}

// reread is told how long a reading of all rows took: the next one waits, so that
// the server is not read all the time.
func (p *schedule) reread(now time.Time, took time.Duration) {
	p.spare = now.Add(min(max(rereadAtMost, rereadShare*took), rereadAtLeast))
}

func (p *schedule) mayReread(now time.Time) bool { return !now.Before(p.spare) }

// counted is told how long an audit took that counted rows, too: the server may have
// to look at all of them.
func (p *schedule) counted(now time.Time, took time.Duration) { p.count = now.Add(rereadShare * took) }

func (p *schedule) mayCount(now time.Time) bool { return !now.Before(p.count) }
