package engine

import "strings"

// children gives the direct operands of an expression; subqueries are not entered.
func children(x expr) []expr {
	switch x := x.(type) {
	case *paren:
		return []expr{x.x}
	case *unary:
		return []expr{x.x}
	case *binary:
		return []expr{x.l, x.r}
	case *isTest:
		return []expr{x.x}
	case *distinctFrom:
		return []expr{x.l, x.r}
	case *inTest:
		return append([]expr{x.x}, x.list...)
	case *between:
		return []expr{x.x, x.lo, x.hi}
	case *like:
		return []expr{x.x, x.pattern}
	case *call:
		return x.args
	case *cast:
		return []expr{x.x}
	case *caseExpr:
		list := append([]expr{}, x.when...)
		for _, more := range []expr{x.operand, x.otherwise} {
			if more != nil {
				list = append(list, more)
			}
		}
		return list
	}
	return nil
}

// aggregates lists the aggregate calls of an expression.
func aggregates(x expr, found []*call) []*call {
	if c, ok := x.(*call); ok && isAggregate(c.name) {
		return append(found, c)
	}
	for _, child := range children(x) {
		found = aggregates(child, found)
	}
	return found
}

// checkGrouping refuses a column that is neither grouped nor aggregated, as DataFusion does (SQLite would pick a row).
func (r *renderer) checkGrouping(s *selectCore, sc *scope) error {
	var calls []*call
	for _, item := range s.items {
		if !item.star {
			calls = aggregates(item.x, calls)
		}
	}
	if len(calls) == 0 && len(s.group) == 0 {
		return nil
	}
	grouped := make(map[string]bool)
	var allowed []string
	for _, x := range s.group {
		out, err := r.expr(groupTarget(s, x), sc)
		if err != nil {
			return err
		}
		grouped[out.sql] = true
		allowed = append(allowed, out.shown)
	}
	for _, c := range calls {
		out, err := r.expr(c, sc)
		if err != nil {
			return err
		}
		allowed = append(allowed, strings.ReplaceAll(out.shown, "count(*)", "count(Int64(1))"))
	}
	for _, item := range s.items {
		if loose := r.loose(item, sc, grouped); loose != "" {
			return fail(classExecution, "Error during planning: Column in SELECT must be in GROUP BY or an aggregate function: ",
				`While expanding wildcard, column "`, loose, `" must appear in the GROUP BY clause or must be part of an aggregate `,
				`function, currently only "`, strings.Join(allowed, `", "`), `" appears in the SELECT clause satisfies this requirement`)
		}
	}
	return nil
}

// loose names a column of the item that is neither grouped nor aggregated; "" = none.
func (r *renderer) loose(item selectItem, sc *scope, grouped map[string]bool) string {
	if !item.star {
		return r.looseIn(item.x, sc, grouped)
	}
	for _, b := range sc.bindings {
		for _, c := range b.columns {
			if !grouped[c.ref] {
				return c.shown
			}
		}
	}
	return ""
}

func (r *renderer) looseIn(x expr, sc *scope, grouped map[string]bool) string {
	out, err := r.expr(x, sc)
	if err != nil || grouped[out.sql] {
		return ""
	}
	switch x := x.(type) {
	case *column:
		return out.shown
	case *call:
		if isAggregate(x.name) {
			return ""
		}
	}
	for _, child := range children(x) {
		if found := r.looseIn(child, sc, grouped); found != "" {
			return found
		}
	}
	return ""
}
