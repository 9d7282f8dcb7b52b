package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// recordedPage is one initial_data_batch of random-workload.jsonl.
type recordedPage struct {
	SubscriptionID string `json:"subscription_id"`
	Type           string
	Rows           []struct {
		ID  string
		Seq string `json:"_seq"`
	}
	Control struct {
		HasMore bool    `json:"has_more"`
		Last    *uint64 `json:"last_seq_id"`
	} `json:"batch_control"`
}

// recordedSnapshots gives the batches of each snapshot in order.
func recordedSnapshots(t *testing.T) [][]recordedPage {
	var done [][]recordedPage
	open := make(map[string][]recordedPage)
	for _, l := range transcript(t, "random-workload") {
		var p recordedPage
		if json.Unmarshal([]byte(l.Body), &p) != nil || p.Type != "initial_data_batch" {
			continue
		}
		open[p.SubscriptionID] = append(open[p.SubscriptionID], p)
		if !p.Control.HasMore {
			done = append(done, open[p.SubscriptionID])
			delete(open, p.SubscriptionID)
		}
	}
	return done
}

func TestPage_CutsPagesAsTheRecordedServerDid(t *testing.T) {
	is := is.New(t)
	pages, disorder := 0, 0
	for i, snapshot := range recordedSnapshots(t) {
		e := open(t, Options{})
		must(t, e, root, "CREATE NAMESPACE trace", "CREATE USER TABLE trace.items (id BIGINT PRIMARY KEY, qty INT)")
		store := e.catalog.table(TableID{"trace", "items"}).store
		for _, p := range snapshot {
			for _, row := range p.Rows { // the table as it was, with the recorded versions
				is.NoErr(e.db.exec(t.Context(), "INSERT OR REPLACE INTO "+store+" (id, _owner, _seq, _deleted) VALUES (?, 'lena', ?, 0)", row.ID, row.Seq))
			}
		}
		q, err := e.ParseLive(lena, "SELECT * FROM trace.items")
		is.NoErr(err)
		boundary, err := e.Boundary(t.Context(), q)
		is.NoErr(err)
		var after uint64
		for n, want := range snapshot {
			got, err := e.Page(t.Context(), q, PageRequest{Limit: 7, After: after, Boundary: boundary})
			is.NoErr(err)
			var wantIDs []string
			for _, row := range want.Rows {
				wantIDs = append(wantIDs, row.ID)
			}
			if gotIDs := pageIDs(t, got); !slices.Equal(gotIDs, wantIDs) || got.HasMore != want.Control.HasMore {
				t.Fatalf("snapshot %d page %d: want %v, got %v", i, n, wantIDs, gotIDs)
			}
			after = 0
			if want.Control.Last != nil {
				after = *want.Control.Last
			}
			is.Equal(got.LastSeqID, after)
			if highest(want) != after {
				disorder++
			}
			pages++
		}
	}
	t.Logf("%d pages, in %d of them last_seq_id is not the highest _seq", pages, disorder)
	is.True(pages > 90)
}

func highest(p recordedPage) uint64 {
	var top uint64
	for _, row := range p.Rows {
		n, _ := strconv.ParseUint(row.Seq, 10, 64)
		top = max(top, n)
	}
	return top
}

func pageIDs(t *testing.T, p Page) []string {
	var ids []string
	for _, raw := range p.Rows {
		var row struct{ ID any }
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, fmt.Sprint(row.ID))
	}
	return ids
}

// TestPage_MayLoseRows shows the server's fault that Page repeats: the cut takes the row of highest key, whatever its version.
func TestPage_MayLoseRows(t *testing.T) {
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY)")
	for _, id := range []int{9, 1, 2} {
		must(t, e, lena, fmt.Sprintf("INSERT INTO a.t VALUES (%d)", id))
	}
	q, err := e.ParseLive(lena, "SELECT * FROM a.t")
	is.NoErr(err)
	boundary, err := e.Boundary(context.Background(), q)
	is.NoErr(err)
	first, err := e.Page(context.Background(), q, PageRequest{Limit: 2, Boundary: boundary})
	is.NoErr(err)
	is.Equal(pageIDs(t, first), []string{"1", "2"}) // 9 was chosen too, and cut off
	second, err := e.Page(context.Background(), q, PageRequest{Limit: 2, After: first.LastSeqID, Boundary: boundary})
	is.NoErr(err)
	is.Equal(len(second.Rows), 0) // and never comes
	newest, err := e.Page(context.Background(), q, PageRequest{Limit: 1000, LastRows: 2, Boundary: boundary})
	is.NoErr(err)
	is.Equal(pageIDs(t, newest), []string{"2", "1"})
	is.True(!newest.HasMore)
}

func TestPage_AgainstAnOracle(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	is := is.New(t)
	e := open(t, Options{})
	must(t, e, root, "CREATE NAMESPACE a", "CREATE USER TABLE a.t (id INT PRIMARY KEY)")
	versions := make(map[int]uint64)
	e.OnChange(func(c RowChange) {
		id, _ := strconv.Atoi(string(c.New.Cells[0]))
		versions[id] = c.Seq
	})
	for _, id := range rnd.Perm(60) {
		must(t, e, lena, fmt.Sprintf("INSERT INTO a.t VALUES (%d)", id))
	}
	q, err := e.ParseLive(lena, "SELECT id FROM a.t")
	is.NoErr(err)
	boundary, err := e.Boundary(t.Context(), q)
	is.NoErr(err)
	for range 50 {
		limit := 1 + rnd.IntN(70)
		after := versions[rnd.IntN(60)]
		var want []int
		for id, seq := range versions {
			if seq > after {
				want = append(want, id)
			}
		}
		slices.SortFunc(want, func(a, b int) int { return int(versions[a]) - int(versions[b]) })
		want = want[:min(len(want), limit+1)]
		slices.Sort(want)
		more := len(want) > limit
		want = want[:min(len(want), limit)]
		got, err := e.Page(t.Context(), q, PageRequest{Limit: limit, After: after, Boundary: boundary})
		is.NoErr(err)
		is.Equal(got.HasMore, more)
		is.Equal(fmt.Sprint(pageIDs(t, got)), fmt.Sprint(want))
	}
}
