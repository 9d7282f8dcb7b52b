package client

import "sync"

// workGate is what a paused worker waits at.
type workGate struct {
	mu   sync.Mutex
	open chan struct{} // closed by unshut; nil while the gate is open
}

func (g *workGate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		g.open = make(chan struct{})
	}
}

func (g *workGate) unshut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open != nil {
		close(g.open)
		g.open = nil
	}
}

func (g *workGate) state() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

// pass waits until the gate is open; false when stop is closed.
func (g *workGate) pass(stop <-chan struct{}) bool {
	for open := g.state(); open != nil; open = g.state() {
		select {
		case <-open:
		case <-stop:
			return false
		}
	}
	return true
}
