package kalamtest

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"time"
)

// FrameFault is a way to spoil the change frames of a connection.
type FrameFault string

// The frame faults. Acknowledgements, snapshots and errors are never touched.
const (
	DropFrame      FrameFault = "drop"      // it is not sent
	DuplicateFrame FrameFault = "duplicate" // it is sent twice in a row
	DelayFrame     FrameFault = "delay"     // it is sent later (FrameDelay), and others overtake it
	SwapFrame      FrameFault = "swap"      // it changes places with the next; without a next one it is only late
	CorruptFrame   FrameFault = "corrupt"   // its middle byte is replaced by one that JSON does not have
)

// frameFaultKinds gives them in the order in which they are asked for.
func frameFaultKinds() []FrameFault {
	return []FrameFault{DropFrame, DuplicateFrame, DelayFrame, SwapFrame, CorruptFrame}
}

// frameFaults decides what happens to a change frame: what was ordered first, else by chance.
type frameFaults struct {
	mu   sync.Mutex
	next map[FrameFault]int
	rate map[FrameFault]float64
	rnd  *rand.Rand
	late time.Duration
}

func newFrameFaults(seed uint64) *frameFaults {
	return &frameFaults{
		next: make(map[FrameFault]int), rate: make(map[FrameFault]float64),
		rnd: rand.New(rand.NewPCG(seed, 1)), late: time.Second,
	}
}

func (f *frameFaults) order(kind FrameFault, n int) {
	f.mu.Lock()
	f.next[kind] = max(0, n)
	f.mu.Unlock()
}

func (f *frameFaults) chance(kind FrameFault, p float64) {
	f.mu.Lock()
	f.rate[kind] = p
	f.mu.Unlock()
}

func (f *frameFaults) delay(d time.Duration) {
	f.mu.Lock()
	f.late = max(0, d)
	f.mu.Unlock()
}

func (f *frameFaults) lateness() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.late
}

// pick decides about one frame; "" is no fault.
func (f *frameFaults) pick() FrameFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, kind := range frameFaultKinds() {
		if f.next[kind] > 0 {
			f.next[kind]--
			return kind
		}
	}
	for _, kind := range frameFaultKinds() {
		if p := f.rate[kind]; p > 0 && f.rnd.Float64() < p {
			return kind
		}
	}
	return ""
}

func (f *frameFaults) calm() {
	f.mu.Lock()
	clear(f.next)
	clear(f.rate)
	f.mu.Unlock()
}

// FaultFrames spoils the next n change frames that the server sends, to whomever; 0 takes back what is left. Faults of
// several kinds happen in the order in which the constants are listed.
func (s *Server) FaultFrames(kind FrameFault, n int) { s.faults.frames.order(kind, n) }

// FaultFrames spoils the next n change frames of this connection.
func (c Connection) FaultFrames(kind FrameFault, n int) { c.ss.faults.order(kind, n) }

// FaultRate spoils each change frame with a probability from 0, which is off, to 1, drawn from the server's seed
// (WithSeed).
func (s *Server) FaultRate(kind FrameFault, p float64) { s.faults.frames.chance(kind, p) }

// FrameDelay sets how late a frame is that DelayFrame or SwapFrame holds back. Default 1 s.
func (s *Server) FrameDelay(d time.Duration) { s.faults.frames.delay(d) }

// emit sends a change frame, spoilt or not. It runs on the session's goroutine.
func (ss *session) emit(json []byte) {
	fault := ss.faults.pick()
	if fault == "" {
		fault = ss.s.faults.frames.pick()
	}
	switch fault {
	case DropFrame:
		ss.s.tally.add(func(n *Stats) { n.FramesDropped++ })
	case DelayFrame:
		ss.s.tally.add(func(n *Stats) { n.FramesDelayed++ })
		ss.agenda.add(ss.s.faults.frames.lateness(), func() { ss.change(json) })
	case SwapFrame:
		ss.s.tally.add(func(n *Stats) { n.FramesSwapped++ })
		ss.hold(json)
	case DuplicateFrame:
		ss.s.tally.add(func(n *Stats) { n.FramesDuplicated++ })
		ss.change(json)
		ss.change(json)
	case CorruptFrame:
		ss.s.tally.add(func(n *Stats) { n.FramesCorrupted++ })
		spoilt := bytes.Clone(json)
		spoilt[len(spoilt)/2] = 1
		ss.change(spoilt)
	default:
		ss.change(json)
	}
}

// hold keeps a frame until another has passed it, or it is late.
func (ss *session) hold(json []byte) {
	sent := false
	once := func() {
		if !sent {
			sent = true
			ss.s.tally.add(func(n *Stats) { n.Delivered++ })
			ss.write(json)
		}
	}
	ss.passed = append(ss.passed, once)
	ss.agenda.add(ss.s.faults.frames.lateness(), once)
}

// change sends a change frame, and behind it those that waited to be passed.
func (ss *session) change(json []byte) {
	ss.s.tally.add(func(n *Stats) { n.Delivered++ })
	ss.write(json)
	held := ss.passed
	ss.passed = nil
	for _, send := range held {
		send()
	}
}
