package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/kalamdb/kalamrx/wire"
)

// makeSystem makes the tables of system.*; in SQLite they are made and filled when a query names them, which few do.
func (e *Engine) makeSystem() {
	text := func(name string) *tableColumn { return &tableColumn{name: name, typ: wire.Text} }
	stamp := func(name string) *tableColumn { return &tableColumn{name: name, typ: wire.Timestamp} }
	number := func(name string, typ wire.DataType) *tableColumn { return &tableColumn{name: name, typ: typ} }
	key := func(name string) *tableColumn {
		return &tableColumn{name: name, typ: wire.Text, primary: true, notNull: true}
	}
	for name, columns := range map[string][]*tableColumn{
		"users":      {key("user_id"), text("role"), text("email"), text("auth_type"), stamp("created_at"), stamp("updated_at")},
		"namespaces": {key("namespace_id"), text("name")},
		"topics": {key("topic_id"), text("name"), text("alias"), number("partitions", wire.Int), number("retention_seconds", wire.BigInt),
			number("retention_max_bytes", wire.BigInt), stamp("created_at"), stamp("updated_at")},
		"topic_offsets": {text("topic_id"), text("group_id"), number("partition_id", wire.Int), number("last_acked_offset", wire.BigInt),
			stamp("updated_at")},
		"tables": {key("table_id"), text("namespace_id"), text("table_name"), text("table_type"), text("access_level")},
	} {
		t := &table{id: TableID{"system", name}, kind: SystemTable, columns: columns, pk: slices.IndexFunc(columns, func(c *tableColumn) bool { return c.primary })}
		e.nameStore(t)
		e.catalog.addTable(t)
	}
}

// fillSystem brings the system tables that the renderer met up to date.
func (e *Engine) fillSystem(ctx context.Context, r *renderer) error {
	for store := range r.system {
		if err := e.emptySystem(ctx, store); err != nil {
			return err
		}
		for _, row := range e.systemRows(store) {
			t := row.table
			args := append(row.values, "", int64(0))
			if _, err := e.db.execPrepared(ctx, t.insertSQL, args...); err != nil {
				return fail(classExecution, err.Error())
			}
		}
	}
	return nil
}

// emptySystem makes the SQLite table of a system table, or empties it. It asks SQLite whether it is there, because the
// transaction that made it may have been rolled back.
func (e *Engine) emptySystem(ctx context.Context, store string) error {
	there, err := e.rows(ctx, "SELECT 1 FROM sqlite_schema WHERE name = "+quoteText(store))
	if err != nil {
		return err
	}
	if len(there) == 0 {
		return e.createStore(e.catalog.stored(store))
	}
	if err := e.db.exec(ctx, "DELETE FROM "+store); err != nil {
		return fail(classExecution, err.Error())
	}
	return nil
}

type systemRow struct {
	table  *table
	values []any
}

func (e *Engine) systemRows(store string) []systemRow {
	var rows []systemRow
	namespaces, tables := e.catalog.list()
	for _, t := range tables {
		if t.store != store {
			continue
		}
		switch t.id.Name {
		case "users":
			for _, u := range e.users.rows() {
				rows = append(rows, systemRow{t, u})
			}
		case "namespaces":
			for _, name := range namespaces {
				rows = append(rows, systemRow{t, []any{name, name}})
			}
		case "topics":
			for _, values := range e.topics.rows() {
				rows = append(rows, systemRow{t, values})
			}
		case "topic_offsets":
			for _, values := range e.topics.offsetRows() {
				rows = append(rows, systemRow{t, values})
			}
		case "tables":
			for _, other := range tables {
				rows = append(rows, systemRow{t, []any{other.id.Namespace + ":" + other.id.Name, other.id.Namespace, other.id.Name,
					string(other.kind), orNull(string(other.access))}})
			}
		}
	}
	return rows
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// rows gives system.users' rows by id.
func (us *users) rows() [][]any {
	us.mu.RLock()
	defer us.mu.RUnlock()
	var rows [][]any
	for _, id := range slices.Sorted(maps.Keys(us.byID)) {
		u := us.byID[id]
		rows = append(rows, []any{u.ID, string(u.Role), orNull(u.Email), u.auth, u.Created.UnixMicro(), u.Updated.UnixMicro()})
	}
	return rows
}

// selectText answers a query of our own.
func (e *Engine) selectText(ctx context.Context, sql string, r *renderer) (Result, error) {
	st, err := parseStatement(sql)
	if err != nil {
		return Result{}, err
	}
	return e.selectRows(ctx, st.(*selectRows).q, r)
}

// showTables fails for roles user and service, as on the real server: it reads system.tables, which they cannot see.
func (e *Engine) showTables(ctx context.Context, st *showTables, r *renderer) (Result, error) {
	sql := "SELECT namespace_id, table_name, table_type FROM system.tables"
	if st.namespace != "" {
		sql += " WHERE namespace_id = " + quoteText(st.namespace)
	}
	return e.selectText(ctx, sql+" ORDER BY namespace_id, table_name", r)
}

// describe answers DESCRIBE TABLE.
func (e *Engine) describe(st *describeTable, r *renderer) (Result, error) {
	id, err := tableID(st.name, r.session)
	if err != nil {
		return Result{}, err
	}
	t := e.catalog.table(id)
	if t == nil {
		return Result{}, fail(classNotFound, "Table '", id.Name, "' not found in namespace '", id.Namespace, "'")
	}
	out := Result{Query: true, Schema: describeSchema()}
	for i, c := range t.all() {
		values := []any{c.name, int64(i + 1), int64(i + 1), sqlName(c.typ), flag(!c.notNull), flag(c.primary), orNull(c.defText),
			orNull(c.description), int64(1)}
		cells := make([][]byte, len(values))
		for j, v := range values {
			cells[j] = appendCell(nil, out.Schema[j].Type, v)
		}
		out.Rows = append(out.Rows, cells)
	}
	out.RowCount = int64(len(out.Rows))
	return out, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func describeSchema() wire.Schema {
	var schema wire.Schema
	for i, c := range []wire.Column{
		{Name: "column_name", Type: wire.Text}, {Name: "ordinal_position", Type: wire.Int}, {Name: "column_id", Type: wire.BigInt},
		{Name: "data_type", Type: wire.Text}, {Name: "is_nullable", Type: wire.Boolean}, {Name: "is_primary_key", Type: wire.Boolean},
		{Name: "column_default", Type: wire.Text}, {Name: "column_comment", Type: wire.Text}, {Name: "schema_version", Type: wire.Int},
	} {
		c.Index = i
		if c.Name != "column_default" && c.Name != "column_comment" {
			c.Flags = []string{"nn"}
		}
		schema = append(schema, c)
	}
	return schema
}

// subscribeRow answers SUBSCRIBE TO over HTTP: a description of what to send over the WebSocket; nothing is registered.
func (e *Engine) subscribeRow(st *subscribeTo, s Session) (Result, error) {
	if _, err := e.ParseLive(s, st.sql); err != nil {
		return Result{}, fail(classOperation, err.(*LiveError).Message)
	}
	subscription, err := json.Marshal(map[string]string{"id": "sub-" + utoa(e.ids.next()), "sql": st.sql})
	if err != nil {
		return Result{}, fail(classExecution, err.Error())
	}
	out := Result{Query: true, RowCount: 1}
	var cells [][]byte
	for i, c := range []struct{ name, value string }{{"status", "active"}, {"ws_url", "ws://localhost:8080/ws"},
		{"subscription", string(subscription)}, {"message", "WebSocket subscription created. Connect to ws_url to receive updates."}} {
		typ := wire.Text
		if c.name == "subscription" {
			typ = wire.JSON
		}
		out.Schema = append(out.Schema, wire.Column{Name: c.name, Type: typ, Index: i})
		cells = append(cells, appendString(nil, c.value))
	}
	out.Rows = [][][]byte{cells}
	return out, nil
}
