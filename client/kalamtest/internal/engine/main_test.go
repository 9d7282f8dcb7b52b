package engine

import (
	"context"
	"testing"

	"github.com/matryer/is"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	root   = Session{User: "root", Role: RoleSystem}
	lena   = Session{User: "lena", Role: RoleUser}
	maxim  = Session{User: "max", Role: RoleUser}
	worker = Session{User: "worker", Role: RoleService}
	dora   = Session{User: "dora", Role: RoleDBA}
)

// open makes an engine that the test closes, with the users of the transcripts.
func open(t testing.TB, o Options) *Engine {
	t.Helper()
	is := is.New(t)
	e, err := New(o)
	is.NoErr(err)
	t.Cleanup(func() { is.NoErr(e.Close()) })
	for _, s := range []Session{root, lena, maxim, worker, dora} {
		is.NoErr(e.AddUser(s.User, "", s.Role))
	}
	return e
}

// must runs statements that have to work, each as a request of its own.
func must(t testing.TB, e *Engine, s Session, statements ...string) *Outcome {
	t.Helper()
	var last *Outcome
	for _, sql := range statements {
		out, err := e.Exec(context.Background(), s, sql, nil)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		last = out
	}
	return last
}

// cells gives a result's rows as text, cells joined by spaces.
func cells(r Result) []string {
	var rows []string
	for _, row := range r.Rows {
		text := ""
		for i, c := range row {
			if i > 0 {
				text += " "
			}
			text += string(c)
		}
		rows = append(rows, text)
	}
	return rows
}

// ask runs one query and gives its rows as text.
func ask(t testing.TB, e *Engine, s Session, sql string, params ...any) []string {
	t.Helper()
	out, err := e.Exec(context.Background(), s, sql, params)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return cells(out.Results[0])
}
