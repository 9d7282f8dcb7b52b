package engine

import (
	"strings"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// Names of the system columns.
const (
	seqColumn      = "_seq" // in SQLite; by default also the name that clients see
	defaultVersion = seqColumn
	deletedColumn  = "_deleted"
	ownerColumn    = "_owner" // in SQLite only
)

// accessLevel says who may read a SHARED table.
type accessLevel string

const (
	accessPublic     accessLevel = "public"
	accessPrivate    accessLevel = "private"
	accessRestricted accessLevel = "restricted"
	accessDBA        accessLevel = "dba"
)

// tableColumn is one column as CREATE TABLE defined it.
type tableColumn struct {
	name        string
	typ         columnType
	notNull     bool
	primary     bool
	def         expr   // nil = none
	defText     string // as DESCRIBE shows it
	description string
}

func (c *tableColumn) flags() []string {
	if c.primary {
		return []string{"pk", "nn", "uq"}
	}
	if c.notNull {
		return []string{"nn"}
	}
	return nil
}

// table is a table's definition. It is immutable once published.
type table struct {
	id        TableID
	kind      TableKind
	access    accessLevel
	ttl       time.Duration // STREAM
	retention time.Duration // of tombstones
	columns   []*tableColumn
	pk        int    // index of the primary key column, -1 = none
	store     string // name of the SQLite table
	version   string // name of the column of row versions, as clients see it
	insertSQL string
}

func (t *table) scoped() bool { return t.kind == UserTable || t.kind == StreamTable }

// systemColumns gives the two columns that every table but those of system.* has after its own.
func systemColumns(version string) []*tableColumn {
	return []*tableColumn{
		{name: version, typ: wire.BigInt, notNull: true, description: "Version ID (MVCC) with embedded timestamp"},
		{name: deletedColumn, typ: wire.Boolean, notNull: true, defText: "FALSE", description: "Soft delete flag"},
	}
}

// all gives the columns that SELECT * shows.
func (t *table) all() []*tableColumn {
	if t.kind == SystemTable {
		return t.columns
	}
	return append(t.columns[:len(t.columns):len(t.columns)], systemColumns(t.version)...)
}

// selected renders a column of all for SQLite.
func (t *table) selected(name string) string {
	if name == t.version && name != seqColumn && t.kind != SystemTable {
		return seqColumn + " AS " + quoteName(name)
	}
	return quoteName(name)
}

// find gives a column's index among t.columns, by exact name first, then in any case; -1 if there is none.
func (t *table) find(name string) int {
	found := -1
	for i, c := range t.columns {
		if c.name == name {
			return i
		}
		if found < 0 && strings.EqualFold(c.name, name) {
			found = i
		}
	}
	return found
}

func (t *table) schema() wire.Schema {
	schema := make(wire.Schema, 0, len(t.columns)+2)
	for i, c := range t.all() {
		schema = append(schema, wire.Column{Name: c.name, Type: c.typ, Index: i, Flags: c.flags()})
	}
	return schema
}

// createSQL gives the statements that make the SQLite table.
func (t *table) createSQL() []string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + t.store + " (")
	for _, c := range t.columns {
		b.WriteString(quoteName(c.name) + " " + storedAs(c.typ) + ", ")
	}
	b.WriteString("_owner TEXT NOT NULL, _seq INTEGER NOT NULL, _deleted INTEGER NOT NULL)")
	statements := []string{b.String(), "CREATE INDEX " + t.store + "_seq ON " + t.store + " (_owner, _seq)"}
	if t.unique() {
		statements = append(statements, "CREATE UNIQUE INDEX "+t.store+"_pk ON "+t.store+" (_owner, "+
			quoteName(t.columns[t.pk].name)+")")
	}
	return statements
}

// unique reports whether the table keeps one row for each key: STREAM tables append.
func (t *table) unique() bool { return t.pk >= 0 && t.kind != StreamTable }

// buildInsertSQL gives the statement that inserts a row, or takes over the tombstone of its key; a live row of the same key
// leaves it without effect.
func (t *table) buildInsertSQL() string {
	var names, marks, sets strings.Builder
	for _, c := range t.columns {
		name := quoteName(c.name)
		names.WriteString(name + ", ")
		marks.WriteString("?, ")
		sets.WriteString(name + " = excluded." + name + ", ")
	}
	sql := "INSERT INTO " + t.store + " (" + names.String() + "_owner, _seq, _deleted) VALUES (" + marks.String() + "?, ?, 0)"
	if !t.unique() {
		return sql
	}
	return sql + " ON CONFLICT (_owner, " + quoteName(t.columns[t.pk].name) + ") DO UPDATE SET " + sets.String() +
		"_seq = excluded._seq, _deleted = 0 WHERE _deleted = 1"
}

// quoteName quotes an identifier for SQLite.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// quoteText quotes a string literal for SQLite. A NUL would end the statement's text.
func quoteText(text string) string {
	if strings.IndexByte(text, 0) >= 0 {
		return "CAST(X'" + hexText(text) + "' AS TEXT)"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func hexText(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(digits[text[i]>>4])
		b.WriteByte(digits[text[i]&15])
	}
	return b.String()
}
