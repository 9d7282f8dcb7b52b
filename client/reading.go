package client

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// reading is one reading of all rows, page by page: what it did not come across, and
// nobody pushed meanwhile, is no more.
type reading struct {
	seen  map[Key]struct{}
	began time.Time
	sweep bool     // rows that were not seen go at its end
	from  wire.Seq // of a snapshot that is only of what is newer
	pages int
	rows  int

	findings int
	replace  bool // versions of the table as it was do not count: it was reset
}

func newReading(now time.Time) *reading { return &reading{seen: map[Key]struct{}{}, began: now} }

// sighted keeps a row from being swept.
func (s *source) sighted(key Key) {
	if s.listing != nil {
		s.listing.seen[key] = struct{}{}
	}
	if s.snapshot != nil {
		s.snapshot.seen[key] = struct{}{}
	}
}

// readRow takes in a row that was read. Once the observers have been given the rows
// it is a change that nobody told of.
func (s *source) readRow(row wire.Row) error {
	v, err := s.version(row)
	if err != nil {
		return err
	}
	s.sighted(v.key)
	if s.reads(v) {
		return nil
	}
	if s.listing != nil {
		s.listing.findings++
	}
	s.found(s.upsert(v, Recovered))
	return nil
}

// reads says whether a row that was read is no news.
func (s *source) reads(v version) bool {
	if s.listing != nil && s.listing.replace {
		old, ok := s.table.get(v.key)
		return ok && old.seq == v.seq
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
	var gone []version
	s.table.rows.Scan(func(v version) bool {
		if _, ok := r.seen[v.key]; !ok {
			gone = append(gone, v)
		}
		return true
	})
	for _, v := range gone {
		if s.rough { // it may be there all the same
			v.seq = wire.Seq{}
		}
		if s.vanish(v, Recovered, Missing) && s.loaded {
			r.findings++
			s.counts.found(Delete)
		}
	}
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

// answerRereads lets those go on who wait for all rows to be read again.
func (s *source) answerRereads() {
	for _, done := range s.rereads {
		close(done)
	}
	s.rereads = nil
}

// snapped is the end of a snapshot over the socket.
func (s *source) snapped(r *reading, control wire.BatchControl) {
	s.answerRereads()
	switch {
	case r.from.IsZero():
		s.rough = r.pages > 1
		if s.loaded {
			s.swept(r)
		}
		s.read = true
		s.begin()
		s.synced()
		s.confirm(!s.rough && s.exact() && !s.partial)
		s.publish()
	case r.rows == 0 && control.LastSeqID == r.from: // 0.7 and later: changes follow, deletions among them
		s.replays = true
		s.synced()
	case s.opts.resume == FastResume:
		s.gapCause = errDeletesUnseen
		s.tell(delta{kind: gapDelta, cause: errDeletesUnseen, stale: true})
	default:
		s.poor = true
		s.again()
	}
}
