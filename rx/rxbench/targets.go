package main

import "fmt"

// results are all figures, by group and name of the work, and what is held.
type results struct {
	works map[string]figures
	held  map[string]held
}

func (r results) of(work, who string) figure { return r.works[work][who] }

// times is how much more a peer's event costs than ours.
func (r results) times(work, who string) float64 { return r.of(work, who).ns / r.of(work, ours).ns }

// target is a figure to reach.
type target struct {
	what    string
	got     float64
	limit   float64
	atLeast bool
}

func (t target) held() bool { return t.atLeast == (t.got >= t.limit) || t.got == t.limit }

func (t target) String() string {
	verdict, sign := "held  ", "≤"
	if !t.held() {
		verdict = "MISSED"
	}
	if t.atLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s  %-52s %9.2f  %s %g", verdict, t.what, t.got, sign, t.limit)
}

const (
	pipelineWork = "pipeline/map, filter, scan"
	blockWork    = "boundary/Block"
	manyWork     = "fan-out/1000 observers"
	subscription = "subscribe/3 operators, and leave"
)

// targets are those of the design.
func targets(r results) []target {
	return append(speedTargets(r), costTargets(r)...)
}

func speedTargets(r results) []target {
	depth := (r.of("depth/16 × map", ours).ns - r.of("depth/4 × map", ours).ns) / 12
	return []target{
		{"pipeline, ns an event", r.of(pipelineWork, ours).ns, 20, false},
		{"pipeline, allocations an event", rounded(r.of(pipelineWork, ours).allocs), 0, false},
		{"pipeline, times samber/ro", r.times(pipelineWork, samber), 8, true},
		{"pipeline, times the best RxGo", r.times(pipelineWork, reactiveX), 25, true},
		{"pipeline, times the default RxGo", r.times(pipelineWork, "RxGo, default"), 75, true},
		{"pipeline, in loops of func values", 1 / r.times(pipelineWork, "loop of func values"), 3, false},
		{"one more operator, ns", depth, 7, false},
		{"boundary, Block, ns an event", r.of(blockWork, ours).ns, 55, false},
		{"boundary, Block, allocations an event", r.of(blockWork, ours).allocs, 0.01, false},
		{"boundary, Block, times a channel", r.times(blockWork, channels), 2, true},
		{"boundary, Block, times a channel with select", r.times(blockWork, "channel, select"), 6, true},
		{"boundary, Block, times samber/ro", r.times(blockWork, samber), 4, true},
		{"boundary, Block, times RxGo's event source", r.times(blockWork, "RxGo, event source"), 6, true},
		{"boundary, DropNewest, ns an event", r.of("boundary/DropNewest", ours).ns, 45, false},
		{"boundary, DropOldest, ns an event", r.of("boundary/DropOldest", ours).ns, 45, false},
		{"boundary, Latest, ns an event", r.of("boundary/Latest", ours).ns, 45, false},
	}
}

func costTargets(r results) []target {
	all := []target{}
	for _, n := range []float64{1, 10, 1000} {
		name := fmt.Sprintf("fan-out/%.0f observers", n)
		all = append(all, target{fmt.Sprintf("fan-out to %.0f, ns a value", n), r.of(name, ours).ns * n, 35 + 8*n, false})
	}
	return append(all,
		target{"fan-out to 1000, times samber/ro", r.times(manyWork, samber), 10, true},
		target{"fan-out to 1000, times RxGo", r.times(manyWork, reactiveX), 25, true},
		target{"subscribe and leave, ns", r.of(subscription, ours).ns, 800, false},
		target{"subscribe and leave, allocations", rounded(r.of(subscription, ours).allocs), 10, false},
		target{"idle subscription, bytes", r.held[ours].bytes, 400, false},
		target{"idle subscription with a context, bytes", r.held["kalamrx, context"].bytes, 640, false},
		target{"idle subscription with a boundary, bytes", r.held["kalamrx, boundary"].bytes, 1024, false},
		target{"idle subscription with a boundary, goroutines", r.held["kalamrx, boundary"].goroutines, 0, false},
	)
}

// rounded leaves out what the run as a whole allocates.
func rounded(allocs float64) float64 { return float64(int(allocs*100+0.5)) / 100 }
