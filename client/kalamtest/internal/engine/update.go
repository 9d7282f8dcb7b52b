package engine

import (
	"context"
	"slices"
	"strings"
)

// stored is a row as it was found for a write.
type stored struct {
	rowid  int64
	seq    uint64
	values []any
	extra  []any // results of further expressions
}

// matching renders the rows that a WHERE of UPDATE or DELETE finds, with further expressions.
func (r *renderer) matching(t *table, where expr, sc *scope, extra []string) (string, error) {
	var b strings.Builder
	b.WriteString("SELECT s1.rowid, s1._seq")
	for _, c := range t.columns {
		b.WriteString(", s1." + quoteName(c.name))
	}
	for _, sql := range extra {
		b.WriteString(", " + sql)
	}
	b.WriteString(" FROM " + t.store + " AS s1 WHERE _owner = " + quoteText(ownerOf(t, r.session)) + " AND _deleted = 0")
	if t.kind == StreamTable {
		b.WriteString(" AND _seq >= " + utoa(seqFloor(r.now.Add(-t.ttl))))
	}
	if where == nil {
		return b.String() + " ORDER BY _seq", nil
	}
	if viewOf(where).negative && t.kind == SharedTable {
		b.WriteString(" AND 0")
	}
	out, err := r.expr(where, sc)
	b.WriteString(" AND " + out.sql + " ORDER BY _seq")
	return b.String(), err
}

// scopeOf is the scope of an UPDATE's or DELETE's expressions.
func (r *renderer) scopeOf(t *table) *scope {
	r.aliases = max(r.aliases, 1)
	var columns []outColumn
	for _, c := range t.all() {
		columns = append(columns, outColumn{name: c.name, typ: c.typ})
	}
	b := bind(columns, "s1", []string{t.id.Namespace, t.id.Name})
	b.columns[len(t.columns)].ref = "s1." + seqColumn // whatever clients call it
	return &scope{bindings: []binding{b}}
}

// chosen finds the rows of t that a statement's WHERE chooses, with the values of extra expressions behind their own.
func (e *Engine) chosen(ctx context.Context, r *renderer, t *table, where expr, sc *scope, extra []string) ([]stored, error) {
	sql, err := r.matching(t, where, sc, extra)
	if err != nil {
		return nil, err
	}
	if err := e.fillSystem(ctx, r); err != nil {
		return nil, err
	}
	return e.found(ctx, t, sql)
}

func (e *Engine) found(ctx context.Context, t *table, sql string) ([]stored, error) {
	rows, err := e.rows(ctx, sql)
	if err != nil {
		return nil, err
	}
	list := make([]stored, len(rows))
	for i, row := range rows {
		n := 2 + len(t.columns)
		list[i] = stored{asInt(row[0]), uint64(asInt(row[1])), row[2:n:n], row[n:]}
	}
	return list, nil
}

// change is one column of an UPDATE's SET.
type change struct {
	at    int
	fixed bool
	value any // when fixed
	out   rendered
}

func (w *writing) update(ctx context.Context, st *updateRows, r *renderer) (int64, error) {
	t, err := w.e.target(st.table, r)
	if err != nil {
		return 0, err
	}
	if t.kind == StreamTable {
		return 0, fail(classOperation, "UPDATE is not supported on STREAM tables")
	}
	if st.where == nil {
		return 0, fail(classOperation, "UPDATE requires a WHERE clause")
	}
	sc := r.scopeOf(t)
	set, err := r.assignments(t, st.set, sc)
	if err != nil {
		return 0, err
	}
	var extra []string
	for _, c := range set {
		if !c.fixed {
			extra = append(extra, c.out.sql)
		}
	}
	rows, err := w.e.chosen(ctx, r, t, st.where, sc, extra)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if err := w.updateRow(t, ownerOf(t, r.session), row, set); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), nil
}

// assignments checks and renders SET.
func (r *renderer) assignments(t *table, list []assignment, sc *scope) ([]change, error) {
	var set []change
	for _, a := range list {
		at := t.find(a.column)
		switch {
		case at < 0:
			return nil, fail(classOperation, "Column '", a.column, "' does not exist")
		case at == t.pk:
			return nil, fail(classOperation, "Cannot update primary key column '", t.columns[at].name, "'")
		case slices.ContainsFunc(set, func(c change) bool { return c.at == at }):
			return nil, fail(classOperation, "Duplicate column '", a.column, "' in UPDATE")
		}
		v, fixed, err := r.constant(a.value)
		if err != nil {
			return nil, err
		}
		c := change{at: at, fixed: fixed, value: v}
		if text, ok := numberText(a.value); ok && isDecimal(t.columns[at].typ) {
			c.fixed, c.value = true, text
		}
		if !c.fixed {
			if c.out, err = r.expr(a.value, sc); err != nil {
				return nil, err
			}
		}
		set = append(set, c)
	}
	return set, nil
}

// updateRow stores the new version of a row; one that is as it was gets no new version.
func (w *writing) updateRow(t *table, owner string, row stored, set []change) error {
	values := slices.Clone(row.values)
	next := 0
	for _, c := range set {
		v := c.value
		if !c.fixed {
			v = fromSQLite(row.extra[next], c.out.typ, c.out.nanos)
			next++
		}
		column := t.columns[c.at]
		if v == nil && column.notNull {
			return fail(classExecution, "NOT NULL constraint violation: column '", column.name, "' cannot be null")
		}
		fresh, err := coerce(v, column.typ)
		if err != nil {
			return coerceFailure(column, v, err)
		}
		values[c.at] = fresh
	}
	if slices.EqualFunc(row.values, values, sameValue) {
		return nil
	}
	before := versionOf(t, row.values, row.seq, false)
	now := versionOf(t, values, w.e.seq.next(), false)
	var sql strings.Builder
	sql.WriteString("UPDATE " + t.store + " SET ")
	for _, c := range t.columns {
		sql.WriteString(quoteName(c.name) + " = ?, ")
	}
	sql.WriteString("_seq = ? WHERE rowid = ?")
	args := append(slices.Clone(values), int64(now.Seq), row.rowid)
	if _, err := w.e.db.execPrepared(context.Background(), sql.String(), args...); err != nil {
		return fail(classExecution, err.Error())
	}
	w.changed(t, owner, OpUpdate, now, before)
	return nil
}

// sameValue compares stored values.
func sameValue(a, b any) bool {
	x, okX := a.([]byte)
	y, okY := b.([]byte)
	if okX || okY {
		return okX && okY && string(x) == string(y)
	}
	return a == b
}

// delete turns rows into tombstones; rows of STREAM tables just go.
func (w *writing) delete(ctx context.Context, st *deleteRows, r *renderer) (int64, error) {
	t, err := w.e.target(st.table, r)
	if err != nil {
		return 0, err
	}
	if st.where == nil {
		return 0, fail(classOperation, "DELETE requires a WHERE clause")
	}
	rows, err := w.e.chosen(ctx, r, t, st.where, r.scopeOf(t), nil)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if err := w.deleteRow(t, ownerOf(t, r.session), row); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), nil
}

func (w *writing) deleteRow(t *table, owner string, row stored) error {
	before := versionOf(t, row.values, row.seq, false)
	seq := w.e.seq.next()
	now := &Version{Seq: seq, Deleted: true, Cells: before.Cells, values: row.values}
	sql, args := "UPDATE "+t.store+" SET _seq = ?, _deleted = 1 WHERE rowid = ?", []any{int64(seq), row.rowid}
	if t.kind == StreamTable {
		sql, args = "DELETE FROM "+t.store+" WHERE rowid = ?", []any{row.rowid}
		now.Seq, now.Cells, now.values = row.seq, nil, nil
	}
	if _, err := w.e.db.execPrepared(context.Background(), sql, args...); err != nil {
		return fail(classExecution, err.Error())
	}
	w.changed(t, owner, OpDelete, now, before)
	return nil
}
