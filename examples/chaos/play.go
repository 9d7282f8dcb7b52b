package main

import (
	"context"
	"fmt"
	"time"
)

// patience is how long a view may take to be exact again.
const patience = 20 * time.Second

// play has a fault happen, and waits until the view is right again.
func (s *stage) play(ctx context.Context, f fault) error {
	s.faults++
	fmt.Println("fault    ", f.name)
	return s.settle(ctx, f.name, func(ctx context.Context) error { return f.do(ctx, s) })
}

// settle does something, and compares the view with the SELECT behind it.
func (s *stage) settle(ctx context.Context, name string, do func(context.Context) error) error {
	before := s.c.Stats().All
	began := time.Now()
	if err := do(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	over := time.Now()
	want, err := s.table.rows(ctx)
	if err != nil {
		return fmt.Errorf("SELECT: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not exact %v after the fault", patience))
	defer cancel()
	if err := s.screen.await(ctx, want); err != nil {
		return fmt.Errorf("view ≠ SELECT after %s: %w", name, err)
	}
	now, after := time.Now(), s.c.Stats().All
	fmt.Printf("exact     view = SELECT, %d rows, %v after %s began, %v after it ended; recovered +%d ~%d -%d\n",
		len(want), now.Sub(began).Round(time.Millisecond), name, now.Sub(over).Round(time.Millisecond),
		after.Inserts-before.Inserts, after.Updates-before.Updates, after.Deletes-before.Deletes)
	return nil
}

// costs is what it took.
func (s *stage) costs() string {
	n := s.c.Stats()
	return fmt.Sprintf("%d gaps, %d rows recovered, %d audits read %d rows",
		n.All.Gaps, n.All.Inserts+n.All.Updates+n.All.Deletes, n.All.Audits, n.All.AuditRows)
}
