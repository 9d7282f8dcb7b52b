package engine

import (
	"context"
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// insertion is an INSERT on its way.
type insertion struct {
	w      *writing
	r      *renderer
	t      *table
	into   []int // column of each value
	owner  string
	binary bool // a value was written as X'…': see noVector
}

func (w *writing) insert(ctx context.Context, st *insertRows, r *renderer) (int64, error) {
	t, err := w.e.target(st.table, r)
	if err != nil {
		return 0, err
	}
	in := &insertion{w: w, r: r, t: t, owner: ownerOf(t, r.session)}
	if in.into, err = targets(t, st.columns); err != nil {
		return 0, err
	}
	rows, err := in.source(ctx, st)
	if err != nil {
		return 0, err
	}
	for i, row := range rows {
		if i%256 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if err := in.row(row); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), nil
}

// targets maps the column list of an INSERT to columns; without a list it is all of them in order.
func targets(t *table, names []string) ([]int, error) {
	if names == nil {
		all := make([]int, len(t.columns))
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	into := make([]int, len(names))
	seen := make(map[int]bool)
	for i, name := range names {
		at := t.find(name)
		if at < 0 {
			return nil, fail(classOperation, "Column '", name, "' does not exist")
		}
		if seen[at] {
			return nil, fail(classOperation, "Duplicate column '", name, "' in INSERT")
		}
		seen[at] = true
		into[i] = at
	}
	return into, nil
}

// source evaluates VALUES or the SELECT. Cells that were not given are absentValue.
func (in *insertion) source(ctx context.Context, st *insertRows) ([][]any, error) {
	if st.query == nil {
		return in.values(ctx, st.rows)
	}
	sql, columns, err := in.r.query(st.query, nil)
	if err != nil {
		return nil, err
	}
	if len(columns) != len(in.into) {
		return nil, in.countError(len(columns))
	}
	if err := in.w.e.fillSystem(ctx, in.r); err != nil {
		return nil, err
	}
	rows, err := in.w.e.rows(ctx, sql)
	if err != nil {
		return nil, err
	}
	full := make([][]any, len(rows))
	for i, row := range rows {
		full[i] = in.blank()
		for j, v := range row {
			full[i][in.into[j]] = fromSQLite(v, columns[j].typ, columns[j].nanos)
		}
	}
	return full, nil
}

// absentValue marks a column that takes its default.
type absentValue struct{}

func (in *insertion) blank() []any {
	row := make([]any, len(in.t.columns))
	for i := range row {
		row[i] = absentValue{}
	}
	return row
}

func (in *insertion) countError(n int) error {
	return fail(classExecution, "Error during planning: Column count doesn't match insert query: ", itoa(len(in.into)),
		" columns, ", itoa(n), " values")
}

func (in *insertion) values(ctx context.Context, rows [][]expr) ([][]any, error) {
	full := make([][]any, len(rows))
	for i, row := range rows {
		if len(row) != len(in.into) {
			return nil, in.countError(len(row))
		}
		full[i] = in.blank()
		for j, x := range row {
			if x == nil {
				continue
			}
			v, err := in.w.e.evaluate(ctx, in.r, x, in.t.columns[in.into[j]].typ)
			if err != nil {
				return nil, err
			}
			if _, hex := v.(hexBytes); hex {
				in.binary = true
			}
			full[i][in.into[j]] = v
		}
	}
	return full, nil
}

// evaluate gives the value of an expression without tables, for a column of the type.
func (e *Engine) evaluate(ctx context.Context, r *renderer, x expr, t columnType) (any, error) {
	if text, ok := numberText(x); ok && isDecimal(t) {
		return text, nil
	}
	if v, ok, err := r.constant(x); ok || err != nil {
		return v, err
	}
	out, err := r.expr(x, &scope{})
	if err != nil {
		return nil, err
	}
	rows, err := e.rows(ctx, "SELECT "+out.sql)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return fromSQLite(rows[0][0], out.typ, out.nanos), nil
}

// numberText gives a number as it was written, so that no DECIMAL goes through a float.
func numberText(x expr) (string, bool) {
	switch x := stripped(x).(type) {
	case *literal:
		return x.text, x.kind == litNumber
	case *unary:
		text, ok := numberText(x.x)
		if x.op == "-" && !strings.HasPrefix(text, "-") {
			return "-" + text, ok
		}
		return text, ok && x.op == "+"
	}
	return "", false
}

// fromSQLite makes a value that coerce takes out of what SQLite gave for an expression of the type.
func fromSQLite(v any, t columnType, nanos bool) any {
	n, isInt := v.(int64)
	switch {
	case isInt && t == wire.Boolean:
		return n != 0
	case isInt && nanos:
		return n / int64(time.Microsecond)
	}
	return v
}

// row completes and stores one row.
func (in *insertion) row(values []any) error {
	args := make([]any, 0, len(values)+2)
	for i, c := range in.t.columns {
		v, err := in.cell(c, values[i])
		if err != nil {
			return err
		}
		values[i] = v
		args = append(args, v)
	}
	seq := in.w.e.seq.next()
	args = append(args, in.owner, int64(seq))
	n, err := in.w.e.db.execPrepared(context.Background(), in.t.insertSQL, args...)
	if err != nil {
		return fail(classExecution, err.Error())
	}
	if n == 0 {
		pk := in.t.columns[in.t.pk]
		return fail(classExecution, "Raft error: Internal error: Provider error: Execution error: Failed to insert batch: ",
			"Already exists: Primary key violation: value '", asText(values[in.t.pk]), "' already exists in column '", pk.name, "'")
	}
	in.w.changed(in.t, in.owner, OpInsert, versionOf(in.t, values, seq, false), nil)
	return nil
}

// cell gives the stored value of one column.
func (in *insertion) cell(c *tableColumn, v any) (any, error) {
	if _, absent := v.(absentValue); absent {
		var err error
		if v, err = in.defaultOf(c); err != nil {
			return nil, err
		}
	}
	if v == nil {
		if c.notNull {
			return nil, fail(classExecution, "NOT NULL constraint violation: column '", c.name, "' cannot be null")
		}
		return in.noVector(c), nil
	}
	stored, err := coerce(v, c.typ)
	if err != nil {
		return nil, coerceFailure(c, v, err)
	}
	return stored, nil
}

func coerceFailure(c *tableColumn, v any, err error) error {
	return fail(classOperation, "Invalid value '", plainText(v), "' for column '", c.name, "' of type ", sqlName(c.typ), ": ", err.Error())
}

// noVector repeats a fault of 0.4.3: an INSERT with an X'…' value stores zeros for an EMBEDDING that was not given.
func (in *insertion) noVector(c *tableColumn) any {
	n, ok := c.typ.Embedding()
	if !ok || !in.binary {
		return nil
	}
	zeros := []byte{'['}
	for i := range n {
		if i > 0 {
			zeros = append(zeros, ',')
		}
		zeros = append(zeros, "0.0"...)
	}
	return string(append(zeros, ']'))
}

// defaultOf evaluates a column's default. DEFAULT NOW() has milliseconds only, as on the real server.
func (in *insertion) defaultOf(c *tableColumn) (any, error) {
	if c.def == nil {
		return nil, nil
	}
	v, _, err := in.r.constant(c.def)
	if f, ok := c.def.(*call); ok && (f.name == "NOW" || f.name == "CURRENT_TIMESTAMP") && err == nil {
		return in.r.now.UnixMilli() * 1000, nil
	}
	return v, err
}
