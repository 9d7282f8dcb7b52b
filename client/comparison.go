package client

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kalamdb/kalamrx/client/internal/livesql"
	"github.com/kalamdb/kalamrx/wire"
)

// order is what an auditor needs to know of a live query that is up.
type order struct {
	s       *source
	who     uint64 // epoch of the credentials that it was up with
	mode    mode
	st      livesql.Statement
	columns []string // of its rows
	after   wire.Seq // behind which it wants to know what changed
	from    wire.Seq // behind which it wants to read once more
	to      wire.Seq // up to that
	reset   bool     // after an outage: the table may be another
	partial bool
	traced  bool // the table is known to keep deletions
}

// auditRow is one row that changed, as it is now.
type auditRow struct {
	row     wire.Row
	seq     wire.Seq
	deleted bool
	matches []bool // of each live query
}

// audited is one page of an audit, for one live query.
type audited struct {
	rows   []auditRow
	index  int    // of the live query in matches
	who    uint64 // of the order
	began  time.Time
	last   bool     // no page follows
	first  bool     // of its question
	again  bool     // of what was read before
	upTo   wire.Seq // the newest version of all pages
	newest wire.Seq // of the table, if it was asked for
	asked  bool     // it was
	count  int64    // of the rows that match, if it was asked for; else -1
}

// compare asks what changed, and then once more what changed an overlap ago. It says
// how many changes nobody had told of.
func (a *auditor) compare(ctx context.Context, group []*order) (findings int, err error) {
	findings, err = a.put(ctx, newQuestion(a.id.table, group, a.counting), group)
	if again := newQuestion(a.id.table, group, false).again(group); err == nil && again != nil {
		var more int
		more, err = a.put(ctx, again, group)
		findings += more
	}
	return findings, err
}

// put asks a question, and hands the answer to the live queries of a group, page by
// page; each page when all have taken in the one before.
func (a *auditor) put(ctx context.Context, q *question, group []*order) (findings int, err error) {
	began := time.Now()
	for {
		results, err := a.c.ask(ctx, "audit", q.sql())
		if err != nil {
			return findings, err
		}
		page, err := q.read(results)
		if err != nil {
			return findings, err
		}
		page.began = began
		page.last = a.c.pages.isLast(len(page.rows), maxBatch)
		q.settle(&page)
		for i, o := range group {
			mine := page
			mine.index, mine.who, mine.count = i, o.who, q.countOf(results, i)
			findings += o.give(ctx, &mine)
		}
		if page.last {
			return findings, nil
		}
	}
}

// give has a live query take a page in, and waits until it has.
func (o *order) give(ctx context.Context, page *audited) (findings int) {
	taken := make(chan int, 1)
	o.s.inbox.post(func() { taken <- o.s.audited(page) })
	select {
	case findings = <-taken:
	case <-o.s.ctx.Done():
	case <-ctx.Done():
	}
	return findings
}

// reread has a live query read all its rows again, waits until it has, and says how
// long the reading took; zero if it came to nothing.
func (o *order) reread(ctx context.Context) (took time.Duration) {
	done := make(chan time.Duration, 1)
	o.s.inbox.post(func() { o.s.reread(done) })
	select {
	case took = <-done:
	case <-o.s.ctx.Done():
	case <-ctx.Done():
	}
	return took
}

// question is the query of one audit, from its first page to the last.
type question struct {
	table      string
	columns    []string
	conditions []string
	after      wire.Seq
	upTo       wire.Seq // zero for no bound
	newest     bool
	counts     []livesql.Statement // of the first page; empty where there is nothing to count
	counted    []int               // which result is the count of which live query
	first      bool
}

func newQuestion(table string, group []*order, counting bool) *question {
	q := &question{table: table, after: group[0].after, first: true}
	for _, o := range group {
		for _, name := range o.columns {
			if !slices.Contains(q.columns, name) {
				q.columns = append(q.columns, name)
			}
		}
		q.conditions = append(q.conditions, o.st.Where)
		if o.after.Less(q.after) {
			q.after = o.after
		}
		q.newest = q.newest || o.reset
		at := -1
		if !o.partial && (counting || o.reset && !o.traced) {
			q.counts = append(q.counts, o.st)
			at = len(q.counts)
		}
		q.counted = append(q.counted, at)
	}
	return q
}

// again makes the question one for what was read before; nil where there is no such.
func (q *question) again(group []*order) *question {
	q.newest = false
	q.after, q.upTo = group[0].from, group[0].to
	for _, o := range group {
		if o.from.Less(q.after) {
			q.after = o.from
		}
		if q.upTo.Less(o.to) {
			q.upTo = o.to
		}
	}
	if !q.after.Less(q.upTo) {
		return nil
	}
	return q
}

// sql is the query for the next page; with the first, what else is asked for.
func (q *question) sql() string {
	sql := livesql.Audit(q.table, q.columns, q.conditions, q.after, q.upTo, maxBatch)
	if !q.first {
		return sql
	}
	for _, st := range q.counts {
		sql += "; " + livesql.Count(st)
	}
	if q.newest {
		sql += "; " + livesql.Newest(q.table)
	}
	return sql
}

// read takes a page, sorts it by version, and moves on.
func (q *question) read(results []wire.Result) (audited, error) {
	page := audited{upTo: q.after, first: q.first}
	if len(results) == 0 {
		return page, fmt.Errorf("%w: an answer without results", wire.ErrField)
	}
	if q.first && q.newest && len(results) > 1+len(q.counts) {
		page.newest, page.asked = newestOf(results[1+len(q.counts):]), true
	}
	for _, raw := range results[0].Rows {
		row, err := q.row(raw, results[0].Schema)
		if err != nil {
			return page, err
		}
		page.rows = append(page.rows, row)
	}
	slices.SortFunc(page.rows, func(a, b auditRow) int { return a.seq.Compare(b.seq) })
	if n := len(page.rows); n > 0 {
		page.upTo = page.rows[n-1].seq
	}
	q.first, q.after = false, page.upTo
	return page, nil
}

// settle says what the page of a second reading is up to.
func (q *question) settle(page *audited) {
	page.again = !q.upTo.IsZero()
	if page.again && page.last {
		page.upTo = q.upTo
	}
}

func (q *question) row(raw wire.RawRow, schema wire.Schema) (auditRow, error) {
	row, err := raw.Row(schema)
	if err != nil {
		return auditRow{}, err
	}
	r := auditRow{row: row, seq: row.Seq(), deleted: row.Deleted(), matches: make([]bool, len(q.conditions))}
	if r.seq.IsZero() {
		return r, errVersions
	}
	for i := range q.conditions {
		r.matches[i], err = matches(row.Get(livesql.MatchColumn(i)))
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// matches reads a verdict; NULL is SQL's unknown, which does not select.
func matches(cell wire.Cell) (bool, error) {
	if cell.IsNull() {
		return false, nil
	}
	return cell.Bool()
}

// countOf reads the count of a live query; -1 where none was asked for.
func (q *question) countOf(results []wire.Result, i int) int64 {
	at := q.counted[i]
	if at < 0 || at >= len(results) || len(results[at].Rows) == 0 {
		return -1
	}
	row, err := results[at].Rows[0].Row(results[at].Schema)
	if err != nil {
		return -1
	}
	n, err := row.Get(livesql.CountColumn).Int64()
	if err != nil {
		return -1
	}
	return n
}
