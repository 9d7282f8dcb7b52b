package main

import "time"

// plan says which rows are due when. Rows that are committed together are due together.
type plan struct {
	rows   int // of each commit
	every  time.Duration
	writes int // commits
}

// newPlan keeps a rate up for a while, with so many commits a second at most.
func newPlan(rate int, span time.Duration, commits int) plan {
	rows := (rate + commits - 1) / commits
	every := time.Second * time.Duration(rows) / time.Duration(rate)
	return plan{rows: rows, every: every, writes: max(1, int(span/every))}
}

func (p plan) total() int { return p.rows * p.writes }

// due is when a commit is, behind the beginning.
func (p plan) due(write int) time.Duration { return time.Duration(write) * p.every }

// commitOf is the commit of a row.
func (p plan) commitOf(row int) int { return row / p.rows }

// warm is how many rows come before the measurement.
func (p plan) warm() int { return p.total() / 10 }
