package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// record notes what OnChange tells, in short.
func record(e *Engine) *[]string {
	var log []string
	e.OnChange(func(c RowChange) {
		text := fmt.Sprintf("%s %s/%s %s", c.Op, c.Table, c.Owner, strings.Join(texts(c.New), ","))
		if c.Old != nil {
			text += " was " + strings.Join(texts(c.Old), ",")
		}
		log = append(log, text)
	})
	return &log
}

func texts(v *Version) []string {
	var list []string
	for _, c := range v.Cells {
		list = append(list, string(c))
	}
	return list
}

func TestWrite_EveryCommittedVersionIsToldInOrder(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	log := record(e)
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY, v TEXT)")
	must(t, e, lena, "INSERT INTO a.u VALUES (1, 'x'), (2, 'y')", "UPDATE a.u SET v = NULL WHERE id > 0",
		"UPDATE a.u SET v = NULL WHERE id > 0", // changes nothing: no version, no event
		"DELETE FROM a.u WHERE id = 1", "INSERT INTO a.u VALUES (1, 'again')")
	is.Equal(*log, []string{
		`insert a.u/lena 1,"x"`, `insert a.u/lena 2,"y"`,
		`update a.u/lena 1,null was 1,"x"`, `update a.u/lena 2,null was 2,"y"`,
		`delete a.u/lena 1,null was 1,null`, `insert a.u/lena 1,"again"`,
	})
	is.Equal(len(ask(t, e, lena, "SELECT id FROM a.u WHERE _deleted = true")), 0) // inserted again: no tombstone left
}

func TestWrite_FailedStatementLeavesNothing(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	log := record(e)
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY, v INT NOT NULL)")
	for _, sql := range []string{"INSERT INTO a.u VALUES (1, 1), (2, NULL)", "INSERT INTO a.u VALUES (1, 1), (1, 2)",
		"INSERT INTO a.u VALUES (1, 1), (2, 99999999999)", "INSERT INTO a.u (id) VALUES (1)", "INSERT INTO a.u VALUES (1)",
		"INSERT INTO a.u VALUES (1, 'x')", "INSERT INTO a.u (id, id) VALUES (1, 1)"} {
		_, err := e.Exec(context.Background(), lena, sql, nil)
		is.True(err != nil)
	}
	is.Equal(len(ask(t, e, lena, "SELECT id FROM a.u")), 0)
	is.Equal(len(*log), 0)
}

func TestBatch_FirstFailureKeepsWhatRanBefore(t *testing.T) {
	e := open(t, Options{})
	log := record(e)
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY, v INT)")
	runRefused(t, e, []refusedCase{
		{"third fails", lena, "INSERT INTO a.u VALUES (1, 1); SELECT 1; INSERT INTO a.u VALUES (1, 2); INSERT INTO a.u VALUES (3, 3)",
			400, wire.CodeSQLExecutionError, "Statement 3 failed: "},
		{"parse error runs nothing", lena, "INSERT INTO a.u VALUES (7, 7); SELEC", 400, wire.CodeInvalidSQL, ""},
		{"open at the end", lena, "BEGIN; INSERT INTO a.u VALUES (8, 8)", 400, wire.CodeSQLExecutionError, "rolled back"},
		{"failure inside", lena, "BEGIN; INSERT INTO a.u VALUES (9, 9); INSERT INTO a.u VALUES (9, 9); COMMIT", 400, wire.CodeSQLExecutionError, "Statement 3 failed"},
		{"DDL inside", root, "BEGIN; CREATE NAMESPACE b; COMMIT", 400, wire.CodeSQLExecutionError, "not allowed inside a transaction"},
		{"commit of nothing", lena, "COMMIT", 400, wire.CodeSQLExecutionError, "No transaction"},
	})
	is := is.New(t)
	is.Equal(ask(t, e, lena, "SELECT id FROM a.u"), []string{"1"})
	is.Equal(*log, []string{"insert a.u/lena 1,1"})
	out := must(t, e, lena, "BEGIN; INSERT INTO a.u VALUES (2, 2); UPDATE a.u SET v = 5 WHERE id = 2; DELETE FROM a.u WHERE id = 1; COMMIT; SELECT id, v FROM a.u")
	var messages []string
	for _, r := range out.Results {
		messages = append(messages, r.Message)
	}
	is.Equal(messages, []string{"Transaction started", "Transaction committed", "", "Inserted 1 row(s)", "Updated 1 row(s)", "Deleted 1 row(s)"})
	is.Equal(cells(out.Results[2]), []string{"2 5"})
	is.Equal(len(*log), 4)
}

func TestTombstones_ShownByThePlainComparisonOnly(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	e := open(t, Options{Now: func() time.Time { return now }})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE SHARED TABLE a.s (id INT PRIMARY KEY, v TEXT)",
		"CREATE SHARED TABLE a.short (id INT PRIMARY KEY) WITH (DELETED_RETENTION_HOURS = 1)",
		"INSERT INTO a.s VALUES (1, 'x'), (2, 'y')", "DELETE FROM a.s WHERE id = 1",
		"INSERT INTO a.short VALUES (1)", "DELETE FROM a.short WHERE id = 1")
	for sql, want := range map[string]int{
		"_deleted = true": 1, "(true = _deleted)": 1, "_deleted = true AND v = 'x'": 1, "_deleted = true AND v = 'y'": 0,
		"_deleted = true OR _deleted = false": 1, "_deleted IN (true, false)": 1, "_deleted = false": 1, "_deleted": 0,
		"NOT (_deleted = false)": 0, "_seq > -1": 0, "_seq >= 0": 1, "-1 < _seq": 0,
	} {
		if got := len(ask(t, e, root, "SELECT id FROM a.s WHERE "+sql)); got != want {
			t.Errorf("WHERE %s: want %d rows, got %d", sql, want, got)
		}
	}
	row := must(t, e, root, "SELECT * FROM a.s WHERE _deleted = true").Results[0].Rows[0]
	is.Equal(string(row[1]), `"x"`) // the last values
	is.Equal(string(row[3]), "true")
	now = now.Add(2 * time.Hour)
	is.Equal(len(ask(t, e, root, "SELECT id FROM a.short WHERE _deleted = true")), 0)
	is.Equal(len(ask(t, e, root, "SELECT id FROM a.s WHERE _deleted = true")), 1)
	now = now.Add(168 * time.Hour)
	is.Equal(len(ask(t, e, root, "SELECT id FROM a.s WHERE _deleted = true")), 0)
	is.Equal(len(ask(t, e, root, "SELECT id FROM a.s")), 1)
}

func TestNegativeSeq_FindsNothingOnSharedTablesOnly(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.u (id INT PRIMARY KEY)", "INSERT INTO a.u VALUES (1)")
	is.Equal(ask(t, e, root, "SELECT id FROM a.u WHERE _seq > -1"), []string{"1"})
}

func TestStream_ExpiresDeletesAndRefusesUpdates(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	e := open(t, Options{Now: func() time.Time { return now }})
	log := record(e)
	must(t, e, root, "CREATE NAMESPACE a", "CREATE STREAM TABLE a.s (id TEXT PRIMARY KEY, v INT) WITH (TTL_SECONDS = 30)")
	must(t, e, lena, "INSERT INTO a.s VALUES ('x', 1), ('x', 2)") // a stream appends
	now = now.Add(20 * time.Second)
	must(t, e, lena, "INSERT INTO a.s VALUES ('y', 3)", "DELETE FROM a.s WHERE v = 2")
	is.Equal(ask(t, e, lena, "SELECT v FROM a.s"), []string{"1", "3"})
	now = now.Add(15 * time.Second)
	is.Equal(ask(t, e, lena, "SELECT v FROM a.s"), []string{"3"})
	is.Equal(must(t, e, lena, "DELETE FROM a.s WHERE v = 1").Results[0].RowCount, int64(0)) // expired
	now = now.Add(2 * time.Minute)
	is.Equal(len(ask(t, e, lena, "SELECT v FROM a.s")), 0)
	is.Equal(len(ask(t, e, lena, "SELECT v FROM a.s WHERE _deleted = true")), 0)
	is.Equal(len(*log), 4) // eviction is silent
	runRefused(t, e, []refusedCase{{"update", lena, "UPDATE a.s SET v = 1 WHERE v = 3", 400, wire.CodeSQLExecutionError, "UPDATE is not supported on STREAM"}})
}

func TestSequence_IsASnowflakeAndNeverGoesBack(t *testing.T) {
	is := is.New(t)
	at := time.UnixMilli(seqEpoch + 1000)
	s := &sequence{now: func() time.Time { return at }, node: 5}
	first := s.next()
	is.Equal(first, uint64(1000)<<22|5<<12)
	is.Equal(s.next(), first+1)
	last := first + 1
	for range 10_000 { // more than 4,096 in one millisecond, and a clock that goes back
		at = at.Add(-time.Microsecond)
		next := s.next()
		is.True(next > last)
		last = next
	}
	is.Equal(last>>12&0x3ff, uint64(5))
	is.Equal(seqFloor(time.UnixMilli(seqEpoch+1000)), uint64(1000)<<22)
}
