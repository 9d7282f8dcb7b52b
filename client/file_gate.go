package client

import "sync"

// gate guards a body that one goroutine reads and another may close meanwhile. When it
// is shut and nobody is inside any more, last runs, once.
type gate struct {
	last func()

	mu     sync.Mutex // leaf lock
	inside int
	shut   bool
	over   bool
}

// enter says whether the gate is open; who is in calls leave.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() { g.change(func() { g.inside-- }) }

func (g *gate) close() { g.change(func() { g.shut = true }) }

func (g *gate) change(how func()) {
	g.mu.Lock()
	how()
	ended := g.shut && g.inside == 0 && !g.over
	g.over = g.over || ended
	g.mu.Unlock()
	if ended {
		g.last()
	}
}
