package engine

import (
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// query renders a query with everything around it.
func (r *renderer) query(q *query, outer *scope) (string, []outColumn, error) {
	sql, columns, sc, err := r.unordered(q, outer)
	if err != nil {
		return "", nil, err
	}
	order, err := r.orderBy(q, columns, sc)
	if err != nil {
		return "", nil, err
	}
	limit, err := r.limitClause(q)
	return sql + order + limit, columns, err
}

// unordered renders WITH and the body. The scope is that of the body's own SELECT, nil for a set operation.
func (r *renderer) unordered(q *query, outer *scope) (string, []outColumn, *scope, error) {
	if q.other {
		return "", nil, nil, fail(classExecution, "This feature is not implemented: FETCH and FOR")
	}
	var with []string
	for _, c := range q.with {
		sql, columns, err := r.query(c.q, nil)
		if err != nil {
			return "", nil, nil, err
		}
		name := strings.ToLower(c.name)
		r.ctes[name] = columns
		with = append(with, quoteName(name)+" AS ("+sql+")")
	}
	prefix := ""
	if len(with) > 0 {
		prefix = "WITH " + strings.Join(with, ", ") + " "
	}
	sql, columns, sc, err := r.body(q.body, outer)
	return prefix + sql, columns, sc, err
}

func (r *renderer) body(b queryBody, outer *scope) (string, []outColumn, *scope, error) {
	switch b := b.(type) {
	case *selectCore:
		return r.core(b, outer)
	case *nested:
		sql, columns, err := r.query(b.q, outer)
		return "SELECT * FROM (" + sql + ")", columns, nil, err
	case *setOp:
		left, columns, _, err := r.body(b.l, outer)
		if err != nil {
			return "", nil, nil, err
		}
		right, others, _, err := r.body(b.r, outer)
		if err != nil {
			return "", nil, nil, err
		}
		if len(columns) != len(others) {
			return "", nil, nil, fail(classExecution, "Error during planning: UNION queries have different number of columns: left has ",
				itoa(len(columns)), " columns whereas right has ", itoa(len(others)), " columns")
		}
		return left + " " + b.op + " " + right, columns, nil, nil
	}
	return "", nil, nil, fail(classExecution, "This feature is not implemented")
}

// core renders SELECT … FROM … WHERE … GROUP BY … HAVING ….
func (r *renderer) core(s *selectCore, outer *scope) (string, []outColumn, *scope, error) {
	sc := &scope{outer: outer}
	from, err := r.from(s, sc)
	if err != nil {
		return "", nil, nil, err
	}
	list, columns, err := r.items(s, sc)
	if err != nil {
		return "", nil, nil, err
	}
	if err := r.checkGrouping(s, sc); err != nil {
		return "", nil, nil, err
	}
	var b strings.Builder
	b.WriteString("SELECT ")
	if s.distinct {
		b.WriteString("DISTINCT ")
	}
	b.WriteString(list)
	b.WriteString(from)
	for _, part := range []struct {
		word string
		x    expr
	}{{" WHERE ", s.where}, {" HAVING ", s.having}} {
		if part.word == " HAVING " {
			if err := r.groupBy(&b, s, sc); err != nil {
				return "", nil, nil, err
			}
		}
		if part.x == nil {
			continue
		}
		x, err := r.expr(part.x, sc)
		if err != nil {
			return "", nil, nil, err
		}
		b.WriteString(part.word + x.sql)
	}
	return b.String(), columns, sc, nil
}

func (r *renderer) groupBy(b *strings.Builder, s *selectCore, sc *scope) error {
	for i, x := range s.group {
		x = groupTarget(s, x)
		out, err := r.expr(x, sc)
		if err != nil {
			return err
		}
		word := ", "
		if i == 0 {
			word = " GROUP BY "
		}
		b.WriteString(word + out.sql)
	}
	return nil
}

// groupTarget resolves GROUP BY 1 and GROUP BY alias.
func groupTarget(s *selectCore, x expr) expr {
	if l, ok := x.(*literal); ok && l.kind == litNumber {
		for i, item := range s.items {
			if l.text == itoa(i+1) && !item.star {
				return item.x
			}
		}
	}
	if c, ok := x.(*column); ok && len(c.qualifier) == 0 {
		for _, item := range s.items {
			if item.alias != "" && strings.EqualFold(item.alias, c.name) {
				return item.x
			}
		}
	}
	return x
}

// items renders the projection and tells its columns.
func (r *renderer) items(s *selectCore, sc *scope) (string, []outColumn, error) {
	var list []string
	var columns []outColumn
	for _, item := range s.items {
		if item.star {
			n := len(columns)
			for i := range sc.bindings {
				b := &sc.bindings[i]
				if len(item.qualifier) > 0 && !b.qualified(item.qualifier) {
					continue
				}
				for _, c := range b.columns {
					list = append(list, c.ref+" AS "+quoteName(c.name))
					columns = append(columns, c)
				}
			}
			if n == len(columns) {
				return "", nil, fail(classExecution, "Error during planning: SELECT * with no tables specified is not valid")
			}
			continue
		}
		out, err := r.selectItem(item, sc)
		if err != nil {
			return "", nil, err
		}
		c := outColumn{name: itemName(item, out), typ: out.typ, nanos: out.nanos, flags: out.flags, shown: out.shown}
		list = append(list, out.sql+" AS "+quoteName(c.name))
		columns = append(columns, c)
	}
	return strings.Join(list, ", "), columns, nil
}

func (r *renderer) selectItem(item selectItem, sc *scope) (rendered, error) {
	out, err := r.expr(item.x, sc)
	if c, ok := stripped(item.x).(*call); ok && (c.name == "NOW" || c.name == "CURRENT_TIMESTAMP") && err == nil {
		shown := out.shown
		out = literalOf(r.now.UnixNano())
		out.typ, out.nanos, out.shown = wire.Timestamp, true, shown
	}
	return out, err
}

func itemName(item selectItem, out rendered) string {
	if item.alias != "" {
		return item.alias
	}
	if c, ok := stripped(item.x).(*column); ok {
		return c.name
	}
	return out.shown
}

// orderBy renders ORDER BY with PostgreSQL's place for NULL.
func (r *renderer) orderBy(q *query, columns []outColumn, sc *scope) (string, error) {
	var list []string
	for _, item := range q.order {
		target, err := r.orderTarget(item.x, columns, sc)
		if err != nil {
			return "", err
		}
		direction, nulls := " ASC", "LAST"
		if item.desc {
			direction, nulls = " DESC", "FIRST"
		}
		if item.nulls != "" {
			nulls = item.nulls
		}
		list = append(list, target+direction+" NULLS "+nulls)
	}
	if len(list) == 0 {
		return "", nil
	}
	return " ORDER BY " + strings.Join(list, ", "), nil
}

// orderTarget gives the position of a result column, or an expression over the tables.
func (r *renderer) orderTarget(x expr, columns []outColumn, sc *scope) (string, error) {
	switch x := stripped(x).(type) {
	case *literal:
		if x.kind == litNumber {
			for i := range columns {
				if x.text == itoa(i+1) {
					return x.text, nil
				}
			}
		}
	case *column:
		for i, c := range columns {
			if strings.EqualFold(c.name, x.name) && len(x.qualifier) == 0 {
				return itoa(i + 1), nil
			}
		}
	}
	if sc == nil {
		sc = &scope{bindings: []binding{{columns: columns}}}
		out, err := r.expr(x, sc)
		if err == nil {
			err = fail(classExecution, "This feature is not implemented: ORDER BY expressions over a UNION")
		}
		return out.sql, err
	}
	out, err := r.expr(x, sc)
	return out.sql, err
}

func (r *renderer) limitClause(q *query) (string, error) {
	limit, err := r.count(q.limit, -1)
	if err != nil {
		return "", err
	}
	offset, err := r.count(q.offset, 0)
	if err != nil || limit < 0 && offset == 0 {
		return "", err
	}
	sql := " LIMIT " + itoa(limit)
	if offset > 0 {
		sql += " OFFSET " + itoa(offset)
	}
	return sql, nil
}

// count evaluates LIMIT and OFFSET.
func (r *renderer) count(x expr, absent int) (int, error) {
	if x == nil {
		return absent, nil
	}
	v, ok, err := r.constant(x)
	if err != nil {
		return 0, err
	}
	n, isInt := v.(int64)
	if text, isText := v.(string); isText {
		parsed, err := coerce(text, wire.BigInt)
		if err == nil {
			n, isInt = parsed.(int64), true
		}
	}
	if !ok || !isInt || n < 0 || n > 1<<40 {
		return 0, fail(classExecution, "Error during planning: LIMIT and OFFSET must be constant and not negative")
	}
	return int(n), nil
}
