package kalamtest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Step is one thing that happens in a Schedule. Which fields matter depends on the Fault; at zero they end it.
type Step struct {
	At     time.Duration // after the beginning
	Fault  Fault
	Dir    Direction
	N      int // bytes, frames, bytes a second or a close code; of a switch 1 is on
	For    time.Duration
	Jitter time.Duration
}

// String gives the step as it is printed in a schedule, such as "1.2s black-hole up".
func (s Step) String() string {
	text := s.At.String() + " " + string(s.Fault)
	n, _ := natureOf(s.Fault)
	if n.ender == s.Fault && s.Dir == Neither && s.N == 0 && s.For == 0 && s.Jitter == 0 {
		return text + " off"
	}
	if s.Dir != Neither {
		text += " " + s.Dir.String()
	}
	if s.N != 0 {
		text += fmt.Sprintf(" %d", s.N)
	}
	if s.For != 0 {
		text += " " + s.For.String()
	}
	if s.Jitter != 0 {
		text += "+" + s.Jitter.String()
	}
	return text
}

// Schedule is a list of faults with their times, to be played on a link, a server, or both.
type Schedule struct {
	Seed  uint64 // that RandomSchedule made it of; 0 for one that was written by hand
	Steps []Step
}

// String gives the seed and one step a line: what a failing test prints.
func (s Schedule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d", s.Seed)
	for _, step := range s.Steps {
		b.WriteString("\n\t" + step.String())
	}
	return b.String()
}

// RandomSchedule makes a schedule of two to ten faults within a length. The same arguments make the same schedule.
// faults are those to choose from, all that a Link and a Server know when there are none. What lasts is ended at some
// time before the end, and the last step, at the length, is a calm in which all faults are off and a server that was
// stopped is up.
func RandomSchedule(seed uint64, length time.Duration, faults ...Fault) Schedule {
	if len(faults) == 0 {
		faults = append(LinkFaults(), ServerFaults()...)
	}
	length = max(length, 1)
	r := rand.New(rand.NewPCG(seed, 2))
	s := Schedule{Seed: seed}
	for range 2 + r.IntN(9) {
		n, known := natureOf(faults[r.IntN(len(faults))])
		if !known {
			continue
		}
		step := Step{At: drawTime(r, 0, length), Fault: n.fault}
		if n.draw != nil {
			n.draw(r, &step)
		}
		s.Steps = append(s.Steps, step)
		if n.ender != "" {
			s.Steps = append(s.Steps, Step{At: drawTime(r, step.At, length), Fault: n.ender})
		}
	}
	s.sort()
	s.Steps = append(s.Steps, Step{At: length, Fault: FaultCalm})
	return s
}

// drawTime draws a time from from to to, in milliseconds where there are some.
func drawTime(r *rand.Rand, from, to time.Duration) time.Duration {
	at := from + time.Duration(r.Int64N(int64(to-from)+1))
	if whole := at.Truncate(time.Millisecond); whole >= from {
		return whole
	}
	return at
}

func (s Schedule) sort() {
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
}

// Run plays the schedule on the caller's goroutine and returns after the last step. Steps of the same time are played in
// their order. Errors are the context's cause, ErrOption for a step that the rig cannot play, and those of
// Server.Restart; a step that failed ends the play, and what is on stays on.
func (s Schedule) Run(ctx context.Context, rig Rig) error {
	begin := time.Now()
	ordered := Schedule{Steps: slices.Clone(s.Steps)}
	ordered.sort()
	for _, step := range ordered.Steps {
		if err := until(ctx, begin.Add(step.At)); err != nil {
			return err
		}
		if err := rig.do(step); err != nil {
			return err
		}
	}
	return nil
}

func until(ctx context.Context, at time.Time) error {
	d := time.Until(at)
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
