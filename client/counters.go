package client

import (
	"sync"
	"sync/atomic"
)

// counter counts for one live query, and for all of them.
type counter struct {
	n   atomic.Uint64
	all *counter // nil for that of all
}

// Add adds to both.
func (c *counter) Add(n uint64) {
	c.n.Add(n)
	if c.all != nil {
		c.all.n.Add(n)
	}
}

func (c *counter) load() uint64 { return c.n.Load() }

// sourceCounts are the counters of one live query, or of all.
type sourceCounts struct {
	sql string

	received, delivered, dropped, conflated, duplicates counter
	gaps, resyncs                                       counter
	inserts, updates, deletes                           counter // recovered
	audits, auditRows                                   counter
	queries, queryTime                                  counter // of all only
	observers                                           counter

	rows atomic.Uint32
	mode atomic.Pointer[string]
}

// child makes the counters of one live query.
func (c *sourceCounts) child(sql string) *sourceCounts {
	n := &sourceCounts{sql: sql}
	for _, pair := range []struct{ mine, all *counter }{
		{&n.received, &c.received}, {&n.delivered, &c.delivered}, {&n.dropped, &c.dropped}, {&n.conflated, &c.conflated},
		{&n.duplicates, &c.duplicates}, {&n.gaps, &c.gaps}, {&n.resyncs, &c.resyncs}, {&n.inserts, &c.inserts},
		{&n.updates, &c.updates}, {&n.deletes, &c.deletes}, {&n.audits, &c.audits}, {&n.auditRows, &c.auditRows},
		{&n.observers, &c.observers},
	} {
		pair.mine.all = pair.all
	}
	return n
}

// found counts a recovered change.
func (c *sourceCounts) found(op Op) {
	switch op {
	case Insert:
		c.inserts.Add(1)
	case Update:
		c.updates.Add(1)
	case Delete:
		c.deletes.Add(1)
	}
}

func (c *sourceCounts) stats() LiveStats {
	s := LiveStats{
		SQL:        c.sql,
		Received:   c.received.load(),
		Delivered:  c.delivered.load(),
		Dropped:    c.dropped.load(),
		Conflated:  c.conflated.load(),
		Duplicates: c.duplicates.load(),
		Gaps:       c.gaps.load(),
		Resyncs:    c.resyncs.load(),
		Inserts:    c.inserts.load(),
		Updates:    c.updates.load(),
		Deletes:    c.deletes.load(),
		Audits:     c.audits.load(),
		AuditRows:  c.auditRows.load(),
		Observers:  c.observers.load(),
		Rows:       int(c.rows.Load()),
	}
	if mode := c.mode.Load(); mode != nil {
		s.Mode = *mode
	}
	return s
}

// liveList is the live queries that run, the oldest first. The mutex is a leaf lock.
type liveList struct {
	mu  sync.Mutex
	all []*sourceCounts
}

func (l *liveList) add(c *sourceCounts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, c)
}

func (l *liveList) remove(c *sourceCounts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, one := range l.all {
		if one == c {
			l.all = append(l.all[:i:i], l.all[i+1:]...)
			return
		}
	}
}

func (l *liveList) stats() []LiveStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]LiveStats, len(l.all))
	for i, c := range l.all {
		all[i] = c.stats()
	}
	return all
}
