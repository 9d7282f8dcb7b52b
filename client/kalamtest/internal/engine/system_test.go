package engine

import (
	"testing"

	"github.com/matryer/is"
)

// The SQLite tables of system.* are made when they are asked for; a transaction that is rolled back takes them away again.
func TestSystemTables_OutliveARollback(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	const names = "SELECT name FROM system.namespaces ORDER BY name"
	out := must(t, e, root, "BEGIN; "+names+"; ROLLBACK")
	is.Equal(cells(out.Results[1]), []string{`"default"`, `"system"`})
	must(t, e, root, "CREATE NAMESPACE a")
	for range 2 {
		is.Equal(ask(t, e, root, names), []string{`"a"`, `"default"`, `"system"`})
	}
	is.Equal(len(ask(t, e, root, "SELECT user_id FROM system.users")), 5)
}
