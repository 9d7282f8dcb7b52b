package engine

import (
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// outColumn is a column of a relation: of a table, a subquery or a result.
type outColumn struct {
	name  string
	typ   columnType
	nanos bool // a Timestamp in nanoseconds
	flags []string
	ref   string // how SQLite names it inside the query
	shown string // how the server names it in texts: namespace.table.column
}

// binding is one relation in the FROM of a SELECT.
type binding struct {
	names   []string // what qualifies its columns: alias, or namespace and table
	columns []outColumn
}

// scope is what the columns of an expression are looked up in.
type scope struct {
	bindings []binding
	outer    *scope
}

// qualified reports whether the qualifier names the binding: the last part, or more of its full name.
func (b *binding) qualified(qualifier []string) bool {
	if len(qualifier) > 0 && len(qualifier) == len(b.names)+1 && strings.EqualFold(qualifier[0], "kalam") {
		qualifier = qualifier[1:]
	}
	if len(qualifier) > len(b.names) {
		return false
	}
	tail := b.names[len(b.names)-len(qualifier):]
	for i, part := range qualifier {
		if !strings.EqualFold(part, tail[i]) {
			return false
		}
	}
	return true
}

// lookup finds a column here or in the scopes around.
func (sc *scope) lookup(c *column) (outColumn, error) {
	for at := sc; at != nil; at = at.outer {
		found, n := at.find(c)
		if n > 1 {
			return outColumn{}, fail(classOperation, "Schema error: Ambiguous reference to unqualified field ", c.name, ".")
		}
		if n == 1 {
			return found, nil
		}
	}
	return outColumn{}, sc.noField(c)
}

func (sc *scope) find(c *column) (found outColumn, n int) {
	for i := range sc.bindings {
		b := &sc.bindings[i]
		if !b.qualified(c.qualifier) {
			continue
		}
		for _, column := range b.columns {
			if strings.EqualFold(column.name, c.name) {
				found = column
				n++
				break
			}
		}
	}
	return found, n
}

func (sc *scope) noField(c *column) error {
	var valid []string
	for _, b := range sc.bindings {
		for _, column := range b.columns {
			valid = append(valid, column.shown)
		}
	}
	name := strings.Join(append(c.qualifier[:len(c.qualifier):len(c.qualifier)], c.name), ".")
	text := "Schema error: No field named " + name + "."
	if len(valid) > 0 {
		text += " Valid fields are " + strings.Join(valid, ", ") + "."
	}
	return fail(classOperation, text)
}

// outSchema is the schema of a result with these columns.
func outSchema(columns []outColumn) wire.Schema {
	schema := make(wire.Schema, len(columns))
	for i, c := range columns {
		schema[i] = wire.Column{Name: c.name, Type: c.typ, Index: i, Flags: c.flags}
	}
	return schema
}
