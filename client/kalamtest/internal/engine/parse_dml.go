package engine

// insertStatement parses INSERT INTO t [(columns)] VALUES (…), … | SELECT ….
func (p *parser) insertStatement() (statement, error) {
	p.next()
	if err := p.expect("INTO"); err != nil {
		return nil, err
	}
	st := &insertRows{}
	var err error
	if st.table, err = p.name(); err != nil {
		return nil, err
	}
	if p.peek().is("(") && !p.ahead(1).is("SELECT") {
		if st.columns, err = p.nameList(); err != nil {
			return nil, err
		}
	}
	if !p.accept("VALUES") {
		if !p.peek().is("SELECT") && !p.peek().is("WITH") && !p.peek().is("(") {
			return nil, p.fail("SELECT, VALUES, or a subquery in the query body")
		}
		st.query, err = p.query()
		return st, err
	}
	for {
		row, err := p.valueRow()
		if err != nil {
			return nil, err
		}
		st.rows = append(st.rows, row)
		if !p.accept(",") {
			return st, nil
		}
	}
}

func (p *parser) valueRow() ([]expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var row []expr
	for {
		if p.accept("DEFAULT") {
			row = append(row, nil)
		} else {
			x, err := p.expression()
			if err != nil {
				return nil, err
			}
			row = append(row, x)
		}
		if !p.accept(",") {
			return row, p.expect(")")
		}
	}
}

func (p *parser) updateStatement() (statement, error) {
	p.next()
	st := &updateRows{}
	var err error
	if st.table, err = p.name(); err != nil {
		return nil, err
	}
	if err := p.expect("SET"); err != nil {
		return nil, err
	}
	for {
		name, err := p.identifier()
		if err != nil {
			return nil, err
		}
		if err := p.expect("="); err != nil {
			return nil, err
		}
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		st.set = append(st.set, assignment{name, x})
		if !p.accept(",") {
			break
		}
	}
	st.where, err = p.optionalWhere()
	return st, err
}

func (p *parser) deleteStatement() (statement, error) {
	p.next()
	if err := p.expect("FROM"); err != nil {
		return nil, err
	}
	st := &deleteRows{}
	var err error
	if st.table, err = p.name(); err != nil {
		return nil, err
	}
	st.where, err = p.optionalWhere()
	return st, err
}

func (p *parser) optionalWhere() (expr, error) {
	if !p.accept("WHERE") {
		return nil, nil
	}
	return p.expression()
}
