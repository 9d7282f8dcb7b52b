package client

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

const workload = "../../shared/kalamdb/transcripts/random-workload.jsonl"

// recorded is one line of the workload: a frame as the real server sent it, or the
// SELECT that a live query must equal at the end of a connection.
type recorded struct {
	Event string `json:"event"`
	Body  string `json:"body"`
	Sub   string `json:"sub"`
}

// message is as much of a recorded frame as the test reads by itself.
type message struct {
	Type       string           `json:"type"`
	Sub        string           `json:"subscription_id"`
	ChangeType string           `json:"change_type"`
	Rows       []map[string]any `json:"rows"`
	Old        []map[string]any `json:"old_values"`
	Control    struct {
		BatchNum  int      `json:"batch_num"`
		HasMore   bool     `json:"has_more"`
		LastSeqID wire.Seq `json:"last_seq_id"`
	} `json:"batch_control"`
}

type replayedQuery struct {
	name, sql string
	matches   func(row map[string]any) bool
}

// The three live queries of the workload, in the order of their subscribing.
var replayed = []replayedQuery{
	{"all", "SELECT * FROM trace.items", func(map[string]any) bool { return true }},
	{"blue", "SELECT * FROM trace.items WHERE (color = 'blue')", func(r map[string]any) bool { return r["color"] == "blue" }},
	{"slim", "SELECT id, qty FROM trace.items WHERE (qty > 50)", func(r map[string]any) bool {
		n, ok := r["qty"].(json.Number)
		v, err := n.Int64()
		return ok && err == nil && v > 50
	}},
}

func decodeJSON(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}

func readWorkload(t *testing.T) [][]recorded {
	f, err := os.Open(workload)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no recorded workload on this machine: " + workload)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rounds [][]recorded
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r recorded
		decodeJSON(t, lines.Text(), &r)
		switch r.Event {
		case "connect":
			rounds = append(rounds, nil)
		case "frame", "select":
			rounds[len(rounds)-1] = append(rounds[len(rounds)-1], r)
		}
	}
	return rounds
}

// listener keeps what the client asks for while a recording is played.
type listener struct {
	mu    sync.Mutex
	ids   []string       // of the live queries, in the order of their subscribing
	pages map[string]int // next_batch messages by id
}

func (l *listener) listen(p *peer) {
	for {
		_, text, err := p.ws.ReadMessage()
		if err != nil {
			return
		}
		m, err := wire.ParseClient(text)
		l.mu.Lock()
		switch m := m.(type) {
		case *wire.Subscribe:
			l.ids = append(l.ids, m.ID)
		case *wire.NextBatch:
			l.pages[m.SubscriptionID]++
		}
		l.mu.Unlock()
		if err != nil {
			p.t.Errorf("client sent %s: %v", text, err)
		}
	}
}

func (l *listener) id(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(replayed, func(q replayedQuery) bool { return q.name == name })
	return l.ids[i]
}

func (l *listener) asked(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pages[id]
}

// play sends one connection's frames, each page only when it was asked for.
func play(t *testing.T, p *peer, l *listener, round []recorded) {
	for _, r := range round {
		var m message
		if r.Event != "frame" {
			continue
		}
		decodeJSON(t, r.Body, &m)
		if m.Sub == "" {
			continue // auth_success was sent
		}
		id := l.id(m.Sub)
		if n := m.Control.BatchNum; m.Type == "initial_data_batch" && n > 0 {
			synctest.Wait()
			if l.asked(id) != n {
				t.Fatalf("%s: page %d was asked for %d times", m.Sub, n, l.asked(id))
			}
		}
		p.send(string(bytes.Replace([]byte(r.Body),
			[]byte(`"subscription_id":"`+m.Sub+`"`), []byte(`"subscription_id":"`+id+`"`), 1)))
	}
}

func TestReplay_FoldOfRecordedFramesIsTheRecordedSelect(t *testing.T) {
	for i, round := range readWorkload(t) {
		inScript(t, func(t *testing.T, s *scripted) {
			c := s.client()
			views := map[string]*record[View[wire.Row]]{}
			asked := &listener{pages: map[string]int{}}
			var p *peer
			for n, q := range replayed {
				views[q.name] = recordOf(t.Context(), Live[wire.Row](c, q.sql, WithExactness(PushOnly), BatchSize(7)))
				if n == 0 {
					p = s.accept()
					go asked.listen(p)
				}
				synctest.Wait()
			}
			play(t, p, asked, round)
			told, left, skipped := 0, 0, 0
			for _, q := range replayed {
				got, end := views[q.name].seen()
				is.New(t).Equal(end, "")
				told += len(got)
				l, s := compareWithSelect(t, q.name, got[len(got)-1], round)
				left, skipped = left+l, skipped+s
			}
			t.Logf("connection %d: %d views, 3 folds equal to SELECT but for %d rows that left a filter and %d that the server's paging skipped",
				i+1, told, left, skipped)
		})
	}
}

// compareWithSelect checks a view against the recorded SELECT: every row of it,
// cell by cell, and beyond it exactly the rows that left the filter. Rows that the
// server never sent are the only ones that may lack.
func compareWithSelect(t *testing.T, name string, v View[wire.Row], round []recorded) (ghosts, skipped int) {
	is := is.New(t)
	left, lost := leftFilter(t, name, round), skippedByPaging(t, name, round)
	inSelect := map[string]bool{}
	for _, row := range selected(t, name, round) {
		n, err := row.Get("id").Int64()
		is.NoErr(err)
		key := KeyOf(n)
		inSelect[key.String()] = true
		got, ok := v.Get(key)
		is.Equal(ok, !lost[key.String()]) // a row of the SELECT is in the view
		if !ok {
			skipped++
			continue
		}
		for column, cell := range row.All() {
			is.Equal(string(got.Get(column).Raw()), string(cell.Raw())) // and equal in every column
		}
	}
	for key := range v.All() {
		if !inSelect[key.String()] {
			ghosts++
			is.True(left[key.String()]) // beyond the SELECT there are only rows that left the filter
		}
	}
	is.Equal(ghosts, len(left)) // and all of those
	is.Equal(skipped, len(lost))
	return ghosts, skipped
}

// selected gives the rows of the recorded SELECT for a live query.
func selected(t *testing.T, name string, round []recorded) []wire.Row {
	is := is.New(t)
	var want wire.QueryResponse
	for _, r := range round {
		if r.Event == "select" && r.Sub == name {
			is.NoErr(wire.Unmarshal([]byte(r.Body), &want))
		}
	}
	decoder, err := wire.NewDecoder[wire.Row]()
	is.NoErr(err)
	rows := make([]wire.Row, len(want.Results[0].Rows))
	for i, raw := range want.Results[0].Rows {
		rows[i], err = decoder.Array(raw, want.Results[0].Schema)
		is.NoErr(err)
	}
	return rows
}

// skippedByPaging computes which rows of the SELECT the server itself left out of
// the snapshot: it reads one row more than a page has, sorts them by primary key,
// drops the last, and goes on behind the _seq of the last row it sent. If the one
// it dropped is older than that, no page has it. No frame names such a row, and a
// page that is not the last ends at or behind its _seq.
func skippedByPaging(t *testing.T, name string, round []recorded) map[string]bool {
	var pages []wire.Seq // where pages ended that are not the last
	named := map[string]bool{}
	for _, r := range round {
		if r.Event != "frame" {
			continue
		}
		var m message
		decodeJSON(t, r.Body, &m)
		if m.Sub != name {
			continue
		}
		for _, row := range append(m.Rows, m.Old...) {
			named[row["id"].(string)] = true
		}
		if m.Control.HasMore {
			pages = append(pages, m.Control.LastSeqID)
		}
	}
	lost := map[string]bool{}
	for _, row := range selected(t, name, round) {
		id, _ := row.Get("id").Text()
		behind := func(end wire.Seq) bool { return !end.Less(row.Seq()) }
		if !named[id] && slices.ContainsFunc(pages, behind) {
			lost[id] = true
		}
	}
	return lost
}

// leftFilter computes, from the changes of the unfiltered live query alone, which
// rows a filtered one was told of and then not told that they had gone: those
// whose last state does not match, after one that did.
func leftFilter(t *testing.T, name string, round []recorded) map[string]bool {
	i := slices.IndexFunc(replayed, func(q replayedQuery) bool { return q.name == name })
	matches := replayed[i].matches
	told, last := map[string]bool{}, map[string]bool{}
	for _, r := range round {
		if r.Event != "frame" {
			continue
		}
		var m message
		decodeJSON(t, r.Body, &m)
		rows := m.Rows
		if m.ChangeType == "delete" {
			rows = m.Old
		}
		for _, row := range rows {
			id, _ := row["id"].(string)
			if m.Sub == name {
				told[id] = m.ChangeType != "delete"
			}
			if m.Sub == "all" {
				last[id] = matches(row)
			}
		}
	}
	left := map[string]bool{}
	for id, is := range told {
		if is && !last[id] {
			left[id] = true
		}
	}
	return left
}
