package kalamtest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/matryer/is"
)

func TestSchedule_IsPlayedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := startInBubble(t)
		link := kalamtest.NewLink(srv.Dial, 1)
		defer link.Close()
		s := kalamtest.Schedule{Steps: []kalamtest.Step{
			{At: 2 * time.Second, Fault: kalamtest.FaultRefuse},
			{At: time.Second, Fault: kalamtest.FaultRefuse, N: 1},
			{At: 3 * time.Second, Fault: kalamtest.FaultKill},
			{At: 4 * time.Second, Fault: kalamtest.FaultCalm},
		}}
		played := make(chan error, 1)
		go func() { played <- s.Run(t.Context(), kalamtest.Rig{Link: link, Server: srv}) }() // owner: the test. ends when: played
		var got []bool
		for range 5 { // at 0.5, 1.5, … seconds
			<-time.After(500 * time.Millisecond)
			c, err := link.Dial(t.Context(), "tcp", srv.Addr())
			if got = append(got, err == nil); err == nil {
				_ = c.Close()
			}
			<-time.After(500 * time.Millisecond)
		}
		is.NoErr(<-played)
		is.Equal(got, []bool{true, false, true, false, true})
		is.Equal(s.String(), "seed 0\n\t2s refuse off\n\t1s refuse 1\n\t3s kill\n\t4s calm")
	})
}

func TestSchedule_RefusesWhatTheRigCannotPlay(t *testing.T) {
	is := is.New(t)
	link := kalamtest.NewLink(nil, 1)
	defer link.Close()
	play := func(rig kalamtest.Rig, f kalamtest.Fault) error {
		return kalamtest.Schedule{Steps: []kalamtest.Step{{Fault: f}}}.Run(t.Context(), rig)
	}
	is.True(errors.Is(play(kalamtest.Rig{Link: link}, kalamtest.FaultStop), kalamtest.ErrOption))
	is.True(errors.Is(play(kalamtest.Rig{}, kalamtest.FaultCut), kalamtest.ErrOption))
	is.True(errors.Is(play(kalamtest.Rig{Link: link}, "meteor"), kalamtest.ErrOption))
	is.NoErr(play(kalamtest.Rig{}, kalamtest.FaultCalm))
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	late := kalamtest.Schedule{Steps: []kalamtest.Step{{At: time.Hour, Fault: kalamtest.FaultCalm}}}
	is.Equal(late.Run(ctx, kalamtest.Rig{}), why)
}

func TestRandomSchedule_IsMadeOfItsSeedAndEndsCalm(t *testing.T) {
	is := is.New(t)
	seen := map[kalamtest.Fault]bool{}
	for seed := range uint64(500) {
		s := kalamtest.RandomSchedule(seed, 10*time.Second)
		is.Equal(s.String(), kalamtest.RandomSchedule(seed, 10*time.Second).String())
		last := s.Steps[len(s.Steps)-1]
		is.Equal(last, kalamtest.Step{At: 10 * time.Second, Fault: kalamtest.FaultCalm})
		is.True(slices.IsSortedFunc(s.Steps, func(a, b kalamtest.Step) int { return int(a.At - b.At) }))
		for _, step := range s.Steps {
			seen[step.Fault] = true
		}
	}
	is.Equal(len(seen), len(kalamtest.LinkFaults())+len(kalamtest.ServerFaults())+1)
	for _, step := range kalamtest.RandomSchedule(1, 0, kalamtest.FaultCut).Steps[:2] {
		is.Equal(step.Fault, kalamtest.FaultCut)
	}
}

// After any schedule the server answers as if nothing had been.
func TestRandomSchedule_LeavesEverythingMended(t *testing.T) {
	first := rand.Uint64()
	t.Logf("seeds from %d", first)
	for i := range uint64(40) {
		s := kalamtest.RandomSchedule(first+i, 5*time.Second)
		synctest.Test(t, func(t *testing.T) {
			is := is.New(t)
			srv := startInBubble(t)
			link := kalamtest.NewLink(srv.Dial, s.Seed)
			defer link.Close()
			before, err := link.Dial(t.Context(), "tcp", srv.Addr())
			is.NoErr(err)
			defer func() { _ = before.Close() }()
			if err := s.Run(t.Context(), kalamtest.Rig{Link: link, Server: srv}); err != nil {
				t.Fatalf("%v: %v", s, err)
			}
			begin := time.Now()
			p := dialOver(t, srv, link.Dial, "/v1/ws", srv.Token("lena"))
			p.expect("auth_success")
			p.subscribe("all", "", "{}")
			insert(t, srv, 0, 20)
			for range 20 {
				p.expect("change")
			}
			p.silent()
			is.Equal(time.Since(begin), time.Duration(0))
		})
	}
}

func TestShrink_FindsTheStepsThatMatter(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		is := is.New(t)
		var s kalamtest.Schedule
		for i := range 1 + r.IntN(40) {
			s.Steps = append(s.Steps, kalamtest.Step{At: time.Duration(i), Fault: kalamtest.FaultCut, N: i})
		}
		guilty := map[int]bool{}
		for range 1 + r.IntN(4) {
			guilty[r.IntN(len(s.Steps))] = true
		}
		s.Steps = append(s.Steps, kalamtest.Step{At: time.Hour, Fault: kalamtest.FaultCalm})
		small := kalamtest.Shrink(s, func(try kalamtest.Schedule) bool {
			found := 0
			for _, step := range try.Steps {
				if step.Fault == kalamtest.FaultCut && guilty[step.N] {
					found++
				}
			}
			return found == len(guilty) && try.Steps[len(try.Steps)-1].Fault == kalamtest.FaultCalm
		})
		is.Equal(len(small.Steps), len(guilty)+1)
	}
}

func TestShrink_KnowsTheTwoEnds(t *testing.T) {
	is := is.New(t)
	s := kalamtest.RandomSchedule(1, time.Second)
	is.Equal(kalamtest.Shrink(s, func(kalamtest.Schedule) bool { return false }), s)
	is.Equal(len(kalamtest.Shrink(s, func(kalamtest.Schedule) bool { return true }).Steps), 1) // the calm
}
