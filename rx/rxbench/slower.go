package main

import (
	"fmt"
	"io"
)

// enough is how many times samber/ro's time of an operator is to be ours.
const enough = 8

// why a work of ours is less than that much faster than samber/ro's.
const (
	bare     = "no operator: a loop, the call of the observer, and its checksum, which both have"
	light    = "the source and the observer are most of ours; the operator alone, in brackets, is fast enough"
	nothing  = "without the source and the observer next to nothing is left of ours"
	heavy    = "the operator's own work, in brackets without the source and the observer"
	ordered  = "inputs and timers may be on any goroutine: each value is put in order (rx.Serial), and caught if it panics"
	inner    = "an inner stream a value: its segment and its closures, so that it can end alone"
	crossed  = "two goroutines and their cache lines; samber/ro has a channel"
	hot      = "serialised, re-entrant, a panic of one observer is its own; samber/ro holds a mutex while it tells"
	clock    = "time.Now, which both call, is most of both"
	hashed   = "a map, which both have, is most of both"
	attempts = "an attempt is a segment, a backoff step and a subscription"
	lives    = "a subscription is one, with Done, Err and teardowns"
)

// reason is why a work misses, by its group where nothing else is known.
func reason(w work, r results) string {
	switch w.name {
	case "Range", "From", "Defer", "0 × map":
		return bare
	case "TakeUntil", "Merge", "CombineLatest2", "WithLatestFrom", "Zip2", "SequenceEqual", "Timeout":
		return ordered
	case "Timestamp", "TimeInterval":
		return clock
	case "Distinct", "GroupBy":
		return hashed
	case "Retry, failing":
		return attempts
	}
	switch w.group {
	case "boundary":
		return crossed
	case "fan-out":
		return hot
	case "time":
		return ordered
	case "subscribe":
		return lives
	case "flattening":
		return inner
	}
	mine, peers := alone(w, r)
	return fmt.Sprintf("%s [%.1f against %.1f ns]", verdict(mine, peers), mine, peers)
}

func verdict(mine, peers float64) string {
	switch {
	case mine < 1.5:
		return nothing
	case peers >= enough*mine:
		return light
	}
	return heavy
}

// slower lists the works that samber/ro does, too, and in less than enough times our
// time.
func slower(w io.Writer, all []work, r results) {
	fmt.Fprintf(w, "\nless than %d times as fast as samber/ro:\n", enough)
	both, missed := 0, 0
	for _, each := range all {
		key := each.group + "/" + each.name
		if _, ok := r.works[key][samber]; !ok {
			continue
		}
		both++
		if r.times(key, samber) >= enough {
			continue
		}
		missed++
		fmt.Fprintf(w, "  %-42s %5.1f ×   %7.1f against %7.1f ns\n      %s\n", key, r.times(key, samber),
			r.of(key, ours).ns, r.of(key, samber).ns, reason(each, r))
	}
	fmt.Fprintf(w, "  %d of %d\n", missed, both)
}

// alone is the cost of an operator without source and observer, which are those of
// Range; all of it where Range was not measured.
func alone(w work, r results) (mine, peers float64) {
	const source = "creation/Range"
	key := w.group + "/" + w.name
	return r.of(key, ours).ns - r.of(source, ours).ns, r.of(key, samber).ns - r.of(source, samber).ns
}
