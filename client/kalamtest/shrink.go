package kalamtest

import "slices"

// Shrink makes a failing schedule as small as it can: it leaves out steps for as long as fails reports that what is left
// still fails, and ends when no single step can be left out. It is Zeller's ddmin, delta debugging to a minimal failing
// input (Zeller and Hildebrandt, 2002). A calm at the end always stays. fails is called on the caller's goroutine, once
// for each attempt, at most about the square of the number of steps; it should play the schedule on a fresh rig, and
// give the same answer for the same schedule, else what comes out is some failing schedule, not a least one. A schedule
// that does not fail is returned as it is.
func Shrink(s Schedule, fails func(Schedule) bool) Schedule {
	steps, calm := s.Steps, []Step(nil)
	if n := len(steps); n > 0 && steps[n-1].Fault == FaultCalm {
		steps, calm = steps[:n-1], steps[n-1:]
	}
	whole := func(some []Step) Schedule { return Schedule{Seed: s.Seed, Steps: slices.Concat(some, calm)} }
	still := func(some []Step) bool { return fails(whole(some)) }
	switch {
	case !still(steps):
		return s
	case still(nil):
		return whole(nil)
	}
	return whole(ddmin(steps, still))
}

// Minimize is Shrink for schedules of a test's own: it gives a part of a failing list from which no single element can
// be taken, the order kept. A list that does not fail is returned as it is.
func Minimize[T any](list []T, fails func([]T) bool) []T {
	if !fails(list) {
		return list
	}
	return ddmin(list, fails)
}

// ddmin gives a part of a failing list, from which no single element can be taken.
func ddmin[T any](list []T, fails func([]T) bool) []T {
	for parts := 2; len(list) >= 2; {
		smaller, subset := reduce(list, parts, fails)
		switch {
		case subset:
			list, parts = smaller, 2
		case smaller != nil:
			list, parts = smaller, max(parts-1, 2)
		case parts >= len(list):
			return list
		default:
			parts = min(2*parts, len(list))
		}
	}
	return list
}

// reduce looks for one of the parts that fails alone, then for one that can be left out.
func reduce[T any](list []T, parts int, fails func([]T) bool) (smaller []T, subset bool) {
	bounds := func(i int) (from, to int) { return i * len(list) / parts, (i + 1) * len(list) / parts }
	for i := range parts {
		from, to := bounds(i)
		if part := list[from:to]; fails(part) {
			return slices.Clone(part), true
		}
	}
	if parts == 2 {
		return nil, false // the rest of one half is the other
	}
	for i := range parts {
		from, to := bounds(i)
		if rest := slices.Concat(list[:from], list[to:]); fails(rest) {
			return rest, false
		}
	}
	return nil, false
}
