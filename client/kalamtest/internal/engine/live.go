package engine

import (
	"errors"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// LiveQuery is a checked live query of one session. It is immutable and safe for concurrent use.
type LiveQuery struct {
	tbl     *table
	session Session
	columns []string // as projected; nil = SELECT *
	where   string   // text of the WHERE, "" = none
	filter  expr     // nil = none
	strict  bool     // see Options.StrictFilters
}

// ParseLive checks a live query for the session: SELECT columns | * FROM namespace.table [WHERE …]. Every error is a *LiveError.
func (e *Engine) ParseLive(s Session, sql string) (*LiveQuery, error) {
	core, err := liveSelect(sql, e.opts.VersionColumn)
	if err != nil {
		return nil, &LiveError{wire.CodeInvalidSQL, "Invalid SQL: " + err.Error()}
	}
	item := core.from[0]
	name := item.name
	if len(name) == 3 && strings.EqualFold(name[0], "kalam") {
		name = name[1:]
	}
	if len(name) != 2 {
		return nil, &LiveError{wire.CodeInvalidSQL, "Invalid SQL: Query must use namespace.table format"}
	}
	id := TableID{name[0], name[1]}
	t := e.catalog.table(id)
	if t == nil {
		return nil, &LiveError{wire.CodeNotFound, "Not found: Table not found: " + id.Namespace + ":" + id.Name}
	}
	if err := mayWatch(t, s.Role); err != nil {
		return nil, err
	}
	q := &LiveQuery{tbl: t, session: s, columns: projected(core.items, sql), strict: e.opts.StrictFilters}
	if core.where != nil {
		q.where = whereText(sql, s.User)
		q.filter = withUser(core.where, s.User)
		if err := q.checkFilter(); err != nil {
			return nil, &LiveError{wire.CodeUnsupported, "Unsupported filter: " + strings.TrimPrefix(err.Error(), errFilter.Error()+": ")}
		}
	}
	return q, nil
}

func mayWatch(t *table, role Role) error {
	shown := t.id.Namespace + ":" + t.id.Name
	switch {
	case t.kind == SystemTable && !role.Admin():
		return &LiveError{wire.CodeUnauthorized, "Permission denied: Cannot subscribe to system table '" + shown +
			"': insufficient privileges. Only DBA and system roles can subscribe to system tables."}
	case t.kind == SharedTable && !mayRead(t.access, role):
		return &LiveError{wire.CodeUnauthorized, "Permission denied: Cannot subscribe to shared table '" + shown + "': access level '" +
			string(t.access) + "' requires elevated privileges."}
	}
	return nil
}

// liveSelect parses the query and refuses everything that a live query cannot have, in the server's order and words.
func liveSelect(sql, version string) (*selectCore, error) {
	parts, err := splitStatements(sql)
	if err != nil {
		return nil, errors.New("Parse error: Failed to parse SQL: " + err.Error())
	}
	refuse := func(text string) error { return errors.New("Invalid SQL: " + text) }
	if len(parts) == 0 {
		return nil, refuse("Empty SQL statement")
	}
	stmt, err := parseStatement(parts[0])
	if err != nil {
		return nil, errors.New("Parse error: Failed to parse SQL: " + err.Error())
	}
	if len(parts) > 1 {
		return nil, refuse("Subscription query must contain exactly one SELECT statement")
	}
	sel, ok := stmt.(*selectRows)
	if !ok {
		return nil, refuse("Only SELECT queries are supported for subscriptions")
	}
	return liveCore(sel.q, version, refuse)
}

func liveCore(q *query, version string, refuse func(string) error) (*selectCore, error) {
	const only = "Only SELECT ... FROM ... [WHERE ...] is supported."
	const plain = "Subscription query supports only SELECT ... FROM ... [WHERE ...]."
	switch {
	case len(q.with) > 0:
		return nil, refuse("Subscription query does not support WITH clauses. " + only)
	case len(q.order) > 0:
		return nil, refuse("Subscription query does not support ORDER BY. " + only)
	case q.limit != nil || q.offset != nil || q.other:
		return nil, refuse(plain)
	}
	core, ok := q.body.(*selectCore)
	switch {
	case !ok:
		return nil, refuse("Subscription query supports only simple SELECT statements.")
	case core.distinct || core.having != nil:
		return nil, refuse(plain)
	case len(core.group) > 0:
		return nil, refuse("Subscription query does not support GROUP BY. " + only)
	case len(core.from) == 0 || len(core.from) > 1 && core.from[1].join == ",":
		return nil, refuse("Subscription query requires exactly one table in the FROM clause.")
	case len(core.from) > 1:
		return nil, refuse("Subscription query does not support JOIN clauses. " + only)
	case core.from[0].sub != nil:
		return nil, refuse("Subscription query requires a direct table reference in FROM.")
	}
	for _, item := range core.items {
		c, ok := item.x.(*column)
		if ok && (strings.EqualFold(c.name, version) || strings.EqualFold(c.name, deletedColumn)) {
			return nil, refuse("Subscription query cannot project system columns '" + version + "' or '_deleted'.")
		}
	}
	return core, nil
}

// projected gives the projection as column names: expressions and aliases count as such, as on the server. nil = all.
func projected(items []selectItem, sql string) []string {
	var names []string
	for _, item := range items {
		switch x := item.x.(type) {
		case nil:
			return nil
		case *column:
			names = append(names, orElse(item.alias, strings.Join(append(x.qualifier[:len(x.qualifier):len(x.qualifier)], x.name), ".")))
		case *call:
			names = append(names, orElse(item.alias, callText(x, sql)))
		default:
			names = append(names, orElse(item.alias, "?column?"))
		}
	}
	return names
}

// callText finds the text of a function call in the query.
func callText(c *call, sql string) string {
	tokens, err := tokenize(sql)
	if err != nil {
		return c.name
	}
	for i, t := range tokens {
		if !t.is(c.name) || !tokens[i+1].is("(") {
			continue
		}
		depth := 0
		for _, end := range tokens[i+1:] {
			switch {
			case end.is("("):
				depth++
			case end.is(")"):
				if depth--; depth == 0 {
					return sql[t.start:end.end]
				}
			}
		}
	}
	return c.name
}

// whereText cuts the WHERE's condition out of a query that liveSelect took, with CURRENT_USER() replaced.
func whereText(sql, user string) string {
	tokens, err := tokenize(sql)
	if err != nil {
		return ""
	}
	var b strings.Builder
	depth, inside, last := 0, false, 0
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if !inside {
			inside = depth == 0 && t.is("WHERE")
			last = t.end
			continue
		}
		if t.kind == tokEOF || t.is(";") {
			break
		}
		if t.is("CURRENT_USER") && i+2 < len(tokens) && tokens[i+1].is("(") && tokens[i+2].is(")") {
			b.WriteString(" " + quoteText(user))
			i += 2
			last = tokens[i].end
			continue
		}
		b.WriteString(sql[last:t.end])
		last = t.end
	}
	return strings.TrimSpace(b.String())
}

// withUser replaces CURRENT_USER() in a filter.
func withUser(x expr, user string) expr {
	switch x := x.(type) {
	case *call:
		if x.name == "CURRENT_USER" && len(x.args) == 0 {
			return &literal{litString, user}
		}
	case *paren:
		return &paren{withUser(x.x, user)}
	case *unary:
		return &unary{x.op, withUser(x.x, user)}
	case *binary:
		return &binary{x.op, withUser(x.l, user), withUser(x.r, user)}
	case *inTest:
		list := make([]expr, len(x.list))
		for i, item := range x.list {
			list[i] = withUser(item, user)
		}
		return &inTest{withUser(x.x, user), list, x.sub, x.not}
	case *like:
		return &like{withUser(x.x, user), withUser(x.pattern, user), x.escape, x.not, x.fold}
	}
	return x
}

// Table names the table that the query watches.
func (q *LiveQuery) Table() TableID { return q.tbl.id }

// Schema gives the schema of the acknowledgement: all columns, or the projected ones that the table has, each with its place in
// the projection.
func (q *LiveQuery) Schema() wire.Schema {
	all := q.tbl.schema()
	if q.columns == nil {
		return all
	}
	schema := wire.Schema{}
	for i, name := range q.columns {
		for _, c := range all {
			if strings.EqualFold(c.Name, name) {
				c.Index = i
				schema = append(schema, c)
				break
			}
		}
	}
	return schema
}

// Concerns reports whether the change is of the query's table and scope. It says nothing of the filter: see Matches.
func (q *LiveQuery) Concerns(c RowChange) bool {
	return c.table == q.tbl && (!q.tbl.scoped() || c.Owner == q.session.User)
}
