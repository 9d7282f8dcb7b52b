package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// frame takes in what the server pushed.
func (s *source) frame(a arrival) {
	err := s.message(a)
	if err == nil {
		return
	}
	failed := broken(a, err)
	s.c.unreadable(failed)
	if a.kind == wire.TypeChange {
		s.recover(failed)
		return
	}
	s.fail(failed)
}

func (s *source) message(a arrival) error {
	if a.kind == wire.TypeChange {
		return s.change(a.text)
	}
	msg, err := wire.ParseServer(a.text)
	if err != nil {
		return err
	}
	switch m := msg.(type) {
	case *wire.SubscriptionAck:
		return s.accepted(m)
	case *wire.InitialDataBatch:
		return s.page(m)
	case *wire.ErrorMessage:
		s.server(m)
	}
	return nil
}

// accepted: the server has taken the live query. Without a snapshot, changes follow.
func (s *source) accepted(m *wire.SubscriptionAck) error {
	if s.acked {
		return fmt.Errorf("%w: a second acknowledgement", errOrder)
	}
	keys, err := keyColumns(m.Schema, s.opts.keys)
	if err != nil {
		s.keyless(err)
		return nil
	}
	m.Schema = s.c.schemas.same(m.Schema)
	s.acked, s.schema, s.keys = true, m.Schema, keys
	s.names = nil
	for _, column := range keys {
		s.names = append(s.names, column.Name)
	}
	s.names = append(s.names, "_version", seqColumn)
	s.cells = make([]wire.Cell, len(s.names))
	if s.opts.from != nil && !s.loaded {
		if err := s.opts.from.goOn(s.scope(), time.Now()); err != nil {
			s.fail(err)
			return nil
		}
	}
	s.ack = m
	switch {
	case s.snapshot != nil: // its pages follow
	case s.mode == bySnapshot && s.q.plan.Load().paged(): // which was not known when it was sent
		s.again()
	case s.mode == bySnapshot: // live only
		s.begin()
	default:
		s.resync()
	}
	return nil
}

// keyless ends the streams: rows cannot be told from each other. If it is a column
// that is not there at all, the listing under way will say so.
func (s *source) keyless(err error) {
	if s.listing == nil {
		s.fail(errors.Join(err, s.unlistable))
		return
	}
	s.noKey = err
}

// change takes in one change. What identifies its row, and its version, is read with
// the frame, so that no more is of one that is no news.
func (s *source) change(text []byte) error {
	if !s.acked {
		return fmt.Errorf("%w: a change before the acknowledgement", errOrder)
	}
	m := &s.pushed
	if err := m.Parse(text, s.cells, s.names...); err != nil {
		return err
	}
	s.touched, s.verified = s.now, false // it had come by then
	s.news++
	switch m.ChangeType {
	case wire.Insert, wire.Update:
		return s.put(m)
	case wire.Delete:
		return s.remove(m)
	}
	s.c.stats.unknown.Add(1)
	return nil
}

func (s *source) put(m *wire.Change) error {
	row, err := rowOf(m, s.schema)
	if err != nil {
		return err
	}
	v, err := s.incoming(row)
	if err != nil || v == nil {
		return err
	}
	d := s.upsert(v, FromPush)
	if d.before == nil && s.partial && s.opts.from == nil && m.ChangeType == wire.Update { // a row it never saw: the server says what it was
		if before, ok, err := m.Before(s.schema); err == nil && ok {
			d.before = &version{key: v.key, row: before.Clone()}
		}
	}
	s.tell(d)
	return nil
}

// rowOf is the row that an insert or update brings.
func rowOf(m *wire.Change, schema wire.Schema) (wire.Row, error) {
	row, ok, err := m.After(schema)
	if err == nil && !ok {
		err = &wire.FieldError{Field: "rows", Want: "one row"}
	}
	return row, err
}

// incoming makes a version of the row of a change; nil if it is no news. The row is copied:
// that of the frame would keep those that came with it.
func (s *source) incoming(row wire.Row) (*version, error) {
	n := len(s.keys)
	key, err := keyOfCells(s.cells[:n], s.keys)
	if err != nil {
		return nil, err
	}
	seq := seqOf(s.cells[n:])
	if s.isOld(key, seq) {
		return nil, nil
	}
	return &version{key: key, seq: seq, row: row.Clone()}, nil
}

// seqOf is the first of the cells that is a version.
func seqOf(cells []wire.Cell) wire.Seq {
	for _, cell := range cells {
		if cell.IsAbsent() {
			continue
		}
		if seq, err := cell.Seq(); err == nil && !seq.IsZero() {
			return seq
		}
	}
	return wire.Seq{}
}

// version makes a version of a row that was read.
func (s *source) version(row wire.Row) (*version, error) {
	key, err := keyOf(row, s.keys)
	return &version{key: key, seq: row.Seq(), row: row}, err
}

// isOld says whether a version is no news, and counts it: one that is pushed and
// found by an audit comes twice, others out of order.
func (s *source) isOld(key Key, seq wire.Seq) bool {
	s.sighted(key)
	if !s.table.knows(key, seq) && !s.from(seq) {
		return false
	}
	s.counts.duplicates.Add(1)
	return true
}

// from says whether the checkpoint that the stream began with has a version.
func (s *source) from(seq wire.Seq) bool { return s.opts.from != nil && s.opts.from.has(seq) }

// upsert takes a version in, and says what that is to observers.
func (s *source) upsert(v *version, origin Origin) delta {
	before := s.table.put(v)
	s.marks.saw(v.seq)
	return delta{origin: origin, key: v.key, seq: v.seq, before: before, after: v}
}

// remove takes in a deletion.
func (s *source) remove(m *wire.Change) error {
	if seq, ok := m.StreamSeq(); ok {
		s.removeVersion(seq)
		return nil
	}
	row, ok, err := m.Before(s.schema)
	if err != nil {
		return err
	}
	if !ok {
		s.recover(fmt.Errorf("%w: the server did not say which row was deleted", ErrKey))
		return nil
	}
	v, err := s.incoming(row)
	if err != nil || v == nil {
		return err
	}
	s.vanish(v, FromPush, Deleted)
	return nil
}

// removeVersion takes in a deletion that names a row by its version: such tables
// keep no deletions, so only a listing can audit them.
func (s *source) removeVersion(seq wire.Seq) {
	if s.mode == byAudit {
		s.mode = byListing
		s.publish()
	}
	key, ok := s.table.keyOfVersion(seq)
	if !ok {
		s.counts.duplicates.Add(1)
		return
	}
	s.sighted(key)
	s.vanish(&version{key: key, seq: seq}, FromPush, Deleted)
}

// vanish takes a row out. A row that is not there is no news, unless the table need
// not have all: then the version says what the row was.
func (s *source) vanish(v *version, origin Origin, reason Reason) (news bool) {
	before := s.table.remove(v.key, v.seq)
	s.marks.saw(v.seq)
	if before == nil && !s.partial {
		return false
	}
	if before == nil {
		before = v
	}
	s.tell(delta{origin: origin, reason: reason, key: v.key, seq: v.seq, before: before})
	return true
}

// server ends the streams with what the server said, unless it may pass.
func (s *source) server(m *wire.ErrorMessage) {
	o := s.c.owner
	epoch := s.q.heard
	o.post(func() { o.refused(s.q, epoch) })
	switch {
	case m.Code == wire.CodeCursorExpired:
		s.lapse(refusal(m))
		s.q.plan.Store(s.fresh())
		o.post(func() { o.resubscribe(s.q) })
	case returns(m) && s.unlistable == nil:
		err := refusal(m)
		o.post(func() { o.once(s.q, err) })
	default:
		s.fail(errors.Join(refusal(m), s.unlistable))
	}
}
