package main

import (
	"time"

	"github.com/kalamdb/kalamrx/operators"
	"github.com/samber/ro"
)

// clocks are operators with windows that never end, so that what a value costs is
// measured, not the timer.
func clocks() []work {
	const group = "time"
	first := func(n int, next func(int)) { next(0) }
	last := ends(func(n int) int { return n - 1 })
	return []work{
		single(group, "Throttle", first, operators.Throttle[int](time.Hour), ro.ThrottleTime[int64](time.Hour), nil),
		single(group, "Debounce", last, operators.Debounce[int](time.Hour), nil, nil),
		single(group, "Sample", func(int, func(int)) {}, operators.Sample[int](time.Hour), ro.SampleTime[int64](time.Hour), nil),
		reshaped[[]int, []int64]{group, "BufferTime", ends(func(n int) int { return n }), operators.BufferTime[int](time.Hour),
			func(all []int) int { return len(all) }, ro.BufferWithTime[int64](time.Hour),
			func(all []int64) int { return len(all) }, nil, nil}.work(),
	}
}
