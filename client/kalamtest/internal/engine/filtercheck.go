package engine

import (
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// checkFilter refuses a WHERE that the live evaluator could not evaluate for some row, as servers from 0.7 do. For those
// before it takes everything: they drop the changes instead, see Matches.
func (q *LiveQuery) checkFilter() error {
	if !q.strict || q.filter == nil {
		return nil
	}
	return q.checkTest(q.filter, 0)
}

func (q *LiveQuery) checkTest(x expr, depth int) error {
	if depth > maxFilterDepth {
		return filterError("Filter expression too deeply nested (max 64 levels)")
	}
	switch x := x.(type) {
	case *paren:
		return q.checkTest(x.x, depth+1)
	case *unary:
		if x.op == "NOT" {
			return q.checkTest(x.x, depth+1)
		}
	case *like:
		return q.checkTypes("LIKE needs text", isText, x.x, x.pattern)
	case *inTest:
		if x.sub == nil {
			return q.checkTypes("", nil, append([]expr{x.x}, x.list...)...)
		}
	case *binary:
		return q.checkBinary(x, depth)
	}
	return filterError("Unsupported expression type")
}

func (q *LiveQuery) checkBinary(x *binary, depth int) error {
	switch x.op {
	case "AND", "OR":
		if err := q.checkTest(x.l, depth+1); err != nil {
			return err
		}
		return q.checkTest(x.r, depth+1)
	case "=", "!=":
		return q.checkTypes("", nil, x.l, x.r)
	case "<", "<=", ">", ">=":
		return q.checkTypes("only numbers are ordered", isNumeric, x.l, x.r)
	}
	return filterError("Unsupported operator " + x.op)
}

// checkTypes checks that every operand is a literal or a column of the table, and of a type that ok takes; nil takes all.
func (q *LiveQuery) checkTypes(complaint string, ok func(columnType) bool, operands ...expr) error {
	for _, x := range operands {
		t, err := q.typeOf(x)
		if err != nil {
			return err
		}
		if ok != nil && !ok(t) {
			return filterError(complaint)
		}
	}
	return nil
}

func (q *LiveQuery) typeOf(x expr) (t columnType, err error) {
	switch x := x.(type) {
	case *literal:
		switch x.kind {
		case litNumber:
			return wire.Double, nil
		case litBool:
			return wire.Boolean, nil
		case litNull, litString:
			return wire.Text, nil
		}
	case *column:
		for _, c := range q.tbl.all() {
			if strings.EqualFold(c.name, x.name) {
				return c.typ, nil
			}
		}
		return t, filterError("Column not found: " + x.name)
	}
	return t, filterError("Unsupported expression in a comparison")
}

func isText(t columnType) bool {
	return t == wire.Text || t == wire.JSON || t == wire.File || t == wire.UUID
}

// in evaluates x IN (…) over literals and columns.
func (row *liveRow) in(x *inTest) (bool, error) {
	a, err := row.value(x.x)
	if err != nil {
		return false, err
	}
	for _, item := range x.list {
		b, err := row.value(item)
		if err != nil {
			return false, err
		}
		if sameScalar(a, b) {
			return !x.not, nil
		}
	}
	return x.not, nil
}

// Told gives what the query is told of a change that concerns it: as from 0.7 (Options.StrictFilters) a row that leaves
// the filter is a delete with its identity only, and one that enters it an insert; before that the new version alone
// decides. hit is false when nothing is told. With an error the real server drops the change in silence.
func (q *LiveQuery) Told(c RowChange) (told RowChange, hit bool, err error) {
	if !q.strict || q.filter == nil {
		hit, err = q.Matches(c.New)
		return c, hit, err
	}
	before, now := false, false
	if c.Old != nil {
		if before, err = q.Matches(c.Old); err != nil {
			return c, false, err
		}
	}
	if c.Op != OpDelete {
		if now, err = q.Matches(c.New); err != nil {
			return c, false, err
		}
	}
	switch {
	case c.Op == OpUpdate && before && !now:
		c.Op, c.left = OpDelete, true
	case c.Op == OpUpdate && now && !before:
		c.Op = OpInsert
	}
	return c, before || now, nil
}
