package client_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// sink is what a consumer that saves rows and checkpoint together would hold. It is
// killed at random, and goes on from its checkpoint.
type sink struct {
	rows   map[int64]item
	at     client.Checkpoint
	killed bool
	bad    string
	gap    bool
}

func (k *sink) take(x client.Change[item]) {
	if k.killed {
		return
	}
	_, had := k.rows[x.Row.ID]
	switch x.Op {
	case client.Insert:
		k.rows[x.Row.ID] = x.Row
	case client.Update:
		if had && show(k.rows[x.Row.ID]) != show(*x.Before) && k.bad == "" {
			k.bad = fmt.Sprintf("update of %v from %v to %v", show(k.rows[x.Row.ID]), show(*x.Before), show(x.Row))
		}
		k.rows[x.Row.ID] = x.Row
	case client.Delete:
		delete(k.rows, x.Row.ID)
	case client.Gap:
		k.gap = true
	case client.Resynced:
		k.gap = false
	}
	if cp := x.Checkpoint(); !cp.IsZero() {
		k.at = cp
	}
}

// A sink that is killed at random and goes on from its checkpoint holds, at rest, what
// SELECT gives; in every mode that a live query can be in.
func TestHostile_RandomProgramsInEveryMode(t *testing.T) {
	n, seed := 40, rand.Uint64()%1_000_000_000
	if s := os.Getenv("HOSTILE_N"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	if s := os.Getenv("HOSTILE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	for i := range n {
		for _, mode := range []string{"checkpoint", "snapshot", "ongap", "stream", "listing"} {
			s := seed + uint64(i)
			t.Run(fmt.Sprint(mode, s), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { hostileProgram(t, mode, s) }) })
		}
	}
}

func hostileProgram(t *testing.T, mode string, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 11))
	srv := hostileServer(t, mode)
	exec := func(sql string) error { return srv.Exec(context.Background(), "root", sql) }
	c, err := client.New(srv.URL(), client.WithAuth(root()), client.WithDialer(srv.Dial))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()); <-c.Done() }()
	where := []string{"", " WHERE color = 'blue'", " WHERE qty > 4"}[random.IntN(3)]
	if mode != "checkpoint" && mode != "ongap" { // rows that leave the filter are found by readings only
		where = []string{"", " WHERE color = 'blue'"}[random.IntN(2)]
	}
	sql := "SELECT * FROM h.t" + where
	var log []string
	k := &sink{rows: map[int64]item{}}
	var sub *rx.Subscription
	begin := func() {
		live := []client.LiveOption{client.QueueLength(1 + random.IntN(8)), client.OnOverflow([]client.Overflow{client.Lossless, client.Conflate, client.Block}[random.IntN(3)])}
		if mode != "snapshot" && random.IntN(3) == 0 { // the server loses rows between pages
			live = append(live, client.BatchSize(1+random.IntN(6)))
		}
		if mode == "checkpoint" {
			live = append(live, client.FromCheckpoint(k.at))
		}
		if mode != "checkpoint" || k.at.IsZero() {
			k.rows = map[int64]item{}
		}
		if mode == "ongap" {
			live = append(live, client.WithExactness(client.OnGap))
		}
		slow := time.Duration(random.IntN(2)) * time.Millisecond
		mine := k
		sub = client.Changes[item](c, sql, live...).Subscribe(context.Background(), rx.OnNext(func(x client.Change[item]) {
			mine.take(x)
			if slow > 0 {
				time.Sleep(slow)
			}
		}))
	}
	fresh := -1
	begin()
	for range 10 + random.IntN(15) {
		id := random.IntN(10)
		var what string
		switch random.IntN(14) {
		case 0, 1, 2:
			if mode == "stream" { // where a key may come twice
				fresh++
				id = fresh
			}
			what = fmt.Sprintf("INSERT INTO h.t (id, color, qty) VALUES (%d, '%s', %d)", id, []string{"blue", "red"}[random.IntN(2)], random.IntN(9))
		case 3, 4:
			what = fmt.Sprintf("UPDATE h.t SET qty = %d WHERE id = %d", random.IntN(9), id)
		case 5:
			what = fmt.Sprintf("UPDATE h.t SET color = '%s' WHERE id = %d", []string{"blue", "red"}[random.IntN(2)], id)
		case 6, 7:
			what = fmt.Sprintf("DELETE FROM h.t WHERE id = %d", id)
		case 8:
			what = inserting("h.t", 100+random.IntN(1000), 20)
		case 9:
			srv.CutConnections()
			log = append(log, "cut")
		case 10:
			srv.HoldDelivery()
			log = append(log, "hold")
		case 11:
			srv.Release()
			log = append(log, "release")
		case 12:
			d := time.Duration(random.IntN(5000)) * time.Millisecond
			time.Sleep(d)
			log = append(log, fmt.Sprint("wait ", d))
		case 13:
			synctest.Wait()
			k = &sink{rows: k.rows, at: k.at, bad: k.bad}
			log = append(log, fmt.Sprintf("kill at %v", k.at))
			k.rows = maps.Clone(k.rows)
			sub.Unsubscribe()
			<-sub.Done()
			begin()
		}
		if what != "" {
			err := exec(what)
			log = append(log, fmt.Sprint(what[:min(60, len(what))], " ", err))
		}
		if random.IntN(3) == 0 {
			synctest.Wait()
		}
	}
	srv.Release()
	srv.CutConnections()
	time.Sleep(3 * time.Minute)
	synctest.Wait()
	want := map[int64]item{}
	rows, err := client.Query[item](context.Background(), c, sql+" LIMIT 1000")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		want[row.ID] = row
	}
	fail := k.differs(want)
	if k.gap {
		fail += "; the gap is open"
	}
	if sub.Err() != nil {
		fail += fmt.Sprint("; ended: ", sub.Err())
	}
	if fail != "" {
		t.Errorf("seed %d, %s, %s: %s\n%+v\n%s", seed, mode, sql, fail, c.Stats().All, strings.Join(log, "\n"))
	}
	sub.Unsubscribe()
	<-sub.Done()
}

// hostileServer is a server with an empty table for a mode.
func hostileServer(t *testing.T, mode string) *kalamtest.Server {
	opts := []kalamtest.Option{kalamtest.WithNetwork(rxtest.NewNetwork()), kalamtest.WithQueue(8), kalamtest.WithQueryRate(10_000)}
	switch mode {
	case "snapshot":
		opts = append(opts, kalamtest.WithHTTPHook(refusedHook("kalamrx_newest")))
	case "listing":
		opts = append(opts, kalamtest.WithHTTPHook(refusedHook("kalamrx_audit")))
	}
	srv := kalamtest.Start(t, opts...)
	exec := func(sql string) error { return srv.Exec(context.Background(), "root", sql) }
	_ = exec("CREATE NAMESPACE h")
	create := "CREATE TABLE h.t (" + itemColumns + ") WITH (TYPE = 'USER')"
	if mode == "stream" {
		create = "CREATE STREAM TABLE h.t (" + itemColumns + ") WITH (TTL_SECONDS = 8640000)"
	}
	if err := exec(create); err != nil {
		t.Fatal(err)
	}
	return srv
}

// differs says what is wrong with the sink's rows, or was on the way.
func (k *sink) differs(want map[int64]item) string {
	fail := k.bad
	for id, row := range want {
		if show(k.rows[id]) != show(row) {
			fail += fmt.Sprintf("; %d is %v, not %v", id, show(k.rows[id]), show(row))
		}
	}
	for id := range k.rows {
		if _, ok := want[id]; !ok {
			fail += fmt.Sprintf("; ghost %d %v", id, show(k.rows[id]))
		}
	}
	return fail
}
