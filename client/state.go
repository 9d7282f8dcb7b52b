package client

import (
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/rx"
)

// Phase is how far the shared socket is.
type Phase uint8

// The phases. A client begins Idle; a live query or Connect begins a dial.
const (
	// Idle: no socket, and none wanted.
	Idle Phase = iota
	// Dialing: asking for a token, dialling, upgrading.
	Dialing
	// Authenticating: the socket is open; waiting for the server's auth_success.
	Authenticating
	// Ready: authenticated; live queries run.
	Ready
	// Failed: the socket was lost or could not be made; State.Cause says why.
	// Connect and new live queries dial anew.
	Failed
	// Closed: Close was called; the last state.
	Closed
)

// String is the phase's name.
func (p Phase) String() string {
	switch p {
	case Idle:
		return "Idle"
	case Dialing:
		return "Dialing"
	case Authenticating:
		return "Authenticating"
	case Ready:
		return "Ready"
	case Failed:
		return "Failed"
	case Closed:
		return "Closed"
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// State is the state of the shared socket at one time.
type State struct {
	Phase       Phase
	Since       time.Time
	Generation  uint64 // number of the dial, from 1; 0 before the first
	Cause       error  // why the last connection ended or could not be made; nil while Ready
	User        string // while Ready: who the server says we are
	Role        string // while Ready: anonymous, user, service, dba or system
	Connects    uint64 // times it became Ready
	Disconnects uint64 // times it left Ready; while Ready, Connects is one more
}

// String is one line for people; it holds no secret.
func (s State) String() string {
	switch {
	case s.Phase == Ready:
		return fmt.Sprintf("Ready (%s, role %s)", s.User, s.Role)
	case s.Phase == Failed:
		return fmt.Sprintf("Failed: %v", s.Cause)
	}
	return s.Phase.String()
}

// stateQueue is how many states wait for an observer before the oldest goes.
const stateQueue = 64

// State is the connection's state as a stream: the current one first, then every
// change of it. It completes after Closed. Observers have a goroutine of their
// own while they are behind; of one that is slow the oldest states but 64 are
// dropped and counted in its subscription's Dropped.
func (c *Client) State() rx.Observable[State] {
	return tracked(c, rx.Pipe1(c.states.Observable(), rx.ObserveOn[State](stateQueue, rx.DropOldest)))
}
