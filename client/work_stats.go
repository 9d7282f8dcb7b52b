package client

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// WorkStats counts what a worker did since it began.
type WorkStats struct {
	Handled   uint64 // records for which the handler returned nil
	Retried   uint64 // tries but the first of a delivery
	Dead      uint64 // records that a dead letter took
	Panics    uint64 // of the handler
	Expired   uint64 // records that were let go because their lease, or that of one before them, was over; they come again
	Skipped   uint64 // deliveries of records that had been acknowledged, or committed by somebody else, meanwhile
	Abandoned uint64 // records in hand when the worker ended; they come again
	Unacked   uint64 // records that were done with after the stream had ended, or the topic had begun anew: they may come again

	Running int // handlers
	InHand  int // records, those of running handlers included
	Paused  bool

	// P50 and P99 are how long half, and 99 of 100, of the tries took at most, failed ones
	// included, to 13 % above. Zero before the first.
	P50, P99 time.Duration
}

type workCounts struct {
	handled, retried, dead, panics, expired, skipped, abandoned, unacked atomic.Uint64

	running atomic.Int64
	times   workTimes
}

// Stats gives the counts so far.
func (w *Worker[T]) Stats() WorkStats {
	n := &w.counts
	return WorkStats{
		Handled: n.handled.Load(), Retried: n.retried.Load(), Dead: n.dead.Load(), Panics: n.panics.Load(),
		Expired: n.expired.Load(), Skipped: n.skipped.Load(), Abandoned: n.abandoned.Load(), Unacked: n.unacked.Load(),
		Running: int(n.running.Load()), InHand: w.lanes.inHand(), Paused: w.gate.state() != nil,
		P50: n.times.quantile(50), P99: n.times.quantile(99),
	}
}

// workTimes counts times by their size: eight steps for each power of two nanoseconds.
type workTimes struct {
	steps [62 * 8]atomic.Uint64
}

func (h *workTimes) add(d time.Duration) { h.steps[timeStep(d)].Add(1) }

// timeStep is the step of a time: its highest bit, and the three behind it.
func timeStep(d time.Duration) int {
	n := max(uint64(d), 8) // d is not negative
	top := bits.Len64(n) - 1
	return (top-3)*8 + int(n>>(top-3)&7)
}

// stepEnd is the longest time of a step.
func stepEnd(i int) time.Duration {
	return time.Duration((uint64(i%8)+9)<<(i/8) - 1)
}

// quantile is what so many percent of the times do not exceed.
func (h *workTimes) quantile(percent uint64) time.Duration {
	var counts [len(h.steps)]uint64
	total := uint64(0)
	for i := range h.steps {
		counts[i] = h.steps[i].Load()
		total += counts[i]
	}
	rank := (total*percent + 99) / 100
	for i, n := range counts {
		if n >= rank && total > 0 {
			return stepEnd(i)
		}
		rank -= n
	}
	return 0
}
