package engine

import (
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// expr renders an expression; every operand is in parentheses or atomic.
func (r *renderer) expr(x expr, sc *scope) (rendered, error) {
	switch x := x.(type) {
	case *literal:
		return r.literal(x)
	case *column:
		c, err := sc.lookup(x)
		return rendered{sql: c.ref, typ: c.typ, nanos: c.nanos, flags: c.flags, shown: c.shown}, err
	case *param:
		if x.index > len(r.params) {
			return rendered{}, fail(classExecution, "Error during planning: No value found for placeholder with id $", itoa(x.index))
		}
		return literalOf(r.params[x.index-1]), nil
	case *paren:
		return r.expr(x.x, sc)
	case *unary:
		return r.unary(x, sc)
	case *binary:
		return r.binary(x, sc)
	case *isTest:
		in, err := r.expr(x.x, sc)
		what := " IS " + notWord(x.not) + x.what
		return boolean("("+in.sql+what+")", in.shown+what), err
	case *distinctFrom:
		l, m, err := r.pair(x.l, x.r, sc)
		op := " IS " + notWord(x.not) + "DISTINCT FROM "
		return boolean("("+l.sql+op+m.sql+")", l.shown+op+m.shown), err
	case *inTest:
		return r.inTest(x, sc)
	case *between:
		return r.between(x, sc)
	case *like:
		return r.like(x, sc)
	case *call:
		return r.call(x, sc)
	case *cast:
		return r.cast(x, sc)
	case *caseExpr:
		return r.caseExpr(x, sc)
	case *subquery:
		sql, columns, err := r.query(x.q, sc)
		if err == nil && len(columns) != 1 {
			err = fail(classExecution, "Error during planning: Scalar subquery should only return one column")
		}
		if err != nil {
			return rendered{}, err
		}
		return rendered{sql: "(" + sql + ")", typ: columns[0].typ, nanos: columns[0].nanos, shown: "(<subquery>)"}, nil
	case *exists:
		sql, _, err := r.query(x.q, sc)
		return boolean("EXISTS ("+sql+")", "EXISTS (<subquery>)"), err
	case *array:
		text, ok, err := r.arrayText(x)
		if err == nil && !ok {
			err = fail(classExecution, "This feature is not implemented: arrays of expressions")
		}
		return literalOf(text), err
	}
	return rendered{}, fail(classExecution, "This feature is not implemented")
}

func boolean(sql, shown string) rendered {
	return rendered{sql: sql, typ: wire.Boolean, shown: shown}
}

func notWord(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}

func (r *renderer) literal(x *literal) (rendered, error) {
	switch x.kind {
	case litBool:
		return literalOf(x.text == "true"), nil
	case litNumber:
		v, err := numberValue(x.text)
		return literalOf(v), err
	case litString:
		return literalOf(x.text), nil
	case litHex:
		b, err := hexValue(x.text)
		return literalOf(b), err
	}
	return literalOf(nil), nil
}

func hexValue(digits string) (hexBytes, error) {
	const hex = "0123456789abcdef"
	out := make(hexBytes, 0, len(digits)/2)
	lower := strings.ToLower(digits)
	for i := 0; i+1 < len(lower); i += 2 {
		high, low := strings.IndexByte(hex, lower[i]), strings.IndexByte(hex, lower[i+1])
		if high < 0 || low < 0 {
			return nil, invalidSQL("sql parser error: Invalid hex literal")
		}
		out = append(out, byte(high<<4|low))
	}
	if len(lower)%2 != 0 {
		return nil, invalidSQL("sql parser error: Invalid hex literal")
	}
	return out, nil
}

func (r *renderer) pair(a, b expr, sc *scope) (rendered, rendered, error) {
	l, err := r.expr(a, sc)
	if err != nil {
		return l, l, err
	}
	m, err := r.expr(b, sc)
	if err != nil {
		return l, m, err
	}
	return meet(l, m)
}

func (r *renderer) unary(x *unary, sc *scope) (rendered, error) {
	in, err := r.expr(x.x, sc)
	if err != nil {
		return in, err
	}
	if x.op == "NOT" {
		return boolean("(NOT "+in.sql+")", "NOT "+in.shown), nil
	}
	if x.op == "-" && in.lit {
		if v, ok := negate(in.value); ok {
			return literalOf(v), nil
		}
	}
	typ := in.typ
	if !isNumeric(typ) {
		typ = wire.BigInt
	}
	return rendered{sql: "(" + x.op + in.sql + ")", typ: typ, shown: "(" + x.op + " " + in.shown + ")"}, nil
}

func (r *renderer) binary(x *binary, sc *scope) (rendered, error) {
	switch x.op {
	case "=", "!=", "<", "<=", ">", ">=":
		l, m, err := r.pair(x.l, x.r, sc)
		return boolean("("+l.sql+" "+x.op+" "+m.sql+")", l.shown+" "+x.op+" "+m.shown), err
	}
	l, err := r.expr(x.l, sc)
	if err != nil {
		return l, err
	}
	m, err := r.expr(x.r, sc)
	if err != nil {
		return m, err
	}
	out := rendered{sql: "(" + l.sql + " " + x.op + " " + m.sql + ")", shown: l.shown + " " + x.op + " " + m.shown}
	switch x.op {
	case "AND", "OR":
		out.typ = wire.Boolean
	case "||":
		out.typ = wire.Text
	default:
		out.typ = arithmeticType(x.op, l.typ, m.typ)
	}
	return out, nil
}

// arithmeticType follows DataFusion's coercion as far as kalamtest needs it.
func arithmeticType(op string, a, b columnType) columnType {
	p1, s1, dec1 := a.Decimal()
	p2, s2, dec2 := b.Decimal()
	switch {
	case isFloat(a) || isFloat(b) || op == "/" && (dec1 || dec2):
		return wire.Double
	case dec1 && dec2 && op == "*":
		return wire.Decimal(min(p1+p2+1, maxPrecision), min(s1+s2, maxPrecision))
	case dec1 && dec2:
		return wire.Decimal(min(max(p1-s1, p2-s2)+max(s1, s2)+1, maxPrecision), max(s1, s2))
	case dec1:
		return wire.Decimal(min(p1+1, maxPrecision), s1)
	case dec2:
		return wire.Decimal(min(p2+1, maxPrecision), s2)
	case a == b && isInteger(a):
		return a
	case isTemporal(a):
		return a
	}
	return wire.BigInt
}

func isTemporal(t columnType) bool {
	return t == wire.Timestamp || t == wire.DateTime || t == wire.Date || t == wire.Time
}

func (r *renderer) inTest(x *inTest, sc *scope) (rendered, error) {
	in, err := r.expr(x.x, sc)
	if err != nil {
		return in, err
	}
	word := " " + notWord(x.not) + "IN ("
	if x.sub != nil {
		sql, _, err := r.query(x.sub, sc)
		return boolean("("+in.sql+word+sql+"))", in.shown+word+"<subquery>)"), err
	}
	var list, shown []string
	for _, item := range x.list {
		one, err := r.expr(item, sc)
		if err == nil {
			_, one, err = meet(in, one)
		}
		if err != nil {
			return one, err
		}
		list = append(list, one.sql)
		shown = append(shown, one.shown)
	}
	return boolean("("+in.sql+word+strings.Join(list, ", ")+"))", in.shown+word+strings.Join(shown, ", ")+")"), nil
}

func (r *renderer) between(x *between, sc *scope) (rendered, error) {
	in, lo, err := r.pair(x.x, x.lo, sc)
	if err != nil {
		return in, err
	}
	_, hi, err := r.pair(x.x, x.hi, sc)
	word := " " + notWord(x.not) + "BETWEEN "
	return boolean("("+in.sql+word+lo.sql+" AND "+hi.sql+")", in.shown+word+lo.shown+" AND "+hi.shown), err
}

// like renders ILIKE as SQLite's REGEXP operator, which openDatabase gives that meaning.
func (r *renderer) like(x *like, sc *scope) (rendered, error) {
	in, err := r.expr(x.x, sc)
	if err != nil {
		return in, err
	}
	pattern, err := r.expr(x.pattern, sc)
	if err != nil {
		return pattern, err
	}
	word, shown := "LIKE ", "LIKE "
	if x.fold {
		word, shown = "REGEXP ", "ILIKE "
	}
	sql := in.sql + " " + notWord(x.not) + word + pattern.sql
	if x.escape != nil {
		escape, err := r.expr(x.escape, sc)
		if err != nil {
			return escape, err
		}
		sql += " ESCAPE " + escape.sql
	}
	return boolean("("+sql+")", in.shown+" "+notWord(x.not)+shown+pattern.shown), nil
}

func (r *renderer) caseExpr(x *caseExpr, sc *scope) (rendered, error) {
	out := rendered{sql: "(CASE", shown: "CASE", typ: wire.Text}
	var operand rendered
	var err error
	if x.operand != nil {
		if operand, err = r.expr(x.operand, sc); err != nil {
			return operand, err
		}
		out.sql += " " + operand.sql
	}
	take := func(word string, part rendered, result bool) {
		out.sql += word + part.sql
		out.shown += word + part.shown
		if result && (part.value != nil || !part.lit) && out.typ == wire.Text {
			out.typ, out.nanos = part.typ, part.nanos
		}
	}
	for i := 0; i+1 < len(x.when); i += 2 {
		condition, err := r.expr(x.when[i], sc)
		if err == nil && x.operand != nil {
			_, condition, err = meet(operand, condition)
		}
		if err != nil {
			return condition, err
		}
		result, err := r.expr(x.when[i+1], sc)
		if err != nil {
			return result, err
		}
		take(" WHEN ", condition, false)
		take(" THEN ", result, true)
	}
	if x.otherwise != nil {
		result, err := r.expr(x.otherwise, sc)
		if err != nil {
			return result, err
		}
		take(" ELSE ", result, true)
	}
	out.sql += " END)"
	out.shown += " END"
	return out, nil
}

func (r *renderer) cast(x *cast, sc *scope) (rendered, error) {
	in, err := r.expr(x.x, sc)
	if err != nil {
		return in, err
	}
	if in.lit {
		v, err := coerce(in.value, x.to)
		if err != nil {
			return in, castError(plainText(in.value), x.to)
		}
		return storedLiteral(v, x.to), nil
	}
	out := rendered{typ: x.to, shown: in.shown}
	switch {
	case x.to == wire.Boolean:
		out.sql = "(" + in.sql + " != 0)"
	case x.to == wire.Text && in.typ == wire.Boolean:
		out.sql = "(CASE " + in.sql + " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"
	case isInteger(x.to) || isTemporal(x.to):
		out.sql = "CAST(" + in.sql + " AS INTEGER)"
		if in.nanos {
			out.sql = "(" + in.sql + " / 1000)"
		}
	case isFloat(x.to):
		out.sql = "CAST(" + in.sql + " AS REAL)"
	default:
		out.sql = "CAST(" + in.sql + " AS TEXT)"
	}
	return out, nil
}
