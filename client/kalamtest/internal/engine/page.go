package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// PageRequest asks for one snapshot page.
type PageRequest struct {
	Limit    int    // batch_size; 0 or less gives an empty page
	LastRows int    // > 0: the newest rows instead, with the real server's fault
	After    uint64 // rows with _seq > After; 0 = from the beginning
	Boundary uint64 // rows with _seq <= Boundary; 0 = no row at all
}

// Page is one snapshot page.
type Page struct {
	Rows      [][]byte // raw JSON objects
	HasMore   bool
	LastSeqID uint64 // _seq of the last row; 0 when empty
}

// Boundary gives MAX(_seq) of the rows (tombstones too) that the query's scope holds now; 0 when there is none. Every error is
// a *LiveError, except ErrClosed and that of an ended ctx.
func (e *Engine) Boundary(ctx context.Context, q *LiveQuery) (uint64, error) {
	if err := e.take(ctx); err != nil {
		return 0, err
	}
	defer e.give()
	return e.boundary(ctx, q)
}

func (e *Engine) boundary(ctx context.Context, q *LiveQuery) (uint64, error) {
	if q.tbl.kind == SystemTable {
		return e.seq.next(), nil
	}
	rows, err := e.rows(ctx, "SELECT MAX(_seq) FROM "+q.tbl.store+" WHERE _owner = "+quoteText(ownerOf(q.tbl, q.session)))
	if err != nil || len(rows) == 0 {
		return 0, liveFailure(ctx, err)
	}
	return uint64(asInt(rows[0][0])), nil
}

// Page reads one snapshot page as 0.4.3 does, with its fault: it takes the Limit+1 rows of lowest _seq, sorts them by primary
// key (where the projection has it), and only then cuts the last one off. So LastSeqID is not the page's highest _seq, a row may
// come again on the next page, and a row that was cut off may have a lower _seq than LastSeqID and never come. LastRows takes
// the LastRows+1 newest, sorts them the same way, cuts and reverses. Every error is a *LiveError, except ErrClosed and that of
// an ended ctx.
func (e *Engine) Page(ctx context.Context, q *LiveQuery, p PageRequest) (Page, error) {
	limit := p.Limit
	if p.LastRows > 0 {
		limit = p.LastRows
	}
	if limit <= 0 {
		return Page{}, nil
	}
	if err := e.take(ctx); err != nil {
		return Page{}, err
	}
	defer e.give()
	stmt, err := parseStatement(q.pageSQL(p, limit+1))
	if err != nil {
		return Page{}, liveFailure(ctx, fail(classInvalidSQL, err.Error()))
	}
	r := e.renderer(q.session, nil)
	sql, columns, err := r.top(stmt.(*selectRows).q, 0, 0)
	if err != nil {
		return Page{}, liveFailure(ctx, err)
	}
	if err := e.fillSystem(ctx, r); err != nil {
		return Page{}, liveFailure(ctx, err)
	}
	rows, err := e.rows(ctx, sql)
	if err != nil {
		return Page{}, liveFailure(ctx, err)
	}
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	if p.LastRows > 0 {
		more = false
		slices.Reverse(rows)
	}
	return pageOf(rows, columns, q.tbl.version, more), nil
}

func pageOf(rows [][]any, columns []outColumn, version string, more bool) Page {
	page := Page{Rows: make([][]byte, len(rows)), HasMore: more}
	for i, row := range rows {
		o := newObject()[1:]
		for j, c := range columns {
			o = o.put(c.name, appendCell(nil, c.typ, row[j]))
			if c.name == version {
				page.LastSeqID = uint64(asInt(row[j]))
			}
		}
		page.Rows[i] = append(o, '}')
	}
	return page
}

// pageSQL is the server's own query. The WHERE is joined without parentheses, so that a top-level OR breaks the bounds.
func (q *LiveQuery) pageSQL(p PageRequest, limit int) string {
	var parts []string
	list := "*"
	if q.columns != nil {
		list = strings.Join(q.columns, ", ")
	}
	if q.tbl.kind != SystemTable {
		if p.After > 0 && p.LastRows <= 0 {
			parts = append(parts, q.tbl.version+" > "+utoa(p.After))
		}
		parts = append(parts, q.tbl.version+" <= "+utoa(p.Boundary), deletedColumn+" = false")
		if q.columns != nil {
			list += ", " + q.tbl.version
		}
	}
	if q.where != "" {
		parts = append(parts, q.where)
	}
	sql := "SELECT " + list + " FROM " + q.tbl.id.String()
	if len(parts) > 0 {
		sql += " WHERE " + strings.Join(parts, " AND ")
	}
	if q.tbl.kind != SystemTable {
		direction := " ASC"
		if p.LastRows > 0 {
			direction = " DESC"
		}
		sql += " ORDER BY " + q.tbl.version + direction
	}
	return sql + " LIMIT " + itoa(limit)
}

// liveFailure is how a failed snapshot is told.
func liveFailure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{classExecution, err.Error()}
	}
	return &LiveError{wire.CodeSubscriptionFailed, "Execution error: " + f.Error()}
}
