package kalamtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Fault names what a Step of a Schedule does. Beside each is the method that does it, and the fields of the Step that it
// reads; those that last are ended by a further step with these fields at zero, Stop and Kill by Restart.
type Fault string

// The faults of a Link.
const (
	FaultRefuse     Fault = "refuse"      // Link.Refuse: N
	FaultCut        Fault = "cut"         // Link.Cut
	FaultReset      Fault = "reset"       // Link.ResetAfter: Dir, N bytes
	FaultBlackHole  Fault = "black-hole"  // Link.BlackHole: Dir
	FaultStall      Fault = "stall"       // Link.Stall: Dir
	FaultLatency    Fault = "latency"     // Link.Latency: For, Jitter
	FaultBandwidth  Fault = "bandwidth"   // Link.Bandwidth: N bytes a second
	FaultSlice      Fault = "slice"       // Link.Slice: N
	FaultHalfClose  Fault = "half-close"  // Link.HalfClose: Dir
	FaultSlowAccept Fault = "slow-accept" // Link.SlowAccept: For
)

// The faults of a Server.
const (
	FaultStop            Fault = "stop"             // Server.Stop
	FaultKill            Fault = "kill"             // Server.Kill
	FaultRestart         Fault = "restart"          // Server.Restart
	FaultClose           Fault = "close"            // Server.CloseConnections: N is the code
	FaultTurnAway        Fault = "turn-away"        // Server.RefuseConnections: N
	FaultSwallowAuth     Fault = "swallow-auth"     // Server.SwallowAuth: N
	FaultSwallowSubs     Fault = "swallow-subs"     // Server.SwallowSubscribes: N
	FaultSlowUpgrade     Fault = "slow-upgrade"     // Server.SlowUpgrade: For
	FaultSlowAuth        Fault = "slow-auth"        // Server.SlowAuth: For
	FaultSlowAck         Fault = "slow-ack"         // Server.SlowAck: For
	FaultSlowUnsubscribe Fault = "slow-unsubscribe" // Server.SlowUnsubscribe: For
	FaultHold            Fault = "hold"             // Server.HoldDelivery or, with N 0, Release
	FaultDrop            Fault = "drop"             // Server.FaultFrames: N frames, as the next four
	FaultDuplicate       Fault = "duplicate"
	FaultDelay           Fault = "delay"
	FaultSwap            Fault = "swap"
	FaultCorrupt         Fault = "corrupt"
)

// FaultCalm is Link.Calm and Server.Calm.
const FaultCalm Fault = "calm"

// Rig is what a Schedule is played on. One of the two may be nil when no step needs it.
type Rig struct {
	Link   *Link
	Server *Server
}

// nature is what there is to know of a fault.
type nature struct {
	fault  Fault
	server bool  // needs a server; else a link
	ender  Fault // of the step that ends it; "" = it is over at once
	draw   func(r *rand.Rand, s *Step)
	do     func(rig Rig, s Step) error
}

// LinkFaults gives the faults that need a link only, for RandomSchedule.
func LinkFaults() []Fault { return faultsOf(linkNatures()) }

// ServerFaults gives the faults that need a server, for RandomSchedule.
func ServerFaults() []Fault { return faultsOf(serverNatures()) }

func faultsOf(list []nature) []Fault {
	out := make([]Fault, len(list))
	for i, n := range list {
		out[i] = n.fault
	}
	return out
}

func linkNatures() []nature {
	return []nature{
		{FaultRefuse, false, FaultRefuse, once, onLink(func(l *Link, s Step) { l.Refuse(s.N != 0) })},
		{FaultCut, false, "", nil, onLink(func(l *Link, _ Step) { l.Cut() })},
		{FaultReset, false, "", someBytes, onLink(func(l *Link, s Step) { l.ResetAfter(s.Dir, s.N) })},
		{FaultBlackHole, false, FaultBlackHole, someWay, onLink(func(l *Link, s Step) { l.BlackHole(s.Dir) })},
		{FaultStall, false, FaultStall, someWay, onLink(func(l *Link, s Step) { l.Stall(s.Dir) })},
		{FaultLatency, false, FaultLatency, someLatency, onLink(func(l *Link, s Step) { l.Latency(s.For, s.Jitter) })},
		{FaultBandwidth, false, FaultBandwidth, someBandwidth, onLink(func(l *Link, s Step) { l.Bandwidth(s.N) })},
		{FaultSlice, false, FaultSlice, once, onLink(func(l *Link, s Step) { l.Slice(s.N != 0) })},
		{FaultHalfClose, false, "", someWay, onLink(func(l *Link, s Step) { l.HalfClose(s.Dir) })},
		{FaultSlowAccept, false, FaultSlowAccept, someTime, onLink(func(l *Link, s Step) { l.SlowAccept(s.For) })},
	}
}

func serverNatures() []nature {
	list := []nature{
		{FaultStop, true, FaultRestart, nil, onServer(func(srv *Server, _ Step) { srv.Stop() })},
		{FaultKill, true, FaultRestart, nil, onServer(func(srv *Server, _ Step) { srv.Kill() })},
		{FaultRestart, true, "", nil, func(rig Rig, _ Step) error { return rig.Server.Restart() }},
		{FaultClose, true, "", someCode, onServer(func(srv *Server, s Step) { srv.CloseConnections(s.N, "") })},
		{FaultTurnAway, true, FaultTurnAway, once, onServer(func(srv *Server, s Step) { srv.RefuseConnections(s.N != 0) })},
		{FaultSwallowAuth, true, FaultSwallowAuth, once, onServer(func(srv *Server, s Step) { srv.SwallowAuth(s.N != 0) })},
		{FaultSwallowSubs, true, FaultSwallowSubs, once, onServer(func(srv *Server, s Step) { srv.SwallowSubscribes(s.N != 0) })},
		{FaultSlowUpgrade, true, FaultSlowUpgrade, someTime, onServer(func(srv *Server, s Step) { srv.SlowUpgrade(s.For) })},
		{FaultSlowAuth, true, FaultSlowAuth, someTime, onServer(func(srv *Server, s Step) { srv.SlowAuth(s.For) })},
		{FaultSlowAck, true, FaultSlowAck, someTime, onServer(func(srv *Server, s Step) { srv.SlowAck(s.For) })},
		{FaultSlowUnsubscribe, true, FaultSlowUnsubscribe, someTime, onServer(func(srv *Server, s Step) { srv.SlowUnsubscribe(s.For) })},
		{FaultHold, true, FaultHold, once, onServer(func(srv *Server, s Step) { srv.setHold(s.N != 0) })},
	}
	for _, fault := range []Fault{FaultDrop, FaultDuplicate, FaultDelay, FaultSwap, FaultCorrupt} {
		list = append(list, nature{fault, true, "", someFrames, onServer(func(srv *Server, s Step) { srv.FaultFrames(FrameFault(fault), s.N) })})
	}
	return list
}

// natureOf finds a fault.
func natureOf(f Fault) (nature, bool) {
	for _, n := range slices.Concat(linkNatures(), serverNatures(), topicNatures()) {
		if n.fault == f {
			return n, true
		}
	}
	return nature{}, false
}

func onLink(do func(*Link, Step)) func(Rig, Step) error {
	return func(rig Rig, s Step) error {
		do(rig.Link, s)
		return nil
	}
}

func onServer(do func(*Server, Step)) func(Rig, Step) error {
	return func(rig Rig, s Step) error {
		do(rig.Server, s)
		return nil
	}
}

// do does what a step says. Errors are of ErrOption for a step that the rig cannot play, and those of Restart.
func (rig Rig) do(s Step) error {
	if s.Fault == FaultCalm {
		return rig.Calm()
	}
	n, known := natureOf(s.Fault)
	switch {
	case !known:
		return badOption("step %q: no such fault", s)
	case n.server && rig.Server == nil:
		return badOption("step %q: needs a server", s)
	case !n.server && rig.Link == nil:
		return badOption("step %q: needs a link", s)
	}
	if err := n.do(rig, s); err != nil {
		return fmt.Errorf("kalam: step %q: %w", s, err)
	}
	return nil
}

// Calm ends every fault of link and server. Errors are those of Server.Restart.
func (rig Rig) Calm() error {
	if rig.Link != nil {
		rig.Link.Calm()
	}
	if rig.Server != nil {
		return rig.Server.Calm()
	}
	return nil
}

func once(_ *rand.Rand, s *Step) { s.N = 1 }

func someWay(r *rand.Rand, s *Step) { s.Dir = Direction(1 + r.IntN(3)) }

func someBytes(r *rand.Rand, s *Step) {
	someWay(r, s)
	s.N = 1 + r.IntN(2000)
}

func someBandwidth(r *rand.Rand, s *Step) { s.N = 1000 << r.IntN(8) }

func someFrames(r *rand.Rand, s *Step) { s.N = 1 + r.IntN(5) }

func someCode(r *rand.Rand, s *Step) { s.N = []int{1000, 1001, 1011, 1012}[r.IntN(4)] }

func someTime(r *rand.Rand, s *Step) { s.For = time.Duration(1+r.IntN(2000)) * time.Millisecond }

func someLatency(r *rand.Rand, s *Step) {
	s.For = time.Duration(1+r.IntN(200)) * time.Millisecond
	s.Jitter = time.Duration(r.IntN(100)) * time.Millisecond
}
