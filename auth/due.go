package auth

import (
	"math/rand/v2"
	"time"
)

// due is a moment by two clocks: the steady one of the process, which stands still while the machine sleeps, and that of
// the wall, which people and time servers set. The moment has come when either says so: a renewal too early costs one
// request, one too late the answers of all. The zero due never comes.
type due struct{ steady, wall time.Time }

// in is d from now.
func in(now time.Time, d time.Duration) due {
	at := now.Add(d)
	return due{steady: at, wall: at.Round(0)}
}

func (d due) come(now time.Time) bool {
	return !d.steady.IsZero() && (!now.Before(d.steady) || !now.Round(0).Before(d.wall))
}

// left is how long it takes until the moment has come, by the clock that gets there first.
func (d due) left(now time.Time) time.Duration {
	return max(0, min(d.steady.Sub(now), d.wall.Sub(now.Round(0))))
}

// between draws a duration, so that those who began together do not go on together.
func between(least, most time.Duration) time.Duration {
	return least + rand.N(most-least+1)
}
