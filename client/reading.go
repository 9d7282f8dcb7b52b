package client

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// reading is one reading of all rows, page by page: what it did not come across, and
// nobody pushed meanwhile, is no more.
type reading struct {
	seen   map[Key]struct{} // on its pages
	pushed map[Key]struct{} // since it began
	newest wire.Seq         // of the table when it began, if that was asked
	began  time.Time
	from   wire.Seq // of a snapshot that is only of what is newer
	pages  int
	rows   int

	findings int
	replace  bool // versions of the table as it was do not count: it was reset
}

func newReading(now time.Time) *reading {
	return &reading{seen: map[Key]struct{}{}, pushed: map[Key]struct{}{}, began: now}
}

// readings are those under way.
func (s *source) readings() []*reading {
	var all []*reading
	for _, r := range []*reading{s.listing, s.snapshot} {
		if r != nil {
			all = append(all, r)
		}
	}
	return all
}

// sighted is told of a row that was not read, but pushed or found.
func (s *source) sighted(key Key) {
	for _, r := range s.readings() {
		r.pushed[key] = struct{}{}
	}
}

// misses says whether a reading shows that a row is no more: it was on no page, and
// was there, or should have been, when the reading began. What came after that is
// for an audit to judge.
func (r *reading) misses(v *version) bool {
	if _, ok := r.seen[v.key]; ok {
		return false
	}
	_, ok := r.pushed[v.key]
	return !ok || !v.seq.IsZero() && !r.newest.Less(v.seq)
}

// readRow takes in a row that was read. Once the observers have been given the rows
// it is a change that nobody told of.
func (s *source) readRow(row wire.Row) error {
	v, err := s.version(row)
	if err != nil {
		return err
	}
	for _, r := range s.readings() {
		r.seen[v.key] = struct{}{}
	}
	if s.reads(v) {
		if s.snapshot != nil && !s.snapshot.from.IsZero() { // it was asked for what is newer
			s.counts.duplicates.Add(1)
		}
		return nil
	}
	for _, r := range s.readings() {
		r.findings++
	}
	v.row = v.row.Clone() // else it keeps the whole page
	s.found(s.upsert(v, Recovered))
	return nil
}

// reads says whether a row that was read is no news.
func (s *source) reads(v *version) bool {
	if s.listing != nil && s.listing.replace {
		if _, pushed := s.listing.pushed[v.key]; !pushed {
			old := s.table.get(v.key)
			return old != nil && old.seq == v.seq
		}
	}
	return s.table.knows(v.key, v.seq)
}

// found tells of a change that the push has not brought.
func (s *source) found(d delta) {
	if !s.loaded {
		return
	}
	s.counts.found(d.op())
	s.tell(d)
}

// swept takes out what a reading did not come across. A version that is on its way
// still, and no newer, does not bring a row back.
func (s *source) swept(r *reading) {
	if s.partial {
		return
	}
	for _, v := range s.unseen(r) {
		if s.vanish(v, Recovered, Missing) && s.loaded {
			r.findings++
			s.counts.found(Delete)
		}
	}
}

// unseen are the rows that a reading did not come across. Of a rough one, which may
// have skipped them, they are those that the rough one before has not come across
// either, in pages of another size.
func (s *source) unseen(r *reading) []*version {
	before := s.skipped
	s.skipped = nil
	if s.rough {
		s.skipped = map[Key]wire.Seq{}
	}
	var gone []*version
	s.table.rows.Scan(func(v *version) bool {
		switch {
		case !r.misses(v):
		case !s.rough:
			gone = append(gone, v)
		case before[v.key] == v.seq && !v.seq.IsZero():
			gone = append(gone, &version{key: v.key, row: v.row}) // it may be there all the same: no version is remembered
		default:
			s.skipped[v.key] = v.seq
		}
		return true
	})
	return gone
}

// page takes in one page of a snapshot over the socket, and asks for the one after
// it first.
func (s *source) page(m *wire.InitialDataBatch) error {
	if !s.acked || s.snapshot == nil {
		return fmt.Errorf("%w: a page that was not asked for", errOrder)
	}
	if m.BatchControl.HasMore {
		s.c.owner.post(func() { s.c.owner.page(s.q, m.BatchControl) })
	}
	r := s.snapshot
	r.pages++
	for row, err := range m.Rows.All() {
		if err == nil {
			r.rows++
			err = s.readRow(row)
		}
		if err != nil {
			return err
		}
	}
	if !m.BatchControl.HasMore {
		s.snapshot = nil
		s.snapped(r, m.BatchControl)
	}
	return nil
}

// maxDoubts is how many snapshots of several pages are made in a row at most.
const maxDoubts = 6

// uncertain says whether there has to be another snapshot: one of several pages loses
// rows between them, so that only one that brings no news, in pages of another size
// than the one before, is believed.
func (s *source) uncertain(r *reading) bool {
	s.doubts++
	return (s.doubts == 1 || r.findings > 0 || len(s.skipped) > 0) && s.doubts < maxDoubts
}

// answerRereads lets those go on who wait for all rows to be read again.
func (s *source) answerRereads(took time.Duration) {
	for _, done := range s.rereads {
		done <- took // it has room
	}
	s.rereads = nil
}

// snapped is the end of a snapshot over the socket.
func (s *source) snapped(r *reading, control wire.BatchControl) {
	s.answerRereads(time.Since(r.began))
	switch {
	case r.from.IsZero():
		s.rough = r.pages > 1
		if s.loaded {
			s.swept(r)
		}
		s.read = true
		s.begin()
		if s.rough && s.exact() && s.uncertain(r) {
			s.again()
			return
		}
		s.doubts = 0
		s.synced()
		s.confirm(s.exact() && !s.partial)
		s.publish()
	case r.rows == 0 && control.LastSeqID == r.from: // 0.7 and later: changes follow, deletions among them
		s.synced()
		s.publish()
		if s.audits != nil && s.opts.exactness == Audited {
			s.audits.compared()
		}
	case s.opts.resume == FastResume:
		s.gapCause = errDeletesUnseen
		s.tell(delta{kind: gapDelta, cause: errDeletesUnseen, stale: true})
	default:
		s.poor = true
		s.again()
	}
}
