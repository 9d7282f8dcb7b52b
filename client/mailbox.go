package client

import "sync"

// mailbox runs commands one at a time in the order they were posted, on a
// goroutine that exists while there are any. Whatever the owner of a connection
// holds is touched by its commands only, so it needs no lock; posting never
// waits. A command must not wait either, nor call code of the application.
type mailbox struct {
	mu      sync.Mutex
	queue   []func()
	running bool
	alive   *lifetime // counts the goroutine
}

func (m *mailbox) post(command func()) {
	m.mu.Lock()
	m.queue = append(m.queue, command)
	start := !m.running
	m.running = true
	m.mu.Unlock()
	if start {
		m.alive.add()
		go m.drain() // owner: the client; ends when no command waits
	}
}

func (m *mailbox) drain() {
	defer m.alive.remove()
	for {
		m.mu.Lock()
		batch := m.queue
		m.queue = nil
		m.running = len(batch) > 0
		m.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, command := range batch {
			command()
		}
	}
}
