package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// load writes rows by a plan. A commit is begun when it is due, or as soon as one of the writers is free.
type load struct {
	plan
	writers int
	commit  func(ctx context.Context, first, rows int) error

	began    time.Time
	next     atomic.Int64
	answered []atomic.Int64 // of each commit: when it was, in nanoseconds behind the beginning
	observed []atomic.Int64 // of each row: when it came first; 0 for never
	left     atomic.Int64   // rows that nobody has observed
	all      chan struct{}  // closed when there is none
}

func newLoad(p plan, writers int, commit func(ctx context.Context, first, rows int) error) *load {
	l := &load{
		plan: p, writers: writers, commit: commit, all: make(chan struct{}),
		answered: make([]atomic.Int64, p.writes), observed: make([]atomic.Int64, p.total()),
	}
	l.left.Store(int64(p.total()))
	return l
}

// run writes everything, and returns when the last commit has been answered.
func (l *load) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.began = time.Now()
	var all sync.WaitGroup
	for range l.writers {
		all.Go(func() { // owner: run; ends with the plan, or with ctx
			if err := l.write(ctx); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// write makes one commit after the other, of those that no other writer makes.
func (l *load) write(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		n := int(l.next.Add(1)) - 1
		if n >= l.writes {
			return nil
		}
		timer.Reset(time.Until(l.began.Add(l.due(n))))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		if err := l.commit(ctx, n*l.rows, l.rows); err != nil {
			return err
		}
		l.answered[n].Store(int64(time.Since(l.began)))
	}
}

// saw is told of a row by its number.
func (l *load) saw(row int) {
	if row < 0 || row >= len(l.observed) || !l.observed[row].CompareAndSwap(0, max(1, int64(time.Since(l.began)))) {
		return
	}
	if l.left.Add(-1) == 0 {
		close(l.all)
	}
}
