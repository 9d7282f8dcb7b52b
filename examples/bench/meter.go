package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// meter measures the process from the first change to the last.
type meter struct {
	first, last sync.Once
	began       time.Time
	elapsed     time.Duration
	cpu         time.Duration
	allocs      uint64
	bytes       uint64
	rss         uint64
}

// start is told of every change; the first starts the clock.
func (m *meter) start() {
	m.first.Do(func() {
		m.began = time.Now()
		m.cpu = cpuTime()
		m.allocs, m.bytes = allocated()
	})
}

// stop is told that there is nothing more to count.
func (m *meter) stop() {
	m.last.Do(func() {
		m.elapsed = time.Since(m.began)
		m.cpu = cpuTime() - m.cpu
		allocs, bytes := allocated()
		m.allocs, m.bytes = allocs-m.allocs, bytes-m.bytes
		m.rss = residentBytes()
	})
}

// allocated counts what was allocated since the process began.
func allocated() (objects, bytes uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs, m.TotalAlloc
}

// residentBytes is what the process has in memory; 0 where the system does not say.
func residentBytes() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
