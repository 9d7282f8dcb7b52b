package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// oracle is what a table must hold: text of v and n by owner and key.
type oracle map[string]map[int][2]string

func (o oracle) rows(owner string) []string {
	var keys []int
	for k := range o[owner] {
		keys = append(keys, k)
	}
	sort.Ints(keys)
	var rows []string
	for _, k := range keys {
		rows = append(rows, fmt.Sprintf("%d %s %s", k, o[owner][k][0], o[owner][k][1]))
	}
	return rows
}

// TestRandomWrites_SelectAndChangesEqualTheOracle runs random writes on a USER and a SHARED table and compares with plain maps:
// what SELECT shows, what the fold of the changes gives, and which tombstones there are.
func TestRandomWrites_SelectAndChangesEqualTheOracle(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 2))
	is := is.New(t)
	e := open(t, Options{MaxQueryLimit: 100000, DefaultQueryLimit: 100000})
	folded := map[string]map[string]string{}
	var last uint64
	e.OnChange(func(c RowChange) {
		is.True(c.Seq > last) // strictly growing
		last = c.Seq
		scope := c.Table.Name + "/" + c.Owner
		if folded[scope] == nil {
			folded[scope] = map[string]string{}
		}
		key := string(c.New.Cells[0])
		before, had := folded[scope][key]
		is.Equal(had, c.Op != OpInsert)
		if had {
			is.Equal(before, strings.Join(texts(c.Old), " "))
		}
		folded[scope][key] = strings.Join(texts(c.New), " ")
		if c.Op == OpDelete {
			delete(folded[scope], key)
		}
	})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY, v TEXT, n INT)", "CREATE SHARED TABLE a.s (id INT PRIMARY KEY, v TEXT, n INT)")
	tables := map[string]oracle{"u": {}, "s": {}}
	dead := map[string]map[int]bool{}
	for range 1500 {
		name := []string{"u", "s"}[rnd.IntN(2)]
		s := []Session{root, worker}[rnd.IntN(2)]
		owner := ""
		if name == "u" {
			owner = s.User
		}
		if tables[name][owner] == nil {
			tables[name][owner] = map[int][2]string{}
			dead[name+owner] = map[int]bool{}
		}
		step(t, e, s, rnd, name, tables[name][owner], dead[name+owner])
	}
	for name, o := range tables {
		for owner, rows := range o {
			s := Session{User: owner, Role: RoleSystem}
			want := o.rows(owner)
			is.Equal(ask(t, e, s, "SELECT id, v, n FROM a."+name), want)
			var got []string
			for _, row := range folded[name+"/"+owner] {
				got = append(got, row)
			}
			slices.Sort(got)
			slices.Sort(want)
			is.Equal(got, want)
			is.Equal(len(ask(t, e, s, "SELECT id FROM a."+name+" WHERE _deleted = true")), len(dead[name+owner]))
			is.True(len(rows) > 0)
		}
	}
}

func step(t *testing.T, e *Engine, s Session, rnd *rand.Rand, name string, rows map[int][2]string, dead map[int]bool) {
	t.Helper()
	id, n := rnd.IntN(40), rnd.IntN(5)
	v := []string{"NULL", "'x'", "'it''s'", "'ü☕'"}[rnd.IntN(4)]
	text := map[string]string{"NULL": "null", "'x'": `"x"`, "'it''s'": `"it's"`, "'ü☕'": `"ü☕"`}[v]
	var sql string
	touched := 0
	switch rnd.IntN(4) {
	case 0, 1:
		sql = fmt.Sprintf("INSERT INTO a.%s VALUES (%d, %s, %d)", name, id, v, n)
		_, exists := rows[id]
		_, err := e.Exec(t.Context(), s, sql, nil)
		if (err != nil) != exists {
			t.Fatalf("%s: exists %v, error %v", sql, exists, err)
		}
		if !exists {
			rows[id] = [2]string{text, fmt.Sprint(n)}
			delete(dead, id)
		}
		return
	case 2:
		sql = fmt.Sprintf("UPDATE a.%s SET v = %s, n = n + %d WHERE id > %d AND id <= %d", name, v, n, id, id+3)
		for k, row := range rows {
			if k > id && k <= id+3 {
				var old int
				_, _ = fmt.Sscan(row[1], &old)
				rows[k] = [2]string{text, fmt.Sprint(old + n)}
				touched++
			}
		}
	case 3:
		sql = fmt.Sprintf("DELETE FROM a.%s WHERE id = %d OR n = %d AND v = %s", name, id, n, v)
		for k, row := range rows {
			if k == id || row[1] == fmt.Sprint(n) && row[0] == text && text != "null" {
				delete(rows, k)
				dead[k] = true
				touched++
			}
		}
	}
	if got := must(t, e, s, sql).Results[0].RowCount; int(got) != touched {
		t.Fatalf("%s: want %d rows, got %d", sql, touched, got)
	}
}

// TestRandomFilters_LiveEvaluatorAgreesWithSQL compares the live evaluator with SQLite on what both define alike: supported
// operators over rows without NULL.
func TestRandomFilters_LiveEvaluatorAgreesWithSQL(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 3))
	is := is.New(t)
	e := open(t, Options{DefaultQueryLimit: 1000})
	versions := make(map[string]*Version)
	e.OnChange(func(c RowChange) { versions[string(c.New.Cells[0])] = c.New })
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id BIGINT PRIMARY KEY, v TEXT, n INT, x DOUBLE, d DECIMAL(8,2), ok BOOLEAN)")
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	for i := range 60 {
		must(t, e, lena, fmt.Sprintf("INSERT INTO a.t VALUES (%d, %s, %d, %d.5, %d.25, %s)", i, pick("'a'", "'ab'", "'B'", "'ü'"), rnd.IntN(5), rnd.IntN(3),
			rnd.IntN(3), pick("true", "false")))
	}
	var condition func(depth int) string
	condition = func(depth int) string {
		if depth > 0 && rnd.IntN(3) > 0 {
			switch rnd.IntN(3) {
			case 0:
				return "NOT (" + condition(depth-1) + ")"
			case 1:
				return condition(depth-1) + " AND " + condition(depth-1)
			}
			return "(" + condition(depth-1) + " OR " + condition(depth-1) + ")"
		}
		return pick("v "+pick("=", "!=", "<>")+" "+pick("'a'", "'ü'"), "n "+pick("<", "<=", "=", "!=", ">", ">=")+" "+pick("0", "2", "2.5"),
			pick("1.5", "2")+" "+pick("<", ">=")+" x", "d "+pick("=", "<")+" "+pick("1.25", "2"), "ok = "+pick("true", "false"),
			"v "+pick("LIKE", "NOT LIKE", "ILIKE")+" "+pick("'a%'", "'_'", "'%b'"), "id > n")
	}
	for range 300 {
		where := condition(4)
		q, err := e.ParseLive(lena, "SELECT * FROM a.t WHERE "+where)
		is.NoErr(err)
		var live []string
		for i := range 60 {
			key := fmt.Sprintf(`"%d"`, i)
			ok, err := q.Matches(versions[key])
			is.NoErr(err)
			if ok {
				live = append(live, key)
			}
		}
		if got := ask(t, e, lena, "SELECT id FROM a.t WHERE "+where); !slices.Equal(got, live) {
			t.Fatalf("%s\nSQL  %v\nlive %v", where, got, live)
		}
	}
}
