package client

import (
	"sync"
	"sync/atomic"
	"time"
)

// meter knows how far an upload is. The goroutine that sends writes it, another reads
// it.
type meter struct {
	total atomic.Int64 // bytes of all files; -1 is unknown

	mu      sync.Mutex // leaf lock
	attempt int
	index   int // of the file that is being sent
	sent    int64
}

// restart begins another try.
func (m *meter) restart() {
	m.mu.Lock()
	m.attempt++
	m.index, m.sent = 0, 0
	m.mu.Unlock()
}

func (m *meter) add(index, bytes int) {
	m.mu.Lock()
	m.index = index
	m.sent += int64(bytes)
	m.mu.Unlock()
}

func (m *meter) read() (attempt, index int, sent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.attempt, m.index, m.sent
}

// speed is bytes a second over the last second or so.
type speed struct {
	at   []time.Time
	sent []int64
}

// speedSpan is over how many samples a rate is taken.
const speedSpan = 10

// sample adds a measurement, and gives the rate since the oldest that is kept.
func (s *speed) sample(now time.Time, sent int64) float64 {
	if n := len(s.sent); n > 0 && sent < s.sent[n-1] { // another try
		s.at, s.sent = nil, nil
	}
	s.at, s.sent = append(s.at, now), append(s.sent, sent)
	if len(s.at) > speedSpan+1 {
		s.at, s.sent = s.at[1:], s.sent[1:]
	}
	return rate(sent-s.sent[0], now.Sub(s.at[0]))
}

func rate(bytes int64, in time.Duration) float64 {
	if in <= 0 {
		return 0
	}
	return float64(bytes) / in.Seconds()
}
