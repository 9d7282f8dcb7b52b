package main

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// latencies are what a load came to.
type latencies struct {
	rate     int
	rows     int // that were measured
	lost     int // among them
	due      *hdrhistogram.Histogram
	answered *hdrhistogram.Histogram
}

// newLatencies reads what was observed, past the rows that warmed up. A row that is observed before its commit is answered
// has no latency of that kind: it counts as 0.
func newLatencies(rate int, l *load) (latencies, error) {
	r := latencies{rate: rate, due: histogram(), answered: histogram()}
	for row := l.warm(); row < l.total(); row++ {
		r.rows++
		at, write := l.observed[row].Load(), l.commitOf(row)
		if at == 0 {
			r.lost++
			continue
		}
		if err := r.due.RecordValue(at - int64(l.due(write))); err != nil {
			return r, err
		}
		if err := r.answered.RecordValue(max(0, at-l.answered[write].Load())); err != nil {
			return r, err
		}
	}
	return r, nil
}

// histogram is of nanoseconds, up to 10 minutes, to three digits.
func histogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(10*time.Minute), 3)
}

// String is a line of the table, in microseconds.
func (r latencies) String() string {
	return fmt.Sprintf("%8d %8d %6d   %-38s   %s", r.rate, r.rows, r.lost, quantiles(r.due), quantiles(r.answered))
}

func quantiles(h *hdrhistogram.Histogram) string {
	var text string
	for _, q := range []float64{50, 99, 99.9} {
		text += fmt.Sprintf("%8.0f ", float64(h.ValueAtQuantile(q))/1e3)
	}
	return text + fmt.Sprintf("%8.0f", float64(h.Max())/1e3)
}
