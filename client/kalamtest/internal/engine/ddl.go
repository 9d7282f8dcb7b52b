package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// maxName is the most characters a name may have.
const maxName = 64

// reservedNamespace lists names that CREATE NAMESPACE refuses.
func reservedNamespace(name string) bool {
	switch strings.ToLower(name) {
	case "system", "sys", "root", "kalamdb", "kalam", "main", "default", "sql", "admin", "internal", "information_schema",
		"pg_catalog", "datafusion":
		return true
	}
	return false
}

// reservedName lists words that cannot name a namespace, table or column.
func reservedName(name string) bool {
	switch strings.ToUpper(name) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "TABLE", "FROM", "WHERE", "ORDER", "GROUP", "HAVING",
		"LIMIT", "OFFSET", "JOIN", "UNION", "INTO", "VALUES", "SET", "AND", "OR", "NOT", "NULL", "TRUE", "FALSE", "AS", "ON", "IN",
		"IS", "LIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "END", "DISTINCT", "EXISTS", "PRIMARY", "WITH", "CAST":
		return true
	}
	return false
}

// checkName applies the server's rules for names: [A-Za-z][A-Za-z0-9_]*, at most 64 characters, no keyword.
func checkName(what, name string) error {
	switch {
	case name == "":
		return fail(classOperation, what, " name cannot be empty")
	case len(name) > maxName:
		return fail(classOperation, what, " name '", name, "' is too long (max ", itoa(maxName), " characters)")
	case name[0] == '_':
		return fail(classOperation, what, " name '", name, "' cannot start with an underscore")
	case isDigit(name[0]):
		return fail(classOperation, what, " name '", name, "' cannot start with a number")
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "":
		return fail(classOperation, what, " name '", name, "' contains invalid characters: only letters, digits and underscores")
	case reservedName(name):
		return fail(classOperation, what, " name '", name, "' is a reserved SQL keyword")
	}
	return nil
}

func (e *Engine) createNamespace(st *createNamespace) (string, error) {
	if err := checkName("Namespace", st.name); err != nil {
		return "", err
	}
	if reservedNamespace(st.name) {
		return "", fail(classOperation, "Namespace name '", st.name, "' is reserved")
	}
	if e.catalog.hasNamespace(st.name) {
		if st.ifNotExists {
			return "Namespace '" + st.name + "' already exists", nil
		}
		return "", fail(classExists, "Namespace '", st.name, "' already exists")
	}
	e.catalog.addNamespace(st.name)
	return "Namespace '" + st.name + "' created successfully", nil
}

// dropNamespace drops the namespace's tables too, with CASCADE or without, as the real server does.
func (e *Engine) dropNamespace(st *dropNamespace) (string, error) {
	if !e.catalog.hasNamespace(st.name) {
		if st.ifExists {
			return "Namespace '" + st.name + "' does not exist", nil
		}
		return "", fail(classNotFound, "Namespace '", st.name, "' not found")
	}
	if reservedNamespace(st.name) {
		return "", fail(classOperation, "Namespace '", st.name, "' is reserved and cannot be dropped")
	}
	_, tables := e.catalog.list()
	for _, t := range tables {
		if t.id.Namespace != st.name {
			continue
		}
		if err := e.removeTable(t); err != nil {
			return "", err
		}
	}
	e.catalog.dropNamespace(st.name)
	return "Namespace '" + st.name + "' dropped successfully", nil
}

// mayCreate says which roles create which kinds of table.
func mayCreate(kind TableKind, role Role) bool { return kind != SharedTable || role != RoleUser }

func (e *Engine) createTable(st *createTable, s Session) (string, error) {
	id, err := tableID(st.name, s)
	if err != nil {
		return "", err
	}
	t := *st.def
	t.id = id
	if t.kind == SharedTable && (s.Role == RoleUser || s.Role == RoleService) && s.User == id.Namespace {
		t.kind, t.access = UserTable, ""
	}
	if !mayCreate(t.kind, s.Role) {
		return "", fail(classUnauthorized, "Insufficient privileges to create ", string(t.kind), " tables")
	}
	if err := e.checkTable(&t); err != nil {
		return "", err
	}
	t.version = e.opts.VersionColumn
	if e.catalog.table(id) != nil {
		text := string(t.kind) + " table " + id.String() + " already exists"
		if st.ifNotExists {
			return "CREATE TABLE via Raft consensus: " + text + " (IF NOT EXISTS)", nil
		}
		return "", fail(classExists, "Table '", id.String(), "' already exists")
	}
	if t.retention == 0 {
		t.retention = e.opts.DeletedRetention
	}
	if err := e.makeStore(&t); err != nil {
		return "", err
	}
	e.catalog.addTable(&t)
	return "CREATE TABLE via Raft consensus: " + string(t.kind) + " table " + id.String() + " created successfully", nil
}

func (e *Engine) checkTable(t *table) error {
	if t.id.Namespace == "system" {
		return fail(classOperation, "Cannot create tables in namespace 'system'")
	}
	if !e.catalog.hasNamespace(t.id.Namespace) {
		return fail(classOperation, "Namespace '", t.id.Namespace, "' does not exist")
	}
	if err := checkName("Table", t.id.Name); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, c := range t.columns {
		if err := checkName("Column", c.name); err != nil {
			return err
		}
		if name := strings.ToLower(c.name); seen[name] {
			return fail(classOperation, "Duplicate column name '", c.name, "'")
		} else {
			seen[name] = true
		}
	}
	if t.pk < 0 && t.kind != StreamTable {
		return fail(classOperation, strings.ToUpper(string(t.kind)), " tables require a PRIMARY KEY column")
	}
	return nil
}

// makeStore makes the SQLite table.
func (e *Engine) makeStore(t *table) error {
	e.nameStore(t)
	return e.createStore(t)
}

func (e *Engine) nameStore(t *table) {
	e.catalog.made++
	t.store = "t" + itoa(e.catalog.made)
	t.insertSQL = t.buildInsertSQL()
}

func (e *Engine) createStore(t *table) error {
	for _, sql := range t.createSQL() {
		if err := e.db.exec(context.Background(), sql); err != nil {
			return fail(classExecution, err.Error())
		}
	}
	return nil
}

func (e *Engine) dropTable(st *dropTable, s Session) (string, error) {
	id, err := tableID(st.name, s)
	if err != nil {
		return "", err
	}
	if id.Namespace == "system" {
		return "", fail(classOperation, "Cannot DROP TABLE in system namespace '", id.String(), "'")
	}
	if !s.Role.Admin() {
		return "", fail(classUnauthorized, "Insufficient privileges to drop this table")
	}
	t := e.catalog.table(id)
	if t == nil {
		if st.ifExists {
			return "Table " + id.String() + " does not exist (skipped)", nil
		}
		return "", fail(classNotFound, "Table '", id.Name, "' not found in namespace '", id.Namespace, "'")
	}
	if err := e.removeTable(t); err != nil {
		return "", err
	}
	var job [6]byte
	_, _ = rand.Read(job[:])
	return "Table " + id.String() + " dropped successfully. Cleanup job: CL-" + hex.EncodeToString(job[:]), nil
}

func (e *Engine) removeTable(t *table) error {
	e.db.forget(t.store)
	if err := e.db.exec(context.Background(), "DROP TABLE "+t.store); err != nil {
		return fail(classExecution, err.Error())
	}
	e.catalog.dropTable(t.id)
	return nil
}
