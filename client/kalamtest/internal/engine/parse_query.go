package engine

// query parses SELECT …, with WITH, set operations, ORDER BY and LIMIT.
func (p *parser) query() (*query, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	q := &query{}
	var err error
	if p.accept("WITH") {
		if q.with, err = p.ctes(); err != nil {
			return nil, err
		}
	}
	if q.body, err = p.setOperations(); err != nil {
		return nil, err
	}
	if p.accept("ORDER", "BY") {
		if q.order, err = p.orderItems(); err != nil {
			return nil, err
		}
	}
	return q, p.limits(q)
}

func (p *parser) ctes() ([]cte, error) {
	var list []cte
	for {
		name, err := p.identifier()
		if err != nil {
			return nil, err
		}
		if !p.accept("AS", "(") {
			return nil, p.fail("AS (")
		}
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		list = append(list, cte{name, q})
		if !p.accept(",") {
			return list, nil
		}
	}
}

func (p *parser) limits(q *query) error {
	for {
		var err error
		switch {
		case p.accept("LIMIT"):
			q.limit, err = p.expression()
		case p.accept("OFFSET"):
			q.offset, err = p.expression()
			_, _ = p.acceptAny("ROWS", "ROW")
		case p.peek().is("FETCH") || p.peek().is("FOR"):
			q.other = true
			for p.peek().kind != tokEOF && !p.peek().is(")") && !p.peek().is(";") {
				p.next()
			}
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) orderItems() ([]orderItem, error) {
	var list []orderItem
	for {
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		item := orderItem{x: x}
		if !p.accept("ASC") {
			item.desc = p.accept("DESC")
		}
		if p.accept("NULLS") {
			nulls, ok := p.acceptAny("FIRST", "LAST")
			if !ok {
				return nil, p.fail("FIRST or LAST")
			}
			item.nulls = nulls
		}
		list = append(list, item)
		if !p.accept(",") {
			return list, nil
		}
	}
}

func (p *parser) setOperations() (queryBody, error) {
	left, err := p.queryPrimary()
	for err == nil {
		op, ok := p.acceptAny("UNION", "INTERSECT", "EXCEPT")
		if !ok {
			return left, nil
		}
		if p.accept("ALL") {
			op += " ALL"
		}
		var right queryBody
		if right, err = p.queryPrimary(); err == nil {
			left = &setOp{op, left, right}
		}
	}
	return nil, err
}

func (p *parser) queryPrimary() (queryBody, error) {
	if p.accept("(") {
		q, err := p.query()
		if err != nil {
			return nil, err
		}
		return &nested{q}, p.expect(")")
	}
	if !p.accept("SELECT") {
		return nil, p.fail("SELECT, VALUES, or a subquery in the query body")
	}
	return p.selectCore()
}

func (p *parser) selectCore() (*selectCore, error) {
	s := &selectCore{distinct: p.accept("DISTINCT")}
	p.accept("ALL")
	var err error
	if s.items, err = p.selectItems(); err != nil {
		return nil, err
	}
	if p.accept("FROM") {
		if s.from, err = p.fromItems(); err != nil {
			return nil, err
		}
	}
	if p.accept("WHERE") {
		if s.where, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if p.accept("GROUP", "BY") {
		if s.group, err = p.groupItems(); err != nil {
			return nil, err
		}
	}
	if p.accept("HAVING") {
		s.having, err = p.expression()
	}
	return s, err
}

func (p *parser) groupItems() ([]expr, error) {
	var list []expr
	for {
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		list = append(list, x)
		if !p.accept(",") {
			return list, nil
		}
	}
}

func (p *parser) selectItems() ([]selectItem, error) {
	var items []selectItem
	for {
		item, err := p.selectItem()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if !p.accept(",") {
			return items, nil
		}
	}
}

func (p *parser) selectItem() (selectItem, error) {
	if p.accept("*") {
		return selectItem{star: true}, nil
	}
	if qualifier, ok := p.qualifiedStar(); ok {
		return selectItem{star: true, qualifier: qualifier}, nil
	}
	x, err := p.expression()
	if err != nil {
		return selectItem{}, err
	}
	alias, err := p.alias()
	return selectItem{x: x, alias: alias}, err
}

// qualifiedStar takes table.* or namespace.table.*.
func (p *parser) qualifiedStar() ([]string, bool) {
	var parts []string
	for n := 0; ; n += 2 {
		t := p.ahead(n)
		if t.kind != tokWord && t.kind != tokQuoted || !p.ahead(n+1).is(".") {
			return nil, false
		}
		parts = append(parts, t.text)
		if p.ahead(n + 2).is("*") {
			p.at += n + 3
			return parts, true
		}
	}
}

func (p *parser) fromItems() ([]fromItem, error) {
	first, err := p.fromItem()
	if err != nil {
		return nil, err
	}
	items := []fromItem{first}
	for {
		join, ok := p.joinWord()
		if !ok {
			return items, nil
		}
		item, err := p.fromItem()
		if err != nil {
			return nil, err
		}
		item.join = join
		switch {
		case p.accept("ON"):
			item.on, err = p.expression()
		case p.accept("USING"):
			item.using, err = p.nameList()
		}
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
}

func (p *parser) joinWord() (string, bool) {
	switch {
	case p.accept(","):
		return ",", true
	case p.accept("CROSS", "JOIN"):
		return "CROSS JOIN", true
	case p.accept("INNER", "JOIN"), p.accept("JOIN"):
		return "JOIN", true
	}
	for _, side := range []string{"LEFT", "RIGHT", "FULL"} {
		if p.accept(side, "OUTER", "JOIN") || p.accept(side, "JOIN") {
			return side + " JOIN", true
		}
	}
	return "", false
}

func (p *parser) fromItem() (fromItem, error) {
	var item fromItem
	var err error
	if p.accept("(") {
		if item.sub, err = p.query(); err != nil {
			return item, err
		}
		if err := p.expect(")"); err != nil {
			return item, err
		}
	} else if item.name, err = p.name(); err != nil {
		return item, err
	}
	item.alias, err = p.alias()
	return item, err
}
