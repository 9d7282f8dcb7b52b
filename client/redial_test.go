package client

import (
	"testing"
	"time"

	"github.com/matryer/is"
)

func TestOutage_DelaysAreUpToTheStep(t *testing.T) {
	is := is.New(t)
	r := reconnection{base: time.Second, cap: 30 * time.Second}
	longest := make([]time.Duration, 8)
	shortest := make([]time.Duration, 8)
	for range 2000 {
		o := r.begin()
		for i := range longest {
			d := o.next(r, false)
			longest[i] = max(longest[i], d)
			if shortest[i] == 0 || d < shortest[i] {
				shortest[i] = d
			}
			is.Equal(o.attempt, i+1)
		}
	}
	for i, seconds := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
		step := seconds * time.Second
		is.True(longest[i] <= step)
		is.True(longest[i] > step*9/10) // full jitter: up to the step, one of 2,000 in its last tenth
		is.True(shortest[i] < step/10)  // and from nothing on
	}
}

// A server that accepts and soon drops is dialled after the upper half of the step.
func TestOutage_FlappingWaitsHalfTheStepAtLeast(t *testing.T) {
	is := is.New(t)
	r := reconnection{base: time.Second, cap: 30 * time.Second, immediate: true}
	for range 500 {
		o := r.begin()
		for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			d := o.next(r, true)
			is.True(d >= seconds*time.Second/2)
			is.True(d <= seconds*time.Second)
		}
	}
}

// The immediate attempt is one more, before the steps.
func TestOutage_ImmediateIsTheFirstAttemptOnly(t *testing.T) {
	is := is.New(t)
	r := reconnection{base: time.Second, cap: 30 * time.Second, immediate: true}
	second := time.Duration(0)
	for range 500 {
		o := r.begin()
		is.Equal(o.next(r, false), time.Duration(0))
		second = max(second, o.next(r, false))
	}
	is.True(second > 0)
	is.True(second <= time.Second)
}

func TestOutage_StepsDoNotOverflow(t *testing.T) {
	is := is.New(t)
	r := reconnection{base: time.Second, cap: 30 * time.Second}
	o := r.begin()
	for range 1000 {
		d := o.next(r, false)
		is.True(d >= 0)
		is.True(d <= 30*time.Second)
	}
	capped := reconnection{base: time.Minute, cap: time.Second} // base beyond the cap
	is.True(capped.begin().next(capped, false) <= time.Second)
}
