package engine

import (
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestAccess_SharedTablesByLevelAndRole(t *testing.T) {
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a")
	type may struct{ read, write bool }
	for level, want := range map[string]map[Role]may{
		"PUBLIC":     {RoleUser: {true, false}, RoleService: {true, true}, RoleDBA: {true, true}, RoleSystem: {true, true}},
		"PRIVATE":    {RoleUser: {false, false}, RoleService: {true, true}, RoleDBA: {true, true}, RoleSystem: {true, true}},
		"RESTRICTED": {RoleUser: {false, false}, RoleService: {true, true}, RoleDBA: {true, true}, RoleSystem: {true, true}},
		"DBA":        {RoleUser: {false, false}, RoleService: {false, false}, RoleDBA: {true, true}, RoleSystem: {true, true}},
	} {
		name := "a.t_" + level
		must(t, e, root, "CREATE SHARED TABLE "+name+" (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), v INT) WITH (ACCESS_LEVEL = '"+level+"')")
		for role, may := range want {
			t.Run(level+" "+string(role), func(t *testing.T) {
				is := is.New(t)
				s := Session{User: "someone", Role: role}
				_, err := e.Exec(t.Context(), s, "SELECT * FROM "+name, nil)
				is.Equal(err == nil, may.read)
				_, liveErr := e.ParseLive(s, "SELECT * FROM "+name)
				is.Equal(liveErr == nil, may.read)
				for _, sql := range []string{"INSERT INTO " + name + " (v) VALUES (1)", "UPDATE " + name + " SET v = 2 WHERE v = 1",
					"DELETE FROM " + name + " WHERE v = 2"} {
					_, err = e.Exec(t.Context(), s, sql, nil)
					is.Equal(err == nil, may.write)
					if err != nil {
						is.Equal(err.(*Error).Status, 403)
					}
				}
			})
		}
	}
}

func TestAccess_RowsOfUserAndStreamTablesAreTheUsersOwn(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY, v TEXT)", "CREATE STREAM TABLE a.s (id INT) WITH (TTL_SECONDS = 9)")
	for _, s := range []Session{lena, maxim, root} {
		must(t, e, s, "INSERT INTO a.u VALUES (1, '"+s.User+"')", "INSERT INTO a.s VALUES (1)")
	}
	must(t, e, lena, "UPDATE a.u SET v = 'changed' WHERE id = 1", "DELETE FROM a.s WHERE id = 1")
	is.Equal(ask(t, e, maxim, "SELECT v FROM a.u"), []string{`"max"`})
	is.Equal(ask(t, e, root, "SELECT v FROM a.u"), []string{`"root"`}) // no bypass for administrators
	is.Equal(len(ask(t, e, lena, "SELECT * FROM a.s")), 0)
	is.Equal(len(ask(t, e, maxim, "SELECT * FROM a.s")), 1)
}

func TestExecuteAs_Matrix(t *testing.T) {
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY)")
	allowed := map[string]string{"root": "root lena max worker dora", "dora": "lena max worker dora", "worker": "lena max worker", "lena": "lena"}
	for _, actor := range []Session{root, dora, worker, lena} {
		for _, target := range []Session{root, dora, worker, lena, maxim} {
			want := false
			for _, id := range []string{"root", "dora", "worker", "lena", "max"} {
				if id == target.User && containsWord(allowed[actor.User], id) {
					want = true
				}
			}
			t.Run(actor.User+" as "+target.User, func(t *testing.T) {
				is := is.New(t)
				out, err := e.Exec(t.Context(), actor, "EXECUTE AS USER '"+target.User+"' (SELECT CURRENT_USER() AS u FROM a.u);", nil)
				is.Equal(err == nil, want)
				if err != nil {
					is.Equal(err.(*Error).Code, wire.CodePermissionDenied)
					return
				}
				is.Equal(out.Results[0].AsUser, target.User)
			})
		}
	}
}

func containsWord(text, word string) bool {
	for len(text) >= len(word) {
		if text[:len(word)] == word && (len(text) == len(word) || text[len(word)] == ' ') {
			return true
		}
		text = text[1:]
	}
	return false
}

func TestExecuteAs_WritesAsTheTargetAndNeverOnSharedTables(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY)", "CREATE SHARED TABLE a.s (id INT PRIMARY KEY)")
	out, err := e.Exec(t.Context(), worker, "EXECUTE AS lena (INSERT INTO a.u VALUES ($1))", []any{5})
	is.NoErr(err)
	is.Equal(out.Results[0].AsUser, "lena")
	is.Equal(ask(t, e, lena, "SELECT id FROM a.u"), []string{"5"})
	runRefused(t, e, []refusedCase{
		{"select on shared", root, "EXECUTE AS USER 'lena' (SELECT * FROM a.s)", 400, wire.CodeSQLExecutionError, "EXECUTE AS USER is not allowed on SHARED tables (table 'a.s')"},
		{"insert on shared", root, "EXECUTE AS USER 'lena' (INSERT INTO a.s VALUES (1))", 400, wire.CodeSQLExecutionError, "not allowed on SHARED"},
		{"two statements", root, "EXECUTE AS USER 'lena' (SELECT 1; SELECT 2)", 400, wire.CodeInvalidInput, "single SQL statement"},
		{"no parentheses", root, "EXECUTE AS USER 'lena' SELECT 1", 400, wire.CodeInvalidInput, ""},
		{"unknown user", root, "EXECUTE AS USER 'nobody' (SELECT 1)", 400, wire.CodeSQLExecutionError, "User 'nobody' not found"},
	})
}

func TestUsers_CreateAlterDrop(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	is.Equal(must(t, e, root, "CREATE USER 'svc' WITH PASSWORD 'longenough' ROLE developer EMAIL 'x@y'").Results[0].Message, "User 'svc' created")
	u, ok := e.CheckPassword("svc", "longenough")
	is.True(ok)
	is.Equal(u.Role, RoleService)
	is.Equal(u.Email, "x@y")
	_, ok = e.CheckPassword("svc", "wrong-one")
	is.True(!ok)
	is.Equal(must(t, e, root, "ALTER USER 'svc' SET PASSWORD 'longenough2'").Results[0].Message, "User 'svc' updated")
	_, ok = e.CheckPassword("svc", "longenough")
	is.True(!ok)
	must(t, e, root, "ALTER USER svc SET ROLE admin")
	u, _ = e.User("svc")
	is.Equal(u.Role, RoleDBA)
	is.Equal(ask(t, e, root, "SELECT user_id, role, email FROM system.users WHERE user_id = 'svc'"), []string{`"svc" "dba" "x@y"`})
	_, ok = e.CheckPassword("lena", "")
	is.True(!ok) // no password, no login
	is.Equal(must(t, e, root, "DROP USER 'svc'").Results[0].Message, "User 'svc' dropped (soft delete)")
	_, ok = e.User("svc")
	is.True(!ok)
	is.True(e.AddUser("lena", "x", RoleUser) != nil)
	is.Equal(len(e.Users()), 5)
	runRefused(t, e, []refusedCase{
		{"short password", root, "CREATE USER x WITH PASSWORD 'short'", 400, wire.CodeSQLExecutionError, "Password must be 8 to 72"},
		{"bad id", root, "CREATE USER '../x' WITH INTERNAL", 400, wire.CodeSQLExecutionError, "Invalid user id"},
		{"exists", root, "CREATE USER lena WITH INTERNAL", 400, wire.CodeSQLExecutionError, "User 'lena' already exists"},
		{"bad role", root, "CREATE USER x WITH INTERNAL ROLE king", 400, wire.CodeInvalidSQL, "Invalid role 'king'"},
		{"by a service", worker, "CREATE USER x WITH INTERNAL", 403, wire.CodePermissionDenied, "Admin privileges"},
		{"own role", lena, "ALTER USER lena SET ROLE dba", 403, wire.CodePermissionDenied, "Admin privileges"},
		{"drop of nobody", root, "DROP USER nobody", 400, wire.CodeSQLExecutionError, "User 'nobody' not found"},
		{"system tables for a user", lena, "SELECT * FROM system.users", 400, wire.CodeSQLExecutionError, "SQL statement failed"},
		{"writing system tables", root, "DELETE FROM system.users WHERE user_id = 'lena'", 403, wire.CodePermissionDenied, "Cannot modify system table"},
	})
	must(t, e, lena, "ALTER USER lena SET PASSWORD 'my own one'")
	_, ok = e.CheckPassword("lena", "my own one")
	is.True(ok)
}
