package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// errReset is the cause of a gap: the table does not have what it had.
var errReset = errors.New("kalam: the table was reset")

// tooOld is how long after the last audit deletions may have been forgotten by the
// server, which keeps them for 168 h unless told otherwise: then all rows are read.
const tooOld = 24 * time.Hour

// publish has the auditor know what to ask for; nothing while the live query is not
// up.
func (s *source) publish() {
	name := s.modeName()
	s.counts.mode.Store(&name)
	if s.audits == nil {
		return
	}
	if !s.loaded || !s.acked || s.listing != nil || s.opts.exactness == OnGap && s.need.IsZero() {
		s.order.Store(nil)
		return
	}
	o := &order{s: s, who: s.who, mode: s.mode, st: s.st, partial: s.partial, after: s.marks.tight(), reset: s.gapCause != nil || s.opts.from != nil && s.compared.IsZero()}
	o.from, o.to = s.marks.settled, s.marks.aged(time.Now())
	for _, column := range s.schema {
		if !isSystem(column.Name) {
			o.columns = append(o.columns, column.Name)
		}
	}
	o.traced = s.traced
	s.order.Store(o)
}

func (s *source) modeName() string {
	switch {
	case !s.exact():
		return ""
	case s.mode == byAudit:
		return "audit"
	case s.mode == byListing:
		return "listing"
	}
	return "snapshot"
}

func isSystem(column string) bool { return column != "" && column[0] == '_' }

// audited takes in one page of an audit, and says how much of it was news.
func (s *source) audited(page *audited) (findings int) {
	if !s.follows(page) {
		return 0
	}
	s.counts.auditRows.Add(uint64(len(page.rows)))
	for i := range page.rows {
		news, err := s.compare(&page.rows[i], page.index)
		if err != nil {
			s.c.report(err)
			s.unaudited()
			return findings
		}
		if news {
			findings++
		}
	}
	if findings > 0 {
		s.touched = page.began // what was found is confirmed by being found
	}
	if page.last {
		s.concluded(page, findings)
	}
	return findings
}

// follows says whether a page can be taken in: none before it was missed, as while
// the live query was not up.
func (s *source) follows(page *audited) bool {
	switch {
	case s.over || !s.acked || s.mode != byAudit || page.who != s.who:
		s.auditing = time.Time{}
		return false
	case page.first:
		s.auditing = page.began
	}
	if s.auditing.Equal(page.began) {
		return true
	}
	if page.last {
		s.audits.demand()
	}
	return false
}

// compare says whether a row that changed is news, and if so tells of it: versions
// that are known, or newer here, are none.
func (s *source) compare(r *auditRow, index int) (news bool, err error) {
	v, err := s.version(s.own(r.row))
	if err != nil {
		return false, err
	}
	if s.table.knows(v.key, r.seq) || s.from(r.seq) || s.isBefore(r.seq) {
		return false, nil
	}
	v.seq = r.seq
	s.sighted(v.key)
	s.traced = s.traced || r.deleted
	v.row = v.row.Clone() // else it keeps the whole page
	if !r.deleted && r.matches[index] {
		s.found(s.upsert(v, Recovered))
		return true, nil
	}
	reason := LeftFilter
	if r.deleted {
		reason = Deleted
	}
	if s.partial && s.table.get(v.key) == nil {
		s.strange(v, reason, r.matches[index])
		return false, nil
	}
	if s.vanish(v, Recovered, reason) {
		s.counts.found(Delete)
		return true, nil
	}
	return false, nil
}

// strange takes in that a row went which a live query without all rows does not have.
// What goes on from a checkpoint has to tell, since the sink may have it; others tell
// of a deletion if the row was one of theirs.
func (s *source) strange(v *version, reason Reason, matched bool) {
	if s.opts.from != nil || reason == Deleted && matched {
		s.vanish(v, Recovered, reason)
	}
}

// isBefore says whether a version is from before the live query, which was not to
// tell of it.
func (s *source) isBefore(seq wire.Seq) bool {
	return s.partial && s.opts.from == nil && !s.base.Less(seq)
}

// own is a row of an audit with the columns of this live query only.
func (s *source) own(row wire.Row) wire.Row {
	fields := make([]wire.Field, 0, len(s.schema)+1)
	for _, column := range s.schema {
		fields = append(fields, wire.Field{Name: column.Name, Cell: row.Get(column.Name)})
	}
	if _, ok := s.schema.Find(seqColumn); !ok { // it comes with every row all the same
		fields = append(fields, wire.Field{Name: seqColumn, Cell: row.Get(seqColumn)})
	}
	return wire.NewRow(fields...)
}

const seqColumn = "_seq"

// concluded is the end of an audit: what it did not find is not missing.
func (s *source) concluded(page *audited, findings int) {
	s.counts.audits.Add(1)
	if page.again {
		s.marks.settle(page.upTo)
		s.confirm(s.verified)
		s.publish()
		return
	}
	if s.isReset(page) {
		s.doubtReset()
		return
	}
	s.backward = false
	s.marks.add(page.began, page.upTo)
	if page.count >= 0 && !s.touched.After(page.began) && !s.counted(page.count) {
		return
	}
	s.confirmed(page.began)
}

// confirmed: a comparison that began at a time has been taken in.
func (s *source) confirmed(began time.Time) {
	if !s.need.After(began) {
		s.synced()
	}
	s.confirm(s.gapCause == nil && !s.touched.After(began))
	s.publish()
}

// confirm has the observers told what is known to be exact.
func (s *source) confirm(verified bool) {
	s.compared = time.Now()
	if s.audits != nil && s.opts.exactness == Audited && s.mode != byAudit {
		s.audits.compared()
	}
	if s.mode == bySnapshot {
		s.marks.settle(s.marks.aged(s.compared))
	}
	was := s.verified
	s.verified = verified
	mark := s.marks.settled
	if s.verified != was || s.marked.Less(mark) {
		s.marked = mark
		s.tell(delta{kind: markDelta, mark: mark, verified: s.verified})
	}
}

// isReset says whether the table has lost what it had: its newest row is older than
// one that the live query still has, and had before the audit.
func (s *source) isReset(page *audited) bool {
	switch {
	case !page.asked:
		return false
	case s.opts.from != nil && s.compared.IsZero():
		return page.newest.Less(s.opts.from.mark) && len(page.rows) == 0
	}
	top := s.table.newest()
	return page.newest.Less(top) && s.touched.Before(page.began)
}

// doubtReset asks once more before it believes: the newest row may have gone between
// the audit and the question for it.
func (s *source) doubtReset() {
	if s.backward {
		s.backward = false
		s.reset()
		return
	}
	s.backward = true
	s.audits.demand()
}

// reset has all rows read again: what the live query knows of versions is void.
func (s *source) reset() {
	if s.opts.from != nil {
		s.fail(fmt.Errorf("%w: %w", ErrCheckpoint, errReset))
		return
	}
	s.lapse(errReset)
	s.need = time.Now()
	s.table.forget()
	s.table.forget()
	s.list()
	s.listing.replace = true
	s.publish()
}

// counted is told how many rows there are, and says whether that is as it should be.
// Where it is not, though no change tells of it, all rows are read: a table whose rows
// go without a trace cannot be audited, and recounted finds out. Without a gap it
// takes two wrong counts in a row, since a write may come between audit and count.
func (s *source) counted(n int64) bool {
	surplus := n - int64(s.table.rows.Len())
	if surplus == s.surplus {
		s.suspect = false
		return true
	}
	if !s.suspect && s.gapCause == nil {
		s.suspect = true
		return true
	}
	s.suspect = true
	s.list()
	s.publish()
	return false
}

// recounted is the end of a reading that a wrong count has led to. What it has not
// explained is how things are: rows that share a key.
func (s *source) recounted(r *reading) {
	if !s.suspect {
		return
	}
	s.suspect = false
	if r.findings > 0 {
		s.mode = byListing
	}
	s.surplus = int64(r.rows - s.table.rows.Len())
}

// unaudited: audits are refused. All rows are read instead.
func (s *source) unaudited() {
	if s.mode != byAudit || s.over {
		return
	}
	if s.opts.from != nil {
		s.fail(fmt.Errorf("%w: the table cannot be audited", ErrCheckpoint))
		return
	}
	s.mode = byListing
	s.need = time.Now()
	s.list()
	s.publish()
}

// reread reads all rows again, in the way that the mode allows; done is told how long
// that took.
func (s *source) reread(done chan<- time.Duration) {
	switch {
	case s.over, !s.acked, s.mode == byAudit:
		done <- 0
	case s.mode == bySnapshot:
		s.rereads = append(s.rereads, done)
		s.again()
	default:
		s.list()
		s.rereads = append(s.rereads, done)
		s.publish()
	}
}
