package client

import (
	"context"
	"sync"
	"time"
)

// deadline ends a transfer when the step that it is at takes too long.
type deadline struct {
	end   context.CancelCauseFunc
	timer *time.Timer

	mu    sync.Mutex // leaf lock
	until time.Time  // zero: no step is bounded now
	late  *TimeoutError
	over  bool // nothing is bounded any more
}

func newDeadline(end context.CancelCauseFunc) *deadline {
	d := &deadline{end: end}
	d.timer = time.AfterFunc(time.Hour, d.expired)
	d.timer.Stop()
	return d
}

// set bounds a step from now on, instead of what was bounded before.
func (d *deadline) set(step string, after time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return
	}
	d.until = time.Now().Add(after)
	d.late = &TimeoutError{Step: step, After: after}
	d.timer.Reset(after)
}

// lift bounds nothing until the next step.
func (d *deadline) lift() { d.clear(false) }

// stop is lift for good: a body that is let go of late sets no timer any more.
func (d *deadline) stop() { d.clear(true) }

func (d *deadline) clear(over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = d.over || over
	d.until = time.Time{}
	d.timer.Stop()
}

// expired looks once more: the timer may have fired while the step changed.
func (d *deadline) expired() {
	d.mu.Lock()
	late := d.late
	over := !d.until.IsZero() && !time.Now().Before(d.until)
	d.mu.Unlock()
	if over {
		d.end(late)
	}
}
