package main

import (
	"context"
	"fmt"
)

// work is something to measure on a pusher of our own: a mode, or a loop over the bare socket.
type work struct {
	name string
	mode string // empty for a loop
	loop handle // nil for a loop that does nothing with the frames
	push pushing

	aside bool // not in the main table
}

// rounds measures all works, each with the bare read of its frames, one after the other and then again, so that what else
// the machine does meets all of them. The lowest of each counts.
func rounds(ctx context.Context, o options, works []work) ([]figures, error) {
	best := make([]figures, len(works))
	bare := map[pushing]figures{}
	for range o.runs {
		clear := map[pushing]bool{} // bare reads of this round
		for i, w := range works {
			if !clear[w.push] {
				clear[w.push] = true
				f, err := on(ctx, o, work{name: "bare", push: w.push})
				if err != nil {
					return nil, fmt.Errorf("bare read: %w", err)
				}
				bare[w.push] = bare[w.push].orBetter(f)
			}
			f, err := on(ctx, o, w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			best[i] = best[i].orBetter(f)
		}
	}
	for i, w := range works {
		best[i].Mode, best[i].aside = w.name, w.aside
		best[i].BareNsPerEvent, best[i].bareCPU = bare[w.push].NsPerEvent, bare[w.push].cpu()
		best[i].Ratio = best[i].NsPerEvent / best[i].BareNsPerEvent
	}
	return best, nil
}

// on measures one work on a server that is started for it.
func on(ctx context.Context, o options, w work) (figures, error) {
	p, err := startPusher(w.push)
	if err != nil {
		return figures{}, err
	}
	defer p.close()
	o.url, o.mode, o.n = p.url, w.mode, w.push.n
	if w.mode != "" {
		return measure(ctx, o)
	}
	return readBare(ctx, o, w.loop)
}
