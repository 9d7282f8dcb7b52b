package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// refusedCase is a statement that must fail with a status, a code and a part of the message.
type refusedCase struct {
	name   string
	who    Session
	sql    string
	status int
	code   wire.Code
	part   string
}

func runRefused(t *testing.T, e *Engine, tests []refusedCase) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			_, err := e.Exec(context.Background(), tt.who, tt.sql, nil)
			var got *Error
			is.True(errors.As(err, &got)) // an *Error
			is.Equal(got.Status, tt.status)
			is.Equal(got.Code, tt.code)
			is.True(errors.Is(err, tt.code))
			if !strings.Contains(got.Message, tt.part) {
				t.Fatalf("message %q has no %q", got.Message, tt.part)
			}
			if !tt.who.Role.Admin() {
				is.Equal(got.Details, "")
			}
		})
	}
}

func TestCreateTable_RefusesWhatTheServerRefuses(t *testing.T) {
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE TABLE a.t (id INT PRIMARY KEY)")
	const sqlErr, invalid = wire.CodeSQLExecutionError, wire.CodeInvalidSQL
	runRefused(t, e, []refusedCase{
		{"exists", root, "CREATE TABLE a.t (id INT PRIMARY KEY)", 400, sqlErr, "Already exists: Table 'a.t' already exists"},
		{"no namespace", root, "CREATE TABLE b.t (id INT PRIMARY KEY)", 400, sqlErr, "Namespace 'b' does not exist"},
		{"no key", root, "CREATE TABLE a.u (id INT)", 400, sqlErr, "PRIMARY KEY"},
		{"composite key", root, "CREATE TABLE a.u (id INT, b INT, PRIMARY KEY (id, b))", 400, invalid, "Composite PRIMARY KEYs"},
		{"two keys", root, "CREATE TABLE a.u (id INT PRIMARY KEY, b INT PRIMARY KEY)", 400, invalid, "Multiple PRIMARY KEY"},
		{"stream without TTL", root, "CREATE STREAM TABLE a.u (id INT)", 400, invalid, "TTL_SECONDS"},
		{"TTL elsewhere", root, "CREATE USER TABLE a.u (id INT PRIMARY KEY) WITH (TTL_SECONDS = 5)", 400, invalid, "only supported for STREAM"},
		{"access elsewhere", root, "CREATE USER TABLE a.u (id INT PRIMARY KEY) WITH (ACCESS_LEVEL = 'PUBLIC')", 400, invalid, "only supported for SHARED"},
		{"bad access", root, "CREATE TABLE a.u (id INT PRIMARY KEY) WITH (ACCESS_LEVEL = 'ALL')", 400, invalid, "Invalid ACCESS_LEVEL 'ALL'"},
		{"unknown option", root, "CREATE TABLE a.u (id INT PRIMARY KEY) WITH (COLOUR = 'x')", 400, invalid, "Unknown table option 'COLOUR'"},
		{"conflicting kinds", root, "CREATE USER TABLE a.u (id INT PRIMARY KEY) WITH (TYPE = 'SHARED')", 400, invalid, "Conflicting"},
		{"unknown type", root, "CREATE TABLE a.u (id MONEY PRIMARY KEY)", 400, invalid, "Unsupported SQL data type: MONEY"},
		{"underscore column", root, "CREATE TABLE a.u (id INT PRIMARY KEY, _x INT)", 400, sqlErr, "underscore"},
		{"keyword column", root, `CREATE TABLE a.u (id INT PRIMARY KEY, "select" INT)`, 400, sqlErr, "reserved SQL keyword"},
		{"column twice", root, "CREATE TABLE a.u (id INT PRIMARY KEY, ID TEXT)", 400, sqlErr, "Duplicate column"},
		{"long name", root, "CREATE TABLE a." + strings.Repeat("x", 65) + " (id INT PRIMARY KEY)", 400, sqlErr, "too long"},
		{"system namespace", root, "CREATE TABLE system.u (id INT PRIMARY KEY)", 400, sqlErr, "system"},
		{"embedding too wide", root, "CREATE TABLE a.u (id INT PRIMARY KEY, e EMBEDDING(8193))", 400, invalid, "8192"},
		{"decimal too wide", root, "CREATE TABLE a.u (id INT PRIMARY KEY, e DECIMAL(39,2))", 400, invalid, "DECIMAL"},
		{"default of columns", root, "CREATE TABLE a.u (id INT PRIMARY KEY, b INT DEFAULT id)", 400, invalid, "DEFAULT"},
		{"shared by a user", lena, "CREATE SHARED TABLE a.u (id INT PRIMARY KEY)", 403, wire.CodePermissionDenied, "Insufficient privileges to create shared tables"},
		{"redacted for a user", lena, "CREATE USER TABLE a.u (id MONEY PRIMARY KEY)", 400, invalid, "SQL statement is invalid or not allowed"},
		{"dropped by a user", lena, "DROP TABLE a.t", 403, wire.CodePermissionDenied, "Insufficient privileges to drop this table"},
		{"drop of nothing", root, "DROP TABLE a.nope", 400, sqlErr, "Table 'nope' not found in namespace 'a'"},
	})
	is := is.New(t)
	is.Equal(must(t, e, root, "CREATE TABLE IF NOT EXISTS a.t (id INT PRIMARY KEY)").Results[0].Message,
		"CREATE TABLE via Raft consensus: shared table a.t already exists (IF NOT EXISTS)")
	is.Equal(must(t, e, root, "DROP TABLE IF EXISTS a.nope").Results[0].Message, "Table a.nope does not exist (skipped)")
}

func TestCreateTable_UserKindsByRole(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE lena")
	must(t, e, lena, "CREATE USER TABLE lena.a (id INT PRIMARY KEY)", "CREATE STREAM TABLE lena.b (id INT) WITH (TTL_SECONDS = 9)")
	is.Equal(must(t, e, lena, "CREATE TABLE lena.c (id INT PRIMARY KEY)").Results[0].Message, // SHARED becomes USER in the own namespace
		"CREATE TABLE via Raft consensus: user table lena.c created successfully")
	must(t, e, worker, "CREATE SHARED TABLE lena.d (id INT PRIMARY KEY)")
	must(t, e, dora, "DROP TABLE lena.d")
}

func TestNamespace_RulesAndDrop(t *testing.T) {
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE TABLE a.t (id INT PRIMARY KEY)", "INSERT INTO a.t VALUES (1)")
	runRefused(t, e, []refusedCase{
		{"reserved", root, "CREATE NAMESPACE kalamdb", 400, wire.CodeSQLExecutionError, "reserved"},
		{"bad character", root, "CREATE NAMESPACE 'a-b'", 400, wire.CodeSQLExecutionError, "invalid characters"},
		{"digit first", root, "CREATE NAMESPACE '1a'", 400, wire.CodeSQLExecutionError, "cannot start with a number"},
		{"exists", root, "CREATE NAMESPACE a", 400, wire.CodeSQLExecutionError, "Statement 1 failed: Already exists: Namespace 'a' already exists"},
		{"not there", root, "DROP NAMESPACE zz", 400, wire.CodeSQLExecutionError, "Not found: Namespace 'zz' not found"},
		{"dropped by a service", worker, "DROP NAMESPACE a", 403, wire.CodePermissionDenied, "Admin privileges"},
	})
	is := is.New(t)
	is.Equal(must(t, e, root, "DROP NAMESPACE a").Results[0].Message, "Namespace 'a' dropped successfully") // without CASCADE, with its tables
	must(t, e, root, "CREATE NAMESPACE a", "CREATE TABLE a.t (id INT PRIMARY KEY)")
	is.Equal(len(ask(t, e, root, "SELECT * FROM a.t")), 0)
	must(t, e, root, "DROP NAMESPACE IF EXISTS zz", "INSERT INTO a.t VALUES (1)")
}

func TestColumnDefaults_AreFilledIn(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", `CREATE USER TABLE a.t (id BIGINT PRIMARY KEY AUTO_INCREMENT, u UUID DEFAULT UUID_V7(), l TEXT DEFAULT ULID(),
		w TEXT DEFAULT CURRENT_USER(), n INT DEFAULT -7, s TEXT DEFAULT 'x', at TIMESTAMP DEFAULT NOW(), d DECIMAL(6,2) DEFAULT 1.5)`,
	)
	must(t, e, lena, "INSERT INTO a.t (s) VALUES (DEFAULT), ('y')", "INSERT INTO a.t (id, n) VALUES (1, NULL)")
	is.Equal(ask(t, e, lena, "SELECT w, n, s, d FROM a.t WHERE id > 1"), []string{`"lena" -7 "x" "1.50"`, `"lena" -7 "y" "1.50"`})
	is.Equal(ask(t, e, lena, "SELECT n FROM a.t WHERE id = 1"), []string{"null"}) // an explicit NULL is no default
	row := must(t, e, lena, "SELECT id, u, l, at FROM a.t WHERE id > 1").Results[0].Rows[0]
	is.Equal(len(row[0]), 20)
	is.Equal(len(row[1]), 38)
	is.Equal(string(row[1][15]), "7") // version
	is.Equal(len(row[2]), 28)
	is.Equal(len(row[3]), 16)
	is.Equal(string(row[3][13:]), "000") // milliseconds only
	is.Equal(ask(t, e, lena, "SELECT COUNT(DISTINCT id) AS a, COUNT(DISTINCT u) AS b, COUNT(DISTINCT l) AS c FROM a.t"), []string{`"3" "3" "3"`})
}
