package kalamtest

import "sync"

// notification is one change on its way to a connection: the frame as JSON, not yet packed.
type notification struct {
	json []byte
	do   func() // instead of a frame
}

// outbox is the queue of notifications of one connection. Fan-out pushes and never waits; the connection's session
// is the only one who takes. What does not fit is dropped in silence, as on the real server, but counted.
type outbox struct {
	wake chan struct{} // one token: there may be something to take

	mu    sync.Mutex
	queue []notification
	limit int
	held  bool
	stuck bool // a commit is being told
}

func newOutbox(limit int, held bool) *outbox {
	return &outbox{wake: make(chan struct{}, 1), limit: limit, held: held}
}

// push reports whether the notification found room.
func (o *outbox) push(n notification) bool {
	o.mu.Lock()
	if len(o.queue) >= o.limit {
		o.mu.Unlock()
		return false
	}
	o.queue = append(o.queue, n)
	o.mu.Unlock()
	o.signal()
	return true
}

// pushLast adds a notification whether there is room or not.
func (o *outbox) pushLast(n notification) {
	o.mu.Lock()
	o.queue = append(o.queue, n)
	o.mu.Unlock()
	o.signal()
}

// take returns the oldest notification, if there is one and delivery is not held.
func (o *outbox) take() (notification, bool) {
	o.mu.Lock()
	if o.held || o.stuck || len(o.queue) == 0 {
		o.mu.Unlock()
		return notification{}, false
	}
	n := o.queue[0]
	o.queue[0] = notification{}
	o.queue = o.queue[1:]
	more := len(o.queue) > 0
	o.mu.Unlock()
	if more {
		o.signal()
	}
	return n, true
}

// hold stops (or resumes) taking: once it has returned nothing more leaves the queue.
func (o *outbox) hold(on bool) {
	o.mu.Lock()
	o.held = on
	o.mu.Unlock()
	o.signal()
}

// burst is hold for as long as a commit is being told.
func (o *outbox) burst(on bool) {
	o.mu.Lock()
	o.stuck = on
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue)
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// HoldDelivery stops every connection, open or new, from taking changes out of its queue, so that a burst overflows
// at exactly the queue's length (128, see WithQueue). Acknowledgements, snapshots, errors and pongs still flow.
// Once it has returned no change is sent until Release.
func (s *Server) HoldDelivery() { s.setHold(true) }

// Release lets the connections deliver again what waits in their queues.
func (s *Server) Release() { s.setHold(false) }

func (s *Server) setHold(on bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.held = on
	for _, ss := range s.hub.sessions {
		ss.box.hold(on)
	}
}
