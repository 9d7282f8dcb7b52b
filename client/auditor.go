package client

import (
	"context"
	"sync/atomic"
	"time"
)

// auditor decides when the live queries of one table are compared with it:
//
//   - 20 ms after it is demanded: when rows have been read for the first time, after
//     a gap, after a reconnect, after a burst on another table of the socket;
//   - after changes, when it has been quiet: for 25 ms after a burst of 64 changes or
//     more, else for 100 ms; the latter is doubled up to 5 s by each audit that finds
//     nothing, and is 100 ms again after one that finds something; under changes without
//     end, after a second, or that time if it is longer;
//   - while nothing happens, after 2 s, then after twice as long each time, up to the
//     interval of WithAuditInterval, 30 s.
//
// There is one at a time for a table. All but what is atomic is touched by commands.
type auditor struct {
	mailbox
	c  *Client
	id auditorID

	sources int // the registry's

	stop context.CancelFunc // ends the audit that runs; nil without one

	members map[*source]struct{}
	plan    schedule
	timer   *time.Timer
	running bool
	alone   bool // a query for all of them was refused: each is asked for by itself

	counting bool // the audit that runs counts rows, too

	born    time.Time    // of the auditor; times are told from it, so that they are monotonic
	changes atomic.Int64 // since the last audit began
	latest  atomic.Int64 // when the last of them came, in nanoseconds since born
	armed   atomic.Bool  // the first of them has been seen by a command
}

func newAuditor(c *Client, id auditorID) *auditor {
	a := &auditor{c: c, id: id, born: time.Now(), members: map[*source]struct{}{}, plan: newSchedule(c.cfg.auditInterval)}
	a.alive = c.alive
	return a
}

func (a *auditor) add(s *source) { a.members[s] = struct{}{} }

func (a *auditor) remove(s *source) {
	delete(a.members, s)
	if len(a.members) == 0 {
		a.disarm()
		a.halt()
	}
}

// noticed is told of the changes that were pushed, n in one turn.
func (a *auditor) noticed(n int, now time.Time) {
	a.latest.Store(int64(now.Sub(a.born)))
	if all := a.changes.Add(int64(n)); all >= burst && all-int64(n) < burst {
		a.post(a.arm) // it is due sooner
	}
	if a.armed.CompareAndSwap(false, true) {
		a.post(func() {
			a.plan.changed(now)
			a.arm()
		})
	}
}

func (a *auditor) lastChange() time.Time { return a.born.Add(time.Duration(a.latest.Load())) }

// demand asks for an audit soon.
func (a *auditor) demand() {
	a.post(func() {
		a.plan.demanded(time.Now())
		a.arm()
	})
}

// compared is told that all rows were read otherwise: from then on the time counts.
func (a *auditor) compared() {
	a.post(func() {
		if a.plan.last.IsZero() {
			a.plan.last = time.Now()
		}
		a.arm()
	})
}

// arm sets the timer to when the next audit is due.
func (a *auditor) arm() {
	if a.running || len(a.members) == 0 || a.c.life.Err() != nil {
		return
	}
	a.disarm()
	due := a.plan.due(int(a.changes.Load()), a.lastChange())
	if due.IsZero() {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(time.Until(due), func() {
		a.post(func() {
			if a.timer == t {
				a.timer = nil
				a.fire()
			}
		})
	})
	a.timer = t
}

func (a *auditor) disarm() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}

// fire begins an audit, unless changes have come since the timer was set.
func (a *auditor) fire() {
	now := time.Now()
	n := int(a.changes.Load())
	if due := a.plan.due(n, a.lastChange()); due.IsZero() || due.After(now) {
		a.arm()
		return
	}
	if n >= burst {
		a.c.auditors.others(a)
	}
	a.changes.Store(0)
	a.armed.Store(false)
	a.counting = n == 0 && a.plan.demand.IsZero() && a.plan.mayCount(now)
	a.plan.began()
	orders, postponed := a.orders()
	if postponed {
		a.plan.postponed()
	}
	if len(orders) == 0 {
		a.plan.rest()
		a.arm()
		return
	}
	a.running = true
	var ctx context.Context
	ctx, a.stop = context.WithCancel(a.c.life)
	a.alive.add()
	go a.audit(ctx, orders) // owner: the auditor; ends when the table has been compared, or with ctx
}

// halt ends the audit that runs, if one does.
func (a *auditor) halt() {
	if a.stop != nil {
		a.stop()
		a.stop = nil
	}
}

// orders are what there is to compare: live queries that are up, together where
// that can be. Those of which all rows would have to be read may have to wait.
func (a *auditor) orders() (each [][]*order, postponed bool) {
	var together []*order
	now := time.Now()
	for s := range a.members {
		switch o := s.order.Load(); {
		case o == nil:
		case o.mode == byAudit && !a.alone:
			together = append(together, o)
		case o.mode == byAudit || o.reset || a.plan.mayReread(now):
			each = append(each, []*order{o})
		default:
			postponed = true
		}
	}
	if len(together) > 0 {
		each = append(each, together)
	}
	return each, postponed
}

// audit runs orders one after the other.
func (a *auditor) audit(ctx context.Context, orders [][]*order) {
	defer a.alive.remove()
	var did outcome
	for _, group := range orders {
		began := time.Now()
		if group[0].mode != byAudit {
			did.reread += group[0].reread(ctx)
			continue
		}
		n, err := a.compare(ctx, group)
		did.findings += n
		did.compare += time.Since(began)
		if isRefused(err) {
			did.refused = append(did.refused, group...)
		}
	}
	a.post(func() { a.done(did) })
}

// outcome is what came of an audit.
type outcome struct {
	findings int
	compare  time.Duration // that asking for changes took
	reread   time.Duration // that reading all rows took; zero if none were
	refused  []*order
}

// done takes stock of an audit. A live query whose audit is refused although it was
// asked for by itself is read in another way from now on.
func (a *auditor) done(did outcome) {
	a.running = false
	a.halt()
	now := time.Now()
	if did.reread > 0 {
		a.plan.reread(now, did.reread)
	}
	if a.counting {
		a.plan.counted(now, did.compare)
	}
	a.plan.ended(now, did.findings)
	a.c.journal.found(a.id.table, did.findings)
	switch {
	case len(did.refused) > 1:
		a.alone = true
		a.plan.demanded(now)
	case len(did.refused) == 1:
		s := did.refused[0].s
		s.inbox.post(s.unaudited)
	}
	a.arm()
}
