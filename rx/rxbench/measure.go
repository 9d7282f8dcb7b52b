package main

import (
	"runtime"
	"slices"
	"time"
)

// figure is what one event costs.
type figure struct{ ns, allocs float64 }

// figures are those of a work, by who does it.
type figures map[string]figure

// measure runs the ways of a work in turn, so that what else the machine does meets
// all of them, and takes the median of the rounds.
func measure(w work, rounds int) figures {
	times, allocs, reps := make([][]float64, len(w.ways)), make([]float64, len(w.ways)), make([]int, len(w.ways))
	for i, way := range w.ways {
		reps[i] = repetitions(way, w.events)
	}
	for range rounds {
		for i, way := range w.ways {
			runtime.GC() // of what the one before left
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			for range reps[i] {
				way.run(w.events)
			}
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			events := float64(reps[i] * w.events)
			times[i] = append(times[i], float64(took.Nanoseconds())/events)
			allocs[i] = float64(after.Mallocs-before.Mallocs) / events
		}
	}
	all := figures{}
	for i, way := range w.ways {
		all[way.who] = figure{median(times[i]), allocs[i]}
	}
	return all
}

// repetitions are as many as take a few milliseconds.
func repetitions(way way, events int) int {
	start := time.Now()
	way.run(events)
	took := max(time.Since(start), time.Microsecond)
	return max(1, int(4*time.Millisecond/took))
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
