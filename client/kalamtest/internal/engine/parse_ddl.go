package engine

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (p *parser) createStatement() (statement, error) {
	p.next()
	if p.accept("NAMESPACE") {
		st := &createNamespace{ifNotExists: p.accept("IF", "NOT", "EXISTS")}
		var err error
		st.name, err = p.textOrName()
		return st, err
	}
	if p.accept("TOPIC") {
		return p.createTopic()
	}
	kind, typed := p.acceptAny("USER", "SHARED", "STREAM")
	if p.accept("TABLE") {
		return p.createTable(TableKind(strings.ToLower(kind)))
	}
	if typed && kind == "USER" {
		return p.createUserStatement()
	}
	return nil, p.fail("an object type after CREATE")
}

func (p *parser) dropStatement() (statement, error) {
	p.next()
	switch {
	case p.accept("TOPIC"):
		name, err := p.topicName()
		return &dropTopic{name}, err
	case p.accept("NAMESPACE"):
		st := &dropNamespace{ifExists: p.accept("IF", "EXISTS")}
		var err error
		st.name, err = p.textOrName()
		p.accept("CASCADE")
		return st, err
	case p.accept("USER") && !p.peek().is("TABLE"):
		st := &dropUser{ifExists: p.accept("IF", "EXISTS")}
		var err error
		st.user, err = p.textOrName()
		return st, err
	}
	_, _ = p.acceptAny("SHARED", "STREAM")
	if err := p.expect("TABLE"); err != nil {
		return nil, err
	}
	st := &dropTable{ifExists: p.accept("IF", "EXISTS")}
	var err error
	st.name, err = p.name()
	return st, err
}

func (p *parser) alterStatement() (statement, error) {
	p.next()
	if p.accept("TOPIC") {
		return p.addSource()
	}
	if !p.accept("USER") {
		return nil, p.fail("USER or TOPIC after ALTER: kalamtest alters nothing else yet")
	}
	st := &alterUser{}
	var err error
	if st.user, err = p.textOrName(); err != nil {
		return nil, err
	}
	if err := p.expect("SET"); err != nil {
		return nil, err
	}
	what, ok := p.acceptAny("PASSWORD", "ROLE", "EMAIL")
	if !ok {
		return nil, p.fail("PASSWORD, ROLE or EMAIL")
	}
	st.what = what
	st.value, err = p.textOrName()
	return st, err
}

// createUserStatement parses CREATE USER 'id' WITH PASSWORD 'x' | OAUTH ['…'] | INTERNAL [ROLE r] [EMAIL 'e'].
func (p *parser) createUserStatement() (statement, error) {
	st := &createUser{ifNotExistsToo: p.accept("IF", "NOT", "EXISTS"), role: RoleUser}
	var err error
	if st.user, err = p.textOrName(); err != nil {
		return nil, err
	}
	if err := p.expect("WITH"); err != nil {
		return nil, err
	}
	var ok bool
	if st.auth, ok = p.acceptAny("PASSWORD", "OAUTH", "INTERNAL"); !ok {
		return nil, p.fail("PASSWORD, OAUTH or INTERNAL")
	}
	if p.peek().kind == tokString {
		if text := p.next().text; st.auth == "PASSWORD" {
			st.password = text
		}
	} else if st.auth == "PASSWORD" {
		return nil, p.fail("a password in quotes")
	}
	for {
		switch {
		case p.accept("ROLE"):
			name, err := p.textOrName()
			if err != nil {
				return nil, err
			}
			if st.role, ok = parseRole(name); !ok {
				return nil, &syntaxError{"Invalid role '" + name + "'"}
			}
		case p.accept("EMAIL"):
			if st.email, err = p.textOrName(); err != nil {
				return nil, err
			}
		default:
			return st, nil
		}
	}
}

func parseRole(name string) (Role, bool) {
	switch strings.ToLower(name) {
	case "user", "viewer", "readonly":
		return RoleUser, true
	case "service", "developer", "analyst":
		return RoleService, true
	case "dba", "admin":
		return RoleDBA, true
	case "system":
		return RoleSystem, true
	}
	return "", false
}

func (p *parser) createTable(kind TableKind) (statement, error) {
	st := &createTable{ifNotExists: p.accept("IF", "NOT", "EXISTS"), def: &table{kind: kind, pk: -1}}
	var err error
	if st.name, err = p.name(); err != nil {
		return nil, err
	}
	if len(st.name) > 2 {
		return nil, &syntaxError{"Invalid table name format. Expected 'table_name' or 'namespace.table_name'"}
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	for {
		if err := p.tableElement(st.def); err != nil {
			return nil, err
		}
		if !p.accept(",") {
			break
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if p.accept("USING") {
		if _, err := p.identifier(); err != nil {
			return nil, err
		}
	}
	options, err := p.tableOptions()
	if err != nil {
		return nil, err
	}
	return st, applyOptions(st.def, options)
}

// tableElement parses one column or PRIMARY KEY (column).
func (p *parser) tableElement(def *table) error {
	if p.accept("PRIMARY", "KEY") {
		names, err := p.nameList()
		if err != nil {
			return err
		}
		if len(names) != 1 {
			return &syntaxError{"Composite PRIMARY KEYs are not supported yet"}
		}
		at := def.find(names[0])
		if at < 0 {
			return &syntaxError{"PRIMARY KEY column '" + names[0] + "' not found in table definition"}
		}
		return setPrimary(def, at)
	}
	if p.accept("UNIQUE") {
		_, err := p.nameList()
		return err
	}
	name, err := p.identifier()
	if err != nil {
		return err
	}
	typeWord := strings.ToUpper(p.peek().text)
	c := &tableColumn{name: name}
	if c.typ, err = p.columnType(); err != nil {
		return err
	}
	if strings.Contains(typeWord, "SERIAL") {
		setSnowflake(c)
	}
	def.columns = append(def.columns, c)
	return p.columnOptions(def, c)
}

func setPrimary(def *table, at int) error {
	if def.pk >= 0 {
		return &syntaxError{"Multiple PRIMARY KEY definitions found"}
	}
	def.pk = at
	def.columns[at].primary, def.columns[at].notNull = true, true
	return nil
}

func setSnowflake(c *tableColumn) {
	c.def, c.defText = &call{name: "SNOWFLAKE_ID"}, "SNOWFLAKE_ID()"
}

func (p *parser) columnOptions(def *table, c *tableColumn) error {
	for {
		switch {
		case p.accept("PRIMARY", "KEY"):
			if err := setPrimary(def, len(def.columns)-1); err != nil {
				return err
			}
		case p.accept("NOT", "NULL"):
			c.notNull = true
		case p.accept("NULL"), p.accept("UNIQUE"):
		case p.accept("AUTO_INCREMENT"), p.accept("AUTO", "INCREMENT"), p.accept("GENERATED", "ALWAYS", "AS", "IDENTITY"),
			p.accept("GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"):
			setSnowflake(c)
		case p.accept("DEFAULT"):
			if err := p.columnDefault(c); err != nil {
				return err
			}
		case p.accept("COMMENT"):
			text, err := p.textOrName()
			if err != nil {
				return err
			}
			c.description = text
		default:
			return nil
		}
	}
}

// columnDefault parses a literal or one of the functions that may stand as a default.
func (p *parser) columnDefault(c *tableColumn) error {
	start := p.peek().start
	x, err := p.signed()
	if err != nil {
		return err
	}
	inner := stripped(x)
	if u, ok := inner.(*unary); ok {
		inner = u.x
	}
	switch x := inner.(type) {
	case *literal:
	case *call:
		switch x.name {
		case "SNOWFLAKE_ID", "UUID_V7", "ULID", "NOW", "CURRENT_TIMESTAMP", "CURRENT_USER", "CURRENT_DATE":
		default:
			return &syntaxError{"Unsupported DEFAULT function '" + x.name + "'"}
		}
	default:
		return &syntaxError{"DEFAULT must be a literal or a function"}
	}
	c.def = x
	c.defText = p.src[start:p.tokens[p.at-1].end]
	return nil
}

// tableOptions parses [WITH|OPTIONS (name = value, …)].
func (p *parser) tableOptions() (map[string]string, error) {
	options := make(map[string]string)
	if _, ok := p.acceptAny("WITH", "OPTIONS"); !ok {
		return options, nil
	}
	if err := p.expect("("); err != nil {
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
		t := p.next()
		if t.kind != tokString && t.kind != tokWord && t.kind != tokNumber && t.kind != tokQuoted {
			return nil, expected(p.src, "a value", t)
		}
		options[strings.ToUpper(name)] = t.text
		if !p.accept(",") {
			return options, p.expect(")")
		}
	}
}

func applyOptions(def *table, options map[string]string) error {
	if requested, ok := options["TYPE"]; ok {
		kind := TableKind(strings.ToLower(requested))
		if kind != UserTable && kind != SharedTable && kind != StreamTable {
			return &syntaxError{"Invalid TYPE option '" + requested + "'. Supported: USER, SHARED, STREAM"}
		}
		if def.kind != "" && def.kind != kind {
			return &syntaxError{"Conflicting table type definitions: CREATE " + string(def.kind) + " TABLE vs TYPE option " + requested}
		}
		def.kind = kind
	}
	if def.kind == "" {
		def.kind = SharedTable
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if err := applyOption(def, name, options[name]); err != nil {
			return err
		}
	}
	if def.kind == StreamTable && def.ttl == 0 {
		return &syntaxError{"STREAM tables must specify 'TTL_SECONDS'"}
	}
	if def.kind == SharedTable && def.access == "" {
		def.access = accessPrivate
	}
	return nil
}

func applyOption(def *table, name, value string) error {
	only := func(kind TableKind) error {
		if def.kind != kind {
			return &syntaxError{name + " is only supported for " + strings.ToUpper(string(kind)) + " tables"}
		}
		return nil
	}
	switch name {
	case "TYPE", "STORAGE_ID", "FLUSH_POLICY":
		return nil
	case "USE_USER_STORAGE":
		return only(UserTable)
	case "DELETED_RETENTION_HOURS":
		hours, err := strconv.ParseUint(value, 10, 20)
		if err != nil {
			return &syntaxError{"Invalid DELETED_RETENTION_HOURS"}
		}
		def.retention = time.Duration(hours) * time.Hour
		return nil
	case "TTL_SECONDS":
		seconds, err := strconv.ParseUint(value, 10, 32)
		if err != nil || seconds == 0 {
			return &syntaxError{"Invalid TTL_SECONDS"}
		}
		def.ttl = time.Duration(seconds) * time.Second
		return only(StreamTable)
	case "ACCESS_LEVEL":
		def.access = accessLevel(strings.ToLower(value))
		switch def.access {
		case accessPublic, accessPrivate, accessRestricted, accessDBA:
			return only(SharedTable)
		}
		return &syntaxError{"Invalid ACCESS_LEVEL '" + value + "'. Supported: PUBLIC, PRIVATE, RESTRICTED, DBA"}
	}
	return &syntaxError{"Unknown table option '" + name + "'"}
}
