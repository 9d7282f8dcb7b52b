package kalamtest

import (
	"context"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
)

// Backup is the rows of some tables at one time. See Server.Backup.
type Backup struct{ rows *engine.Backup }

// Backup keeps the rows of tables, each "namespace.name", of all users. An unknown table is an error.
func (s *Server) Backup(ctx context.Context, tables ...string) (*Backup, error) {
	rows, err := s.db.Backup(ctx, tables...)
	if err != nil {
		return nil, err
	}
	return &Backup{rows}, nil
}

// Restore puts the rows back as they were at the backup, with their sequence ids, as an operator does after a disaster.
// No subscription is told; with RewindSeq the next writes have lower sequence ids, too. A table that was dropped since is
// an error.
func (s *Server) Restore(ctx context.Context, b *Backup) error {
	if err := s.db.Restore(ctx, b.rows); err != nil {
		return err
	}
	s.hub.anew(s.db.LastSeq())
	s.tally.add(func(n *Stats) { n.Restores++ })
	return nil
}

// RewindSeq makes the sequence ids of further writes as low as they would have been d ago, without ever repeating one.
// With d longer than the server has been up they are lower than all before.
func (s *Server) RewindSeq(d time.Duration) {
	s.db.RewindSeq(max(0, d))
	s.hub.anew(s.db.LastSeq())
	s.tally.add(func(n *Stats) { n.Rewinds++ })
}
