package engine

import (
	"context"
	"strconv"
	"strings"
)

func utoa(n uint64) string { return strconv.FormatUint(n, 10) }

// top renders a SELECT as the server answers it: the row caps, and its order. Without ORDER BY, and also around any LIMIT or
// OFFSET (the fault of section 13: only a sort at the very top counts), rows are sorted by the first table's primary key, by
// _seq when it has none, where the result has that column. fallback is the cap without LIMIT, most the cap of any LIMIT;
// 0 = none.
func (r *renderer) top(q *query, fallback, most int) (string, []outColumn, error) {
	sql, columns, sc, err := r.unordered(q, nil)
	if err != nil {
		return "", nil, err
	}
	order, err := r.orderBy(q, columns, sc)
	if err != nil {
		return "", nil, err
	}
	limit, err := r.count(q.limit, -1)
	if err != nil {
		return "", nil, err
	}
	offset, err := r.count(q.offset, 0)
	if err != nil {
		return "", nil, err
	}
	byKey := r.defaultOrder(columns)
	wrapped := q.limit != nil || q.offset != nil
	switch {
	case limit < 0 && fallback > 0:
		limit = fallback
	case most > 0:
		limit = min(limit, most)
	}
	if order == "" {
		order, wrapped = byKey, false
	}
	sql += order
	if limit >= 0 || offset > 0 {
		sql += " LIMIT " + itoa(limit) + " OFFSET " + itoa(offset)
	}
	if wrapped && byKey != "" {
		sql = "SELECT * FROM (" + sql + ")" + byKey
	}
	return sql, columns, nil
}

// defaultOrder is the server's order where the query asks for none.
func (r *renderer) defaultOrder(columns []outColumn) string {
	if r.first == nil {
		return ""
	}
	key := r.first.version
	if r.first.pk >= 0 {
		key = r.first.columns[r.first.pk].name
	}
	for i, c := range columns {
		if strings.EqualFold(c.name, key) {
			return " ORDER BY " + itoa(i+1)
		}
	}
	return ""
}

// selectRows answers a SELECT.
func (e *Engine) selectRows(ctx context.Context, q *query, r *renderer) (Result, error) {
	sql, columns, err := r.top(q, e.opts.DefaultQueryLimit, e.opts.MaxQueryLimit)
	if err != nil {
		return Result{}, err
	}
	if err := e.fillSystem(ctx, r); err != nil {
		return Result{}, err
	}
	rows, err := e.rows(ctx, sql)
	if err != nil {
		return Result{}, err
	}
	out := Result{Query: true, Schema: outSchema(columns), RowCount: int64(len(rows)), Rows: make([][][]byte, len(rows))}
	for i, row := range rows {
		out.Rows[i] = encodeRow(row, columns)
	}
	return out, nil
}

func encodeRow(row []any, columns []outColumn) [][]byte {
	cells := make([][]byte, len(row))
	for i, v := range row {
		cells[i] = appendCell(nil, columns[i].typ, v)
	}
	return cells
}

// rows reads a query; an ended ctx gives its own error.
func (e *Engine) rows(ctx context.Context, sql string) ([][]any, error) {
	rows, err := e.db.rows(ctx, sql)
	if err == nil {
		return rows, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, fail(classExecution, err.Error())
}
