package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testEvents = 2000

// bench runs the program, and gives the one object that it prints.
func bench(t *testing.T, args ...string) figures {
	t.Helper()
	var out bytes.Buffer
	if err := run(append(args, "-json", "-n", fmt.Sprint(testEvents)), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var f figures
	d := json.NewDecoder(&out)
	if err := d.Decode(&f); err != nil || d.More() {
		t.Fatalf("not one object: %v, %s", err, &out)
	}
	return f
}

func TestBench_EveryModeOnItsOwnServer(t *testing.T) {
	for _, mode := range modes() {
		for _, subs := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", mode, subs), func(t *testing.T) {
				is := is.New(t)
				f := bench(t, "-mode", mode, "-subs", fmt.Sprint(subs))
				is.Equal(f.Mode, mode)
				is.Equal(f.Events, subs*testEvents)
				is.True(f.NsPerEvent > 0)
				is.True(f.BareNsPerEvent > 0)
				is.True(f.EventsPerSecond > 0)
				is.Equal(f.Ignored, 0)
			})
		}
	}
}

func TestBench_EveryModeOnKalamtest(t *testing.T) {
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			is := is.New(t)
			srv := chatServer(t, kalamtest.WithQueue(1<<20))
			go insertWhenSubscribed(t, srv, 0) // owner: the test; ends with the rows
			f := bench(t, "-url", srv.URL(), "-token", srv.Token("root"), "-mode", mode)
			is.Equal(f.Events, testEvents)
			is.Equal(f.Ignored, 0)
		})
	}
}

// A server that loses changes, as the real one does, shows in the gaps, and costs no event.
func TestBench_ExactCountsWhatIsRecovered(t *testing.T) {
	for _, mode := range []string{modeTyped, modeView} {
		t.Run(mode, func(t *testing.T) {
			is := is.New(t)
			srv := chatServer(t, kalamtest.WithQueue(16), kalamtest.WithQueryRate(1<<20))
			go insertWhenSubscribed(t, srv, 2) // owner: the test; ends with the rows
			f := bench(t, "-url", srv.URL(), "-token", srv.Token("root"), "-mode", mode, "-exact")
			is.Equal(f.Events, testEvents)
		})
	}
}

func chatServer(t *testing.T, opts ...kalamtest.Option) *kalamtest.Server {
	t.Helper()
	srv := kalamtest.Start(t, opts...)
	for _, sql := range []string{
		"CREATE NAMESPACE chat",
		"CREATE SHARED TABLE chat.messages (id BIGINT PRIMARY KEY, conversation_id BIGINT, sender TEXT, content TEXT, score DOUBLE, created_at TIMESTAMP) WITH (ACCESS_LEVEL = 'PUBLIC')",
	} {
		if err := srv.Exec(t.Context(), "root", sql); err != nil {
			t.Fatal(err)
		}
	}
	return srv
}

// insertWhenSubscribed writes the rows behind so many queries: one that reads what was there, and one that compares.
func insertWhenSubscribed(t *testing.T, srv *kalamtest.Server, queries int) {
	_, err := srv.Await(t.Context(), func(s kalamtest.Stats) bool { return s.SubscriptionsOpen > 0 && s.Queries >= queries })
	for first := 0; err == nil && first < testEvents; first += 100 {
		var rows []string
		for i := first; i < first+100; i++ {
			rows = append(rows, fmt.Sprintf("(%d, %d, 'lena', 'it''s a message', 0.25, NOW())", i, i%7))
		}
		err = srv.Exec(t.Context(), "root", "INSERT INTO chat.messages (id, conversation_id, sender, content, score, created_at) VALUES "+strings.Join(rows, ", "))
	}
	if err != nil {
		t.Error(err)
	}
}

func TestBench_AllModesAtOnce(t *testing.T) {
	is := is.New(t)
	var out bytes.Buffer
	is.NoErr(run([]string{"-n", "300"}, &out, io.Discard))
	for _, mode := range modes() {
		is.True(strings.Contains(out.String(), mode))
	}
	is.Equal(strings.Count(out.String(), "x a bare read"), len(modes()))
}

func TestBench_Report(t *testing.T) {
	is := is.New(t)
	dir := t.TempDir()
	is.NoErr(run([]string{"-n", "500", "-report", dir}, io.Discard, io.Discard))
	page, err := os.ReadFile(filepath.Join(dir, "PERFORMANCE.md"))
	is.NoErr(err)
	is.True(strings.Contains(string(page), "| typed ÷ bare read | 2.5 x |"))
	is.Equal(strings.Count(string(page), "NaN")+strings.Count(string(page), "Inf"), 0)
	chart, err := os.ReadFile(filepath.Join(dir, "perf_ratios.svg"))
	is.NoErr(err)
	works := slices.DeleteFunc(options{}.works(), func(w work) bool { return w.aside })
	is.Equal(strings.Count(string(chart), "<rect"), 2+len(works))
	is.Equal(strings.Count(string(page), "a write |"), 0) // those have a table of their own
	is.True(strings.Contains(string(page), "| frames in a write of the server |"))
}

func TestOptions_RefuseWhatCannotBeMeant(t *testing.T) {
	for _, args := range [][]string{
		{"-mode", "fast"}, {"-n", "0"}, {"-subs", "0"}, {"-runs", "0"}, {"-timeout", "0s"}, {"typed"}, {"-exact"},
		{"-exact", "-mode", "raw", "-url", "http://localhost"}, {"-url", "ftp://localhost"},
	} {
		if run(args, io.Discard, io.Discard) == nil {
			t.Errorf("%q is no error", args)
		}
	}
}

// An end by the context is not a hang.
func TestMeasure_EndsWithItsContext(t *testing.T) {
	is := is.New(t)
	srv := chatServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // owner: the test; ends with cancel
		_, _ = srv.Await(ctx, func(s kalamtest.Stats) bool { return s.SubscriptionsOpen > 0 })
		cancel()
	}()
	o, err := parse([]string{"-url", srv.URL(), "-token", srv.Token("root")}, io.Discard)
	is.NoErr(err)
	_, err = measure(ctx, o)
	is.True(err != nil)
	is.True(strings.HasPrefix(err.Error(), "0 of 100000 changes"))
}
