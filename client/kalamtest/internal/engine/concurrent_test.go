package engine

import (
	"fmt"
	"sync"
	"testing"

	"github.com/matryer/is"
)

func TestEngine_ManyGoroutinesTakeTurns(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE SHARED TABLE a.t (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), n INT)")
	told := 0
	e.OnChange(func(RowChange) { told++ }) // unguarded: the turn guards it, as -race proves
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 20 {
				must(t, e, root, fmt.Sprintf("INSERT INTO a.t (n) VALUES (%d), (%d)", worker, i))
				must(t, e, root, fmt.Sprintf("CREATE USER TABLE a.own%d_%d (id INT PRIMARY KEY); DROP TABLE a.own%d_%d", worker, i, worker, i))
				q, err := e.ParseLive(root, "SELECT * FROM a.t WHERE n = 1")
				if err != nil {
					t.Error(err)
					return
				}
				boundary, err := e.Boundary(t.Context(), q)
				if err != nil {
					t.Error(err)
				}
				if _, err := e.Page(t.Context(), q, PageRequest{Limit: 5, Boundary: boundary}); err != nil {
					t.Error(err)
				}
				_ = e.AddUser(fmt.Sprintf("u%d_%d", worker, i), "", RoleUser)
				e.Users()
			}
		})
	}
	wg.Wait()
	is.Equal(told, 320)
	is.Equal(ask(t, e, root, "SELECT COUNT(*) AS n, COUNT(DISTINCT _seq) AS s FROM a.t"), []string{`"320" "320"`})
}
