package kalamtest

import (
	"slices"
	"time"
)

// agenda is what a session has to do at a later time. It belongs to the session's goroutine and needs none of its own.
type agenda struct {
	list  []errand // the next first
	timer *time.Timer
}

type errand struct {
	at time.Time
	do func()
}

// add plans an errand in d.
func (a *agenda) add(d time.Duration, do func()) {
	e := errand{time.Now().Add(d), do}
	at, _ := slices.BinarySearchFunc(a.list, e, func(a, b errand) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1 // behind those of the same time
	})
	a.list = slices.Insert(a.list, at, e)
	a.wind()
}

// wind sets the timer to the next errand.
func (a *agenda) wind() {
	if len(a.list) == 0 {
		return
	}
	d := time.Until(a.list[0].at)
	if a.timer == nil {
		a.timer = time.NewTimer(d)
		return
	}
	a.timer.Reset(d)
}

// bell rings when an errand is due; it is nil while none was ever planned.
func (a *agenda) bell() <-chan time.Time {
	if a.timer == nil {
		return nil
	}
	return a.timer.C
}

// due gives the errands whose time has come.
func (a *agenda) due() []func() {
	var out []func()
	now := time.Now()
	for len(a.list) > 0 && !a.list[0].at.After(now) {
		out = append(out, a.list[0].do)
		a.list = a.list[1:]
	}
	a.wind()
	return out
}

func (a *agenda) end() {
	if a.timer != nil {
		a.timer.Stop()
	}
}
