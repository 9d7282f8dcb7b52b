package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLatency_EveryRateHasALineAndLosesNothing(t *testing.T) {
	is := is.New(t)
	t.Setenv("KALAMDB_URL", "")
	for _, exact := range []string{"-exact=false", "-exact"} {
		var out bytes.Buffer
		is.NoErr(run([]string{"-rates", "100,500", "-for", "500ms", exact}, &out, io.Discard))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		is.Equal(len(lines), 5)
		for i, want := range [][]string{{"100", "45", "0"}, {"500", "225", "0"}} {
			is.Equal(strings.Fields(lines[3+i])[:3], want)
		}
	}
}

func TestOptions_RefuseWhatCannotBeMeant(t *testing.T) {
	for _, args := range [][]string{{"-rates", "0"}, {"-rates", "fast"}, {"-for", "0s"}, {"-writers", "0"}, {"-commits", "-1"}} {
		if run(args, io.Discard, io.Discard) == nil {
			t.Errorf("%q is no error", args)
		}
	}
}

func TestPlan_KeepsTheRate(t *testing.T) {
	for _, test := range []struct {
		rate, commits, rows, writes int
		every                       time.Duration
	}{
		{100, 1000, 1, 200, 10 * time.Millisecond},
		{5000, 1000, 5, 2000, time.Millisecond},
		{1000, 80, 13, 153, 13 * time.Millisecond},
	} {
		is := is.New(t)
		p := newPlan(test.rate, 2*time.Second, test.commits)
		is.Equal(p, plan{rows: test.rows, every: test.every, writes: test.writes})
		is.Equal(p.commitOf(p.total()-1), p.writes-1)
	}
}

// One commit that hangs makes those behind it late, and that is in the figures: they count from when they were due.
func TestLoad_NoOmissionIsCoordinated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		p := newPlan(100, 10*time.Second, 1000)
		var l *load
		l = newLoad(p, 1, func(_ context.Context, first, rows int) error {
			if first == 500 {
				time.Sleep(time.Second)
			}
			time.Sleep(time.Millisecond)
			for row := first; row < first+rows; row++ {
				l.saw(row)
			}
			return nil
		})
		is.NoErr(l.run(t.Context()))
		r, err := newLatencies(100, l)
		is.NoErr(err)
		is.Equal(r.rows, 900)
		is.Equal(r.lost, 0)
		is.Equal(r.answered.Max(), int64(0)) // observed before that
		// Row 500 is 1,001 ms late, the next 992, then 983 and so on: 112 of 900 rows, not one.
		const ms = int64(time.Millisecond)
		near := func(got, want int64) bool { return got >= want-want/1000 && got <= want+want/500 }
		is.True(near(r.due.ValueAtQuantile(50), ms))
		is.True(near(r.due.ValueAtQuantile(99), 920*ms))
		is.True(near(r.due.Max(), 1001*ms))
	})
}

func TestLoad_AFailedCommitEndsIt(t *testing.T) {
	is := is.New(t)
	l := newLoad(newPlan(1000, time.Second, 1000), 4, func(_ context.Context, first, _ int) error {
		if first == 7 {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	is.Equal(l.run(t.Context()), io.ErrUnexpectedEOF)
}
