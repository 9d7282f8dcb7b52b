package engine

import (
	"slices"
	"strconv"
	"strings"
)

// expression parses with the precedence of PostgreSQL: OR, AND, NOT, IS, comparison, IN/BETWEEN/LIKE, additive,
// multiplicative, sign, cast.
func (p *parser) expression() (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.chain([]string{"OR"}, func() (expr, error) {
		return p.chain([]string{"AND"}, p.negation)
	})
}

// chain parses operand (op operand)*, left to right.
func (p *parser) chain(ops []string, operand func() (expr, error)) (expr, error) {
	x, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		op, ok := p.acceptAny(ops...)
		if !ok {
			return x, nil
		}
		y, err := operand()
		if err != nil {
			return nil, err
		}
		x = &binary{op: plainOp(op), l: x, r: y}
	}
}

func plainOp(op string) string {
	switch op {
	case "<>":
		return "!="
	case "==":
		return "="
	}
	return op
}

func (p *parser) negation() (expr, error) {
	if p.peek().is("NOT") && !p.ahead(1).is("EXISTS") {
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer p.leave()
		p.next()
		x, err := p.negation()
		return &unary{"NOT", x}, err
	}
	return p.comparison()
}

func (p *parser) comparison() (expr, error) {
	x, err := p.chain([]string{"=", "==", "!=", "<>", "<=", ">=", "<", ">"}, p.predicate)
	for err == nil && p.accept("IS") {
		x, err = p.isSuffix(x)
	}
	return x, err
}

func (p *parser) isSuffix(x expr) (expr, error) {
	not := p.accept("NOT")
	if what, ok := p.acceptAny("NULL", "TRUE", "FALSE"); ok {
		return &isTest{x, what, not}, nil
	}
	if p.accept("DISTINCT", "FROM") {
		y, err := p.additive()
		return &distinctFrom{x, y, not}, err
	}
	return nil, p.fail("[NOT] NULL or TRUE|FALSE or [NOT] DISTINCT FROM after IS")
}

func (p *parser) predicate() (expr, error) {
	x, err := p.additive()
	for err == nil {
		not := p.peek().is("NOT") && slices.ContainsFunc([]string{"IN", "BETWEEN", "LIKE", "ILIKE"}, p.ahead(1).is)
		if not {
			p.next()
		}
		switch {
		case p.accept("IN"):
			x, err = p.inSuffix(x, not)
		case p.accept("BETWEEN"):
			x, err = p.betweenSuffix(x, not)
		case p.accept("LIKE"):
			x, err = p.likeSuffix(x, not, false)
		case p.accept("ILIKE"):
			x, err = p.likeSuffix(x, not, true)
		default:
			return x, nil
		}
	}
	return nil, err
}

func (p *parser) inSuffix(x expr, not bool) (expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if p.peek().is("SELECT") || p.peek().is("WITH") {
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		return &inTest{x: x, sub: q, not: not}, p.expect(")")
	}
	list, err := p.expressions(")")
	return &inTest{x: x, list: list, not: not}, err
}

// expressions takes a comma-separated list and the closing symbol.
func (p *parser) expressions(closing string) ([]expr, error) {
	var list []expr
	for {
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		list = append(list, x)
		if !p.accept(",") {
			return list, p.expect(closing)
		}
	}
}

func (p *parser) betweenSuffix(x expr, not bool) (expr, error) {
	lo, err := p.additive()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	hi, err := p.additive()
	return &between{x, lo, hi, not}, err
}

func (p *parser) likeSuffix(x expr, not, fold bool) (expr, error) {
	pattern, err := p.additive()
	if err != nil {
		return nil, err
	}
	l := &like{x: x, pattern: pattern, not: not, fold: fold}
	if p.accept("ESCAPE") {
		l.escape, err = p.primary()
	}
	return l, err
}

func (p *parser) additive() (expr, error) {
	return p.chain([]string{"+", "-", "||"}, func() (expr, error) {
		return p.chain([]string{"*", "/", "%"}, p.signed)
	})
}

func (p *parser) signed() (expr, error) {
	if op, ok := p.acceptAny("-", "+"); ok {
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer p.leave()
		x, err := p.signed()
		return &unary{op, x}, err
	}
	x, err := p.primary()
	for err == nil && p.accept("::") {
		var to columnType
		if to, err = p.columnType(); err == nil {
			x = &cast{x, to}
		}
	}
	return x, err
}

func (p *parser) primary() (expr, error) {
	t := p.peek()
	switch t.kind {
	case tokString:
		p.next()
		return &literal{litString, t.text}, nil
	case tokNumber:
		p.next()
		if strings.Count(t.text, ".") > 1 {
			return nil, expected(p.src, "number", t)
		}
		return &literal{litNumber, t.text}, nil
	case tokHex:
		p.next()
		return &literal{litHex, t.text}, nil
	case tokParam:
		p.next()
		n, err := strconv.Atoi(t.text)
		if err != nil || n < 1 {
			return nil, expected(p.src, "parameter", t)
		}
		return &param{n}, nil
	case tokSymbol:
		return p.bracketed()
	case tokWord, tokQuoted:
		return p.wordly(t)
	}
	return nil, p.fail("an expression")
}

// bracketed parses (expression), (SELECT …) and [array].
func (p *parser) bracketed() (expr, error) {
	if p.accept("[") {
		return p.arrayItems()
	}
	if !p.accept("(") {
		return nil, p.fail("an expression")
	}
	if p.peek().is("SELECT") || p.peek().is("WITH") {
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		return &subquery{q}, p.expect(")")
	}
	x, err := p.expression()
	if err != nil {
		return nil, err
	}
	return &paren{x}, p.expect(")")
}

func (p *parser) arrayItems() (expr, error) {
	if p.accept("]") {
		return &array{}, nil
	}
	items, err := p.expressions("]")
	return &array{items}, err
}

// wordly parses what begins with a word: keyword literals, CASE, CAST, EXISTS, calls and columns.
func (p *parser) wordly(t token) (expr, error) {
	if t.kind == tokWord {
		switch word := strings.ToUpper(t.text); word {
		case "NULL":
			p.next()
			return &literal{kind: litNull}, nil
		case "TRUE", "FALSE":
			p.next()
			return &literal{litBool, strings.ToLower(word)}, nil
		case "CASE":
			return p.caseWhen()
		case "CAST":
			return p.castCall()
		case "NOT", "EXISTS":
			return p.existsTest()
		case "CURRENT_TIMESTAMP", "CURRENT_DATE":
			p.next()
			return &call{name: word}, nil
		case "ARRAY":
			if p.accept("ARRAY", "[") {
				return p.arrayItems()
			}
		}
		if reserved(t.text) {
			return nil, p.fail("an expression")
		}
		if p.ahead(1).is("(") {
			return p.functionCall()
		}
	}
	parts, err := p.name()
	if err != nil {
		return nil, err
	}
	return &column{parts[:len(parts)-1], parts[len(parts)-1]}, nil
}

func (p *parser) existsTest() (expr, error) {
	not := p.accept("NOT")
	if !p.accept("EXISTS", "(") {
		return nil, p.fail("an expression")
	}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if not {
		return &unary{"NOT", &exists{q}}, nil
	}
	return &exists{q}, nil
}

func (p *parser) functionCall() (expr, error) {
	c := &call{name: strings.ToUpper(p.next().text)}
	p.next() // (
	if p.accept(")") {
		return c, nil
	}
	if p.accept("*", ")") {
		c.star = true
		return c, nil
	}
	c.distinct = p.accept("DISTINCT")
	var err error
	c.args, err = p.expressions(")")
	return c, err
}

func (p *parser) castCall() (expr, error) {
	p.next()
	if err := p.expect("("); err != nil {
		return nil, err
	}
	x, err := p.expression()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	to, err := p.columnType()
	if err != nil {
		return nil, err
	}
	return &cast{x, to}, p.expect(")")
}

func (p *parser) caseWhen() (expr, error) {
	p.next()
	c := &caseExpr{}
	var err error
	if !p.peek().is("WHEN") {
		if c.operand, err = p.expression(); err != nil {
			return nil, err
		}
	}
	for p.accept("WHEN") {
		for _, then := range []string{"THEN", ""} {
			x, err := p.expression()
			if err != nil {
				return nil, err
			}
			c.when = append(c.when, x)
			if then != "" {
				if err := p.expect(then); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(c.when) == 0 {
		return nil, p.fail("WHEN")
	}
	if p.accept("ELSE") {
		if c.otherwise, err = p.expression(); err != nil {
			return nil, err
		}
	}
	return c, p.expect("END")
}
