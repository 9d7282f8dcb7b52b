package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"unicode/utf8"

	"modernc.org/sqlite"
)

// memoryConnector opens private in-memory databases of its own driver, so that nothing is registered for the process.
type memoryConnector struct{ driver *sqlite.Driver }

// Connect opens another, empty database.
func (c memoryConnector) Connect(context.Context) (driver.Conn, error) {
	return c.driver.Open(":memory:")
}

// Driver gives the engine's own driver.
func (c memoryConnector) Driver() driver.Driver { return c.driver }

// database is the one SQLite connection of an engine. Used under the engine's turn. It is held as a *sql.Conn for its whole
// life, because an in-memory database ends with its connection.
type database struct {
	pool     *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func openDatabase() (*database, error) {
	d := &sqlite.Driver{}
	if err := d.RegisterCollationUtf8(decimalCollation, compareDecimal); err != nil {
		return nil, err
	}
	if err := d.RegisterDeterministicScalarFunction("regexp", -1, matchFolded); err != nil {
		return nil, err
	}
	pool := sql.OpenDB(memoryConnector{d})
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(context.Background())
	if err != nil {
		_ = pool.Close()
		return nil, err
	}
	db := &database{pool, conn, make(map[string]*sql.Stmt)}
	if err := db.exec(context.Background(), "PRAGMA case_sensitive_like = ON"); err != nil {
		db.close()
		return nil, err
	}
	return db, nil
}

func (db *database) close() {
	for _, s := range db.prepared {
		_ = s.Close()
	}
	_ = db.conn.Close()
	_ = db.pool.Close()
}

func (db *database) exec(ctx context.Context, query string, args ...any) error {
	_, err := db.conn.ExecContext(ctx, query, args...)
	return err
}

// execPrepared runs a statement that is run often, and tells how many rows it touched.
func (db *database) execPrepared(ctx context.Context, query string, args ...any) (int64, error) {
	stmt := db.prepared[query]
	if stmt == nil {
		var err error
		if stmt, err = db.conn.PrepareContext(ctx, query); err != nil {
			return 0, err
		}
		db.prepared[query] = stmt
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// forget closes the prepared statements that name a dropped table.
func (db *database) forget(store string) {
	for query, stmt := range db.prepared {
		if strings.Contains(query, store+" ") {
			_ = stmt.Close()
			delete(db.prepared, query)
		}
	}
}

// rows reads all rows of a query as nil, int64, float64, string or []byte.
func (db *database) rows(ctx context.Context, query string, args ...any) ([][]any, error) {
	rows, err := db.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	into := make([]any, len(names))
	var all [][]any
	for rows.Next() {
		row := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// matchFolded is ILIKE: SQLite's operator X REGEXP Y ESCAPE Z calls regexp(Y, X, Z).
func matchFolded(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	if len(args) < 2 || args[0] == nil || args[1] == nil {
		return nil, nil
	}
	var escape rune
	if len(args) > 2 {
		escape, _ = utf8.DecodeRuneInString(strings.ToLower(asText(args[2])))
	}
	if likeMatch(strings.ToLower(asText(args[1])), strings.ToLower(asText(args[0])), escape) {
		return int64(1), nil
	}
	return int64(0), nil
}
