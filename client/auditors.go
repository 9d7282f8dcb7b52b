package client

import "sync"

// auditors are the auditors of the client's live queries, one a table: what they
// ask for, they ask for once for all live queries of the table. The mutex is a leaf
// lock.
type auditors struct {
	mu  sync.Mutex
	all map[auditorID]*auditor
}

// auditorID is what an auditor is for: a table, or the one live query that may hold up
// its turns.
type auditorID struct {
	table string
	only  *source
}

// join gives a source the auditor of its table; nil to one that is not audited.
// One that may hold up its turns has an auditor of its own.
func (as *auditors) join(s *source) *auditor {
	if s.st.Table == "" || !s.exact() {
		return nil
	}
	id := auditorID{table: s.st.Table}
	if s.opts.overflow == Block {
		id.only = s
	}
	as.mu.Lock()
	defer as.mu.Unlock()
	a := as.all[id]
	if a == nil {
		a = newAuditor(s.c, id)
		if as.all == nil {
			as.all = map[auditorID]*auditor{}
		}
		as.all[id] = a
	}
	a.sources++
	a.post(func() { a.add(s) })
	return a
}

// leave takes a source away.
func (as *auditors) leave(s *source) {
	a := s.audits
	if a == nil {
		return
	}
	as.mu.Lock()
	if a.sources--; a.sources == 0 {
		delete(as.all, a.id)
	}
	as.mu.Unlock()
	a.post(func() { a.remove(s) })
}

// others is told of a burst on one table: what it crowded out of the server's queue
// may have been another table's.
func (as *auditors) others(than *auditor) {
	as.mu.Lock()
	var rest []*auditor
	for _, a := range as.all {
		if a != than {
			rest = append(rest, a)
		}
	}
	as.mu.Unlock()
	for _, a := range rest {
		a.demand()
	}
}
