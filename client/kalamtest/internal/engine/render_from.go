package engine

import (
	"net/http"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// from renders FROM with its joins and fills the scope.
func (r *renderer) from(s *selectCore, sc *scope) (string, error) {
	var b strings.Builder
	view := viewOf(s.where)
	for i, item := range s.from {
		sql, bound, err := r.relation(item, sc.outer, view)
		if err != nil {
			return "", err
		}
		sc.bindings = append(sc.bindings, bound)
		switch {
		case i == 0:
			b.WriteString(" FROM ")
		case item.join == ",":
			b.WriteString(", ")
		default:
			b.WriteString(" " + item.join + " ")
		}
		b.WriteString(sql)
		if item.on != nil {
			on, err := r.expr(item.on, sc)
			if err != nil {
				return "", err
			}
			b.WriteString(" ON " + on.sql)
		}
		if len(item.using) > 0 {
			on, err := r.using(item.using, sc)
			if err != nil {
				return "", err
			}
			b.WriteString(" ON " + on)
		}
	}
	return b.String(), nil
}

func (r *renderer) using(names []string, sc *scope) (string, error) {
	last := len(sc.bindings) - 1
	left, right := &scope{bindings: sc.bindings[:last]}, &scope{bindings: sc.bindings[last:]}
	var tests []string
	for _, name := range names {
		l, err := left.lookup(&column{name: name})
		if err != nil {
			return "", err
		}
		m, err := right.lookup(&column{name: name})
		if err != nil {
			return "", err
		}
		tests = append(tests, l.ref+" = "+m.ref)
	}
	return strings.Join(tests, " AND "), nil
}

// relation renders a table, a common table expression or a subquery.
func (r *renderer) relation(item fromItem, outer *scope, view rowView) (string, binding, error) {
	alias := r.nextAlias()
	if item.sub != nil {
		sql, columns, err := r.query(item.sub, outer)
		return "(" + sql + ") AS " + alias, bind(columns, alias, []string{item.alias}), err
	}
	if len(item.name) == 1 {
		name := strings.ToLower(item.name[0])
		if columns, ok := r.ctes[name]; ok {
			return quoteName(name) + " AS " + alias, bind(columns, alias, []string{orElse(item.alias, name)}), nil
		}
	}
	t, err := r.table(item.name)
	if err != nil {
		return "", binding{}, err
	}
	names := []string{t.id.Namespace, t.id.Name}
	if item.alias != "" {
		names = []string{item.alias}
	}
	var columns []outColumn
	for _, c := range t.all() {
		columns = append(columns, outColumn{name: c.name, typ: c.typ, flags: c.flags()})
	}
	return r.visible(t, view) + " AS " + alias, bind(columns, alias, names), nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// bind gives the columns their names inside the query.
func bind(columns []outColumn, alias string, names []string) binding {
	b := binding{names: names}
	for _, c := range columns {
		c.ref = alias + "." + quoteName(c.name)
		c.shown = strings.TrimPrefix(strings.Join(names, ".")+"."+c.name, ".")
		b.columns = append(b.columns, c)
	}
	return b
}

// table resolves a table name and checks that the session may read it.
func (r *renderer) table(name []string) (*table, error) {
	id, err := tableID(name, r.session)
	if err != nil {
		return nil, err
	}
	t := r.catalog.table(id)
	if t == nil || t.kind == SystemTable && !r.session.Role.Admin() {
		return nil, fail(classTable, "Error during planning: table 'kalam.", id.String(), "' not found")
	}
	if t.kind == SharedTable && r.as {
		return nil, sharedImpersonation(id)
	}
	if t.kind == SharedTable && !mayRead(t.access, r.session.Role) {
		return nil, fail(classDenied, "Access denied to shared table '", id.String(), "': access level '", string(t.access),
			"' requires elevated privileges")
	}
	if t.kind == SystemTable {
		r.system[t.store] = true
	} else if r.first == nil {
		r.first = t
	}
	return t, nil
}

func sharedImpersonation(id TableID) error {
	return refuse(http.StatusBadRequest, wire.CodeSQLExecutionError, "EXECUTE AS USER is not allowed on SHARED tables (table '",
		id.String(), "'). AS USER impersonation is only supported for USER and STREAM tables.")
}

// tableID resolves a name of one to three parts.
func tableID(name []string, s Session) (TableID, error) {
	if len(name) == 3 && strings.EqualFold(name[0], "kalam") {
		name = name[1:]
	}
	switch len(name) {
	case 1:
		return TableID{orElse(s.Namespace, "default"), name[0]}, nil
	case 2:
		return TableID{name[0], name[1]}, nil
	}
	return TableID{}, refuse(http.StatusBadRequest, wire.CodeInvalidSQL, "Invalid table name '", strings.Join(name, "."), "'")
}

// mayRead says which roles read a SHARED table.
func mayRead(access accessLevel, role Role) bool {
	switch access {
	case accessPublic:
		return true
	case accessDBA:
		return role.Admin()
	}
	return role != RoleUser
}

// rowView is what a WHERE asks of the stored rows, by the server's rules.
type rowView struct {
	tombstones bool // it compares _deleted = true plainly
	negative   bool // it compares _seq with a negative number, which finds nothing on SHARED tables
}

func viewOf(where expr) rowView {
	var v rowView
	for _, x := range conjuncts(where) {
		b, ok := x.(*binary)
		if !ok {
			continue
		}
		v.take(b.op, b.l, b.r)
		v.take(b.op, b.r, b.l)
	}
	return v
}

func (v *rowView) take(op string, a, b expr) {
	c, ok := stripped(a).(*column)
	if !ok {
		return
	}
	switch x := stripped(b).(type) {
	case *literal:
		if op == "=" && strings.EqualFold(c.name, deletedColumn) && x.kind == litBool && x.text == "true" {
			v.tombstones = true
		}
	case *unary:
		if strings.EqualFold(c.name, seqColumn) && x.op == "-" {
			v.negative = true
		}
	}
}

// visible renders what the session sees of a table.
func (r *renderer) visible(t *table, view rowView) string {
	var b strings.Builder
	b.WriteString("(SELECT ")
	for i, c := range t.all() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t.selected(c.name))
	}
	b.WriteString(" FROM " + t.store)
	if t.kind == SystemTable {
		return b.String() + ")"
	}
	owner := ""
	if t.scoped() {
		owner = r.session.User
	}
	b.WriteString(" WHERE _owner = " + quoteText(owner))
	if !view.tombstones {
		b.WriteString(" AND _deleted = 0")
	}
	if t.kind == StreamTable {
		b.WriteString(" AND _seq >= " + utoa(seqFloor(r.now.Add(-t.ttl))))
	}
	if view.negative && t.kind == SharedTable {
		b.WriteString(" AND 0")
	}
	return b.String() + ")"
}
