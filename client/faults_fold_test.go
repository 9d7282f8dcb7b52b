package client_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
)

// faultFold folds a stream of changes, and keeps the books on what was wrong with it.
type faultFold struct {
	t    *testing.T
	sql  string
	sub  *rx.Subscription
	seen func(client.Change[item]) // on the observer's goroutine, before the books; may be nil

	mu    sync.Mutex
	moved sync.Cond
	rows  map[int64]item
	seqs  map[int64]wire.Seq // of the newest version told of a row
	open  bool               // a gap is
	over  bool

	dup, reorder, gaps, lags, loads, told int
	causes                                []error // of the first gaps
}

// watch folds a live query without waiting for it.
func (f *trial) watch(c *client.Client, sql string, seen func(client.Change[item]), opts ...client.LiveOption) *faultFold {
	l := &faultFold{t: f.t, sql: sql, seen: seen, rows: map[int64]item{}, seqs: map[int64]wire.Seq{}}
	l.moved.L = &l.mu
	l.sub = client.Changes[item](c, sql, opts...).Subscribe(f.t.Context(), rx.OnNext(l.take))
	l.sub.OnDone(func() { l.change(func() { l.over = true }) })
	f.folds = append(f.folds, l)
	return l
}

// follow folds a live query of the client whose rows have come when it returns.
func (f *trial) follow(sql string, opts ...client.LiveOption) *faultFold {
	f.t.Helper()
	l := f.watch(f.c, sql, nil, opts...)
	l.wait("the rows", 10*time.Second, func() bool { return l.loads > 0 })
	return l
}

// all is the query for every row.
func (f *trial) all() string { return "SELECT * FROM " + f.table }

func (l *faultFold) change(book func()) {
	l.mu.Lock()
	book()
	l.mu.Unlock()
	l.moved.Broadcast()
}

func (l *faultFold) take(x client.Change[item]) {
	if l.seen != nil {
		l.seen(x)
	}
	l.change(func() { l.book(x) })
}

func (l *faultFold) book(x client.Change[item]) {
	l.told++
	switch x.Op {
	case client.Insert, client.Update, client.Delete:
		l.row(x)
	case client.Loaded:
		l.loads++
	case client.Gap:
		l.open = true
		l.gaps++
		if len(l.causes) < 10 { // kept errors are heap
			l.causes = append(l.causes, x.Cause)
		}
		if errors.Is(x.Cause, client.ErrLagged) {
			l.lags++
		}
		if x.Cause != nil && strings.Contains(x.Cause.Error(), "reset") {
			clear(l.seqs) // versions begin anew
		}
	case client.Resynced:
		l.open = false
	}
}

func (l *faultFold) row(x client.Change[item]) {
	id := x.Row.ID
	_, had := l.rows[id]
	last, told := l.seqs[id]
	if had == (x.Op == client.Insert) || told && x.Seq == last {
		l.dup++
	}
	if told && x.Seq.Less(last) {
		l.reorder++
	}
	l.seqs[id] = x.Seq
	if x.Op == client.Delete {
		delete(l.rows, id)
		return
	}
	l.rows[id] = x.Row
}

// wait waits until ok holds of the books.
func (l *faultFold) wait(what string, patience time.Duration, ok func() bool) {
	l.t.Helper()
	if !l.waits(patience, ok) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.t.Fatalf("waiting in vain for %s (ended %v, %v): %d rows, %d gaps: %v", what, l.over, l.sub.Err(), len(l.rows), l.gaps, l.causes)
	}
}

func (l *faultFold) waits(patience time.Duration, ok func() bool) bool {
	late := false
	timer := time.AfterFunc(patience, func() { l.change(func() { late = true }) })
	defer timer.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for !ok() {
		if late || l.over {
			return false
		}
		l.moved.Wait()
	}
	return true
}

// has waits for a row.
func (l *faultFold) has(id int64) {
	l.t.Helper()
	l.wait(fmt.Sprint("row ", id), time.Minute, func() bool { _, ok := l.rows[id]; return ok })
}

// lost waits for the fold to be what SELECT gives, and says by how many rows it is
// not.
func (l *faultFold) lost(want map[int64]item, patience time.Duration) int {
	differ := func() (n int) {
		for id, row := range want {
			if got, ok := l.rows[id]; !ok || show(got) != show(row) {
				n++
			}
		}
		for id := range l.rows {
			if _, ok := want[id]; !ok {
				n++
			}
		}
		return n
	}
	l.waits(patience, func() bool { return !l.open && differ() == 0 })
	l.mu.Lock()
	defer l.mu.Unlock()
	return differ()
}

// truth is what SELECT gives, page by page.
func (f *trial) truth(c *client.Client, sql string) map[int64]item {
	f.t.Helper()
	rows := map[int64]item{}
	for {
		page, err := client.Query[item](f.t.Context(), c, fmt.Sprintf("%s ORDER BY id LIMIT 1000 OFFSET %d", sql, len(rows)))
		if err != nil {
			f.t.Fatal(err)
		}
		for _, row := range page {
			rows[row.ID] = row
		}
		if len(page) < 1000 {
			return rows
		}
	}
}

// whole demands that every stream is what SELECT gives, each change told once and in
// order, and no gap open.
func (f *trial) whole() {
	f.t.Helper()
	lost, dup, reorder, gaps, open := 0, 0, 0, 0, 0
	for _, l := range f.folds {
		lost += l.lost(f.truth(f.c, l.sql), f.d(2*time.Minute, 10*time.Second))
	}
	f.rest(10 * time.Second) // for what comes late
	for _, l := range f.folds {
		l.mu.Lock()
		dup, reorder, gaps = dup+l.dup, reorder+l.reorder, gaps+l.gaps
		if l.open {
			open++
		}
		l.mu.Unlock()
	}
	equal(f, "lost", lost, 0)
	equal(f, "dup", dup, 0)
	equal(f, "reorder", reorder, 0)
	note(f, "gap_told", gaps)
	equal(f, "gaps_open", open, 0)
}
