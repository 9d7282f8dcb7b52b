package client_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/rx"
)

// accounts is a sink whose transactions are rows, journal and checkpoint together.
type accounts struct {
	t       *testing.T
	rows    map[int64]item
	journal map[string]bool
	at      client.Checkpoint
	open    []client.Change[item] // not committed
	room    int                   // for so many changes; then it is killed
}

// take is what the stream's goroutine calls; nobody looks before it has come to rest.
func (l *accounts) take(c client.Change[item]) {
	if l.room == 0 {
		return
	}
	l.room--
	if l.open = append(l.open, c); c.Checkpoint().IsZero() {
		return
	}
	for _, c := range l.open {
		l.commit(c)
	}
	l.open, l.at = nil, c.Checkpoint()
}

func (l *accounts) commit(c client.Change[item]) {
	if c.Op >= client.Loaded {
		return
	}
	entry := fmt.Sprint(c.Key(), " ", c.Seq)
	if l.journal[entry] {
		l.t.Errorf("%v of %s is told twice", c.Op, entry)
	}
	l.journal[entry] = true
	if c.Op == client.Delete {
		delete(l.rows, c.Row.ID)
		return
	}
	l.rows[c.Row.ID] = c.Row
}

func (l *accounts) all() []item {
	all := make([]item, 0, len(l.rows))
	for _, row := range l.rows {
		all = append(all, row)
	}
	slices.SortFunc(all, func(a, b item) int { return int(a.ID - b.ID) })
	return all
}

// scramble changes rows at random, and sometimes cuts the sockets.
func (w *world) scramble(random *rand.Rand, table string) {
	for range 1 + random.IntN(12) {
		id := random.IntN(12)
		sql := fmt.Sprintf("UPDATE %s SET color = '%s', qty = %d WHERE id = %d", table, []string{"blue", "red"}[random.IntN(2)], random.IntN(99), id)
		switch random.IntN(8) {
		case 0:
			w.srv.CutConnections()
		case 1:
			sql = fmt.Sprintf("DELETE FROM %s WHERE id = %d", table, id)
		case 2, 3:
			sql = inserting(table, id, 1)
		}
		_ = w.srv.Exec(w.t.Context(), "root", sql) // an id may be taken
		time.Sleep(time.Duration(random.IntN(800)) * time.Millisecond)
	}
}

func TestCheckpoint_RandomRestartsLoseNothingAndRepeatNothing(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for n := range uint64(20) {
		inMemory(t, func(t *testing.T, w *world) {
			random := rand.New(rand.NewPCG(seed, n))
			c := w.client()
			sql := "SELECT * FROM " + w.items(c) + " WHERE color = 'blue'"
			table := w.ns + ".items"
			l := &accounts{t: t, rows: map[int64]item{}, journal: map[string]bool{}}
			for restart := range 8 {
				w.scramble(random, table) // while nobody looks
				l.open, l.room = nil, 1+random.IntN(15)
				if restart == 7 {
					l.room = -1 // it is never killed
				}
				sub := client.Changes[item](c, sql, client.FromCheckpoint(l.at)).Subscribe(t.Context(), rx.OnNext(l.take))
				w.scramble(random, table)
				if restart == 7 {
					time.Sleep(3 * time.Minute) // audits find what there is
				}
				sub.Unsubscribe()
				<-sub.Done()
				if err := sub.Err(); err != nil {
					t.Fatalf("round %d: %v", n, err)
				}
			}
			synctest.Wait()
			if got, want := fmt.Sprint(wordsOf(l.all())), fmt.Sprint(wordsOf(w.rowsOf(c, sql))); got != want {
				t.Errorf("round %d: %s instead of %s", n, got, want)
			}
		})
	}
}

// wordsOf is rows as text, with the numbers that they point to.
func wordsOf(rows []item) []string {
	words := make([]string, len(rows))
	for i, row := range rows {
		words[i] = fmt.Sprint(row.ID, " ", row.Color)
		if row.Qty != nil {
			words[i] += fmt.Sprint(" ", *row.Qty)
		}
	}
	return words
}
