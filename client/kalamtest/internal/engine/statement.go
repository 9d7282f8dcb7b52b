package engine

import (
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// statement is one parsed statement.
type statement interface{ isStatement() }

type (
	createNamespace struct {
		name        string
		ifNotExists bool
	}
	dropNamespace struct {
		name     string
		ifExists bool
	}
	createTable struct {
		name        []string
		ifNotExists bool
		def         *table // id is still empty
	}
	dropTable struct {
		name     []string
		ifExists bool
	}
	describeTable struct{ name []string }
	showTables    struct{ namespace string }
	showSpaces    struct{}
	useNamespace  struct{ name string }
	insertRows    struct {
		table   []string
		columns []string
		rows    [][]expr // nil element = DEFAULT
		query   *query   // instead of rows
	}
	updateRows struct {
		table []string
		set   []assignment
		where expr
	}
	deleteRows struct {
		table []string
		where expr
	}
	selectRows  struct{ q *query }
	subscribeTo struct{ sql string }
	transaction struct{ word string } // BEGIN, COMMIT, ROLLBACK
	createUser  struct {
		user           string
		password       string
		auth           string // PASSWORD, OAUTH, INTERNAL
		role           Role
		email          string
		ifNotExistsToo bool
	}
	alterUser struct{ user, what, value string } // what: PASSWORD, ROLE, EMAIL
	dropUser  struct {
		user     string
		ifExists bool
	}
	createTopic struct {
		name       string
		partitions int
	}
	dropTopic  struct{ name string }
	clearTopic struct{ name string }
	addSource  struct {
		topic string
		table []string
		op    Op
		bare  bool // payload 'key'
	}
	consumeTopic struct {
		name  string
		group *string // nil = none
		start wire.Start
		limit int
	}
	ackTopic struct {
		name, group string
		partition   int
		upto        int64
	}
)

// assignment is one column = value of an UPDATE.
type assignment struct {
	column string
	value  expr
}

func (*createNamespace) isStatement() {}
func (*dropNamespace) isStatement()   {}
func (*createTable) isStatement()     {}
func (*dropTable) isStatement()       {}
func (*describeTable) isStatement()   {}
func (*showTables) isStatement()      {}
func (*showSpaces) isStatement()      {}
func (*useNamespace) isStatement()    {}
func (*insertRows) isStatement()      {}
func (*updateRows) isStatement()      {}
func (*deleteRows) isStatement()      {}
func (*selectRows) isStatement()      {}
func (*subscribeTo) isStatement()     {}
func (*transaction) isStatement()     {}
func (*createUser) isStatement()      {}
func (*alterUser) isStatement()       {}
func (*dropUser) isStatement()        {}
func (*createTopic) isStatement()     {}
func (*dropTopic) isStatement()       {}
func (*clearTopic) isStatement()      {}
func (*addSource) isStatement()       {}
func (*consumeTopic) isStatement()    {}
func (*ackTopic) isStatement()        {}

// splitStatements cuts a batch at its semicolons, outside of strings, comments and parentheses.
func splitStatements(sql string) ([]string, error) {
	tokens, err := tokenize(sql)
	if err != nil {
		return nil, err
	}
	var parts []string
	first := -1
	last, depth := 0, 0
	for _, t := range tokens {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if t.kind == tokEOF || depth <= 0 && t.is(";") {
			if first >= 0 {
				parts = append(parts, sql[first:last])
			}
			first = -1
			continue
		}
		if first < 0 {
			first = t.start
		}
		last = t.end
	}
	return parts, nil
}

// parseStatement parses one statement.
func parseStatement(sql string) (statement, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	st, err := p.statement()
	if err != nil {
		return nil, err
	}
	return st, p.end()
}

func (p *parser) statement() (statement, error) {
	first := p.peek()
	if first.kind == tokSymbol && first.text == "(" {
		return p.selectStatement()
	}
	switch strings.ToUpper(first.text) {
	case "SELECT", "WITH":
		return p.selectStatement()
	case "INSERT":
		return p.insertStatement()
	case "UPDATE":
		return p.updateStatement()
	case "DELETE":
		return p.deleteStatement()
	case "CREATE":
		return p.createStatement()
	case "DROP":
		return p.dropStatement()
	case "ALTER":
		return p.alterStatement()
	case "CLEAR", "CONSUME", "ACK":
		return p.topicStatement()
	case "BEGIN", "START", "COMMIT", "ROLLBACK":
		return p.transactionStatement()
	}
	switch {
	case p.accept("DESCRIBE", "TABLE"), p.accept("DESC", "TABLE"):
		name, err := p.name()
		return &describeTable{name}, err
	case p.accept("SHOW", "NAMESPACES"):
		return &showSpaces{}, nil
	case p.accept("SHOW", "TABLES"):
		return p.showTables()
	case p.accept("USE", "NAMESPACE"), p.accept("SET", "NAMESPACE"), p.accept("USE"):
		name, err := p.textOrName()
		return &useNamespace{name}, err
	case p.accept("SUBSCRIBE", "TO"):
		return p.subscribeStatement()
	}
	return nil, p.fail("an SQL statement")
}

func (p *parser) selectStatement() (statement, error) {
	q, err := p.query()
	return &selectRows{q}, err
}

func (p *parser) showTables() (statement, error) {
	st := &showTables{}
	var err error
	if _, ok := p.acceptAny("IN", "FROM"); ok {
		p.accept("NAMESPACE")
		st.namespace, err = p.textOrName()
	}
	return st, err
}

// subscribeStatement parses SUBSCRIBE TO SELECT … or SUBSCRIBE TO table [WHERE …] [OPTIONS (…)].
func (p *parser) subscribeStatement() (statement, error) {
	start := p.peek()
	whole := start.is("SELECT")
	end := start.start
	for ; p.peek().kind != tokEOF && !p.peek().is(";"); p.next() {
		if p.peek().is("OPTIONS") {
			for p.peek().kind != tokEOF && !p.peek().is(";") {
				p.next()
			}
			break
		}
		end = p.peek().end
	}
	if end == start.start {
		return nil, p.fail("a table name")
	}
	sql := p.src[start.start:end]
	if !whole {
		sql = "SELECT * FROM " + sql
	}
	return &subscribeTo{sql}, nil
}

func (p *parser) transactionStatement() (statement, error) {
	word := strings.ToUpper(p.next().text)
	if word == "START" {
		word = "BEGIN"
		if err := p.expect("TRANSACTION"); err != nil {
			return nil, err
		}
	}
	_, _ = p.acceptAny("TRANSACTION", "WORK")
	return &transaction{word}, nil
}

// executeAs takes EXECUTE AS [USER] name (statement) apart; ok is false for anything else.
func executeAs(sql string) (user, inner string, ok bool, err error) {
	p, err := newParser(sql)
	if err != nil || !p.accept("EXECUTE", "AS") {
		return "", sql, false, nil
	}
	if next := p.ahead(1); next.kind == tokString || next.kind == tokWord || next.kind == tokQuoted {
		p.accept("USER")
	}
	t := p.peek()
	if user, err = p.textOrName(); err != nil || user == "" {
		return "", "", true, expected(sql, "a user id", t)
	}
	open := p.peek()
	if err := p.expect("("); err != nil {
		return "", "", true, err
	}
	tokens := p.tokens
	last := len(tokens) - 2
	if last >= 0 && tokens[last].is(";") {
		last--
	}
	if last < 0 || !tokens[last].is(")") || tokens[last].start <= open.start {
		return "", "", true, &syntaxError{"EXECUTE AS USER needs one statement in parentheses"}
	}
	inner = sql[open.end:tokens[last].start]
	parts, err := splitStatements(inner)
	if err == nil && len(parts) != 1 {
		err = &syntaxError{"EXECUTE AS USER takes a single SQL statement"}
	}
	return user, inner, true, err
}
